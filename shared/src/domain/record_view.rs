//! A record as client apps get it, by whatever way: what it says, what was written back to it, and whether it still
//! counts. The API and webhooks tell the same.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    artifacts,
    client_state::{ClientState, Status},
    feed::ChangeKind,
    ids::RecordId,
    note::Note,
};

/// A record.
#[derive(Clone, Serialize)]
pub struct RecordView {
    /// Its id: that of its message, of further records of the same message with `-2`, `-3` behind it.
    pub message_id: String,
    /// How often it was changed since it was filed.
    pub version: u32,
    /// How far client apps are with it.
    pub status: Status,
    /// What the client calls it; `null`: nothing was written.
    pub reference: Option<String>,
    /// Whether its sender took it back, or a correction made it superfluous.
    pub withdrawn: bool,
    /// What it says: the document of its `record.json`. `null`: it was withdrawn, or is none yet.
    pub record: Option<Box<RawValue>>,
}

impl fmt::Debug for RecordView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordView({}, version {}, [private])", self.message_id, self.version)
    }
}

impl RecordView {
    /// Of a note's record, with what client apps wrote to it.
    #[must_use]
    pub fn of(note: &Note, record: &RecordId, state: &ClientState) -> Self {
        let revised = note.revised();
        let shown = note.is_changeable() && !revised.withdrawn;
        let document = artifacts::document(note, record).filter(|_| shown);
        Self {
            message_id: record.to_string(),
            version: revised.version,
            status: state.status(revised),
            reference: state.reference.as_ref().map(|reference| reference.expose().to_owned()),
            withdrawn: note.is_changeable() && document.is_none(),
            record: document,
        }
    }

    /// Of one that is there no more.
    #[must_use]
    pub fn gone(record: &RecordId, version: u32) -> Self {
        Self {
            message_id: record.to_string(),
            version,
            status: Status::Proposed,
            reference: None,
            withdrawn: true,
            record: None,
        }
    }
}

/// One change of one record.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeView {
    /// The same whenever and however it is told: for who must not do a thing twice.
    pub id: String,
    /// What happened.
    pub kind: ChangeKind,
    /// When the message came, or the client app's request, that did it.
    pub at: Timestamp,
    /// The record as it is now; it may have been changed again since.
    #[serde(flatten)]
    pub view: RecordView,
}
