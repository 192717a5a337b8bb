//! All that was said with a person, on whatever channel, newest first: one small item for each message, written before its
//! note, and what colleagues remark among themselves.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    one_item::{decode, encode},
    record_index::newest_first,
};
use crate::{
    domain::{
        ids::{CustomerId, MessageId},
        note::Note,
        private::Private,
        tenant::TenantScope,
        user::UserName,
    },
    ports::table::{Condition, ItemKey, Order, SortRange, TableError, TableStore, Write},
};

/// Most entries that are listed at once.
pub const MAX_LISTED: usize = 200;

/// Something in a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A message, by its note: what the person sent and was answered, or what the office wrote.
    Note(MessageId),
    /// A word among colleagues, which the person never sees.
    Remark(Remark),
}

/// A word among colleagues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Who wrote it.
    pub by: UserName,
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: Private<String>,
}

/// The threads of companies.
#[derive(Clone)]
pub struct Threads {
    table: Arc<dyn TableStore>,
}

/// The write by which a note is in its person's thread. It is there before the note is. `None`: it stands in none.
pub(super) fn put(note: &Note) -> Result<Option<Write>, TableError> {
    if note.purpose().trial().is_some() {
        return Ok(None);
    }
    let (message, sender) = (note.message(), note.sender());
    let sort = format!("{}#{}", newest_first(message.received_at), message.id);
    let key = ItemKey::new(partition(&note.scope(), &sender.customer_id), sort);
    let body = encode(&Entry::Note(message.id.clone()))?;
    Ok(Some(Write::Put { key, body, condition: Condition::Always, expires_at: None }))
}

impl Threads {
    /// In this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// The newest entries, at most `limit` (1 to [`MAX_LISTED`]).
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn list(
        &self,
        scope: &TenantScope,
        person: &CustomerId,
        limit: usize,
    ) -> Result<Vec<Entry>, TableError> {
        let limit = limit.clamp(1, MAX_LISTED);
        let partition = partition(scope, person);
        let items = self.table.query(&partition, &SortRange::All, Order::Ascending, limit).await?;
        items.iter().map(decode).collect()
    }

    /// Adds a remark; `once` is random, so that two who write at one moment do not meet.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn remark(
        &self,
        scope: &TenantScope,
        person: &CustomerId,
        remark: Remark,
        once: &[u8; 32],
    ) -> Result<(), TableError> {
        let once = hex::encode(once.get(..8).unwrap_or_default());
        let key = ItemKey::new(partition(scope, person), format!("{}#{once}", newest_first(remark.at)));
        self.table.put(&key, &encode(&Entry::Remark(remark))?, Condition::Always, None).await.map(drop)
    }
}

fn partition(scope: &TenantScope, person: &CustomerId) -> String {
    format!("thread#{}#{person}", scope.company())
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::testing::{
        filing::{Filing, job},
        fixed::FixedClock,
        memory_table::MemoryTable,
        samples,
    };

    #[tokio::test]
    async fn what_was_said_with_a_person_is_in_one_thread_and_no_other_company_sees_it() {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let (filing, threads) = (Filing::new(table.clone(), clock), Threads::new(table));
        filing.note(1, "Fix the tap", &[job("tap", "Fix the tap")]).await.unwrap();
        let mut later = samples::message(2, "Order pipes");
        later.received_at += jiff::SignedDuration::from_secs(60);
        filing.file(later, samples::customer(), &[job("pipes", "Order pipes")]).await.unwrap();
        let (scope, person) =
            (TenantScope::of_customer(&samples::customer()), samples::customer().customer_id);
        let remark = Remark {
            by: UserName::parse("ben").unwrap(),
            at: samples::now() + jiff::SignedDuration::from_secs(30),
            text: "I take this".to_owned().into(),
        };
        threads.remark(&scope, &person, remark.clone(), &[7; 32]).await.unwrap();
        let all = threads.list(&scope, &person, 10).await.unwrap();
        let [newest, oldest] = [2, 1].map(|n| Entry::Note(samples::message_id(n)));
        assert_eq!(all, [newest.clone(), Entry::Remark(remark), oldest]);
        assert_eq!(threads.list(&scope, &person, 1).await.unwrap(), [newest]);
        let other = TenantScope::of_customer(&samples::customer_of("other"));
        assert_eq!(threads.list(&other, &person, 10).await.unwrap(), []);
    }
}
