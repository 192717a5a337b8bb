//! Notes that were given up: found by when, and brought back.
//!
//! One small item for each, all in one partition and in the order of time, written together with the note and
//! removed once the note's job is in the queue again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{super::inbox, NoteError, Notes, key_of, read, sortable, write};
use crate::{
    domain::{
        ids::MessageId,
        note::{Failure, Note, Stage},
    },
    ports::table::{Condition, ItemKey, Order, SortRange},
};

/// Where the items lie.
const PARTITION: &str = "failed-notes";

/// How often a note that somebody else moves meanwhile is looked at again.
const LOOKS: u32 = 3;

/// A note that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedNote {
    /// The note's message.
    pub id: MessageId,
    /// When it was given up.
    pub at: Timestamp,
    /// Where and why.
    pub failure: Failure,
}

/// A note after [`Notes::reopen`].
#[derive(Debug, Clone, PartialEq)]
pub struct Reopened {
    /// The note as it stands in the table.
    pub note: Note,
    /// How it had been given up; `None` if it had not been, and then nothing was changed.
    pub had_failed: Option<FailedNote>,
}

impl FailedNote {
    /// Of a note in the stage `failed`; `None` of any other.
    #[must_use]
    pub fn of(note: &Note) -> Option<Self> {
        let failure = note.failure().filter(|_| note.stage() == Stage::Failed)?;
        let at = note.failed_at().unwrap_or(note.message().received_at);
        Some(Self { id: note.message().id.clone(), at, failure })
    }

    /// By time, then by id.
    pub(super) fn key(&self) -> ItemKey {
        ItemKey::new(PARTITION, format!("{}#{}", sortable(self.at), self.id))
    }

    pub(super) fn body(&self) -> Result<String, NoteError> {
        serde_json::to_string(self).map_err(|_| NoteError::Unreadable)
    }
}

