//! A server on this machine that answers as a test says and remembers what it was asked.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::Request, response::Response};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::{api::TelegramApi, bot::BotToken};

pub(crate) const TOKEN: &str = "5550000:CANARY0123456789abcdef_-0123456";

#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Path and query.
    pub(crate) target: String,
    pub(crate) body: Bytes,
}

impl Asked {
    /// The method that was called.
    pub(crate) fn method(&self) -> &str {
        self.target.rsplit('/').next().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// The server.
pub(crate) struct Stub {
    base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stub {
    /// Answers with what `answer` makes of the request and of how many came before it; `None` is no answer ever.
    pub(crate) async fn start<F>(answer: F) -> Self
    where
        F: Fn(&Asked, usize) -> Option<Response> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (remember, answer) = (asked.clone(), Arc::new(answer));
        let app = Router::new().fallback(async move |request: Request| {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let asked = Asked { target: parts.uri.to_string(), body };
            let before = {
                let mut all = remember.lock().unwrap();
                all.push(asked.clone());
                all.len() - 1
            };
            match answer(&asked, before) {
                Some(response) => response,
                None => std::future::pending().await,
            }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn api(&self) -> Arc<TelegramApi> {
        api(&self.base)
    }
}

/// The API at a base URL.
pub(crate) fn api(base: &str) -> Arc<TelegramApi> {
    Arc::new(TelegramApi::new(BotToken::parse(TOKEN).unwrap(), base).unwrap())
}

/// An answer of JSON.
pub(crate) fn answer(status: u16, body: &Value) -> Response {
    with(status, &[("content-type", "application/json")], body.to_string())
}

/// Any answer.
pub(crate) fn with(status: u16, headers: &[(&str, &str)], body: impl Into<axum::body::Body>) -> Response {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).unwrap()
}
