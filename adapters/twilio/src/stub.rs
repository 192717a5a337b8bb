//! A server on this machine that answers as a test says and remembers what it was asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::Request, response::Response};
use http::{HeaderMap, Method, header::AUTHORIZATION};
use shared::config::Settings;
use tokio::net::TcpListener;

use crate::{api::TwilioApi, config::TwilioConfig};

pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(crate) const TOKEN: &str = "CANARY0123456789abcdef0123456789";

/// `Basic AC...:token`.
pub(crate) fn our_credentials() -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    format!("Basic {}", BASE64_STANDARD.encode(format!("{ACCOUNT}:{TOKEN}")))
}

#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    pub(crate) fn authorization(&self) -> Option<&str> {
        self.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap())
    }
}

/// The server.
pub(crate) struct Stub {
    pub(crate) base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stub {
    /// Answers with what `answer` makes of the request and of how many came before it; `None` is no answer
    /// ever.
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
            let asked = Asked {
                method: parts.method,
                target: parts.uri.to_string(),
                headers: parts.headers,
                body: axum::body::to_bytes(body, usize::MAX).await.unwrap(),
            };
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

    /// The API as it would be configured for this server.
    pub(crate) fn api(&self, more: &[(&str, &str)]) -> Arc<TwilioApi> {
        api(&self.base, more)
    }
}

/// The API at a base URL.
pub(crate) fn api(base: &str, more: &[(&str, &str)]) -> Arc<TwilioApi> {
    let settings = [
        ("TWILIO_ACCOUNT_SID", ACCOUNT),
        ("TWILIO_AUTH_TOKEN", TOKEN),
        ("TWILIO_WHATSAPP_NUMBER", "+14155238886"),
        ("TWILIO_API_BASE_URL", base),
    ];
    let settings: HashMap<&str, &str> = settings.iter().chain(more).copied().collect();
    let mut settings = Settings::new(|name| settings.get(name).map(|value| (*value).to_owned()));
    let config = TwilioConfig::read(&mut settings);
    settings.finish().unwrap();
    Arc::new(TwilioApi::new(&config).unwrap())
}

/// An answer without a body.
pub(crate) fn status(status: u16) -> Response {
    with(status, &[], Bytes::new())
}

/// An answer.
pub(crate) fn with(status: u16, headers: &[(&str, &str)], body: impl Into<axum::body::Body>) -> Response {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).unwrap()
}
