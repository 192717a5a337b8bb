//! A caller at the stand-in: places calls, speaks, presses keys, and reads what Hark said.

use std::{path::Path, time::Duration};

use adapter_egress::{AddressPolicy, Egress};
use anyhow::{Context, bail};
use reqwest::{Client, RequestBuilder, Url};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{content_type, unreachable};

/// A step may fetch many documents, each within Twilio's patience.
const LONGEST_STEP: Duration = Duration::from_secs(900);

/// What a step of a call brought.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Turn {
    pub(super) call_sid: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) heard: Vec<Heard>,
    pub(super) listens: Option<Listens>,
    #[serde(default)]
    pub(super) requests: Vec<Sent>,
    #[serde(default)]
    pub(super) warnings: Vec<String>,
    pub(super) ended_by: Option<String>,
    #[serde(default)]
    pub(super) error: Option<String>,
}

/// Something that Hark said, or played.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Heard {
    pub(super) text: String,
    #[serde(default)]
    pub(super) language: Option<String>,
    #[serde(default)]
    pub(super) play: Option<String>,
}

/// What the call waits for.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Listens {
    pub(super) kind: String,
}

/// A webhook that Hark answered.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Sent {
    pub(super) url: String,
    pub(super) took_ms: u64,
}

/// A webhook that was sent again.
#[derive(Debug, Deserialize)]
pub(super) struct Replayed {
    pub(super) status: Option<u16>,
    #[serde(default)]
    pub(super) says: Vec<String>,
}

/// A message in a phone's inbox.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) body: String,
}

impl Turn {
    pub(super) fn has_ended(&self) -> bool {
        self.status == "completed"
    }

    /// Whether the caller's voice is recorded now.
    pub(super) fn records(&self) -> bool {
        self.listens.as_ref().is_some_and(|listens| listens.kind == "record")
    }

    /// Why the call ended, in words.
    pub(super) fn end(&self) -> String {
        match self.ended_by.as_deref() {
            Some("hangup") => "Hark hung up".to_owned(),
            Some("rejected") => "Hark did not take the call".to_owned(),
            Some("caller") => "you hung up".to_owned(),
            Some("end_of_document") => "Hark had nothing more to say".to_owned(),
            Some("error") => {
                format!("Twilio would have ended it: {}", self.error.as_deref().unwrap_or("an error"))
            }
            _ => "it is over".to_owned(),
        }
    }
}

/// What the caller does next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Act {
    Say { words: String, confidence: Option<f64>, after: Option<usize> },
    Press(String),
    Silence,
    HangUp,
}

/// See the module.
pub(super) struct Caller {
    client: Client,
    base: Url,
}

impl Caller {
    pub(super) fn at(base: Url) -> anyhow::Result<Self> {
        Ok(Self { client: Egress::new(AddressPolicy::LoopbackAllowed)?.client().clone(), base })
    }

    fn url(&self, path: &[&str]) -> anyhow::Result<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| anyhow::anyhow!("the stand-in's address has no path"))?
            .clear()
            .push("_sim")
            .extend(path);
        Ok(url)
    }

    fn post(&self, path: &[&str], body: &Value) -> anyhow::Result<RequestBuilder> {
        let request = self.client.post(self.url(path)?).header("content-type", "application/json");
        Ok(request.body(body.to_string()))
    }

    /// Places a call.
    pub(super) async fn call(&self, from: &str, wanted: &Value) -> anyhow::Result<Turn> {
        read(self.post(&["phone", from, "call"], wanted)?).await
    }

    pub(super) async fn act(&self, sid: &str, act: &Act) -> anyhow::Result<Turn> {
        let (what, body) = match act {
            Act::Say { words, confidence, after } => {
                let mut body = json!({ "speech": words });
                if let (Some(fields), Some(confidence)) = (body.as_object_mut(), confidence) {
                    fields.insert("confidence".to_owned(), json!(confidence));
                }
                if let (Some(fields), Some(after)) = (body.as_object_mut(), after) {
                    fields.insert("barge_in_after".to_owned(), json!(after));
                }
                ("say", body)
            }
            Act::Press(keys) => ("digits", json!({ "digits": keys })),
            Act::Silence => ("silence", json!({})),
            Act::HangUp => ("hangup", json!({})),
        };
        read(self.post(&["calls", sid, what], &body)?).await
    }

    /// Leaves a recording, which a key ends, or hanging up.
    pub(super) async fn record(&self, sid: &str, file: &Path, hang_up: bool) -> anyhow::Result<Turn> {
        let bytes = tokio::fs::read(file).await.with_context(|| format!("cannot read {}", file.display()))?;
        let request = self
            .client
            .post(self.url(&["calls", sid, "record"])?)
            .header("content-type", content_type(file)?)
            .header("x-sim-finish", if hang_up { "hangup" } else { "#" });
        read(request.body(bytes)).await
    }

    /// Sends a webhook of the call again.
    pub(super) async fn replay(&self, sid: &str, number: usize) -> anyhow::Result<Replayed> {
        read(self.post(&["calls", sid, "replay"], &json!({ "request": number }))?).await
    }

    /// All that is known of the call.
    pub(super) async fn protocol(&self, sid: &str) -> anyhow::Result<Value> {
        read(self.client.get(self.url(&["calls", sid])?)).await
    }

    /// Sets the plan of failures of the stand-ins; an empty list clears it.
    pub(super) async fn plan_faults(&self, plan: &Value) -> anyhow::Result<()> {
        let _: Value = read(self.post(&["faults"], plan)?).await?;
        Ok(())
    }

    /// Another phone sends a message.
    pub(super) async fn text(&self, from: &str, words: &str) -> anyhow::Result<()> {
        let request = self.client.post(self.url(&["phone", from, "text"])?).body(words.to_owned());
        let sent: Value = read(request).await?;
        match sent.get("webhook_status").and_then(Value::as_u64) {
            Some(200) => Ok(()),
            _ => bail!("Hark did not take the message of {from}: see its log"),
        }
    }

    /// What a phone received, as soon as it is more than `known`, or after `wait` seconds.
    pub(super) async fn inbox(&self, of: &str, known: usize, wait: f64) -> anyhow::Result<Vec<Message>> {
        let mut url = self.url(&["phone", of, "messages"])?;
        url.query_pairs_mut()
            .append_pair("wait_s", &wait.to_string())
            .append_pair("after", &known.to_string());
        read(self.client.get(url)).await
    }
}

/// The stand-in's answer; what it says against a request is the error.
async fn read<T: DeserializeOwned>(request: RequestBuilder) -> anyhow::Result<T> {
    let answer = request.timeout(LONGEST_STEP).send().await.map_err(unreachable)?;
    let is_success = answer.status().is_success();
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.with_context(|| {
        format!("the stand-in's answer ({status}) cannot be read: does it know of telephone calls?")
    })?;
    if !is_success {
        bail!("{}", body.get("error").and_then(Value::as_str).unwrap_or("the stand-in refused the step"));
    }
    serde_json::from_value(body).context("the stand-in's answer has another shape than expected")
}
