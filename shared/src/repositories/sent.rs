//! Which sent message belongs to which note. Settles unknown outcomes: a message found at the provider is
//! counted for one note only.

use std::sync::Arc;

use crate::{
    domain::ids::MessageId,
    ports::table::{Condition, ItemKey, TableError, TableStore, Write},
};

/// How often counting is begun again because another message of the same note was counted in between. A note has one
/// answer, and rarely a second.
const MOST_TRIES: usize = 10;

/// Sent messages by the provider's ids.
#[derive(Clone)]
pub struct Sent {
    table: Arc<dyn TableStore>,
}

impl Sent {
    /// Kept in this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// Counts a sent message for a note. `false`: it is counted for another one already.
    ///
    /// # Errors
    /// [`TableError`]; `Conflict` when other messages of the note were counted in between again and again: try again.
    pub async fn belongs_to(&self, sent: &MessageId, note: &MessageId) -> Result<bool, TableError> {
        let own = Write::Put {
            key: key_of(sent),
            body: format!("\"{note}\""),
            condition: Condition::Absent,
            expires_at: None,
        };
        for _ in 0..MOST_TRIES {
            // Most callers ask again what they did before; then nothing is written.
            if let Some(owner) = self.owner(sent).await? {
                return Ok(owner == *note);
            }
            let (mut all, condition) = self.counted_for(note).await?;
            all.push(sent.clone());
            let body = serde_json::to_string(&all).map_err(|error| TableError::Refused(error.into()))?;
            let list = Write::Put { key: list_of(note), body, condition, expires_at: None };
            match self.table.write_together(&[own.clone(), list]).await {
                Ok(()) => return Ok(true),
                Err(TableError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(TableError::Conflict)
    }

    /// The note that a sent message is counted for.
    ///
    /// # Errors
    /// [`TableError`], never `Conflict`.
    pub async fn owner(&self, sent: &MessageId) -> Result<Option<MessageId>, TableError> {
        let item = self.table.get(&key_of(sent)).await?;
        Ok(item.and_then(|item| MessageId::parse(item.body.trim_matches('"')).ok()))
    }

    /// The messages that are counted for a note, the first counted first. More than one if it was answered more than
    /// once: an apology, and the outcome after a replay. Messages counted by a build before this list are not in it.
    ///
    /// # Errors
    /// [`TableError`], never `Conflict`.
    pub async fn of_note(&self, note: &MessageId) -> Result<Vec<MessageId>, TableError> {
        Ok(self.counted_for(note).await?.0)
    }

    /// The list of a note, and what must hold for it to be replaced.
    async fn counted_for(&self, note: &MessageId) -> Result<(Vec<MessageId>, Condition), TableError> {
        let Some(item) = self.table.get(&list_of(note)).await? else {
            return Ok((Vec::new(), Condition::Absent));
        };
        let all = serde_json::from_str(&item.body).map_err(|error| TableError::Refused(error.into()))?;
        Ok((all, Condition::Version(item.version)))
    }
}

fn key_of(sent: &MessageId) -> ItemKey {
    ItemKey::new(format!("sent#{sent}"), "note")
}

fn list_of(note: &MessageId) -> ItemKey {
    ItemKey::new(format!("answers#{note}"), "messages")
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use futures::future::join_all;

    use super::*;
    use crate::testing::{
        MadeUp, failing::Failing, fixed::FixedClock, memory_table::MemoryTable, samples::message_id,
    };

    fn table() -> Arc<MemoryTable> {
        Arc::new(MemoryTable::new(Arc::new(FixedClock::default())))
    }

    #[tokio::test]
    async fn a_message_is_counted_for_one_note_and_found_from_both_sides() {
        let sent = Sent::new(table());
        let (note, other) = (message_id(1), message_id(2));
        assert_eq!(sent.of_note(&note).await.unwrap(), []);
        for _ in 0..2 {
            assert!(sent.belongs_to(&message_id(10), &note).await.unwrap());
        }
        assert!(!sent.belongs_to(&message_id(10), &other).await.unwrap());
        assert_eq!(sent.owner(&message_id(10)).await.unwrap(), Some(note.clone()));
        assert_eq!(sent.of_note(&note).await.unwrap(), [message_id(10)]);
        assert_eq!(sent.of_note(&other).await.unwrap(), []);

        // An apology, and the outcome after a replay.
        assert!(sent.belongs_to(&message_id(11), &note).await.unwrap());
        assert_eq!(sent.of_note(&note).await.unwrap(), [message_id(10), message_id(11)]);
    }

    #[tokio::test]
    async fn of_many_at_once_each_is_counted_once_and_none_is_lost() {
        let sent = Sent::new(table());
        let note = message_id(1);
        let count = |n: u32| {
            let (sent, note) = (sent.clone(), note.clone());
            async move { sent.belongs_to(&message_id(n), &note).await.unwrap() }
        };
        let counted = join_all((10..15).flat_map(|n| [count(n), count(n)])).await;
        assert!(counted.into_iter().all(|counted| counted));
        let mut all = sent.of_note(&note).await.unwrap();
        all.sort();
        assert_eq!(all, (10..15).map(message_id).collect::<Vec<_>>());

        let claim = |note: u32| {
            let sent = sent.clone();
            async move { sent.belongs_to(&message_id(20), &message_id(note)).await.unwrap() }
        };
        let claimed = join_all((1..6).map(claim)).await;
        assert_eq!(claimed.into_iter().filter(|claimed| *claimed).count(), 1);
    }

    #[tokio::test]
    async fn a_lost_answer_of_the_table_leaves_the_message_counted() {
        let away = || TableError::Unavailable(MadeUp::boxed("away"));
        let lossy = Failing::<dyn TableStore, _>::on_call(1, away, table() as Arc<dyn TableStore>)
            .only(&["write_together"])
            .losing_answers();
        let sent = Sent::new(Arc::new(lossy));
        assert!(sent.belongs_to(&message_id(10), &message_id(1)).await.is_err());
        assert!(sent.belongs_to(&message_id(10), &message_id(1)).await.unwrap());
        assert_eq!(sent.of_note(&message_id(1)).await.unwrap(), [message_id(10)]);
    }
}
