//! A company's records as client apps see them: listed newest first, found by their ids, each with what client apps
//! wrote back to it.
//!
//! What a record says stands in its note. Beside it stand two small items, in one partition for each company and there
//! in the order of time: how the note is listed (`records#`, written by whoever changes the note, in the same
//! transaction) and what client apps wrote (`record-states#`, written here alone).

mod listing;

use std::sync::Arc;

use jiff::Timestamp;

pub use self::listing::{Filter, Listed, MAX_LISTED, Page, Position};
use super::{
    announcements::Announcement,
    notes::{NoteError, Notes},
    one_item::{self, encode},
    record_index as index,
};
use crate::{
    domain::{
        client_state::ClientState,
        feed::ChangeKind,
        ids::{CompanyId, MessageId, RecordId},
        note::Note,
        tenant::TenantScope,
    },
    ports::table::{Condition, Item, ItemKey, TableError, TableStore, Write},
};

/// A record that was looked up.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its note, however far that is.
    pub note: Note,
    /// Which of the note's records it is.
    pub record: RecordId,
    /// What client apps wrote to it.
    pub state: ClientState,
    /// How the note was listed.
    listed: Condition,
    /// The state as it was.
    written: Condition,
}

/// A past version of a record, and what ended it.
#[derive(Debug, Clone)]
pub struct Past {
    /// The note as it was.
    pub note: Note,
    /// Which version that was; 0 is as it was first filed.
    pub version: u32,
    /// What happened to it then; `None` if the message is not there any more.
    pub ended_by: Option<Ended>,
}

/// What ended a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The message.
    pub by: MessageId,
    /// When it was received.
    pub at: Timestamp,
    /// What it did.
    pub kind: ChangeKind,
}

/// The records of all companies.
#[derive(Clone)]
pub struct Records {
    table: Arc<dyn TableStore>,
    notes: Notes,
}

impl Records {
    /// Kept in this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { notes: Notes::new(table.clone()), table }
    }

    /// A record, or a note that is none yet. `None`: there is none, or it is another company's.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn find(&self, scope: &TenantScope, record: &RecordId) -> Result<Option<Found>, NoteError> {
        let Some(note) = self.notes.find(record.message()).await? else { return Ok(None) };
        let is_there = record.part() == 1 || note.places().iter().any(|(id, _)| id == record);
        if note.scope() != *scope || !is_there {
            return Ok(None);
        }
        let listed = self.table.get(&index::key_of(&note)).await?;
        let listed = listed.map_or(Condition::Absent, |item| Condition::Version(item.version));
        let key = index::state_key(&note, record);
        let (state, written) = one_item::read::<ClientState>(&*self.table, &key).await?;
        Ok(Some(Found { note, record: record.clone(), state: state.unwrap_or_default(), listed, written }))
    }

    /// A note that has records. `None`: it has none yet, or is another company's.
    pub(crate) async fn of_note(
        &self,
        company: &CompanyId,
        note: &MessageId,
    ) -> Result<Option<Note>, NoteError> {
        let note = self.notes.find(note).await?;
        Ok(note.filter(|note| note.scope().company() == company && note.is_changeable()))
    }

    /// What client apps wrote to a note's record.
    pub(crate) async fn state_of(&self, note: &Note, record: &RecordId) -> Result<ClientState, TableError> {
        let (state, _) = one_item::read(&*self.table, &index::state_key(note, record)).await?;
        Ok(state.unwrap_or_default())
    }

    /// Writes a client app's state of a record, if the record still is as it was found.
    ///
    /// # Errors
    /// [`TableError::Conflict`] when the record, or what client apps wrote to it, was changed since it was found.
    pub async fn set_state(
        &self,
        found: &Found,
        state: &ClientState,
        at: Timestamp,
    ) -> Result<(), TableError> {
        let Found { note, record, .. } = found;
        let scope = note.scope();
        let (key, body) = (index::state_key(note, record), encode(state)?);
        let next = match found.written {
            Condition::Version(version) => version + 1,
            Condition::Absent | Condition::Always => 1,
        };
        let announcement = Announcement {
            note: note.message().id.clone(),
            record: Some(record.clone()),
            kind: ChangeKind::StatusChanged,
            version: note.revised().version,
            at,
        };
        let writes = [
            Write::Put { key: key.clone(), body: body.clone(), condition: found.written, expires_at: None },
            // As it is: that nobody changed the record meanwhile is what its version says.
            index::put_on(note, found.listed)?,
            announcement.put(scope.company(), &format!("{record}#{next}"))?,
        ];
        match self.table.write_together(&writes).await {
            Err(TableError::Conflict) => self.known_again(&key, &body, next).await,
            other => other,
        }
    }

    /// A store's client may repeat a write whose answer was lost, and then meets its own item.
    async fn known_again(&self, key: &ItemKey, body: &str, version: u64) -> Result<(), TableError> {
        match self.table.get(key).await? {
            Some(Item { version: found, body: stored, .. }) if found == version && stored == body => Ok(()),
            _ => Err(TableError::Conflict),
        }
    }

    /// What a note's records were before they were changed, newest first, at most this many versions.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn history(&self, note: &Note, most: u32) -> Result<Vec<Past>, NoteError> {
        let id = &note.message().id;
        let by = self.notes.changes_of(id).await?;
        let now = note.revised().version;
        let mut past = Vec::new();
        for version in (now.saturating_sub(most)..now).rev() {
            let Some(old) = self.notes.old_version(id, version).await? else { continue };
            let message = by.iter().find(|(_, made)| *made == version + 1).map(|(by, _)| by);
            past.push(Past { note: old, version, ended_by: self.ended(message).await? });
        }
        Ok(past)
    }

    async fn ended(&self, by: Option<&MessageId>) -> Result<Option<Ended>, NoteError> {
        let Some(by) = by else { return Ok(None) };
        let Some(message) = self.notes.find(by).await? else { return Ok(None) };
        let kind = message.change().and_then(|change| ChangeKind::of(&change.effect));
        let at = message.message().received_at;
        Ok(kind.map(|kind| Ended { by: by.clone(), at, kind }))
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
