//! Phone calls while they last and a little longer: how far each is, what was unread when it began, and what models made
//! of that. A worker writes what it made beside the call, so that it and the caller's requests never meet.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use super::one_item::{encode, read};
use crate::{
    domain::{
        call::{Asked, Call, Overview, Told},
        ids::MessageId,
    },
    ports::table::{Condition, ItemKey, TableError, TableStore},
};

/// What was read of a call, for a write that must not overlook another's.
#[derive(Debug, Clone, Copy)]
pub struct Seen(Condition);

/// The calls.
#[derive(Clone)]
pub struct Calls {
    table: Arc<dyn TableStore>,
}

impl Calls {
    /// Kept in this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// A call, if it began and was not forgotten, and what to say to [`Calls::store`].
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn find(&self, id: &MessageId) -> Result<(Option<Call>, Seen), TableError> {
        let (call, condition) = read(&*self.table, &key_of(id, CALL)).await?;
        Ok((call, Seen(condition)))
    }

    /// Stores a call as it is now, to be forgotten at `until`.
    ///
    /// # Errors
    /// [`TableError::Conflict`] when another request was faster: then that one is the one that counts.
    pub async fn store(&self, call: &Call, seen: Seen, until: Timestamp) -> Result<(), TableError> {
        self.table.put(&key_of(&call.id, CALL), &encode(call)?, seen.0, Some(until)).await.map(drop)
    }

    /// What was unread when the call began, if that is known yet.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn overview(&self, id: &MessageId) -> Result<Option<Overview>, TableError> {
        Ok(read(&*self.table, &key_of(id, OVERVIEW)).await?.0)
    }

    /// Keeps what is unread, unless it was kept before; answers what is kept.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn keep_overview(
        &self,
        id: &MessageId,
        overview: Overview,
        until: Timestamp,
    ) -> Result<Overview, TableError> {
        self.keep(&key_of(id, OVERVIEW), overview, until).await
    }

    /// What a model made of what it was asked, if it has made it yet.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn told(&self, id: &MessageId, asked: Asked) -> Result<Option<Told>, TableError> {
        Ok(read(&*self.table, &key_of(id, &name_of(asked))).await?.0)
    }

    /// Keeps what a model made, unless something was kept before.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn keep_told(
        &self,
        id: &MessageId,
        asked: Asked,
        told: Told,
        until: Timestamp,
    ) -> Result<(), TableError> {
        self.keep(&key_of(id, &name_of(asked)), told, until).await.map(drop)
    }

    async fn keep<T>(&self, key: &ItemKey, item: T, until: Timestamp) -> Result<T, TableError>
    where
        T: Serialize + DeserializeOwned + Send,
    {
        match self.table.put(key, &encode(&item)?, Condition::Absent, Some(until)).await {
            Ok(_) => Ok(item),
            Err(TableError::Conflict) => Ok(read(&*self.table, key).await?.0.unwrap_or(item)),
            Err(error) => Err(error),
        }
    }
}

const CALL: &str = "call";
const OVERVIEW: &str = "overview";

fn key_of(id: &MessageId, what: &str) -> ItemKey {
    ItemKey::new(format!("call#{id}"), what)
}

fn name_of(asked: Asked) -> String {
    match asked {
        Asked::Summary => "summary".to_owned(),
        Asked::Question(number) => format!("question#{number}"),
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        domain::language::Language,
        testing::{fixed::FixedClock, memory_table::MemoryTable, samples},
    };

    fn calls(clock: &Arc<FixedClock>) -> Calls {
        Calls::new(Arc::new(MemoryTable::new(clock.clone())))
    }

    #[tokio::test]
    async fn of_two_requests_at_once_one_counts_and_a_call_is_forgotten() {
        let clock = Arc::new(FixedClock::default());
        let calls = calls(&clock);
        let id = samples::message_id(1);
        let (found, seen) = calls.find(&id).await.unwrap();
        assert_eq!(found, None);
        let call = Call::begun(id.clone(), None, Language::De, samples::now());
        let until = samples::now() + Duration::from_secs(60);
        calls.store(&call, seen, until).await.unwrap();
        assert!(matches!(calls.store(&call, seen, until).await, Err(TableError::Conflict)));
        assert_eq!(calls.find(&id).await.unwrap().0, Some(call));
        clock.advance(Duration::from_secs(61));
        assert_eq!(calls.find(&id).await.unwrap().0, None);
    }

    #[tokio::test]
    async fn what_was_made_first_holds() {
        let clock = Arc::new(FixedClock::default());
        let calls = calls(&clock);
        let (id, until) = (samples::message_id(1), samples::now() + Duration::from_secs(60));
        assert_eq!(calls.overview(&id).await.unwrap(), None);
        let first = Overview { more: true, ..Overview::default() };
        assert_eq!(calls.keep_overview(&id, first.clone(), until).await.unwrap(), first);
        assert_eq!(calls.keep_overview(&id, Overview::default(), until).await.unwrap(), first);
        for asked in [Asked::Summary, Asked::Question(0), Asked::Question(1)] {
            assert_eq!(calls.told(&id, asked).await.unwrap(), None);
            calls.keep_told(&id, asked, Told::Unknown, until).await.unwrap();
            calls.keep_told(&id, asked, Told::Off, until).await.unwrap();
            assert_eq!(calls.told(&id, asked).await.unwrap(), Some(Told::Unknown));
        }
    }

    #[tokio::test]
    async fn g01_no_key_holds_a_number() {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock));
        let calls = Calls::new(table.clone());
        let from = crate::domain::identity::E164::parse("+4915112345678").ok();
        let call = Call::begun(samples::message_id(1), from, Language::De, samples::now());
        let (_, seen) = calls.find(&call.id).await.unwrap();
        calls.store(&call, seen, samples::now() + Duration::from_secs(60)).await.unwrap();
        assert!(table.items().iter().all(|item| !format!("{:?}", item.key).contains("4915")));
        assert!(!format!("{call:?}").contains("4915"));
    }
}
