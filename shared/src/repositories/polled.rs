//! How far a provider's list of updates was read that is asked for them: the number behind the last one that was dealt
//! with. It is written after the updates before it are safe, and never before.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::one_item;
use crate::ports::table::{Condition, ItemKey, TableError, TableStore};

/// Where the items lie.
const PARTITION: &str = "polled";

/// For so long providers keep updates that nobody took (Telegram, "Getting updates"). What is older says nothing any more:
/// after a week without updates they may be numbered from anywhere.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

#[derive(Serialize, Deserialize)]
struct Stored {
    next: i64,
}

/// How far each list was read.
#[derive(Clone)]
pub struct Polled {
    table: Arc<dyn TableStore>,
}

impl Polled {
    /// In this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// The first number of this list that was not dealt with. `None`: the provider begins with what it still has.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn next(&self, list: &str) -> Result<Option<i64>, TableError> {
        let (found, _) = one_item::read::<Stored>(&*self.table, &key_of(list)).await?;
        Ok(found.map(|stored| stored.next))
    }

    /// Everything before this number was dealt with. Only one process reads a list at a time.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn read_before(&self, list: &str, next: i64, now: Timestamp) -> Result<(), TableError> {
        let body = one_item::encode(&Stored { next })?;
        let until = now.saturating_add(KEPT).ok();
        self.table.put(&key_of(list), &body, Condition::Always, until).await.map(drop)
    }

    /// The provider has forgotten everything before that number. It may begin to count anew from any other.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn confirmed(&self, list: &str) -> Result<(), TableError> {
        self.table.delete(&key_of(list), Condition::Always).await
    }
}

fn key_of(list: &str) -> ItemKey {
    ItemKey::new(PARTITION, list)
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        ports::clock::Clock,
        testing::{fixed::FixedClock, memory_table::MemoryTable},
    };

    #[tokio::test]
    async fn each_list_has_its_own_place_and_a_confirmed_one_begins_anew() {
        let clock = Arc::new(FixedClock::default());
        let polled = Polled::new(Arc::new(MemoryTable::new(clock.clone())));
        assert_eq!(polled.next("5550000").await.unwrap(), None);
        polled.read_before("5550000", 18, clock.now()).await.unwrap();
        polled.read_before("5550000", 7, clock.now()).await.unwrap();
        assert_eq!(polled.next("5550000").await.unwrap(), Some(7));
        assert_eq!(polled.next("5550001").await.unwrap(), None);
        polled.confirmed("5550000").await.unwrap();
        polled.confirmed("5550000").await.unwrap();
        assert_eq!(polled.next("5550000").await.unwrap(), None);
        polled.read_before("5550000", 9, clock.now()).await.unwrap();
        clock.advance(Duration::from_secs(24 * 3_600));
        assert_eq!(polled.next("5550000").await.unwrap(), None, "Telegram has forgotten it, too");
    }
}