impl Notes {
    /// Notes that were given up at `since` or later, oldest first, at most `limit` (1 to 1,000). `after`: only
    /// those behind this one of an earlier answer.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn failed_since(
        &self,
        since: Timestamp,
        after: Option<&FailedNote>,
        limit: usize,
    ) -> Result<Vec<FailedNote>, NoteError> {
        let behind = after.map_or_else(|| sortable(since), |after| after.key().sort);
        let range = SortRange::After(behind);
        let items = self.table.query(PARTITION, &range, Order::Ascending, limit).await?;
        items.iter().map(|item| serde_json::from_str(&item.body).map_err(|_| NoteError::Unreadable)).collect()
    }

    /// The note of a message, ready to go on after its last step if it had been given up; whoever still worked on
    /// it loses it. `from`: from that step on, if it is one of [`Note::can_go_back_to`]. It is looked after from now on.
    /// Its job must be sent next, and then [`Notes::forget_failed`]. Doing it again changes nothing. `None`: there is no
    /// such note.
    ///
    /// # Errors
    /// [`NoteError`]; `Lost` when somebody else keeps moving it.
    pub async fn reopen(&self, id: &MessageId, from: Option<Stage>) -> Result<Option<Reopened>, NoteError> {
        for _ in 0..LOOKS {
            match self.reopen_once(id, from).await {
                Err(NoteError::Lost) => {}
                other => return other,
            }
        }
        Err(NoteError::Lost)
    }

    async fn reopen_once(&self, id: &MessageId, from: Option<Stage>) -> Result<Option<Reopened>, NoteError> {
        let Some(item) = self.table.get(&key_of(id)).await? else { return Ok(None) };
        let mut note = read(&item.body)?;
        let had_failed = FailedNote::of(&note);
        let is_open = match from {
            Some(stage) => note.reopen_from(stage).is_ok(),
            None => had_failed.is_some() && note.reopen().is_ok(),
        };
        if is_open {
            if from.is_some() && note.heard().is_none() {
                self.forget_parts(id).await?;
            }
            note.lease = None;
            // Whatever happens to its job, from now on it is looked after.
            let open = Self::open_again(&mut note)?;
            let others = inbox::put(&note)?.into_iter().chain([open]).collect();
            self.put_with(&key_of(id), &write(&note)?, item.version, others).await?;
        }
        Ok(Some(Reopened { note, had_failed: had_failed.filter(|_| is_open) }))
    }

    /// Takes a note out of [`Notes::failed_since`], as it stood there: when it fails again, it is found again.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn forget_failed(&self, failed: &FailedNote) -> Result<(), NoteError> {
        Ok(self.table.delete(&failed.key(), Condition::Always).await?)
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::*;
    use crate::{
        domain::note::{Answer, FailureReason},
        ports::clock::Clock,
        repositories::notes::{Claimed, StoredNote, Worker},
        testing::{fixed::FixedClock, memory_table::MemoryTable, samples},
    };

    struct World {
        clock: Arc<FixedClock>,
        notes: Notes,
    }

    impl World {
        fn new() -> Self {
            let clock = Arc::new(FixedClock::default());
            Self { notes: Notes::new(Arc::new(MemoryTable::new(clock.clone()))), clock }
        }

        async fn claim(&self, n: u32) -> Claimed {
            let fresh = Note::received(samples::message(n, "Order two pipes"), samples::customer());
            let worker = Worker { holder: "w".to_owned(), lease: Duration::from_secs(60), alone: true };
            self.notes.claim(fresh, &worker, self.clock.now()).await.unwrap()
        }

        async fn received(&self, n: u32) -> StoredNote {
            match self.claim(n).await {
                Claimed::Yours(stored) => *stored,
                other => panic!("{other:?}"),
            }
        }

        async fn fails(&self, stored: &mut StoredNote) {
            stored.note.failed(FailureReason::ModelUnavailable, self.clock.now()).unwrap();
            stored.note.answer = Answer::Sent { id: samples::message_id(500) };
            stored.note.lease = None;
            self.notes.save(stored).await.unwrap();
        }

        async fn failed(&self) -> Vec<MessageId> {
            let failed = self.notes.failed_since(samples::now(), None, 1_000).await.unwrap();
            failed.into_iter().map(|failed| failed.id).collect()
        }
    }

    #[tokio::test]
    async fn given_up_notes_are_found_by_time_in_pages() {
        let world = World::new();
        for n in 1..=5 {
            let mut stored = world.received(n).await;
            world.clock.advance(Duration::from_millis(900));
            world.fails(&mut stored).await;
        }
        assert_eq!(world.failed().await, (1..=5).map(samples::message_id).collect::<Vec<_>>());
        let since = samples::now() + Duration::from_millis(2_700);
        let page = world.notes.failed_since(since, None, 2).await.unwrap();
        assert_eq!((&page[0].id, page[0].at), (&samples::message_id(3), since), "the time itself counts");
        let rest = world.notes.failed_since(since, page.last(), 1_000).await.unwrap();
        assert_eq!(rest.iter().map(|failed| &failed.id).collect::<Vec<_>>(), [&samples::message_id(5)]);
    }

    #[tokio::test]
    async fn a_note_is_reopened_once_worked_on_again_and_found_again_when_it_fails_again() {
        let world = World::new();
        let mut stored = world.received(1).await;
        world.fails(&mut stored).await;
        assert!(matches!(world.claim(1).await, Claimed::Finished));

        let first = world.notes.reopen(&samples::message_id(1), None).await.unwrap().unwrap();
        assert_eq!(first.note.stage(), Stage::Received);
        let again = world.notes.reopen(&samples::message_id(1), None).await.unwrap().unwrap();
        assert_eq!((&again.note, again.had_failed), (&first.note, None));
        assert_eq!(world.failed().await.len(), 1, "until its job is in the queue");

        let mut stored = world.received(1).await;
        world.clock.advance(Duration::from_secs(1));
        world.fails(&mut stored).await;
        world.notes.forget_failed(&first.had_failed.unwrap()).await.unwrap();
        assert_eq!(world.failed().await, [samples::message_id(1)], "the second failure stays");
    }

    #[tokio::test]
    async fn a_worker_that_still_has_the_note_loses_it() {
        let world = World::new();
        let mut stored = world.received(1).await;
        stored.note.failed(FailureReason::Internal, world.clock.now()).unwrap();
        world.notes.save(&mut stored).await.unwrap();
        world.notes.reopen(&samples::message_id(1), None).await.unwrap().unwrap();
        stored.note.lease = None;
        assert!(matches!(world.notes.save(&mut stored).await, Err(NoteError::Lost)));
    }

    #[tokio::test]
    async fn a_note_in_work_and_a_message_without_a_note_are_left_alone() {
        let world = World::new();
        let stored = world.received(1).await;
        let looked = world.notes.reopen(&samples::message_id(1), None).await.unwrap().unwrap();
        assert_eq!((looked.note, looked.had_failed), (stored.note, None));
        assert_eq!(world.notes.reopen(&samples::message_id(2), None).await.unwrap(), None);
    }
}
