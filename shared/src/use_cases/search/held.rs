//! One company's index in memory: loaded, following, stored.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use super::Search;
use crate::{
    domain::{
        analysis::Analysis,
        ids::{MessageId, RecordId},
        note::Note,
        object_key::ObjectKey,
        tenant::TenantScope,
    },
    ports::{
        objects::ObjectError,
        search::{Change, Document, SearchIndex},
    },
    repositories::{feed::MAX_ENTRIES, notes::NoteError},
};

/// How much may have come since an index was stored before it is stored again.
const STORED_EVERY: u64 = 1_000;
/// How often it is stored on the way when it has far to go: what was done is not done again.
const STORED_ON_THE_WAY: u64 = 10_000;
/// How long one question follows at most; the rest is for the next one.
const LONGEST: SignedDuration = SignedDuration::from_secs(8);
/// How many notes are read at the same time.
const AT_ONCE: usize = 32;
/// Records of a note that may have been there.
const MOST_PARTS: u8 = 9;
const CONTENT_TYPE: &str = "application/octet-stream";

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The index has far to follow; the next question goes on with it.
    #[error("the index is still being made")]
    NotReady,
    /// The records.
    #[error(transparent)]
    Records(#[from] NoteError),
    /// The store of the indexes.
    #[error(transparent)]
    Objects(#[from] ObjectError),
}

/// An index, and how far it has followed.
pub(super) struct Held {
    pub(super) index: Box<dyn SearchIndex>,
    /// The number of the last entry of the feed that is in it.
    number: u64,
    /// The same of the one that is stored.
    stored: u64,
    /// Whether it has followed to the end before. From then on little comes at a time, and nobody waits for it to be
    /// stored: who loads it next does that.
    is_warm: bool,
}

impl Held {
    /// The one that was stored, or an empty one. One that has followed farther than the feed goes is of another feed,
    /// such as that of before a backup was restored.
    pub(super) async fn load(search: &Search, scope: &TenantScope) -> Result<Self, SearchError> {
        let stored = search.reads.get(&ObjectKey::search_index(scope)).await?;
        if let Some((number, snapshot)) =
            stored.as_ref().and_then(|object| object.bytes.split_first_chunk::<8>())
        {
            match search.engine.load(snapshot) {
                Ok(index) => {
                    let number = u64::from_be_bytes(*number);
                    if number <= search.follow.feed.last(scope).await.map_err(NoteError::from)? {
                        return Ok(Self { index, number, stored: number, is_warm: false });
                    }
                    warn!("A stored search index is of another feed and is made anew");
                }
                Err(error) => warn!(%error, "A stored search index is made anew"),
            }
        }
        Ok(Self { index: search.engine.empty(), number: 0, stored: 0, is_warm: false })
    }

    /// Takes in what happened since.
    pub(super) async fn follow(&mut self, search: &Search, scope: &TenantScope) -> Result<(), SearchError> {
        let end = search.clock.now().saturating_add(LONGEST).unwrap_or(Timestamp::MAX);
        loop {
            let entries =
                search.follow.feed.after(scope, self.number, MAX_ENTRIES).await.map_err(NoteError::from)?;
            let Some(last) = entries.last().map(|entry| entry.number) else { break };
            let notes: BTreeSet<MessageId> = entries.into_iter().map(|entry| entry.note).collect();
            let read = notes.into_iter().map(|id| async move {
                let note = search.follow.records.of_note(scope.company(), &id).await?;
                Ok::<_, NoteError>(changes_of(&id, note.as_ref()))
            });
            let changes: Vec<Vec<Change>> = stream::iter(read).buffered(AT_ONCE).try_collect().await?;
            self.index.apply(changes.into_iter().flatten().collect());
            self.number = last;
            if self.number - self.stored >= STORED_ON_THE_WAY {
                self.store(search, scope).await;
            }
            if search.clock.now() > end {
                return Err(SearchError::NotReady);
            }
        }
        if !self.is_warm && self.number - self.stored >= STORED_EVERY {
            self.store(search, scope).await;
        }
        self.is_warm = true;
        Ok(())
    }

    /// A failure costs the next one who loads it some time, and this question nothing.
    async fn store(&mut self, search: &Search, scope: &TenantScope) {
        let mut bytes = self.number.to_be_bytes().to_vec();
        bytes.extend(self.index.snapshot());
        let (documents, size) = (self.index.documents(), bytes.len());
        match search.writes.put(&ObjectKey::search_index(scope), Bytes::from(bytes), CONTENT_TYPE).await {
            Ok(()) => info!(company.id = %scope.company(), documents, size, "A search index was stored"),
            Err(error) => warn!(%error, "A search index could not be stored"),
        }
        self.stored = self.number;
    }
}

/// What is to be done with the records of a note: all of them, as they are now.
fn changes_of(id: &MessageId, note: Option<&Note>) -> Vec<Change> {
    let shown = note.filter(|note| !note.revised().withdrawn);
    let change = |part| {
        let record = RecordId::of_part(id.clone(), part)?;
        let document = shown.and_then(|note| document(note, &record));
        Some(document.map_or(Change::Remove(record), Change::Put))
    };
    (1..=MOST_PARTS).filter_map(change).collect()
}

fn document(note: &Note, record: &RecordId) -> Option<Document> {
    let analysis = analysis_of(note, record)?;
    let mut text = analysis.record.texts().join("\n");
    text.push('\n');
    text.push_str(&note.words());
    Some(Document {
        id: record.clone(),
        title: analysis.record.title().to_owned().into(),
        text: text.into(),
        tags: vec![analysis.tag.as_str().to_owned().into()],
        received_at: note.message().received_at,
    })
}

/// What was understood of a record.
pub(super) fn analysis_of<'a>(note: &'a Note, record: &RecordId) -> Option<&'a Analysis> {
    note.understood()?.records().nth(usize::from(record.part().checked_sub(1)?))
}
