//! Notes with something left to do, found by when they are to be looked after: what the sweep goes through.
//!
//! One small item for each, in one of a few partitions by its id, and there in the order of time. It is written before
//! the note is, and removed after the note was stored finished; so whatever breaks off in between, a note that is not
//! finished has its item, and what is left over is an item too many.
//!
//! The note knows the time under which its item was written ([`Note::due`]). Looking after a note moves the item alone,
//! since a worker may just have the note.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    super::{inbox, threads},
    NoteError, Notes, StoredNote, sortable,
};
use crate::{
    domain::{digest::Digest, ids::MessageId, note::Note},
    ports::table::{Condition, Item, ItemKey, Order, SortRange, TableError, Write},
};

/// Among how many partitions the items are spread, so that none is a bottleneck of the store.
const SHARDS: u32 = 16;
/// For how long a note is left to the queue at first.
const AT_FIRST: SignedDuration = SignedDuration::from_mins(30);
/// A note whose time is nearer than this gets more when it is let go: a queue waits for an hour at most between two
/// deliveries of a job that has to wait (adapters/lambda/README.md, "Batches").
const NEAR: SignedDuration = SignedDuration::from_mins(15);
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// A note as its item tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenNote {
    /// The note's message.
    pub id: MessageId,
    /// When it is to be looked after.
    pub due: Timestamp,
    /// How often its job was sent again since a worker last said when it is due.
    pub sent_again: u32,
    /// [`Note::due`] of the note that the item was written for.
    written_for: Timestamp,
    version: u64,
}

/// Some of the notes that are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueNotes {
    /// The longest due first.
    pub notes: Vec<OpenNote>,
    /// Behind which item the next ones are; `None` when there are no more.
    pub next: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    id: MessageId,
    due: Timestamp,
    #[serde(default)]
    sent_again: u32,
}

impl OpenNote {
    fn of(id: &MessageId, due: Timestamp) -> Self {
        Self { id: id.clone(), due, sent_again: 0, written_for: due, version: 0 }
    }

    fn read(item: &Item) -> Option<Self> {
        let due = item.key.sort.split('#').next()?.parse().ok()?;
        let due = Timestamp::from_millisecond(due).ok()?;
        let Body { id, due: written_for, sent_again } = serde_json::from_str(&item.body).ok()?;
        Some(Self { id, due, sent_again, written_for, version: item.version })
    }

    fn key(&self) -> ItemKey {
        let shard = crc32fast::hash(self.id.as_str().as_bytes()) % SHARDS;
        ItemKey::new(shard_partition(shard), format!("{}#{}", sortable(self.due), self.id))
    }

    fn put(&self) -> Result<Write, NoteError> {
        let body = Body { id: self.id.clone(), due: self.written_for, sent_again: self.sent_again };
        let body = serde_json::to_string(&body).map_err(|_| NoteError::Unreadable)?;
        Ok(Write::Put { key: self.key(), body, condition: Condition::Always, expires_at: None })
    }

    /// Whether it was left over: the note has another item, or nothing to be looked after. A note that knows no time
    /// may have been stored by a version that knew none, and then this item is all it has.
    #[must_use]
    pub fn is_left_over(&self, note: &Note) -> bool {
        note.is_finished() || note.due().is_some_and(|due| due != self.written_for)
    }
}

fn shard_partition(shard: u32) -> String {
    format!("open-notes#{shard}")
}

/// As precise as an item's key.
fn in_milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

impl Notes {
    /// The parts that [`Notes::list_due`] asks for one by one.
    pub fn shards() -> impl Iterator<Item = u32> {
        0..SHARDS
    }

    /// Notes of one shard that are due by `now`, the longest due first, at most `limit` (1 to 1,000). `after`: those
    /// behind an earlier answer's [`next`](DueNotes::next).
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn list_due(
        &self,
        shard: u32,
        now: Timestamp,
        after: Option<String>,
        limit: usize,
    ) -> Result<DueNotes, NoteError> {
        let range = after.map_or(SortRange::All, SortRange::After);
        let items = self.table.query(&shard_partition(shard), &range, Order::Ascending, limit).await?;
        let end = sortable(now);
        let is_due = |item: &&Item| item.key.sort.split('#').next().is_some_and(|due| due <= end.as_str());
        let due: Vec<&Item> = items.iter().take_while(is_due).collect();
        let next = due.last().filter(|_| due.len() == limit).map(|last| last.key.sort.clone());
        // One of a version to come is that version's business.
        let notes = due.into_iter().filter_map(OpenNote::read).collect();
        Ok(DueNotes { notes, next })
    }

