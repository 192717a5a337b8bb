//! All messages of a company, newest first, whatever became of them: one small item for each, written before its note.
//! When a note is finished, reopened or changed, the same transaction writes a digest of it there, so that what is rare is
//! found, and much is counted, without a look at each note.

mod digests;

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{
    notes::{NoteError, Notes},
    one_item::{decode, encode},
    record_index::newest_first,
};
use crate::{
    domain::{digest::Digest, ids::MessageId, note::Note, tenant::TenantScope},
    ports::table::{Condition, Item, ItemKey, Order, SortRange, TableError, TableStore, Write},
};

pub use digests::{Counted, Listed};

/// Most notes in one page.
pub const MAX_LISTED: usize = 200;
/// How many notes are fetched at the same time.
const AT_ONCE: usize = 32;
/// How many items are asked for at once where many are gone through; a table answers no more.
const MANY: usize = 1_000;
/// How many digests are as much work as a note that is fetched.
const DIGESTS_FOR_A_NOTE: usize = 10;

/// What an item holds.
#[derive(Serialize, Deserialize)]
struct Entry {
    note: MessageId,
    /// `None` while something is left to do, and where the item was written before there were digests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
}

/// The same, of whatever version.
#[derive(Deserialize)]
struct Bare {
    note: MessageId,
}

impl Entry {
    /// A digest of a version to come is that version's business: then the note is read.
    fn read(item: &Item) -> Result<Self, TableError> {
        decode(item).or_else(|_| decode(item).map(|Bare { note }| Self { note, digest: None }))
    }
}

/// Where a listing goes on: behind this note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    /// As text of digits, letters, `#` and `_`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads [`Place::as_str`].
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        (raw.len() > 16 && raw.len() <= 128 && raw.is_ascii()).then(|| Self(raw.to_owned()))
    }

    fn of(note: &Note) -> Self {
        Self(sort_of(note))
    }
}

/// A page of an inbox.
#[derive(Debug)]
pub struct Page {
    /// Newest first.
    pub notes: Vec<Note>,
    /// Where the next page begins; `None`: there are no more.
    pub next: Option<Place>,
}

/// What is looked for in an inbox.
pub trait Sought: Send + Sync {
    /// Whether a finished note of this digest may be it. What no digest tells may.
    fn may_be(&self, digest: &Digest) -> bool;

    /// Whether this note is it.
    fn is(&self, note: &Note) -> bool;
}

/// The inboxes of companies.
#[derive(Clone)]
pub struct Inbox {
    table: Arc<dyn TableStore>,
    notes: Notes,
}

/// The write by which a note is in its company's inbox as it is now. It is there before the note is. `None`: it stands in
/// no inbox.
pub(super) fn put(note: &Note) -> Result<Option<Write>, TableError> {
    if note.purpose().trial().is_some() {
        return Ok(None);
    }
    let key = ItemKey::new(partition(&note.scope()), sort_of(note));
    let digest = note.is_finished().then(|| Digest::of(note));
    let body = encode(&Entry { note: note.message().id.clone(), digest })?;
    Ok(Some(Write::Put { key, body, condition: Condition::Always, expires_at: None }))
}

impl Inbox {
    /// In this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { notes: Notes::new(table.clone()), table }
    }

    /// The company's next notes behind `after` that are sought, at most `limit` (1 to [`MAX_LISTED`]). Looks at
    /// `look_at` notes at most, of which one whose digest rules it out counts a tenth; then the page may be short although
    /// there are more.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn list(
        &self,
        scope: &TenantScope,
        after: Option<Place>,
        limit: usize,
        look_at: usize,
        sought: &impl Sought,
    ) -> Result<Page, NoteError> {
        let limit = limit.clamp(1, MAX_LISTED);
        let most = look_at.saturating_mul(DIGESTS_FOR_A_NOTE);
        let (mut notes, mut behind, mut looked_at, mut size) = (Vec::new(), after, 0, MAX_LISTED);
        loop {
            let range = behind.clone().map_or(SortRange::All, |place| SortRange::After(place.0));
            let items = self.table.query(&partition(scope), &range, Order::Ascending, size).await?;
            let is_end = items.len() < size;
            // What is not on the first page is rare.
            size = MANY;
            let looks = items.iter().map(|item| Look::at(item, sought)).collect::<Result<Vec<_>, _>>()?;
            looked_at += looks.iter().map(Look::costs).sum::<usize>();
            let found = looks.into_iter().map(|look| async move {
                let note = match look.note {
                    Some(id) => self.notes.find(&id).await?,
                    None => None,
                };
                Ok::<_, NoteError>((look.sort, note))
            });
            let mut found = stream::iter(found).buffered(AT_ONCE);
            while let Some((sort, note)) = found.try_next().await? {
                behind = Some(Place(sort));
                // Without one: its message was taken, and its first worker is about to store it, or was ended before.
                let Some(note) = note.filter(|note| note.scope() == *scope && sought.is(note)) else {
                    continue;
                };
                let place = Place::of(&note);
                notes.push(note);
                if notes.len() == limit {
                    return Ok(Page { notes, next: Some(place) });
                }
            }
            if is_end {
                return Ok(Page { notes, next: None });
            }
            if looked_at >= most {
                return Ok(Page { notes, next: behind });
            }
        }
    }

    /// A note of the company.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn find(&self, scope: &TenantScope, id: &MessageId) -> Result<Option<Note>, NoteError> {
        Ok(self.notes.find(id).await?.filter(|note| note.scope() == *scope))
    }
}

/// What is done about an item.
struct Look {
    sort: String,
    /// The note, unless its digest rules it out.
    note: Option<MessageId>,
}

impl Look {
    fn at(item: &Item, sought: &impl Sought) -> Result<Self, TableError> {
        let Entry { note, digest } = Entry::read(item)?;
        let may_be = digest.is_none_or(|digest| sought.may_be(&digest));
        Ok(Self { sort: item.key.sort.clone(), note: may_be.then_some(note) })
    }

    const fn costs(&self) -> usize {
        if self.note.is_some() { DIGESTS_FOR_A_NOTE } else { 1 }
    }
}

fn partition(scope: &TenantScope) -> String {
    format!("inbox#{}", scope.company())
}

fn sort_of(note: &Note) -> String {
    let message = note.message();
    format!("{}#{}", newest_first(message.received_at), message.id)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
