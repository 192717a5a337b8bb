//! The records that are kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Twilio's `direction` of a message.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Direction {
    /// From a phone to us.
    Inbound,
    /// From us through the REST API.
    OutboundApi,
    /// From us in the answer to a webhook.
    OutboundReply,
}

impl Direction {
    /// Whether a phone receives it.
    pub(crate) fn is_outbound(self) -> bool {
        self != Self::Inbound
    }
}

/// A button below a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Button {
    pub(crate) title: String,
    pub(crate) id: String,
}

/// Content that was created, to be sent with other words each time.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) sid: String,
    pub(crate) friendly_name: Option<String>,
    pub(crate) language: String,
    /// What stands in for variables that a message does not bring.
    pub(crate) variables: BTreeMap<String, String>,
    /// As it was created, by the type's name.
    pub(crate) types: Map<String, Value>,
    pub(crate) created_ms: i64,
}

/// A message in Twilio's log.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) sid: String,
    pub(crate) direction: Direction,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) body: String,
    pub(crate) media_urls: Vec<String>,
    pub(crate) messaging_service_sid: Option<String>,
    pub(crate) created_ms: i64,
    /// What can be tapped below it.
    #[serde(default)]
    pub(crate) buttons: Vec<Button>,
    /// Removed from Twilio's log; a phone keeps what it received.
    #[serde(default)]
    pub(crate) deleted: bool,
    /// Its body is emptied in Twilio's log.
    #[serde(default)]
    pub(crate) redacted: bool,
}

impl Message {
    /// Whether it went through Telegram, of which Twilio knows nothing.
    pub(crate) fn is_of_telegram(&self) -> bool {
        self.to.starts_with("telegram:")
    }
}

/// A file that a phone sent, without its bytes.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct MediaItem {
    pub(crate) sid: String,
    pub(crate) message_sid: String,
    pub(crate) content_type: String,
    pub(crate) created_ms: i64,
    /// What the transcription stand-in shall hear in it.
    pub(crate) transcript: Option<String>,
    /// By which the audio is known again.
    pub(crate) fingerprints: Vec<String>,
}

/// A webhook as it was sent.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct InboundForm {
    pub(crate) message_sid: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) idempotency_token: String,
}
