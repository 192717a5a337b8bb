//! What is to be told of a record, put into its company's outbox in the transaction that changes the record.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::one_item::encode;
use crate::{
    domain::{
        feed::ChangeKind,
        ids::{CompanyId, MessageId, RecordId},
    },
    ports::table::{Condition, ItemKey, TableError, Write},
};

/// What is to be told, before it has a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Announcement {
    pub(super) note: MessageId,
    pub(super) record: Option<RecordId>,
    pub(super) kind: ChangeKind,
    /// Of two announcements of one note, the one of the lower version is told first.
    pub(super) version: u32,
    pub(super) at: Timestamp,
}

/// What an item of the outbox holds, and then one of the feed.
#[derive(Serialize, Deserialize)]
pub(super) struct Body {
    pub(super) note: MessageId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<u8>,
    pub(super) kind: ChangeKind,
    #[serde(default)]
    pub(super) version: u32,
    pub(super) at: Timestamp,
}

impl Announcement {
    /// The write that belongs into the transaction which makes the change. `once` tells two writes of one note apart
    /// and is the same when a write is repeated.
    pub(super) fn put(&self, company: &CompanyId, once: &str) -> Result<Write, TableError> {
        let body = Body {
            note: self.note.clone(),
            part: self.record.as_ref().map(RecordId::part),
            kind: self.kind,
            version: self.version,
            at: self.at,
        };
        let sort = format!("{}#{}#{once}", super::sortable(self.at), self.note);
        let key = ItemKey::new(outbox_partition(company), sort);
        Ok(Write::Put { key, body: encode(&body)?, condition: Condition::Always, expires_at: None })
    }
}

pub(super) fn outbox_partition(company: &CompanyId) -> String {
    format!("outbox#{company}")
}
