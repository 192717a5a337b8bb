//! Notes under their message ids, moved by version: of two workers only one can move a note. Beside each note that
//! was given up stands a small item by which it is found, another one beside each that is not finished, and beside each
//! that was changed its older versions.

mod changes;
mod failed;
mod open;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;

use super::{announcements::Announcement, record_index as index, sortable};
use crate::{
    domain::{
        digest::Digest,
        ids::MessageId,
        message::InboundMessage,
        note::{Lease, Note, Stage},
    },
    ports::table::{Condition, ItemKey, Order, SortRange, TableError, TableStore, Write},
};

/// More than the parts of the longest recordings that one message can carry.
const MOST_PARTS: usize = 1_000;

pub use changes::ToChange;
pub use failed::{FailedNote, Reopened};
pub use open::{DueNotes, OpenNote};

/// A note as it stands in the table.
#[derive(Debug, Clone)]
pub struct StoredNote {
    /// The note.
    pub note: Note,
    version: u64,
    /// The stage that it is stored in.
    stage: Stage,
    /// What its place in the inbox tells of it, if it is stored finished.
    told: Option<Digest>,
}

impl StoredNote {
    /// A note as it was just read or written.
    fn of(note: Note, version: u64) -> Self {
        let told = note.is_finished().then(|| Digest::of(&note));
        Self { stage: note.stage(), told, note, version }
    }

    /// Whether no worker had begun on it before. To be asked just after the claim: each time that it is stored counts.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.version == 1
    }
}

/// Who asks for a note, and how long it may keep it.
#[derive(Debug, Clone)]
pub struct Worker {
    /// The worker's run. Another run of the same program is another holder.
    pub holder: String,
    /// How long a note is kept from others without a sign of life. Longer than a run can last.
    pub lease: Duration,
    /// Whether no other worker can be alive. Then a lease of another holder is one of a run that died.
    pub alone: bool,
}

/// The answer to a worker that asks for a note.
#[derive(Debug)]
pub enum Claimed {
    /// It is the worker's, until its lease ends.
    Yours(Box<StoredNote>),
    /// Somebody else works on it.
    Busy {
        /// Until when at most.
        until: Timestamp,
    },
    /// Nothing is left to do.
    Finished,
}

/// Why a note was not to be had or saved.
#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    /// Somebody else moved it in between: this worker must stop, without any further effect.
    #[error("another worker has the note")]
    Lost,
    /// The table.
    #[error(transparent)]
    Table(TableError),
    /// What lies in the table is no note that this build can read.
    #[error("the stored note cannot be read")]
    Unreadable,
}

impl From<TableError> for NoteError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Conflict => Self::Lost,
            other => Self::Table(other),
        }
    }
}

/// The notes.
#[derive(Clone)]
pub struct Notes {
    table: Arc<dyn TableStore>,
    claims: Arc<AtomicU64>,
}

