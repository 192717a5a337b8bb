//! The index of one company: which words stand where in which record.

use shared::ports::search::{Change, Document, Found, Query, SearchIndex};

use crate::{
    documents::Documents,
    fold::words,
    postings::{Place, Postings},
    ranking, snapshot,
    terms::terms_of,
    vocabulary::Vocabulary,
};

/// An index is tidied when this many records in it are gone, and they are a quarter of all.
const MIN_GONE: usize = 1_000;

/// The words of records, in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    pub(crate) documents: Documents,
    pub(crate) vocabulary: Vocabulary,
    /// The places of each word, by its number.
    pub(crate) postings: Vec<Postings>,
}

impl SearchIndex for Index {
    fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Put(document) => self.put(&document),
                Change::Remove(id) => self.documents.remove(&id),
            }
        }
        let gone = self.gone();
        if gone >= MIN_GONE && gone * 4 >= self.documents.numbered() {
            *self = self.tidied();
        }
    }

    fn search(&self, query: &Query, limit: usize, offset: usize) -> Found {
        ranking::search(self, &terms_of(query), limit, offset)
    }

    fn snapshot(&self) -> Vec<u8> {
        if self.gone() == 0 { snapshot::write(self) } else { snapshot::write(&self.tidied()) }
    }

    fn documents(&self) -> usize {
        self.documents.present()
    }
}

impl Index {
    fn gone(&self) -> usize {
        self.documents.numbered() - self.documents.present()
    }

    fn put(&mut self, document: &Document) {
        self.documents.remove(&document.id);
        let (length, places) = self.places_of(document);
        // A full index, of four thousand million words, takes no more records in.
        let Some(number) = self.documents.add(&document.id, document.received_at.as_millisecond(), length)
        else {
            return;
        };
        let mut of_word = Vec::new();
        for same in places.chunk_by(|(one, _), (other, _)| one == other) {
            of_word.clear();
            of_word.extend(same.iter().map(|(_, place)| *place));
            if let Some((word, _)) = same.first()
                && let Some(postings) = self.postings.get_mut(*word as usize)
            {
                postings.push(number, &of_word);
            }
        }
    }

    /// How many words a record has, and where each stands in it, in the order of words and places.
    fn places_of(&mut self, document: &Document) -> (u32, Vec<(u32, Place)>) {
        let mut places = Vec::new();
        let mut index = 0_u32;
        let in_title = std::iter::once(&document.title).chain(&document.tags).map(|text| (text, true));
        for (text, in_title) in in_title.chain(std::iter::once((&document.text, false))) {
            for word in words(text.expose()) {
                let Some(number) = self.vocabulary.find_or_add(&word.folded) else { continue };
                places.push((number, Place::new(index, in_title)));
                index = index.saturating_add(1);
            }
            // No phrase goes from one field into the next.
            index = index.saturating_add(1);
        }
        self.postings.resize_with(self.vocabulary.words().len(), Postings::default);
        places.sort_unstable();
        (u32::try_from(places.len()).unwrap_or(u32::MAX), places)
    }

    /// The same index without anything of the records that are gone.
    fn tidied(&self) -> Self {
        let mut tidy = Self::default();
        let renumber = |number| {
            let length = self.documents.length(number)?;
            tidy.documents.add_stored(self.documents.id(number), self.documents.time(number), length)
        };
        let numbered = u32::try_from(self.documents.numbered()).unwrap_or(u32::MAX);
        let numbers: Vec<Option<u32>> = (0..numbered).map(renumber).collect();
        let mut places = Vec::new();
        for (word, postings) in self.vocabulary.words().iter().zip(&self.postings) {
            let mut kept = Postings::default();
            let mut reader = postings.read();
            while let Some(number) = reader.next_record() {
                places.clear();
                places.extend(std::iter::from_fn(|| reader.next_place()));
                if let Some(number) = numbers.get(number as usize).copied().flatten() {
                    kept.push(number, &places);
                }
            }
            if !kept.is_empty() && tidy.vocabulary.find_or_add(word).is_some() {
                kept.shrink();
                tidy.postings.push(kept);
            }
        }
        tidy
    }
}
