//! What happened to a company's records, in the order in which it became visible: what `GET /v1/changes` and webhooks
//! read.
//!
//! Who changes a record puts a small item into the company's outbox, in the same transaction as the change, so that
//! neither is there without the other, and writers never wait for each other. Whoever reads the feed first moves what
//! lies in the outbox to the end of the feed, on the condition that nobody else moved that end meanwhile: from then on
//! it has a number, numbers have no gaps, and what comes later has a higher one. The time of day decides nothing but
//! the order of what is moved together.
//!
//! An entry says of which note it is and what happened, not what the record says: that is read when it is told.

mod sequence;

use std::sync::Arc;

use jiff::Timestamp;

use super::{announcements::Body, one_item::decode};
use crate::{
    domain::{
        feed::ChangeKind,
        ids::{CompanyId, MessageId, RecordId},
        tenant::TenantScope,
    },
    ports::table::{Item, Order, SortRange, TableError, TableStore},
};

/// Most entries that are read at once.
pub const MAX_ENTRIES: usize = 500;

/// Something that happened to the records of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the company's feed: 1 is the first, each next one is higher by one.
    pub number: u64,
    /// The note.
    pub note: MessageId,
    /// The one record of the note that it happened to; `None`: all of them.
    pub record: Option<RecordId>,
    /// What happened.
    pub kind: ChangeKind,
    /// When the message came, or the client app's request, that did it.
    pub at: Timestamp,
}

/// The feeds of all companies.
#[derive(Clone)]
pub struct Feed {
    table: Arc<dyn TableStore>,
}

impl Feed {
    /// Kept in this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// What happened behind the entry of this number (0: from the beginning), in order, at most `limit` entries (1 to
    /// [`MAX_ENTRIES`]). Whatever was stored before this was asked is in it, or follows.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn after(
        &self,
        scope: &TenantScope,
        number: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, TableError> {
        self.after_of(scope.company(), number, limit).await
    }

    /// The same for who acts for all companies.
    pub(crate) async fn after_of(
        &self,
        company: &CompanyId,
        number: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, TableError> {
        self.sequence(company).await?;
        let range = SortRange::After(numbered(number));
        let limit = limit.clamp(1, MAX_ENTRIES);
        let items = self.table.query(&feed_partition(company), &range, Order::Ascending, limit).await?;
        // A query may see a part of what was written together (DynamoDB, "Amazon DynamoDB Transactions: How it works",
        // read isolation). What follows a number that is missing is read when it is there.
        let expected = number.saturating_add(1)..;
        items.iter().map(Entry::read).zip(expected).take_while(is_next).map(|(entry, _)| entry).collect()
    }

    /// The number of the last entry that has one; 0 if there is none.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn last(&self, scope: &TenantScope) -> Result<u64, TableError> {
        self.sequence(scope.company()).await?;
        Ok(self.head(scope.company()).await?.0)
    }
}

fn is_next((entry, expected): &(Result<Entry, TableError>, u64)) -> bool {
    entry.as_ref().map_or(true, |entry| entry.number == *expected)
}

impl Entry {
    fn read(item: &Item) -> Result<Self, TableError> {
        let Body { note, part, kind, at, .. } = decode(item)?;
        let number =
            item.key.sort.parse().map_err(|_| TableError::Refused("a feed's key is no number".into()))?;
        let record = part.and_then(|part| RecordId::of_part(note.clone(), part));
        Ok(Self { number, note, record, kind, at })
    }
}

fn numbered(number: u64) -> String {
    format!("{number:020}")
}

fn feed_partition(company: &CompanyId) -> String {
    format!("changes#{company}")
}

#[cfg(all(test, feature = "testing"))]
mod tests;
