//! Following a company's feed: each entry with the records that it is about, as they are now.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, TryStreamExt, stream};

use crate::{
    domain::{
        feed::ChangeKind,
        ids::{CompanyId, MessageId, RecordId},
        note::Note,
        record_view::{ChangeView, RecordView},
        tenant::TenantScope,
    },
    repositories::{
        feed::{Entry, Feed},
        notes::NoteError,
        records::Records,
    },
};

/// How many notes are read at the same time.
const AT_ONCE: usize = 32;

/// An entry of the feed, told.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its number.
    pub number: u64,
    /// Whose records it is about.
    pub note: MessageId,
    /// One for each record; several where a note has several.
    pub changes: Vec<ChangeView>,
}

/// Follows feeds.
#[derive(Clone)]
pub struct Follow {
    /// The feeds.
    pub feed: Feed,
    /// The records.
    pub records: Records,
}

impl Follow {
    /// What happened behind the entry of this number (0: from the beginning), in order, at most `limit` entries.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn after(
        &self,
        scope: &TenantScope,
        number: u64,
        limit: usize,
    ) -> Result<Vec<Told>, NoteError> {
        self.after_of(scope.company(), number, limit).await
    }

    /// The same for who acts for all companies.
    pub(crate) async fn after_of(
        &self,
        company: &CompanyId,
        number: u64,
        limit: usize,
    ) -> Result<Vec<Told>, NoteError> {
        let entries = self.feed.after_of(company, number, limit).await?;
        self.tell(company, entries).await
    }

    /// Entries with what their records say now.
    pub(crate) async fn tell(
        &self,
        company: &CompanyId,
        entries: Vec<Entry>,
    ) -> Result<Vec<Told>, NoteError> {
        let ids: HashSet<MessageId> = entries.iter().map(|entry| entry.note.clone()).collect();
        let read = ids.into_iter().map(|id| async move {
            let note = self.records.of_note(company, &id).await?;
            Ok::<_, NoteError>((id, note))
        });
        let notes: HashMap<MessageId, Option<Note>> =
            stream::iter(read).buffer_unordered(AT_ONCE).try_collect().await?;
        let notes = &notes;
        let told = entries.into_iter().map(|entry| async move {
            let note = notes.get(&entry.note).and_then(Option::as_ref);
            let changes = self.changes(note, &entry).await?;
            Ok(Told { number: entry.number, note: entry.note, changes })
        });
        stream::iter(told).buffered(AT_ONCE).try_collect().await
    }

    async fn changes(&self, note: Option<&Note>, entry: &Entry) -> Result<Vec<ChangeView>, NoteError> {
        let mut changes = Vec::new();
        for (record, is_there) in about(note, entry) {
            let (view, kind) = match note {
                Some(note) if is_there => {
                    let state = self.records.state_of(note, &record).await?;
                    (RecordView::of(note, &record, &state), entry.kind)
                }
                _ => {
                    let version = note.map_or(0, |note| note.revised().version);
                    (RecordView::gone(&record, version), ChangeKind::Withdrawn)
                }
            };
            changes.push(ChangeView {
                id: format!("{}-{}", entry.number, record.part()),
                kind,
                at: entry.at,
                view,
            });
        }
        Ok(changes)
    }
}

/// The records that an entry is about, and whether each of them is still there. A correction may have made records
/// superfluous.
fn about(note: Option<&Note>, entry: &Entry) -> Vec<(RecordId, bool)> {
    let there: Vec<RecordId> = note.into_iter().flat_map(Note::places).map(|(record, _)| record).collect();
    if let Some(record) = &entry.record {
        return vec![(record.clone(), there.contains(record))];
    }
    if there.is_empty() {
        return RecordId::of_part(entry.note.clone(), 1).map(|record| (record, false)).into_iter().collect();
    }
    let left = note.into_iter().flat_map(|note| &note.revised().left).map(|left| left.part);
    let mut superfluous: Vec<RecordId> = left
        .filter_map(|part| RecordId::of_part(entry.note.clone(), part))
        .filter(|record| !there.contains(record))
        .collect();
    superfluous.sort();
    superfluous.dedup();
    let superfluous = superfluous.into_iter().map(|record| (record, false));
    there.into_iter().map(|record| (record, true)).chain(superfluous).collect()
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        domain::note::Effect,
        testing::{
            filing::{Filing, job, understood},
            fixed::FixedClock,
            memory_table::MemoryTable,
            samples,
        },
    };

    #[tokio::test]
    async fn each_change_is_told_with_the_record_as_it_is_now() {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let filing = Filing::new(table.clone(), clock);
        let follow = Follow { feed: Feed::new(table.clone()), records: Records::new(table) };
        let scope = TenantScope::of_customer(&samples::customer());
        let two = [job("tap", "Fix the tap"), job("roof", "Fix the roof")];
        filing.note(1, "Fix the tap and the roof", &two).await.unwrap();
        let of = samples::message_id(1);
        let told = async |number| {
            let told = follow.after(&scope, number, 10).await.unwrap();
            let shown = |change: ChangeView| {
                (change.id, change.kind, change.view.record.is_some(), change.view.withdrawn)
            };
            told.into_iter().flat_map(|told| told.changes).map(shown).collect::<Vec<_>>()
        };
        let named = |id: &str, kind, is_there, withdrawn| (id.to_owned(), kind, is_there, withdrawn);
        let created = ChangeKind::Created;
        assert_eq!(told(0).await, [named("1-1", created, true, false), named("1-2", created, true, false)]);
        let corrected = Effect::Corrected(Box::new(understood(&two[..1])));
        filing.change(2, &of, corrected).await.unwrap();
        let only_one = [
            named("2-1", ChangeKind::Corrected, true, false),
            named("2-2", ChangeKind::Withdrawn, false, true),
        ];
        assert_eq!(told(1).await, only_one);
        filing.change(3, &of, Effect::Withdrawn).await.unwrap();
        assert_eq!(told(2).await[0], named("3-1", ChangeKind::Withdrawn, false, true));
        assert_eq!(told(0).await[0], named("1-1", created, false, true), "as it is now");
    }
}
