//! One message to one webhook: its document, and the headers by which its receiver knows it.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use subtle::ConstantTimeEq;

use super::{Endpoint, InvalidSecret, WebhookId, WebhookSecret};
use crate::domain::{feed::ChangeKind, record_view::ChangeView};

/// The type of a message that only asks whether its receiver is there.
pub const PING: &str = "ping";

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
pub enum Unsigned {
    /// The webhook has no secret that can be read.
    #[error("a webhook has no secret that can be read")]
    NoSecret,
    /// One of its secrets cannot sign.
    #[error(transparent)]
    Secret(#[from] InvalidSecret),
    /// The document cannot be written.
    #[error("a message of a webhook cannot be written")]
    Document(#[source] serde_json::Error),
}

/// A message that is signed: there is no other. `Debug` shows its id alone.
#[derive(Clone)]
pub struct SignedRequest {
    endpoint: Endpoint,
    id: String,
    timestamp: i64,
    signature: String,
    body: String,
}

/// The document of a message (Standard Webhooks, "Payload structure").
#[derive(Serialize)]
struct Document<'a, T> {
    r#type: &'a str,
    timestamp: Timestamp,
    data: T,
}

#[derive(Serialize)]
struct Ping<'a> {
    webhook: &'a WebhookId,
}

impl SignedRequest {
    /// A change of a record. Its id is the same whenever it is sent; the record is as it is now, `now` being the time of
    /// this attempt. Signed with each of `secrets`.
    ///
    /// # Errors
    /// [`Unsigned`].
    pub fn of_change(
        webhook: &WebhookId,
        endpoint: &Endpoint,
        secrets: &[WebhookSecret],
        change: &ChangeView,
        now: Timestamp,
    ) -> Result<Self, Unsigned> {
        let document = Document { r#type: type_of(change.kind), timestamp: change.at, data: change };
        Self::of(endpoint, format!("{webhook}_{}", change.id), &document, secrets, now)
    }

    /// A question whether the receiver is there. `once` makes its id one of its own.
    ///
    /// # Errors
    /// [`Unsigned`].
    pub fn of_ping(
        webhook: &WebhookId,
        endpoint: &Endpoint,
        secrets: &[WebhookSecret],
        once: &[u8; 32],
        now: Timestamp,
    ) -> Result<Self, Unsigned> {
        let document = Document { r#type: PING, timestamp: now, data: Ping { webhook } };
        let once = hex::encode(once.get(..8).unwrap_or_default());
        Self::of(endpoint, format!("{webhook}_ping-{once}"), &document, secrets, now)
    }

    fn of(
        endpoint: &Endpoint,
        id: String,
        document: &impl Serialize,
        secrets: &[WebhookSecret],
        now: Timestamp,
    ) -> Result<Self, Unsigned> {
        if secrets.is_empty() {
            return Err(Unsigned::NoSecret);
        }
        let body = serde_json::to_string(document).map_err(Unsigned::Document)?;
        let timestamp = now.as_second();
        let signatures = secrets.iter().map(|secret| secret.sign(&id, timestamp, body.as_bytes()));
        let signature = signatures.collect::<Result<Vec<_>, _>>()?.join(" ");
        Ok(Self { endpoint: endpoint.clone(), id, timestamp, signature, body })
    }

    /// Where it goes.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// `webhook-id`: the same at each attempt.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `webhook-timestamp`: seconds since 1970, of this attempt.
    #[must_use]
    pub const fn timestamp(&self) -> i64 {
        self.timestamp
    }

    /// `webhook-signature`: one for each secret, with blanks between.
    #[must_use]
    pub fn signature(&self) -> &str {
        &self.signature
    }

    /// Whether one of its signatures is this secret's: what a receiver checks.
    #[must_use]
    pub fn is_signed_with(&self, secret: &WebhookSecret) -> bool {
        let Ok(expected) = secret.sign(&self.id, self.timestamp, self.body.as_bytes()) else { return false };
        self.signature.split(' ').any(|signature| signature.as_bytes().ct_eq(expected.as_bytes()).into())
    }

    /// The document, JSON.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }
}

impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedRequest({}, [private])", self.id)
    }
}

/// The type of a message that tells of such a change.
#[must_use]
pub const fn type_of(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Created => "record.created",
        ChangeKind::Corrected => "record.corrected",
        ChangeKind::Joined => "record.joined",
        ChangeKind::Withdrawn => "record.withdrawn",
        ChangeKind::Restored => "record.restored",
        ChangeKind::StatusChanged => "record.status_changed",
    }
}

/// The kind of change that a message of this type tells of.
#[must_use]
pub fn kind_of(message_type: &str) -> Option<ChangeKind> {
    ChangeKind::ALL.into_iter().find(|kind| type_of(*kind) == message_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ids::RecordId,
        record_view::RecordView,
        webhook::{Loopback, WebhookSecret},
    };

    fn made(secrets: &[WebhookSecret], second: i64) -> Result<SignedRequest, Unsigned> {
        let record = RecordId::parse("SM123456-2").unwrap();
        let at = Timestamp::from_second(1_795_168_800).unwrap();
        let view = RecordView::gone(&record, 3);
        let change = ChangeView { id: "12-2".to_owned(), kind: ChangeKind::Withdrawn, at, view };
        let endpoint = Endpoint::parse("https://erp.example/CANARY", Loopback::Refused).unwrap();
        let now = Timestamp::from_second(second).unwrap();
        SignedRequest::of_change(&WebhookId::of_random(&[0; 32]), &endpoint, secrets, &change, now)
    }

    #[test]
    fn a_message_says_what_happened_and_is_signed_with_each_secret() {
        let secrets = [1, 2].map(|n| WebhookSecret::of_random(&[n; 32]));
        let message = made(&secrets, 1_795_168_900).unwrap();
        assert_eq!(message.id(), "wh_aaaaaaaaaaaaaaaa_12-2");
        let document: serde_json::Value = serde_json::from_str(message.body()).unwrap();
        assert_eq!(document["type"], "record.withdrawn");
        assert_eq!(document["timestamp"], "2026-11-20T10:00:00Z");
        assert_eq!(document["data"]["message_id"], "SM123456-2");
        assert_eq!(document["data"]["withdrawn"], true);
        assert_eq!(message.signature().split(' ').count(), 2);
        assert!(secrets.iter().all(|secret| message.is_signed_with(secret)));
        assert!(!message.is_signed_with(&WebhookSecret::of_random(&[3; 32])));
        assert_eq!(made(&secrets, 1_795_169_000).unwrap().id(), message.id(), "again is the same");
        assert_eq!(format!("{message:?}"), "SignedRequest(wh_aaaaaaaaaaaaaaaa_12-2, [private])");
    }

    #[test]
    fn without_a_secret_there_is_no_message() {
        assert!(matches!(made(&[], 1), Err(Unsigned::NoSecret)));
    }

    #[test]
    fn each_kind_has_a_type_of_its_own() {
        for kind in ChangeKind::ALL {
            assert_eq!(type_of(kind), format!("record.{}", kind.as_str()));
            assert_eq!(kind_of(type_of(kind)), Some(kind));
        }
        assert_eq!(kind_of("ping"), None);
    }
}
