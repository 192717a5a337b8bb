//! A message as it came in, checked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{aside::Command, identity::Address, ids::MessageId, language::Language, private::Private};

/// Most media that one message may carry (Twilio: `NumMedia` up to 10).
pub const MAX_MEDIA: usize = 10;

/// One thing received on a channel. Every field was checked where it came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboundMessage {
    /// The provider's id.
    pub id: MessageId,
    /// Who sent it.
    pub from: Address,
    /// Which of our addresses it was sent to.
    pub to: Address,
    /// What was typed, possibly nothing. NUL removed, otherwise as it came.
    pub text: Private<String>,
    /// What it carries, in the provider's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<MediaRef>,
    /// A shared place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Private<Location>>,
    /// The message that the sender quoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replied_to: Option<MessageId>,
    /// The id of a tapped button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button: Option<Private<String>>,
    /// What it asks of Hark itself, where the channel tells that from what people say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Command>,
    /// Whether it is no message of its own, but what its sender made of the text of the quoted one afterwards.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
    /// The language of the sender's phone, where the channel tells it: for who has said nothing yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// When Hark received it.
    pub received_at: Timestamp,
}

impl InboundMessage {
    /// Whether it carries nothing but its text: no file, no place and no tap.
    #[must_use]
    pub const fn is_words_alone(&self) -> bool {
        self.media.is_empty() && self.location.is_none() && self.button.is_none()
    }

    /// Whether two deliveries of one id carry the same message (their times may differ).
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let at = self.received_at;
        *self == Self { received_at: at, ..other.clone() }
    }
}

/// Where a file of a message can be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRef {
    /// The provider's address of it. Not trusted: the media source checks it before any request.
    pub url: Private<String>,
    /// The declared content type, lower case, without parameters. Advice only.
    pub content_type: String,
}

/// A shared place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
    /// Its address, if the sender's phone gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Its name, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}
