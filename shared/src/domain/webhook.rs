//! Webhooks out: where a company's own software is told of changes, of which it wants to hear, and how it knows that
//! Hark told it. Messages follow Standard Webhooks (`github.com/standard-webhooks`, specification 1.0.0), so that
//! receivers need no code of ours.

mod back_off;
mod endpoint;
mod message;
mod outcome;
mod secret;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::{
    back_off::{GIVEN_UP_AFTER, MAX_HOLD, held_for, next_attempt},
    endpoint::{Endpoint, InvalidEndpoint, Loopback, MAX_ENDPOINT_CHARS},
    message::{PING, SignedRequest, Unsigned, kind_of, type_of},
    outcome::{Outcome, Refusal},
    secret::{InvalidSecret, Sealed, Sealer, WebhookSecret},
};
use super::feed::ChangeKind;

/// Letters of a webhook's id: about 75 bits, so that ids do not meet.
const ID_LETTERS: usize = 16;

/// Names a webhook. Not secret: it stands in logs and in the ids of its messages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebhookId(String);

/// A text that is no webhook's id. Holds nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a webhook id: wh_ and 16 lower-case letters")]
pub struct InvalidWebhookId;

impl WebhookId {
    /// A new one, of 32 random bytes.
    #[must_use]
    pub fn of_random(random: &[u8; 32]) -> Self {
        let letters = random.iter().take(ID_LETTERS).map(|byte| char::from(b'a' + byte % 26));
        Self(format!("wh_{}", letters.collect::<String>()))
    }

    /// Reads one: `wh_` and 16 lower-case letters. Whether there is such a webhook is another matter.
    ///
    /// # Errors
    /// [`InvalidWebhookId`].
    pub fn parse(raw: &str) -> Result<Self, InvalidWebhookId> {
        let letters = raw.strip_prefix("wh_").ok_or(InvalidWebhookId)?;
        let is_one = letters.len() == ID_LETTERS && letters.bytes().all(|byte| byte.is_ascii_lowercase());
        if is_one { Ok(Self(raw.to_owned())) } else { Err(InvalidWebhookId) }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for WebhookId {
    type Error = InvalidWebhookId;

    fn try_from(raw: String) -> Result<Self, InvalidWebhookId> {
        Self::parse(&raw)
    }
}

impl From<WebhookId> for String {
    fn from(id: WebhookId) -> Self {
        id.0
    }
}

/// The kinds of changes that a webhook wants to hear of; never none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kinds(Vec<ChangeKind>);

impl Kinds {
    /// All that there are, and none of those that may come later.
    #[must_use]
    pub fn all() -> Self {
        Self(ChangeKind::ALL.to_vec())
    }

    /// These, each once and in a fixed order; `None` without any.
    #[must_use]
    pub fn of(kinds: &[ChangeKind]) -> Option<Self> {
        let wanted: Vec<_> = ChangeKind::ALL.into_iter().filter(|kind| kinds.contains(kind)).collect();
        (!wanted.is_empty()).then_some(Self(wanted))
    }

    /// Whether this kind is among them.
    #[must_use]
    pub fn want(&self, kind: ChangeKind) -> bool {
        self.0.contains(&kind)
    }

    /// Whether something of an entry of this kind may be wanted: any entry may also tell of records that are there no
    /// more.
    #[must_use]
    pub fn may_want(&self, kind: ChangeKind) -> bool {
        self.want(kind) || self.want(ChangeKind::Withdrawn)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = ChangeKind> + '_ {
        self.0.iter().copied()
    }
}

/// Whether a webhook is sent anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// It is.
    Active,
    /// Its owner switched it off. What happens meanwhile is sent when it is switched on again.
    Paused,
    /// Its receiver answered 410 Gone, after which nothing may be sent (Standard Webhooks). To be switched on as a
    /// paused one.
    Gone,
}

impl Activity {
    /// Its name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Gone => "gone",
        }
    }
}

/// A webhook, as its owner sees it: without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where its messages go.
    pub endpoint: Endpoint,
    /// Of what it is told.
    pub kinds: Kinds,
    /// Whether it is sent anything.
    pub activity: Activity,
    /// 1 when it was made, one more with each change, its secret's included.
    pub version: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_made_of_randomness_and_read_again() {
        let id = WebhookId::of_random(&[0xff; 32]);
        assert_eq!(id.as_str(), "wh_vvvvvvvvvvvvvvvv");
        assert_eq!(WebhookId::parse(id.as_str()), Ok(id.clone()));
        assert_ne!(WebhookId::of_random(&[1; 32]), id);
        for bad in ["", "wh_", "wh_vvvvvvvvvvvvvvv", "wh_vvvvvvvvvvvvvvvvv", "wh_VVVVVVVVVVVVVVVV", "vvvv"] {
            assert_eq!(WebhookId::parse(bad), Err(InvalidWebhookId), "{bad}");
        }
    }

    #[test]
    fn a_webhook_wants_something_at_least() {
        assert_eq!(Kinds::of(&[]), None);
        let twice = [ChangeKind::Withdrawn, ChangeKind::Created, ChangeKind::Withdrawn];
        let kinds = Kinds::of(&twice).unwrap();
        assert_eq!(kinds.iter().collect::<Vec<_>>(), [ChangeKind::Created, ChangeKind::Withdrawn]);
        assert!(!kinds.want(ChangeKind::Joined) && kinds.may_want(ChangeKind::Joined));
        assert!(!Kinds::of(&[ChangeKind::Created]).unwrap().may_want(ChangeKind::Joined));
        assert!(ChangeKind::ALL.into_iter().all(|kind| Kinds::all().want(kind)));
    }
}
