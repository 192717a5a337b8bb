//! All messages of a company, newest first, whatever became of them: one small item for each, written before its note.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{
    notes::{NoteError, Notes},
    one_item::{decode, encode},
    record_index::newest_first,
};
use crate::{
    domain::{ids::MessageId, note::Note, tenant::TenantScope},
    ports::table::{Condition, ItemKey, Order, SortRange, TableError, TableStore, Write},
};

/// Most notes in one page.
pub const MAX_LISTED: usize = 200;
/// How many notes are fetched at the same time.
const AT_ONCE: usize = 32;

#[derive(Serialize, Deserialize)]
struct Entry {
    note: MessageId,
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

/// The inboxes of companies.
#[derive(Clone)]
pub struct Inbox {
    table: Arc<dyn TableStore>,
    notes: Notes,
}

/// The write by which a note is in its company's inbox. It is there before the note is.
pub(super) fn put(note: &Note) -> Result<Write, TableError> {
    let key = ItemKey::new(partition(&note.scope()), sort_of(note));
    let body = encode(&Entry { note: note.message().id.clone() })?;
    Ok(Write::Put { key, body, condition: Condition::Always, expires_at: None })
}

impl Inbox {
    /// In this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { notes: Notes::new(table.clone()), table }
    }

    /// The company's next notes behind `after` for which `wanted` holds, at most `limit` (1 to [`MAX_LISTED`]).
    /// Looks at `look_at` notes at most; then the page may be short although there are more.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn list(
        &self,
        scope: &TenantScope,
        after: Option<Place>,
        limit: usize,
        look_at: usize,
        wanted: impl Fn(&Note) -> bool + Send + Sync,
    ) -> Result<Page, NoteError> {
        let limit = limit.clamp(1, MAX_LISTED);
        let (mut notes, mut behind, mut looked_at) = (Vec::new(), after, 0);
        loop {
            let range = behind.clone().map_or(SortRange::All, |place| SortRange::After(place.0));
            let items = self.table.query(&partition(scope), &range, Order::Ascending, MAX_LISTED).await?;
            let is_end = items.len() < MAX_LISTED;
            looked_at += items.len();
            let found = items.into_iter().map(|item| async move {
                let Entry { note } = decode(&item)?;
                let note = self.notes.find(&note).await?;
                Ok::<_, NoteError>((item.key.sort, note))
            });
            let mut found = stream::iter(found).buffered(AT_ONCE);
            while let Some((sort, note)) = found.try_next().await? {
                behind = Some(Place(sort));
                // Without one: its message was taken, and its first worker is about to store it, or was ended before.
                let Some(note) = note.filter(|note| note.scope() == *scope && wanted(note)) else { continue };
                let place = Place::of(&note);
                notes.push(note);
                if notes.len() == limit {
                    return Ok(Page { notes, next: Some(place) });
                }
            }
            if is_end {
                return Ok(Page { notes, next: None });
            }
            if looked_at >= look_at {
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

fn partition(scope: &TenantScope) -> String {
    format!("inbox#{}", scope.company())
}

fn sort_of(note: &Note) -> String {
    let message = note.message();
    format!("{}#{}", newest_first(message.received_at), message.id)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::testing::{
        filing::{Filing, job},
        fixed::FixedClock,
        memory_table::MemoryTable,
        samples,
    };

    #[tokio::test]
    async fn a_company_sees_its_own_messages_newest_first_page_by_page() {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let filing = Filing::new(table.clone(), clock);
        for n in 1..=7_u32 {
            let mut message = samples::message(n, "Fix the tap");
            message.received_at += jiff::SignedDuration::from_secs(n.into());
            let sender = samples::customer_of(if n == 4 { "other" } else { samples::COMPANY });
            filing.file(message, sender, &[job("tap", "Fix the tap")]).await.unwrap();
        }
        let (inbox, scope) = (Inbox::new(table), TenantScope::of_customer(&samples::customer()));
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = inbox.list(&scope, after, 2, 1_000, |_| true).await.unwrap();
            seen.extend(page.notes.iter().map(|note| note.message().id.clone()));
            let Some(next) = page.next else { break };
            after = Place::parse(next.as_str());
            assert!(after.is_some());
        }
        assert_eq!(seen, [7, 6, 5, 3, 2, 1].map(samples::message_id));
        let wanted = samples::message_id(3);
        let page = inbox.list(&scope, None, 5, 1_000, |note| note.message().id == wanted).await.unwrap();
        assert_eq!((page.notes.len(), page.next), (1, None));
        assert!(inbox.find(&scope, &samples::message_id(4)).await.unwrap().is_none());
    }
}
