//! What became of the messages that we sent, each under its provider's id, merged from reports in any order.

use std::sync::Arc;

use crate::{
    domain::{delivery::Delivery, ids::MessageId},
    ports::table::{Condition, ItemKey, TableError, TableStore},
};

/// How often a merge is begun again because another report of the same message was stored in between. A message has
/// about four.
const MOST_MERGES: usize = 10;

/// A message's state before and after a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// What was known; `None` if nothing was.
    pub before: Option<Delivery>,
    /// What is known now.
    pub now: Delivery,
}

impl Merged {
    /// Whether it is this report by which the message is known to have failed.
    #[must_use]
    pub fn failed_now(&self) -> bool {
        self.now.status.is_failure() && !self.before.as_ref().is_some_and(|before| before.status.is_failure())
    }
}

/// The states of sent messages.
#[derive(Clone)]
pub struct DeliveryStates {
    table: Arc<dyn TableStore>,
}

impl DeliveryStates {
    /// Kept in this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// Adds what a report says. The same report again changes nothing and writes nothing.
    ///
    /// # Errors
    /// [`TableError`]; `Conflict` when others wrote in between again and again: try again.
    pub async fn merge(&self, sent: &MessageId, told: &Delivery) -> Result<Merged, TableError> {
        let key = key_of(sent);
        for _ in 0..MOST_MERGES {
            let (before, condition) = match self.table.get(&key).await? {
                None => (None, Condition::Absent),
                Some(item) => (Some(read(&item.body)?), Condition::Version(item.version)),
            };
            let now = before.as_ref().map_or_else(|| told.clone(), |before| before.merged(told));
            if before.as_ref() == Some(&now) {
                return Ok(Merged { before, now });
            }
            let body = serde_json::to_string(&now).map_err(|error| TableError::Refused(error.into()))?;
            match self.table.put(&key, &body, condition, None).await {
                Ok(_) => return Ok(Merged { before, now }),
                Err(TableError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(TableError::Conflict)
    }

    /// What is known of a message. `None`: nothing was told of it.
    ///
    /// # Errors
    /// [`TableError`], never `Conflict`.
    pub async fn of(&self, sent: &MessageId) -> Result<Option<Delivery>, TableError> {
        self.table.get(&key_of(sent)).await?.map(|item| read(&item.body)).transpose()
    }
}

fn read(body: &str) -> Result<Delivery, TableError> {
    serde_json::from_str(body).map_err(|error| TableError::Refused(error.into()))
}

fn key_of(sent: &MessageId) -> ItemKey {
    ItemKey::new(format!("sent#{sent}"), "delivery")
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use futures::future::join_all;

    use super::*;
    use crate::{
        domain::delivery::DeliveryStatus::{self, Delivered, Failed, Queued, Read, Sent},
        testing::{MadeUp, failing::Failing, fixed::FixedClock, memory_table::MemoryTable, samples},
    };

    fn table() -> Arc<MemoryTable> {
        Arc::new(MemoryTable::new(Arc::new(FixedClock::default())))
    }

    fn told(status: DeliveryStatus) -> Delivery {
        Delivery::told(status, status.is_failure().then_some(63_016), samples::now())
    }

    #[tokio::test]
    async fn b19_reports_at_the_same_time_lose_nothing() {
        let table = table();
        let deliveries = DeliveryStates::new(table.clone());
        let sent = samples::message_id(1);
        let merges = [Queued, Sent, Delivered, Read].map(|status| {
            let (deliveries, sent) = (deliveries.clone(), sent.clone());
            async move { deliveries.merge(&sent, &told(status)).await }
        });
        assert!(join_all(merges).await.iter().all(Result::is_ok));
        assert_eq!(deliveries.of(&sent).await.unwrap().unwrap().status, Read);
        assert_eq!(deliveries.of(&samples::message_id(2)).await.unwrap(), None);
    }

    #[tokio::test]
    async fn b19_a_duplicate_writes_nothing_and_fails_no_second_time() {
        let table = table();
        let deliveries = DeliveryStates::new(table.clone());
        let sent = samples::message_id(1);
        let version = async || table.get(&key_of(&sent)).await.unwrap().unwrap().version;
        assert!(!deliveries.merge(&sent, &told(Sent)).await.unwrap().failed_now());
        assert!(deliveries.merge(&sent, &told(Failed)).await.unwrap().failed_now());
        let written = version().await;
        for status in [Failed, Sent, Queued] {
            let merged = deliveries.merge(&sent, &told(status)).await.unwrap();
            assert_eq!((merged.now.status, merged.now.error_code), (Failed, Some(63_016)));
            assert!(!merged.failed_now());
        }
        assert_eq!(version().await, written);
        let late = samples::message_id(2);
        deliveries.merge(&late, &told(Delivered)).await.unwrap();
        assert!(!deliveries.merge(&late, &told(Failed)).await.unwrap().failed_now());
    }

    #[tokio::test]
    async fn a_merge_that_is_overtaken_begins_again_and_not_for_ever() {
        let overtaken = |calls: std::ops::RangeInclusive<usize>| {
            let table = Failing::<dyn TableStore, _>::when(
                move |call| calls.contains(&call),
                || TableError::Conflict,
                table() as Arc<dyn TableStore>,
            );
            DeliveryStates::new(Arc::new(table.only(&["put"])))
        };
        let sent = samples::message_id(1);
        assert_eq!(overtaken(1..=9).merge(&sent, &told(Read)).await.unwrap().now.status, Read);
        assert!(matches!(overtaken(1..=100).merge(&sent, &told(Read)).await, Err(TableError::Conflict)));
    }

    #[tokio::test]
    async fn a_table_that_is_away_is_told_and_so_is_what_cannot_be_read() {
        let away = || TableError::Unavailable(MadeUp::boxed("away"));
        let failing = Failing::<dyn TableStore, _>::always(away, table() as Arc<dyn TableStore>);
        let sent = samples::message_id(1);
        let ended = DeliveryStates::new(Arc::new(failing)).merge(&sent, &told(Read)).await;
        assert!(matches!(ended, Err(TableError::Unavailable(_))));
        let table = table();
        table.put(&key_of(&sent), "{}", Condition::Always, None).await.unwrap();
        let ended = DeliveryStates::new(table).merge(&sent, &told(Read)).await;
        assert!(matches!(ended, Err(TableError::Refused(_))));
    }
}
