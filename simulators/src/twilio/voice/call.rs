//! A call: who is on the line, what was heard and asked so far, and how it ended.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::perform::Line;
use crate::{clock, world::locked};

/// Why a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ending {
    /// Hark hung up, by its document or over the REST API.
    Hangup,
    /// Hark did not take the call.
    Rejected,
    /// The caller hung up.
    Caller,
    /// The document had no more verbs.
    EndOfDocument,
    /// Twilio could not go on.
    Error,
}

/// Who is on the line, and what was asked for when the call was placed.
#[derive(Clone)]
pub(super) struct Placed {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) stir_verstat: Option<String>,
    pub(super) forwarded_from: Option<String>,
    /// By how much real waits are longer or shorter.
    pub(super) pause_factor: f64,
    /// How many documents one step may fetch.
    pub(super) max_steps: usize,
}

/// Something that was heard.
#[derive(Clone, Serialize)]
pub(super) struct Heard {
    pub(super) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) voice: Option<String>,
    /// The file of a `<Play>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) play: Option<String>,
    #[serde(rename = "loop")]
    pub(super) times: u32,
    /// The caller began to speak before it, and did not hear it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) cut_off: bool,
}

/// A webhook as it was sent, and what came back.
#[derive(Clone, Serialize)]
pub(super) struct Exchange {
    /// Why it was sent: `incoming`, `gather`, `record`, `redirect`, `status`, `recording`.
    pub(super) why: &'static str,
    pub(super) method: &'static str,
    /// The URL that is signed.
    pub(super) url: String,
    /// Where it was sent.
    #[serde(skip)]
    pub(super) sent_to: String,
    pub(super) fields: Vec<(String, String)>,
    #[serde(skip)]
    pub(super) signature: String,
    #[serde(skip)]
    pub(super) idempotency_token: String,
    pub(super) status: Option<u16>,
    pub(super) took_ms: u64,
    pub(super) twiml: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

/// All that is told of a call.
#[derive(Default)]
pub(super) struct Journal {
    pub(super) answered: bool,
    pub(super) ended_by: Option<Ending>,
    pub(super) ended_ms: i64,
    pub(super) error: Option<String>,
    /// The call's own clock.
    pub(super) seconds: f64,
    pub(super) heard: Vec<Heard>,
    pub(super) requests: Vec<Exchange>,
    pub(super) callbacks: Vec<Exchange>,
    pub(super) warnings: Vec<String>,
}

/// See the module.
pub(super) struct Call {
    pub(super) sid: String,
    pub(super) placed: Placed,
    pub(super) started_ms: i64,
    pub(super) journal: Mutex<Journal>,
    /// One step at a time.
    pub(super) line: tokio::sync::Mutex<Line>,
    /// Who hung up, whatever a step is about.
    pub(super) cut: watch::Sender<Option<Ending>>,
}

impl Call {
    pub(super) fn new(sid: String, placed: Placed) -> Self {
        Self {
            sid,
            placed,
            started_ms: clock::now_ms(),
            journal: Mutex::default(),
            line: tokio::sync::Mutex::default(),
            cut: watch::Sender::new(None),
        }
    }

    /// Twilio's `CallStatus`.
    pub(super) fn status(&self) -> &'static str {
        let journal = locked(&self.journal);
        match (journal.ended_by, journal.answered) {
            (Some(Ending::Rejected), _) => "busy",
            (Some(_), true) => "completed",
            (Some(_), false) => "no-answer",
            (None, true) => "in-progress",
            (None, false) => "ringing",
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        locked(&self.journal).ended_by.is_some()
    }

    /// Seconds on the call's own clock, rounded up as Twilio counts.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a call's length, never negative"
    )]
    pub(super) fn duration(&self) -> u64 {
        locked(&self.journal).seconds.ceil().max(0.0) as u64
    }

    pub(super) fn warn(&self, warning: impl Into<String>) {
        locked(&self.journal).warnings.push(warning.into());
    }

    /// The whole protocol.
    pub(super) fn protocol(&self) -> Value {
        let status = if self.has_ended() { "completed" } else { "in-progress" };
        let call_status = self.status();
        let journal = locked(&self.journal);
        json!({
            "call_sid": self.sid,
            "from": self.placed.from,
            "to": self.placed.to,
            "started_at": clock::rfc3339(self.started_ms),
            "status": status,
            "call_status": call_status,
            "seconds": journal.seconds,
            "heard": journal.heard,
            "requests": journal.requests,
            "callbacks": journal.callbacks,
            "warnings": journal.warnings,
            "ended_by": journal.ended_by,
            "error": journal.error,
            "simulated": true,
        })
    }
}

/// All calls since the start; they do not stay over a restart.
#[derive(Default)]
pub(crate) struct Calls(Mutex<HashMap<String, Arc<Call>>>);

impl Calls {
    pub(super) fn get(&self, sid: &str) -> Option<Arc<Call>> {
        locked(&self.0).get(sid).cloned()
    }

    /// Keeps a call; `false` if there is one of this id.
    pub(super) fn add(&self, call: &Arc<Call>) -> bool {
        let mut calls = locked(&self.0);
        let is_new = !calls.contains_key(&call.sid);
        if is_new {
            calls.insert(call.sid.clone(), Arc::clone(call));
        }
        is_new
    }
}