impl Notes {
    /// Notes kept in this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table, claims: Arc::default() }
    }

    /// The note of this message, made if there is none, for this worker to go on with. A second message
    /// with the same id but other content is kept beside it and changes nothing.
    ///
    /// # Errors
    /// [`NoteError`]; `Lost` when another worker was faster just now.
    pub async fn claim(&self, fresh: Note, worker: &Worker, now: Timestamp) -> Result<Claimed, NoteError> {
        let key = key_of(&fresh.message().id);
        let Some(item) = self.table.get(&key).await? else {
            let mut note = fresh;
            note.lease = Some(self.lease(worker, now));
            self.open(&mut note, now).await?;
            let version = self.put(&key, &write(&note)?, Condition::Absent).await?;
            return Ok(Claimed::Yours(Box::new(StoredNote::of(note, version))));
        };
        let mut note = read(&item.body)?;
        if !note.message().says_the_same_as(fresh.message()) {
            self.keep_conflicting(fresh.message()).await?;
        }
        if note.is_finished() {
            return Ok(Claimed::Finished);
        }
        if let Some(held) = note.lease.as_ref().filter(|held| is_held(held, worker, now)) {
            return Ok(Claimed::Busy { until: held.until });
        }
        note.lease = Some(self.lease(worker, now));
        if note.due().is_none() {
            self.open(&mut note, now).await?;
        }
        let mut stored = StoredNote::of(note, item.version);
        self.save(&mut stored).await?;
        Ok(Claimed::Yours(Box::new(stored)))
    }

    /// Stores the note as it is now. One that was given up can be found by [`Notes::failed_since`] from then on, one
    /// that is finished is looked after no more.
    ///
    /// # Errors
    /// [`NoteError::Lost`] when it was moved by somebody else since it was read.
    pub async fn save(&self, stored: &mut StoredNote) -> Result<(), NoteError> {
        if stored.note.is_finished() {
            self.close(stored).await
        } else {
            self.store(stored, Vec::new()).await
        }
    }

    /// Stores the note together with other writes, and with what client apps are to hear of by it.
    async fn store(&self, stored: &mut StoredNote, mut others: Vec<Write>) -> Result<(), NoteError> {
        let key = key_of(&stored.note.message().id);
        let body = write(&stored.note)?;
        if let Some(failed) = FailedNote::of(&stored.note) {
            others.push(Write::Put {
                key: failed.key(),
                body: failed.body()?,
                condition: Condition::Always,
                expires_at: None,
            });
        }
        others.extend(news(stored)?);
        stored.version = if others.is_empty() {
            self.put(&key, &body, Condition::Version(stored.version)).await?
        } else {
            self.put_with(&key, &body, stored.version, others).await?
        };
        stored.stage = stored.note.stage();
        Ok(())
    }

    /// A conditional write that knows itself again: a store's client may repeat a write whose answer was lost,
    /// and then meets its own item. Claims carry a number, so that no other write has the same bytes.
    async fn put(&self, key: &ItemKey, body: &str, condition: Condition) -> Result<u64, NoteError> {
        match self.table.put(key, body, condition, None).await {
            Err(TableError::Conflict) => {
                let next = match condition {
                    Condition::Version(version) => version + 1,
                    Condition::Absent | Condition::Always => 1,
                };
                self.known_again(key, body, next).await
            }
            other => Ok(other?),
        }
    }

    /// The same for an existing note together with other writes.
    async fn put_with(
        &self,
        key: &ItemKey,
        body: &str,
        version: u64,
        mut writes: Vec<Write>,
    ) -> Result<u64, NoteError> {
        let (condition, next) = (Condition::Version(version), version + 1);
        let note = Write::Put { key: key.clone(), body: body.to_owned(), condition, expires_at: None };
        writes.push(note);
        match self.table.write_together(&writes).await {
            Ok(()) => Ok(next),
            Err(TableError::Conflict) => self.known_again(key, body, next).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn known_again(&self, key: &ItemKey, body: &str, version: u64) -> Result<u64, NoteError> {
        match self.table.get(key).await? {
            Some(item) if item.version == version && item.body == body => Ok(version),
            _ => Err(NoteError::Lost),
        }
    }

    fn lease(&self, worker: &Worker, now: Timestamp) -> Lease {
        // A lease beyond the end of time cannot be; then it ends at once, which is safe.
        let until =
            jiff::SignedDuration::try_from(worker.lease).ok().and_then(|lease| now.checked_add(lease).ok());
        let claim = self.claims.fetch_add(1, Ordering::Relaxed);
        Lease { holder: worker.holder.clone(), until: until.unwrap_or(now), claim }
    }

    /// What was stored of a part of a step: `None` before [`Notes::keep_part`].
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn part(&self, id: &MessageId, what: &str) -> Result<Option<String>, NoteError> {
        let item = self.table.get(&ItemKey::new(partition(id), format!("part#{what}"))).await?;
        Ok(item.map(|item| item.body))
    }

    /// Stores a part of a step that was paid for, so that a step that fails in the middle does not pay again.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn keep_part(&self, id: &MessageId, what: &str, body: &str) -> Result<(), NoteError> {
        let key = ItemKey::new(partition(id), format!("part#{what}"));
        self.table.put(&key, body, Condition::Always, None).await?;
        Ok(())
    }

    /// Forgets all parts, so that they are made anew.
    ///
    /// # Errors
    /// [`NoteError`].
    pub(super) async fn forget_parts(&self, id: &MessageId) -> Result<(), NoteError> {
        let range = SortRange::Prefix("part#".to_owned());
        for item in self.table.query(&partition(id), &range, Order::Ascending, MOST_PARTS).await? {
            self.table.delete(&item.key, Condition::Always).await?;
        }
        Ok(())
    }

    /// The note of a message, to look at.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn find(&self, id: &MessageId) -> Result<Option<Note>, NoteError> {
        self.table.get(&key_of(id)).await?.map(|item| read(&item.body)).transpose()
    }

    /// Claims a thing that may happen once in a note's life, such as the notice that it takes long. `true`
    /// for the first who asks.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn claim_once(&self, id: &MessageId, what: &'static str) -> Result<bool, NoteError> {
        let key = ItemKey::new(partition(id), format!("once#{what}"));
        match self.table.put(&key, "{}", Condition::Absent, None).await {
            Ok(_) => Ok(true),
            Err(TableError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn keep_conflicting(&self, message: &InboundMessage) -> Result<(), NoteError> {
        tracing::warn!(counter = "note_conflict", message.id = %message.id, "A second message came under a known id; it is kept beside the first");
        let body = serde_json::to_string(message).map_err(|_| NoteError::Unreadable)?;
        let key = ItemKey::new(partition(&message.id), "conflict");
        self.table.put(&key, &body, Condition::Always, None).await?;
        Ok(())
    }
}

/// A record that is filed now is listed and told of; one that was changed is told of.
fn news(stored: &StoredNote) -> Result<Vec<Write>, NoteError> {
    let note = &stored.note;
    let Some(news) = note.news_since(stored.stage) else { return Ok(Vec::new()) };
    let (message, scope) = (note.message(), note.scope());
    let announcement = Announcement {
        note: news.of.clone(),
        record: None,
        kind: news.kind,
        version: news.version,
        at: message.received_at,
    };
    let told = announcement.put(scope.company(), &format!("{}#{}", message.id, stored.version))?;
    let listed = (*news.of == message.id).then(|| index::put(note)).transpose()?;
    Ok(listed.into_iter().chain([told]).collect())
}

fn is_held(lease: &Lease, by: &Worker, now: Timestamp) -> bool {
    let same_run = lease.holder == by.holder;
    lease.until > now && (same_run || !by.alone)
}

fn partition(id: &MessageId) -> String {
    format!("note#{id}")
}

fn key_of(id: &MessageId) -> ItemKey {
    ItemKey::new(partition(id), "note")
}

fn write(note: &Note) -> Result<String, NoteError> {
    serde_json::to_string(note).map_err(|_| NoteError::Unreadable)
}

fn read(body: &str) -> Result<Note, NoteError> {
    serde_json::from_str(body).map_err(|_| NoteError::Unreadable)
}
