//! A server on this machine that answers by a script and remembers every request.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use url::Url;

/// One request as it came.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// One answer: status, further headers, body.
pub(super) type Played = (u16, Vec<(&'static str, &'static str)>, String);

struct Script {
    answers: Vec<Played>,
    seen: Vec<Seen>,
}

/// The server. It lives as long as the test's runtime.
pub(super) struct Stub {
    pub(super) base: Url,
    script: Arc<Mutex<Script>>,
}

impl Stub {
    /// Gives one answer after another; the last one for ever.
    pub(super) async fn answering(answers: Vec<Played>) -> Self {
        let script = Arc::new(Mutex::new(Script { answers, seen: Vec::new() }));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&script));
        let (listener, base) = listen("http").await;
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, script }
    }

    pub(super) async fn saying(body: serde_json::Value) -> Self {
        Self::answering(vec![(200, vec![], body.to_string())]).await
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.script.lock().unwrap().seen.clone()
    }
}

async fn listen(scheme: &str) -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("{scheme}://{}/v1", listener.local_addr().unwrap());
    (listener, Url::parse(&base).unwrap())
}

async fn answer(State(script): State<Arc<Mutex<Script>>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let mut script = script.lock().unwrap();
    script.seen.push(Seen { path: parts.uri.path().to_owned(), headers: parts.headers, body });
    let number = script.seen.len().min(script.answers.len()) - 1;
    let (status, headers, body) = script.answers[number].clone();
    let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// A server that reads a little of each request, writes `beginning` and hangs up. Tells how many connections
/// it had.
pub(super) async fn hanging_up(scheme: &str, beginning: &'static [u8]) -> (Url, Arc<Mutex<usize>>) {
    let (listener, base) = listen(scheme).await;
    let connections = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            *counted.lock().unwrap() += 1;
            let mut some = [0; 512];
            let _ = stream.read(&mut some).await;
            let _ = stream.write_all(beginning).await;
            let _ = stream.shutdown().await;
        }
    });
    (base, connections)
}

/// A server that accepts and never answers.
pub(super) async fn silent() -> Url {
    let (listener, base) = listen("http").await;
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            kept.push(stream);
        }
    });
    base
}

/// An address at which nobody listens.
pub(super) async fn nobody() -> Url {
    listen("http").await.1
}

/// A part of a multipart form (RFC 7578).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) headers: String,
    pub(super) body: Vec<u8>,
}

impl Part {
    /// A parameter of its disposition.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.headers.split_once(&format!("{name}=\""))?.1.split('"').next()
    }
}

/// The parts of a form, in their order.
pub(super) fn form(seen: &Seen) -> Vec<Part> {
    let content_type = seen.headers["content-type"].to_str().unwrap();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let marker = format!("--{boundary}");
    split(&seen.body, marker.as_bytes())
        .into_iter()
        .skip(1)
        .take_while(|part| !part.starts_with(b"--"))
        .map(|part| {
            let pieces = split(&part[2..part.len() - 2], b"\r\n\r\n");
            let headers = String::from_utf8(pieces[0].to_vec()).unwrap();
            let body = part[2 + headers.len() + 4..part.len() - 2].to_vec();
            Part { headers, body }
        })
        .collect()
}

fn split<'a>(bytes: &'a [u8], marker: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at + marker.len() <= bytes.len() {
        if &bytes[at..at + marker.len()] == marker {
            pieces.push(&bytes[start..at]);
            at += marker.len();
            start = at;
        } else {
            at += 1;
        }
    }
    pieces.push(&bytes[start..]);
    pieces
}
