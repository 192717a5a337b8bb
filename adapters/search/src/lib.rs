//! The search engine behind [`SearchEngine`]: a company's words in memory, compared as people write them in German,
//! English and Polish. The README says why it is not a library and what it costs.

mod documents;
mod fold;
mod index;
mod pattern;
mod postings;
mod ranking;
mod show;
mod snapshot;
mod stem;
mod terms;
mod vocabulary;

use std::ops::Range;

use shared::ports::search::{Fragment, Query, SearchEngine, SearchIndex, UnreadableSnapshot};

use crate::{index::Index, terms::terms_of};

/// The engine. It has no settings and no state.
#[derive(Debug, Clone, Copy, Default)]
pub struct MemorySearch;

impl SearchEngine for MemorySearch {
    fn empty(&self) -> Box<dyn SearchIndex> {
        Box::new(Index::default())
    }

    fn load(&self, snapshot: &[u8]) -> Result<Box<dyn SearchIndex>, UnreadableSnapshot> {
        Ok(Box::new(snapshot::read(snapshot)?))
    }

    fn highlights(&self, query: &Query, text: &str) -> Vec<Range<usize>> {
        show::marks(&terms_of(query), text).into_iter().map(|mark| mark.range).collect()
    }

    fn fragment(&self, query: &Query, text: &str, max_chars: usize) -> Fragment {
        show::fragment(&terms_of(query), text, max_chars)
    }
}

#[cfg(test)]
mod tests;
