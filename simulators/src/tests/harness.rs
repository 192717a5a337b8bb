//! A stage for the stories: the simulators on free ports, and a webhook that keeps what it is sent.

use std::{net::Ipv4Addr, path::Path};

use axum::{Router, body::Bytes, routing::post};
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc};

use crate::{SimConfig, Simulators};

pub(super) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(super) const TOKEN: &str = "test-token";
pub(super) const PUBLIC_URL: &str = "https://hark.example/webhook";
pub(super) const VOICE: &str = "+4930333333";
pub(super) const OWN: &str = "whatsapp:+4930111111";
pub(super) const PHONE: &str = "whatsapp:+491511234567";

pub(super) struct Stage {
    pub(super) simulators: Simulators,
    pub(super) client: reqwest::Client,
    webhooks: mpsc::UnboundedReceiver<(Uri, HeaderMap, Bytes)>,
}

/// What the webhook was sent, or the status callback beside it.
pub(super) struct Delivery {
    /// Path and query.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) fields: Vec<(String, String)>,
}

impl Delivery {
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

impl Stage {
    pub(super) async fn new() -> Self {
        Self::with(None, (StatusCode::OK, "text/xml", "<Response/>")).await
    }

    /// A stage with a data folder, or with another answer of the webhook.
    pub(super) async fn with(
        data_dir: Option<&Path>,
        (status, kind, text): (StatusCode, &'static str, &'static str),
    ) -> Self {
        let (sender, webhooks) = mpsc::unbounded_channel();
        let answer = post(async move |target: Uri, headers: HeaderMap, body: Bytes| {
            sender.send((target, headers, body)).unwrap();
            (status, [("content-type", kind)], text)
        });
        let app = Router::new().route("/webhook", answer.clone()).route("/twilio/status", answer);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let webhook_url = format!("http://{}/webhook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let simulators = Simulators::start(config(data_dir)).await.unwrap();
        simulators.set_webhook(&webhook_url, PUBLIC_URL);
        Self { simulators, client: crate::phone::client().unwrap(), webhooks }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.simulators.base_url())
    }

    /// A path below our account.
    pub(super) fn account(&self, path: &str) -> String {
        self.url(&format!("/2010-04-01/Accounts/{ACCOUNT}/{path}"))
    }

    pub(super) async fn webhook(&mut self) -> Delivery {
        let (target, headers, body) = self.webhooks.recv().await.unwrap();
        let fields = url::form_urlencoded::parse(&body).into_owned().collect();
        Delivery { target: target.to_string(), headers, fields }
    }

    pub(super) async fn text(&self, identity: &str, text: &str) -> Value {
        let url = self.url(&format!("/_sim/phone/{identity}/text"));
        self.client.post(url).body(text.to_owned()).send().await.unwrap().json().await.unwrap()
    }

    pub(super) async fn voice(&self, sound: Vec<u8>, transcript: Option<&str>) -> Value {
        let url = self.url(&format!("/_sim/phone/{PHONE}/voice"));
        let mut request = self.client.post(url).header("content-type", "audio/ogg").body(sound);
        if let Some(transcript) = transcript {
            let value = http::HeaderValue::from_bytes(transcript.as_bytes()).unwrap();
            request = request.header("X-Sim-Transcript", value);
        }
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Sends to the phone as Hark does.
    pub(super) fn send(&self, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
        self.client.post(self.account("Messages.json")).basic_auth(ACCOUNT, Some(TOKEN)).form(fields)
    }

    pub(super) async fn sent(&self, fields: &[(&str, &str)]) -> Value {
        let response = self.send(fields).send().await.unwrap();
        assert_eq!(response.status(), 201);
        response.json().await.unwrap()
    }

    /// A request with our credentials.
    pub(super) async fn get(&self, url: String) -> reqwest::Response {
        self.client.get(url).basic_auth(ACCOUNT, Some(TOKEN)).send().await.unwrap()
    }

    pub(super) async fn inbox(&self, identity: &str) -> Vec<Value> {
        let url = self.url(&format!("/_sim/phone/{identity}/messages"));
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }

    pub(super) async fn fault(&self, call: &str, action: &str) {
        let plan = json!([{ "call": call, "nth": 1, "count": 1, "do": action }]);
        let response = self.client.post(self.url("/_sim/faults")).json(&plan).send().await.unwrap();
        assert_eq!(response.status(), 200);
    }

    pub(super) async fn calls(&self) -> Vec<Value> {
        self.client.get(self.url("/_sim/calls")).send().await.unwrap().json().await.unwrap()
    }
}

pub(super) fn config(data_dir: Option<&Path>) -> SimConfig {
    SimConfig {
        bind: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        cdn_port: None,
        webhook_url: String::new(),
        public_url: String::new(),
        account_sid: ACCOUNT.to_owned(),
        auth_token: TOKEN.to_owned(),
        whatsapp_number: "+4930111111".to_owned(),
        sms_number: "+4930222222".to_owned(),
        voice_number: VOICE.to_owned(),
        telegram_token: super::telegram::BOT.to_owned(),
        data_dir: data_dir.map(Path::to_owned),
    }
}
