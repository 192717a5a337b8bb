//! A server that plays AWS in these tests: it keeps what it was sent and gives the answers it was told.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use adapter_egress::{AddressPolicy, Egress};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Response},
    serve::ListenerExt,
};
use serde_json::Value;
use shared::config::Settings;

use crate::{AwsBase, AwsSettings};

/// A request as it arrived.
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query as they stood on the wire.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// An answer to give.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// S3's form of an error.
    pub(crate) fn s3_error(status: u16, code: &str) -> Self {
        Self::new(
            status,
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>CANARY</Message>\
                 <Key>CANARY</Key><RequestId>4442587FB7D0A2F9</RequestId><HostId>CANARY</HostId></Error>"
            ),
        )
        .with("x-amz-request-id", "4442587FB7D0A2F9")
    }

    /// The form of an error of the services that speak JSON.
    pub(crate) fn json_error(status: u16, code: &str) -> Self {
        Self::new(status, format!(r#"{{"__type":"com.amazonaws.service#{code}","message":"CANARY"}}"#))
            .with("x-amzn-requestid", "b25f48e8")
    }
}

/// The server. It answers in the order that it was told, then with 599.
pub(crate) struct Stub {
    pub(crate) base: AwsBase,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    seen: Mutex<Vec<Seen>>,
    answers: Mutex<VecDeque<Answer>>,
    connections: AtomicUsize,
}

impl Stub {
    pub(crate) async fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let shared =
            Arc::new(Shared { answers: Mutex::new(answers.into_iter().collect()), ..Shared::default() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let counting = Arc::clone(&shared);
        let listener = listener.tap_io(move |_| {
            counting.connections.fetch_add(1, Ordering::SeqCst);
        });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base: base(&endpoint), shared }
    }

    /// What arrived so far, oldest first.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.shared.seen.lock().unwrap())
    }

    /// How many connections were opened to it.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

/// Connected to `endpoint`, with the habits of the real thing but hardly any wait between tries.
pub(crate) fn base(endpoint: &str) -> AwsBase {
    let mut settings = Settings::new(|name| {
        Some(match name {
            "AWS_REGION" => "eu-central-1".to_owned(),
            "AWS_ENDPOINT_URL" => endpoint.to_owned(),
            _ => "test".to_owned(),
        })
    });
    let read = AwsSettings::read(&mut settings);
    settings.finish().unwrap();
    let client = Egress::new(AddressPolicy::LoopbackAllowed).unwrap().client().clone();
    let config = AwsBase::connect(&read, client).config().clone();
    let retry = config.retry_config().unwrap().clone().with_initial_backoff(Duration::from_millis(1));
    AwsBase::of_config(config.into_builder().retry_config(retry).build())
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    shared.seen.lock().unwrap().push(Seen {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        headers: parts.headers,
        body,
    });
    let answer = shared.answers.lock().unwrap().pop_front().unwrap_or_else(|| Answer::new(599, ""));
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap()
}
