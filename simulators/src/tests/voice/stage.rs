//! A stage for calls: the simulators, and a small server that answers webhooks with documents.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use super::super::harness::{ACCOUNT, Delivery, PUBLIC_URL, TOKEN, config};
use crate::Simulators;

pub(super) const CALLER: &str = "+15555550100";

type Script = Arc<dyn Fn(&Delivery) -> Answer + Send + Sync>;

/// What the server answers.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) text: String,
    /// Answers only after the call has ended.
    pub(super) after_the_end: bool,
}

/// The verbs as a document.
pub(super) fn twiml(verbs: &str) -> Answer {
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{verbs}</Response>");
    Answer { status: 200, kind: "text/xml", text, after_the_end: false }
}

#[derive(Clone)]
struct Server {
    script: Script,
    got: Arc<Mutex<Vec<Delivery>>>,
    arrived: watch::Sender<usize>,
    end: watch::Sender<bool>,
}

pub(super) struct CallStage {
    simulators: Simulators,
    pub(super) client: reqwest::Client,
    server: Server,
    /// Where the server listens.
    origin: String,
}

impl CallStage {
    pub(super) async fn new(script: impl Fn(&Delivery) -> Answer + Send + Sync + 'static) -> Self {
        let server = Server {
            script: Arc::new(script),
            got: Arc::default(),
            arrived: watch::Sender::new(0),
            end: watch::Sender::new(false),
        };
        let app = Router::new().fallback(answer).with_state(server.clone());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let simulators = Simulators::start(config(None)).await.unwrap();
        simulators.set_webhook(&format!("{origin}/webhook"), PUBLIC_URL);
        Self { simulators, client: crate::phone::client().unwrap(), server, origin }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.simulators.base_url())
    }

    pub(super) fn account(&self, path: &str) -> String {
        self.url(&format!("/2010-04-01/Accounts/{ACCOUNT}/{path}"))
    }

    /// Nothing listens where calls are told any more.
    pub(super) fn forget_webhook(&self) {
        self.simulators.set_webhook("http://127.0.0.1:1/webhook", PUBLIC_URL);
    }

    /// Calls are told below this path, and no longer beside the webhook. Answers what is signed before each target.
    pub(super) fn tell_calls_below(&self, path: &str) -> &str {
        self.simulators.set_voice(&format!("{}{path}/", self.origin));
        &self.origin
    }

    /// Places a call that waits for nothing in real time.
    pub(super) async fn call(&self) -> Value {
        self.call_with(json!({ "pause_factor": 0.0 })).await
    }

    pub(super) async fn call_with(&self, wanted: Value) -> Value {
        self.post(&format!("/_sim/phone/{CALLER}/call"), wanted).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Value {
        self.client.post(self.url(path)).json(&body).send().await.unwrap().json().await.unwrap()
    }

    /// A step of this call.
    pub(super) async fn step(&self, call: &Value, what: &str, body: Value) -> Value {
        self.post(&format!("/_sim/calls/{}/{what}", call["call_sid"].as_str().unwrap()), body).await
    }

    pub(super) async fn protocol(&self, call: &Value) -> Value {
        let path = format!("/_sim/calls/{}", call["call_sid"].as_str().unwrap());
        self.client.get(self.url(&path)).send().await.unwrap().json().await.unwrap()
    }

    /// A request with our credentials.
    pub(super) async fn get(&self, url: &str) -> reqwest::Response {
        self.client.get(url).basic_auth(ACCOUNT, Some(TOKEN)).send().await.unwrap()
    }

    /// The fields of the `number`th webhook that came to this path, as soon as it is there.
    pub(super) async fn got(&self, path: &str, number: usize) -> Vec<(String, String)> {
        let mut arrived = self.server.arrived.subscribe();
        loop {
            arrived.borrow_and_update();
            let found = self
                .server
                .got
                .lock()
                .unwrap()
                .iter()
                .filter(|one| one.target.split('?').next() == Some(path))
                .nth(number - 1)
                .map(|one| one.fields.clone());
            if let Some(fields) = found {
                return fields;
            }
            arrived.changed().await.unwrap();
        }
    }

    /// The header of the `number`th webhook that came to this path.
    pub(super) async fn signed(&self, path: &str, number: usize) -> (String, String) {
        self.signed_as("https://hark.example", path, number).await
    }

    /// The same, where this stands before the path.
    pub(super) async fn signed_as(&self, origin: &str, path: &str, number: usize) -> (String, String) {
        self.got(path, number).await;
        let got = self.server.got.lock().unwrap();
        let found =
            got.iter().filter(|one| one.target.split('?').next() == Some(path)).nth(number - 1).unwrap();
        let right = super::super::phone::signature_of(&format!("{origin}{}", found.target), found);
        (found.header("x-twilio-signature").to_owned(), right)
    }

    /// What waits for the end of the call may answer.
    pub(super) fn let_go(&self) {
        self.server.end.send_replace(true);
    }
}

async fn answer(
    State(server): State<Server>,
    method: Method,
    target: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = target.query().unwrap_or_default().as_bytes().to_vec();
    let form = if method == Method::GET { query } else { body.to_vec() };
    let fields = url::form_urlencoded::parse(&form).into_owned().collect();
    let delivery = Delivery { target: target.to_string(), headers, fields };
    let answer = (server.script)(&delivery);
    server.got.lock().unwrap().push(delivery);
    server.arrived.send_modify(|count| *count += 1);
    if answer.after_the_end {
        server.end.subscribe().wait_for(|end| *end).await.unwrap();
    }
    let status = StatusCode::from_u16(answer.status).unwrap();
    (status, [("content-type", answer.kind)], answer.text).into_response()
}

/// A field of a webhook.
pub(super) fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// What was heard in a step.
pub(super) fn heard(step: &Value) -> Vec<&str> {
    step["heard"].as_array().unwrap().iter().map(|heard| heard["text"].as_str().unwrap()).collect()
}