    /// Has a note looked after at another time, with how often its job was sent again by then. `false`: somebody else
    /// was faster, and nothing was changed.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn postpone(
        &self,
        open: &OpenNote,
        until: Timestamp,
        sent_again: u32,
    ) -> Result<bool, NoteError> {
        let later = OpenNote { due: in_milliseconds(until), sent_again, ..open.clone() };
        if later.key() == open.key() {
            return Ok(true);
        }
        let old = Write::Delete { key: open.key(), condition: Condition::Version(open.version) };
        match self.table.write_together(&[later.put()?, old]).await {
            Ok(()) => Ok(true),
            Err(TableError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes an item that is not needed any more.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn forget_open(&self, open: &OpenNote) -> Result<(), NoteError> {
        Ok(self.table.delete(&open.key(), Condition::Always).await?)
    }

    /// Stores a note that nobody is to work on before `due`: the queue may forget its job, the sweep sends it then.
    /// A finished note is only stored.
    ///
    /// # Errors
    /// [`NoteError::Lost`] when it was moved by somebody else since it was read.
    pub async fn wait_until(&self, stored: &mut StoredNote, due: Timestamp) -> Result<(), NoteError> {
        stored.note.lease = None;
        if stored.note.is_finished() {
            return self.save(stored).await;
        }
        let id = stored.note.message().id.clone();
        let new = OpenNote::of(&id, in_milliseconds(due));
        let before = stored.note.due();
        let old = before.map(|due| OpenNote::of(&id, due).key()).filter(|old| *old != new.key());
        let old = old.map(|key| Write::Delete { key, condition: Condition::Always });
        stored.note.set_due(Some(new.due));
        let saved = self.store(stored, [new.put()?].into_iter().chain(old).collect()).await;
        if saved.is_err() {
            stored.note.set_due(before);
        }
        saved
    }

    /// Stores a note for others to go on with, whose job comes back from the queue after this long. Only when the time
    /// at which it is looked after is near, it is moved: so each retry costs one write.
    ///
    /// # Errors
    /// [`NoteError::Lost`] when it was moved by somebody else since it was read.
    pub async fn release(
        &self,
        stored: &mut StoredNote,
        now: Timestamp,
        after: Duration,
    ) -> Result<(), NoteError> {
        let later = |by: Duration| now.checked_add(by).unwrap_or(Timestamp::MAX);
        let back = later(after).saturating_add(NEAR).unwrap_or(Timestamp::MAX);
        if stored.note.due().is_none_or(|due| due >= back) {
            stored.note.lease = None;
            return self.save(stored).await;
        }
        let longest = later(after.max(LONGEST_WAIT)).saturating_add(NEAR).unwrap_or(Timestamp::MAX);
        self.wait_until(stored, longest).await
    }

    /// Stores a note that is given up without being finished: from now on nobody looks after it by himself, and only
    /// somebody who sends its job again brings it back.
    ///
    /// # Errors
    /// [`NoteError::Lost`] when it was moved by somebody else since it was read.
    pub async fn give_up_unfinished(&self, stored: &mut StoredNote) -> Result<(), NoteError> {
        stored.note.lease = None;
        self.close(stored).await
    }

    /// Writes a note's item, and that it is in its company's inbox and its person's thread, before the note.
    pub(super) async fn open(&self, note: &mut Note, now: Timestamp) -> Result<(), NoteError> {
        let due = in_milliseconds(now.saturating_add(AT_FIRST).unwrap_or(Timestamp::MAX));
        let open = OpenNote::of(&note.message().id, due).put()?;
        let listed = [inbox::put(note)?, threads::put(note)?];
        let writes: Vec<Write> = listed.into_iter().flatten().chain([open]).collect();
        self.table.write_together(&writes).await?;
        note.set_due(Some(due));
        Ok(())
    }

    /// Stores a note that is looked after no more, with what is counted of it, and removes its item after that.
    pub(super) async fn close(&self, stored: &mut StoredNote) -> Result<(), NoteError> {
        let before = stored.note.due();
        stored.note.set_due(None);
        let digest = Digest::of(&stored.note);
        // Who claims a finished note to change it, and lets go of it, changes nothing of that.
        let is_told = stored.told.as_ref() == Some(&digest);
        let told = if is_told { None } else { inbox::put(&stored.note)? };
        let saved = self.store(stored, told.into_iter().collect()).await;
        if saved.is_err() {
            stored.note.set_due(before);
            return saved;
        }
        stored.told = Some(digest);
        let Some(due) = before else { return Ok(()) };
        let id = &stored.note.message().id;
        if let Err(error) = self.forget_open(&OpenNote::of(id, due)).await {
            tracing::info!(message.id = %id, ?error, "That a note is open was left to the sweep to remove");
        }
        Ok(())
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
