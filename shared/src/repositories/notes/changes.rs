//! Changes of notes that are filed: each made once, with the version before it kept.

use jiff::Timestamp;

use super::{
    super::inbox, NoteError, Notes, StoredNote, Worker, index, is_held, key_of, partition, read, write,
};
use crate::{
    domain::{digest::Digest, ids::MessageId, note::Note},
    ports::table::{Condition, Item, ItemKey, Order, SortRange, TableError, Write},
};

/// What stands before the id of a message in the key of its change.
const CHANGE: &str = "change#";
/// Most changes of a note that are listed; nobody makes as many.
const MOST_CHANGES: usize = 1_000;

/// The answer to a worker that asks for a note to change it.
#[derive(Debug)]
pub enum ToChange {
    /// It is the worker's, until its lease ends.
    Yours(Box<StoredNote>),
    /// Somebody else works on it.
    Busy {
        /// Until when at most.
        until: Timestamp,
    },
    /// There is no such note.
    Missing,
}

impl Notes {
    /// The note of a message, whatever its stage, for this worker alone.
    ///
    /// # Errors
    /// [`NoteError`]; `Lost` when another worker was faster just now.
    pub async fn claim_to_change(
        &self,
        id: &MessageId,
        worker: &Worker,
        now: Timestamp,
    ) -> Result<ToChange, NoteError> {
        let Some(item) = self.table.get(&key_of(id)).await? else { return Ok(ToChange::Missing) };
        let mut note = read(&item.body)?;
        if let Some(held) = note.lease.as_ref().filter(|held| is_held(held, worker, now)) {
            return Ok(ToChange::Busy { until: held.until });
        }
        note.lease = Some(self.lease(worker, now));
        let mut stored = StoredNote::of(note, item.version);
        self.save(&mut stored).await?;
        Ok(ToChange::Yours(Box::new(stored)))
    }

    /// Whether a message's change of a note was made.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn was_changed_by(&self, id: &MessageId, by: &MessageId) -> Result<bool, NoteError> {
        Ok(self.table.get(&change_key(id, by)).await?.is_some())
    }

    /// Messages that changed a note, each with the version that came of it.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn changes_of(&self, id: &MessageId) -> Result<Vec<(MessageId, u32)>, NoteError> {
        let range = SortRange::Prefix(CHANGE.to_owned());
        let items = self.table.query(&partition(id), &range, Order::Ascending, MOST_CHANGES).await?;
        let read = |item: &Item| {
            let by = item.key.sort.strip_prefix(CHANGE).and_then(|by| MessageId::parse(by).ok());
            Some((by?, item.body.parse().ok()?))
        };
        items.iter().map(|item| read(item).ok_or(NoteError::Unreadable)).collect()
    }

    /// Stores the note as a message's change made it, that it did, the version before, how the record is listed, and
    /// what is counted of it: all or nothing. Client apps hear of it when the message is filed, with which the record's
    /// files are in place.
    ///
    /// # Errors
    /// [`NoteError::Lost`] when the note was moved by somebody else since it was read.
    pub async fn save_changed(
        &self,
        stored: &mut StoredNote,
        before: &Note,
        by: &MessageId,
    ) -> Result<(), NoteError> {
        let id = stored.note.message().id.clone();
        let (key, body) = (key_of(&id), write(&stored.note)?);
        let put = |key, body, condition| Write::Put { key, body, condition, expires_at: None };
        let writes = [
            put(key.clone(), body.clone(), Condition::Version(stored.version)),
            put(version_key(&id, before.revised().version), write(before)?, Condition::Always),
            put(change_key(&id, by), stored.note.revised().version.to_string(), Condition::Always),
            index::put(&stored.note)?,
        ];
        let writes: Vec<Write> = writes.into_iter().chain(inbox::put(&stored.note)?).collect();
        let next = stored.version + 1;
        stored.version = match self.table.write_together(&writes).await {
            Ok(()) => next,
            Err(TableError::Conflict) => self.known_again(&key, &body, next).await?,
            Err(error) => return Err(error.into()),
        };
        stored.told = Some(Digest::of(&stored.note));
        Ok(())
    }

    /// A note as it was before its change to the version after this one; 0 is as it was first filed.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn old_version(&self, id: &MessageId, version: u32) -> Result<Option<Note>, NoteError> {
        self.table.get(&version_key(id, version)).await?.map(|item| read(&item.body)).transpose()
    }
}

fn change_key(id: &MessageId, by: &MessageId) -> ItemKey {
    ItemKey::new(partition(id), format!("{CHANGE}{by}"))
}

fn version_key(id: &MessageId, version: u32) -> ItemKey {
    ItemKey::new(partition(id), format!("version#{version:06}"))
}
