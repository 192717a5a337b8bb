//! What the queue carries: one JSON object with `kind` and `v`. Old variants are read until no queue can
//! hold them any more; unknown ones are never guessed at.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{
    call::{Asked, Exchange},
    customer::Customer,
    delivery::DeliveryStatus,
    ids::MessageId,
    language::Language,
    message::InboundMessage,
    note::Note,
    private::Private,
    purpose::Purpose,
    tenant::TenantScope,
};

/// A job. `{"kind":"note_received","v":1,...}`
#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// A message was received and is to become a note.
    NoteReceived(Box<NoteReceivedV1>),
    /// Somebody at the office wants a record changed, or something written to a person.
    NoteOrdered(Box<NoteOrderedV1>),
    /// A message that we sent is in another state.
    MessageStatus(Box<MessageStatusV1>),
    /// Somebody on the phone waits for what a model makes of what he has not heard.
    CallAsked(Box<CallAskedV1>),
}

/// Version 1 of `note_received`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoteReceivedV1 {
    /// The message.
    pub message: InboundMessage,
    /// Who sent it, if the lookup answered; without it the worker looks up before it does anything.
    pub sender: Option<Customer>,
}

/// Version 1 of `note_ordered`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoteOrderedV1 {
    /// What stands for the order among the messages: from the person whom it is about, and without words.
    pub message: InboundMessage,
    /// That person.
    pub sender: Customer,
    /// What is to be done: one that [is the office's](Purpose::is_ordered).
    pub purpose: Purpose,
}

/// Version 1 of `message_status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageStatusV1 {
    /// The message that we sent.
    pub id: MessageId,
    /// Its state, by this report; another one may know better.
    pub status: DeliveryStatus,
    /// The provider's code, if it failed with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<u32>,
    /// The note that it was sent about, if the provider was given one and repeated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<MessageId>,
    /// When we were told.
    pub at: Timestamp,
}

/// Version 1 of `call_asked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallAskedV1 {
    /// The call.
    pub call: MessageId,
    /// Who calls.
    pub caller: Customer,
    /// The language to answer in.
    pub language: Language,
    /// What is asked.
    pub asked: Asked,
    /// The caller's question; empty for a summary.
    #[serde(default)]
    pub question: Private<String>,
    /// What was asked and answered before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<Exchange>,
    /// Until when somebody waits for it. Later no model is asked any more.
    pub wanted_until: Timestamp,
    /// Until when what is made is kept.
    pub until: Timestamp,
}

impl CallAskedV1 {
    /// What the caller may be told of.
    #[must_use]
    pub fn scope(&self) -> TenantScope {
        TenantScope::of_customer(&self.caller)
    }
}

/// Why a queue's message is no job. Goes to the dead letters at once, with this as its reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableJob {
    /// Not a JSON object with `kind` and `v`.
    #[error("not a job: {0}")]
    Malformed(String),
    /// A kind or version that this build does not know; a newer one may.
    #[error("unknown job kind or version: {kind} v{v}")]
    Unknown {
        /// As it stands in the message, at most 40 characters.
        kind: String,
        /// The version.
        v: u64,
    },
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    kind: String,
    v: u64,
    #[serde(flatten)]
    body: T,
}

#[derive(Deserialize)]
struct Header {
    kind: String,
    v: u64,
}

const NOTE_RECEIVED: &str = "note_received";
const NOTE_ORDERED: &str = "note_ordered";
const MESSAGE_STATUS: &str = "message_status";
const CALL_ASKED: &str = "call_asked";

impl Job {
    /// The message that it is about: received, or sent. Of what is asked in a call, the call.
    #[must_use]
    pub const fn message_id(&self) -> &MessageId {
        match self {
            Self::NoteReceived(note) => &note.message.id,
            Self::NoteOrdered(changed) => &changed.message.id,
            Self::MessageStatus(status) => &status.id,
            Self::CallAsked(asked) => &asked.call,
        }
    }

    /// The job that a note was made of, to go on with it.
    #[must_use]
    pub fn of(note: &Note) -> Self {
        let (message, sender) = (note.message().clone(), note.sender().clone());
        if note.purpose().is_ordered() {
            let purpose = note.purpose().clone();
            return Self::NoteOrdered(Box::new(NoteOrderedV1 { message, sender, purpose }));
        }
        Self::NoteReceived(Box::new(NoteReceivedV1 { message, sender: Some(sender) }))
    }

