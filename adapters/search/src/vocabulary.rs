//! The distinct words of an index, each under a number, in one buffer that is searched as it stands: at a quarter of
//! a million words a scan costs less than an index of their parts would cost to keep.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use memchr::memmem::Finder;

/// Texts under consecutive numbers, one behind the other with a separator before each. None holds the separator.
#[derive(Debug, Clone)]
pub(crate) struct Texts {
    bytes: String,
    /// Where each text begins in `bytes`.
    starts: Vec<u32>,
}

const SEPARATOR: char = '\0';

impl Default for Texts {
    fn default() -> Self {
        Self { bytes: SEPARATOR.to_string(), starts: Vec::new() }
    }
}

impl Texts {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The text of a number; empty for a number that was not given out.
    pub(crate) fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let start = self.starts.get(number).map_or(self.bytes.len(), |start| *start as usize);
        let end = self.starts.get(number + 1).map_or(self.bytes.len(), |next| *next as usize);
        self.bytes.get(start..end).unwrap_or_default().trim_end_matches(SEPARATOR)
    }

    /// Adds a text under the next number. `None`: four gigabytes are full.
    pub(crate) fn push(&mut self, text: &str) -> Option<u32> {
        let number = u32::try_from(self.starts.len()).ok()?;
        let start = u32::try_from(self.bytes.len()).ok()?;
        u32::try_from(self.bytes.len() + text.len() + 1).ok()?;
        self.starts.push(start);
        self.bytes.push_str(text);
        self.bytes.push(SEPARATOR);
        Some(number)
    }

    /// All texts in the order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.bytes.split(SEPARATOR).skip(1).take(self.starts.len())
    }

    /// The number of the text at a place in the buffer.
    fn number_at(&self, place: usize) -> Option<u32> {
        let behind = self.starts.partition_point(|start| (*start as usize) <= place);
        u32::try_from(behind.checked_sub(1)?).ok()
    }

    /// The numbers of the texts that hold `part`, ascending. A part may begin with the separator.
    fn holding(&self, part: &str, found: &mut Vec<u32>) {
        for place in Finder::new(part).find_iter(self.bytes.as_bytes()) {
            // A part that begins with a separator begins one byte before its text.
            let inside = place + usize::from(part.starts_with(SEPARATOR));
            if let Some(number) = self.number_at(inside)
                && found.last() != Some(&number)
            {
                found.push(number);
            }
        }
    }
}

/// Words under their numbers, and the numbers of words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Vocabulary {
    words: Texts,
    numbers: HashTable<u32>,
    hasher: RandomState,
}

impl Vocabulary {
    /// The number of a word.
    pub(crate) fn find(&self, word: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(word);
        self.numbers.find(hash, |number| self.words.get(*number) == word).copied()
    }

    /// The number of a word, given out now if it had none. `None`: the index is full.
    pub(crate) fn find_or_add(&mut self, word: &str) -> Option<u32> {
        if let Some(number) = self.find(word) {
            return Some(number);
        }
        let number = self.words.push(word)?;
        let Self { words, numbers, hasher } = self;
        let hash = hasher.hash_one(word);
        numbers.insert_unique(hash, number, |number| hasher.hash_one(words.get(*number)));
        Some(number)
    }

    /// The words.
    pub(crate) fn words(&self) -> &Texts {
        &self.words
    }

    /// The numbers of the words that begin with one text or hold another, ascending, each once.
    pub(crate) fn candidates(&self, beginning: &str, inside: Option<&str>) -> Vec<u32> {
        let mut found = Vec::new();
        self.words.holding(&format!("{SEPARATOR}{beginning}"), &mut found);
        if let Some(inside) = inside {
            self.words.holding(inside, &mut found);
            found.sort_unstable();
            found.dedup();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_beginning_and_by_what_they_hold() {
        let mut vocabulary = Vocabulary::default();
        for word in ["pumpe", "warmepumpe", "rohr", "pumpenwartung", "pumpe", "papapapa"] {
            vocabulary.find_or_add(word).unwrap();
        }
        assert_eq!(vocabulary.words().len(), 5);
        assert_eq!(vocabulary.words().iter().collect::<Vec<_>>()[4], "papapapa");
        let named = |beginning, inside| {
            let found = vocabulary.candidates(beginning, inside);
            found.into_iter().map(|number| vocabulary.words().get(number)).collect::<Vec<_>>()
        };
        assert_eq!(named("pump", None), ["pumpe", "pumpenwartung"]);
        assert_eq!(named("rohre", Some("pump")), ["pumpe", "warmepumpe", "pumpenwartung"]);
        assert_eq!(named("pa", Some("papa")), ["papapapa"]);
        assert_eq!(named("x", Some("perohr")), [""; 0]);
        assert_eq!((vocabulary.find("rohr"), vocabulary.find("roh")), (Some(2), None));
        assert_eq!(vocabulary.words().get(99), "");
    }
}
