//! Which messages of colleagues a person has heard: one small item for each. What a person has read or heard in an app of
//! his own is not known to Hark, so "unread" is Hark's own word: it was not read out here.

use std::{collections::HashSet, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    one_item::{decode, encode},
    record_index::{newest_first, time_of},
};
use crate::{
    domain::{
        ids::{CustomerId, MessageId},
        tenant::TenantScope,
    },
    ports::table::{Condition, ItemKey, Order, SortRange, TableError, TableStore},
};

/// How long a mark is kept after its message was received: longer than any message counts as unread.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 35);
/// How many marks are asked for at once.
const MANY: usize = 1_000;

#[derive(Serialize, Deserialize)]
struct Mark {
    message: MessageId,
    at: Timestamp,
}

/// The marks.
#[derive(Clone)]
pub struct HeardMarks {
    table: Arc<dyn TableStore>,
}

impl HeardMarks {
    /// Kept in this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// A person has heard a message that was received at `received_at`. Said again, it stays as it was.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn mark(
        &self,
        scope: &TenantScope,
        person: &CustomerId,
        message: &MessageId,
        received_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), TableError> {
        let key = key_of(scope, person, message, received_at);
        let body = encode(&Mark { message: message.clone(), at: now })?;
        let until = received_at.max(now).saturating_add(KEPT).unwrap_or(Timestamp::MAX);
        match self.table.put(&key, &body, Condition::Absent, Some(until)).await {
            Ok(_) | Err(TableError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A person wants a message to count as not heard. Said again, nothing changes.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn unmark(
        &self,
        scope: &TenantScope,
        person: &CustomerId,
        message: &MessageId,
        received_at: Timestamp,
    ) -> Result<(), TableError> {
        self.table.delete(&key_of(scope, person, message, received_at), Condition::Always).await
    }

    /// Whether a person has heard anything of late.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn any(&self, scope: &TenantScope, person: &CustomerId) -> Result<bool, TableError> {
        let marks = self.table.query(&partition(scope, person), &SortRange::All, Order::Ascending, 1).await?;
        Ok(!marks.is_empty())
    }

    /// The messages that a person has heard, of those received at `since` or later.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn since(
        &self,
        scope: &TenantScope,
        person: &CustomerId,
        since: Timestamp,
    ) -> Result<HashSet<MessageId>, TableError> {
        let (partition, mut range) = (partition(scope, person), SortRange::All);
        let mut heard = HashSet::new();
        loop {
            let items = self.table.query(&partition, &range, Order::Ascending, MANY).await?;
            for item in &items {
                if time_of(&item.key.sort).is_some_and(|at| at < since) {
                    return Ok(heard);
                }
                heard.insert(decode::<Mark>(item)?.message);
            }
            match items.last() {
                Some(last) if items.len() == MANY => range = SortRange::After(last.key.sort.clone()),
                _ => return Ok(heard),
            }
        }
    }
}

fn key_of(scope: &TenantScope, person: &CustomerId, message: &MessageId, received_at: Timestamp) -> ItemKey {
    ItemKey::new(partition(scope, person), format!("{}#{message}", newest_first(received_at)))
}

fn partition(scope: &TenantScope, person: &CustomerId) -> String {
    format!("heard#{}#{person}", scope.company())
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::testing::{fixed::FixedClock, memory_table::MemoryTable, samples};

    #[tokio::test]
    async fn what_one_has_heard_another_has_not() {
        let table = Arc::new(MemoryTable::new(Arc::new(FixedClock::default())));
        let marks = HeardMarks::new(table);
        let scope = TenantScope::of_customer(&samples::customer());
        let (anna, ben) = (CustomerId::parse("anna").unwrap(), CustomerId::parse("ben").unwrap());
        let hour = SignedDuration::from_hours(1);
        let (old, new) = (samples::now() - hour, samples::now());
        for (n, at) in [(1, old), (2, new), (2, new)] {
            marks.mark(&scope, &anna, &samples::message_id(n), at, samples::now()).await.unwrap();
        }
        let all = marks.since(&scope, &anna, old).await.unwrap();
        assert_eq!(all, HashSet::from([samples::message_id(1), samples::message_id(2)]));
        let lately = marks.since(&scope, &anna, new).await.unwrap();
        assert_eq!(lately, HashSet::from([samples::message_id(2)]));
        for _ in 0..2 {
            marks.unmark(&scope, &anna, &samples::message_id(1), old).await.unwrap();
            assert_eq!(marks.since(&scope, &anna, old).await.unwrap(), lately);
        }
        assert!(marks.since(&scope, &ben, old).await.unwrap().is_empty());
        let other = TenantScope::of_customer(&samples::customer_of("other"));
        assert!(marks.since(&other, &anna, old).await.unwrap().is_empty());
    }
}
