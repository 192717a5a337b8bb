//! Searching a company's records. Each process keeps the indexes of the companies that it was asked for lately; before
//! each answer an index follows the company's feed, so whatever was filed before the question is in it.
//!
//! An index that is not in memory begins with the one that was stored last, and follows from there. Where much came
//! since, it is stored again, by whoever followed that far. What is stored is a convenience: without it, or where it
//! cannot be read, the index is made of the records.

mod held;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{future::try_join_all, lock::Mutex as AsyncMutex};

pub use self::held::SearchError;
use self::held::{Held, analysis_of};
use crate::{
    domain::{ids::CompanyId, record_view::RecordView, tenant::TenantScope},
    ports::{
        clock::Clock,
        objects::{ObjectRead, ObjectWrite},
        search::{FRAGMENT_CHARS, Fragment, Hit, MAX_HITS, Query, SearchEngine},
    },
    use_cases::follow::Follow,
};

/// How many companies' indexes are kept in memory: one of 100,000 records takes 40 MB (adapters/search/README.md).
const MOST_HELD: usize = 4;

/// A record that was found.
#[derive(Debug, Clone)]
pub struct FoundRecord {
    /// The record.
    pub view: RecordView,
    /// How well it fits; comparable within one answer only.
    pub score: f32,
    /// Its title, with what matched.
    pub title: Fragment,
    /// The piece of its words that matched best.
    pub text: Fragment,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The best first; equal ones by time, the newest first.
    pub records: Vec<FoundRecord>,
    /// How many there are on all pages.
    pub total: usize,
}

type Slot = Arc<AsyncMutex<Option<Held>>>;

/// Searches. Cloning shares what is in memory.
#[derive(Clone)]
pub struct Search {
    engine: Arc<dyn SearchEngine>,
    follow: Follow,
    reads: Arc<dyn ObjectRead>,
    writes: Arc<dyn ObjectWrite>,
    clock: Arc<dyn Clock>,
    held: Arc<Mutex<Kept>>,
}

/// The indexes in memory, and when each was asked for.
#[derive(Default)]
struct Kept {
    slots: HashMap<CompanyId, (u64, Slot)>,
    asked: u64,
}

impl Search {
    /// With this engine, over these records; indexes are stored through the last two.
    #[must_use]
    pub fn new(
        engine: Arc<dyn SearchEngine>,
        follow: Follow,
        reads: Arc<dyn ObjectRead>,
        writes: Arc<dyn ObjectWrite>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { engine, follow, reads, writes, clock, held: Arc::default() }
    }

    /// The company's records in which all of the query is found, at most `limit` (up to [`MAX_HITS`]) behind the first
    /// `offset`.
    ///
    /// # Errors
    /// [`SearchError`].
    pub async fn search(
        &self,
        scope: &TenantScope,
        query: &Query,
        limit: usize,
        offset: usize,
    ) -> Result<Answer, SearchError> {
        let slot = self.slot(scope.company());
        let mut slot = slot.lock().await;
        // Followed where it is kept: whoever asks may go away meanwhile, and the next question goes on from here.
        let held = match &mut *slot {
            Some(held) => held,
            none => none.insert(Held::load(self, scope).await?),
        };
        held.follow(self, scope).await?;
        let found = held.index.search(query, limit.min(MAX_HITS), offset);
        drop(slot);
        let records = try_join_all(found.hits.iter().map(|hit| self.shown(scope, query, hit))).await?;
        Ok(Answer { records: records.into_iter().flatten().collect(), total: found.total })
    }

    /// A hit as it is shown; `None` if it was withdrawn just now.
    async fn shown(
        &self,
        scope: &TenantScope,
        query: &Query,
        hit: &Hit,
    ) -> Result<Option<FoundRecord>, SearchError> {
        let Some(found) = self.follow.records.find(scope, &hit.id).await? else { return Ok(None) };
        let view = RecordView::of(&found.note, &found.record, &found.state);
        let Some(analysis) = analysis_of(&found.note, &found.record) else { return Ok(None) };
        let fragment = |text: &str| self.engine.fragment(query, text, FRAGMENT_CHARS);
        let (title, text) = (fragment(analysis.record.title()), fragment(&found.note.words()));
        let shown = FoundRecord { view, score: hit.score, title, text };
        Ok(Some(shown).filter(|shown| shown.view.record.is_some()))
    }

    fn slot(&self, company: &CompanyId) -> Slot {
        let mut kept = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        kept.asked += 1;
        let now = kept.asked;
        if !kept.slots.contains_key(company) && kept.slots.len() >= MOST_HELD {
            let oldest =
                kept.slots.iter().min_by_key(|(_, (asked, _))| *asked).map(|(company, _)| company.clone());
            oldest.and_then(|oldest| kept.slots.remove(&oldest));
        }
        let (asked, slot) = kept.slots.entry(company.clone()).or_default();
        *asked = now;
        slot.clone()
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