    /// The job as it travels.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which is a fault of ours.
    pub fn to_body(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::NoteReceived(body) => {
                serde_json::to_string(&Envelope { kind: NOTE_RECEIVED.to_owned(), v: 1, body })
            }
            Self::NoteOrdered(body) => {
                serde_json::to_string(&Envelope { kind: NOTE_ORDERED.to_owned(), v: 1, body })
            }
            Self::MessageStatus(body) => {
                serde_json::to_string(&Envelope { kind: MESSAGE_STATUS.to_owned(), v: 1, body })
            }
            Self::CallAsked(body) => {
                serde_json::to_string(&Envelope { kind: CALL_ASKED.to_owned(), v: 1, body })
            }
        }
    }

    /// Reads a queue's message.
    ///
    /// # Errors
    /// [`UnreadableJob`]; its text holds no part of the message's content.
    pub fn from_body(body: &str) -> Result<Self, UnreadableJob> {
        // serde's own message can quote the value that it met, so only the place is told.
        let malformed = |e: serde_json::Error| {
            UnreadableJob::Malformed(format!("{:?} error at column {}", e.classify(), e.column()))
        };
        let header: Header = serde_json::from_str(body).map_err(malformed)?;
        match (header.kind.as_str(), header.v) {
            (NOTE_RECEIVED, 1) => {
                let note: Envelope<NoteReceivedV1> = serde_json::from_str(body).map_err(malformed)?;
                Ok(Self::NoteReceived(Box::new(note.body)))
            }
            (NOTE_ORDERED, 1) => {
                let ordered: Envelope<NoteOrderedV1> = serde_json::from_str(body).map_err(malformed)?;
                if !ordered.body.purpose.is_ordered() {
                    return Err(UnreadableJob::Malformed("nobody orders that".to_owned()));
                }
                Ok(Self::NoteOrdered(Box::new(ordered.body)))
            }
            (MESSAGE_STATUS, 1) => {
                let status: Envelope<MessageStatusV1> = serde_json::from_str(body).map_err(malformed)?;
                Ok(Self::MessageStatus(Box::new(status.body)))
            }
            (CALL_ASKED, 1) => {
                let asked: Envelope<CallAskedV1> = serde_json::from_str(body).map_err(malformed)?;
                Ok(Self::CallAsked(Box::new(asked.body)))
            }
            (kind, v) => {
                let kind = kind.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
                Err(UnreadableJob::Unknown { kind, v })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"kind":"note_received","v":1,"message":{"id":"SM00000001","from":"whatsapp:+4915112345678","to":"whatsapp:+14155238886","text":"Order pipes","received_at":"2026-11-20T10:00:00Z"},"sender":null}"#;

    const STATUS: &str = r#"{"kind":"message_status","v":1,"id":"SM0000000a","status":"undelivered","error_code":63016,"about":"SM00000001","at":"2026-11-20T10:00:00Z"}"#;
    const BARE_STATUS: &str =
        r#"{"kind":"message_status","v":1,"id":"SM0000000a","status":"sent","at":"2026-11-20T10:00:00Z"}"#;

    const CHANGED: &str = r#"{"kind":"note_ordered","v":1,"message":{"id":"PE00000001","from":"whatsapp:+4915112345678","to":"whatsapp:+14155238886","text":"","received_at":"2026-11-20T10:00:00Z"},"sender":{"customer_id":"anna","company_id":"acme","company_name":"Acme"},"purpose":{"office":{"of":"SM00000001","base":0,"by":"boss","edit":"withdrawn","told":true}}}"#;

    const ASKED: &str = r#"{"kind":"call_asked","v":1,"call":"CA00000001","caller":{"customer_id":"anna","company_id":"acme","company_name":"Acme"},"language":"de","asked":{"question":2},"question":"Order pipes?","wanted_until":"2026-11-20T09:00:00Z","until":"2026-11-20T10:00:00Z"}"#;

    #[test]
    fn a_job_survives_its_way() {
        for (body, id) in [
            (ASKED, "CA00000001"),
            (BODY, "SM00000001"),
            (CHANGED, "PE00000001"),
            (STATUS, "SM0000000a"),
            (BARE_STATUS, "SM0000000a"),
        ] {
            let job = Job::from_body(body).unwrap();
            assert_eq!(Job::from_body(&job.to_body().unwrap()).unwrap(), job);
            assert_eq!(job.message_id().as_str(), id);
        }
        // What is stored and what travels stay the same for as long as a queue holds them.
        assert_eq!(Job::from_body(STATUS).unwrap().to_body().unwrap(), STATUS);
        assert_eq!(Job::from_body(BARE_STATUS).unwrap().to_body().unwrap(), BARE_STATUS);
    }

    #[test]
    fn b13_b24_what_is_no_job_is_told_apart_without_its_content() {
        for (body, kind) in [
            ("", "not a job"),
            ("[]", "not a job"),
            ("null", "not a job"),
            (r#"{"kind":"note_received","v":1}"#, "not a job"),
            (r#"{"kind":"note_received","v":2,"text":"CANARY"}"#, "unknown job kind"),
            (r#"{"kind":"message_status","v":1,"id":"SM0000000a","status":"CANARY"}"#, "not a job"),
            (r#"{"kind":"message_status","v":2}"#, "unknown job kind"),
            (r#"{"kind":"note_ordered","v":1,"purpose":"CANARY"}"#, "not a job"),
            (r#"{"kind":"dance","v":1}"#, "unknown job kind"),
        ] {
            let shown = Job::from_body(body).unwrap_err().to_string();
            assert!(shown.starts_with(kind), "{body}: {shown}");
            assert!(!shown.contains("CANARY"));
        }
    }

    #[test]
    fn g01_a_job_shows_no_words_and_no_numbers() {
        let shown = format!("{:?}", Job::from_body(BODY).unwrap());
        assert!(!shown.contains("pipes") && !shown.contains("4915"), "{shown}");
        let shown = format!("{:?}", Job::from_body(ASKED).unwrap());
        assert!(!shown.contains("pipes"), "{shown}");
    }
}
