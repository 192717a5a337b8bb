//! Finding a company's records by their words. The index is plain memory: it is loaded from a snapshot, follows the
//! changes since, and is stored as a snapshot again. Where snapshots lie and where changes come from is not known here.

use std::ops::Range;

use jiff::Timestamp;

use crate::domain::{ids::RecordId, private::Private, text::clean};

/// Longest query, in characters.
pub const MAX_QUERY_CHARS: usize = 200;
/// Most words of a query, counted between blanks and punctuation.
pub const MAX_QUERY_WORDS: usize = 12;
/// Most hits of one answer.
pub const MAX_HITS: usize = 100;
/// Longest fragment that is worth showing, in characters.
pub const FRAGMENT_CHARS: usize = 200;

/// What somebody looks for: words, all of which must be there, and phrases in double quotes. Private: it names
/// customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query(Private<String>);

/// Why a text is no query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuery {
    /// It has too many characters.
    #[error("a query has at most {MAX_QUERY_CHARS} characters")]
    TooLong,
    /// It has too many words.
    #[error("a query has at most {MAX_QUERY_WORDS} words")]
    TooManyWords,
}

impl Query {
    /// Reads a query. One without a letter or digit is a query too; it finds nothing.
    ///
    /// # Errors
    /// [`InvalidQuery`].
    pub fn parse(raw: &str) -> Result<Self, InvalidQuery> {
        // Counted before anything else is done with it: a request may bring any length.
        if raw.chars().nth(MAX_QUERY_CHARS).is_some() {
            return Err(InvalidQuery::TooLong);
        }
        let text = clean(raw);
        if text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).count()
            > MAX_QUERY_WORDS
        {
            return Err(InvalidQuery::TooManyWords);
        }
        Ok(Self(text.into()))
    }

    /// The query as it was typed, for the engine and never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// A record as the index takes it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The record.
    pub id: RecordId,
    /// Its title, or the first line of its summary. Weighs more than the text.
    pub title: Private<String>,
    /// All of its words.
    pub text: Private<String>,
    /// Its tags, which weigh as the title does.
    pub tags: Vec<Private<String>>,
    /// When its message came: of equal hits the newer one stands first.
    pub received_at: Timestamp,
}

/// What happened to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is there and says this; what it said before is forgotten.
    Put(Document),
    /// It is not there any more. Removing what is not there is nothing.
    Remove(RecordId),
}

/// A record that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The record.
    pub id: RecordId,
    /// How well it fits. Comparable within one answer only.
    pub score: f32,
}

/// One page of what was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The best first; equal ones by time, the newest first, then by id.
    pub hits: Vec<Hit>,
    /// How many there are on all pages.
    pub total: usize,
}

/// Why a snapshot cannot be used. The index is then built from the records again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableSnapshot {
    /// It is no snapshot of this engine.
    #[error("not a snapshot of a search index")]
    Foreign,
    /// An older or newer version of the engine wrote it.
    #[error("a snapshot of another version")]
    OtherVersion,
    /// It is cut off, or its bytes are not those that were written.
    #[error("a damaged snapshot")]
    Damaged,
}

/// A piece of a text to show beside a hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fragment {
    /// The piece, in one line; an ellipsis stands where words were left out before or after it.
    pub text: Private<String>,
    /// Where the words that matched stand in it: bytes, at character borders, ascending, not touching.
    pub highlights: Vec<Range<usize>>,
}

/// Knows how words are compared. Makes indexes, and shows why a text was found.
pub trait SearchEngine: Send + Sync {
    /// An index of nothing.
    fn empty(&self) -> Box<dyn SearchIndex>;

    /// The index that a snapshot was made of.
    ///
    /// # Errors
    /// [`UnreadableSnapshot`]. Whatever the bytes are, it neither panics nor takes much more memory than they have.
    fn load(&self, snapshot: &[u8]) -> Result<Box<dyn SearchIndex>, UnreadableSnapshot>;

    /// Where words that match the query stand in a text: bytes, at character borders, ascending, not touching.
    fn highlights(&self, query: &Query, text: &str) -> Vec<Range<usize>>;

    /// The piece of a text, of at most `max_chars` characters, with the most of what the query asks for; the
    /// beginning of the text where nothing of it matches.
    fn fragment(&self, query: &Query, text: &str, max_chars: usize) -> Fragment;
}

/// The searchable records of one company.
pub trait SearchIndex: Send + Sync {
    /// Follows what happened, in its order. Changes that were applied already may come again.
    fn apply(&mut self, changes: Vec<Change>);

    /// One page of the records in which all of the query is found, at most `limit` (up to [`MAX_HITS`]) behind the
    /// first `offset`. What is found and in which order depends on the records alone, not on how they came in.
    fn search(&self, query: &Query, limit: usize, offset: usize) -> Found;

    /// The index as bytes, for [`SearchEngine::load`]. Holds no removed record's words.
    fn snapshot(&self) -> Vec<u8>;

    /// How many records it holds.
    fn documents(&self) -> usize;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_bounded_and_never_printed() {
        assert_eq!(Query::parse(&"ü".repeat(200)).map(|query| query.expose().len()), Ok(400));
        assert_eq!(Query::parse(&"ü".repeat(201)), Err(InvalidQuery::TooLong));
        assert!(Query::parse(&"a, ".repeat(12)).is_ok());
        assert_eq!(Query::parse(&"a-".repeat(13)), Err(InvalidQuery::TooManyWords));
        assert_eq!(Query::parse("..\u{0}").map(|query| query.expose().to_owned()), Ok("..".to_owned()));
        assert!(!format!("{:?}", Query::parse("CANARY")).contains("CANARY"));
    }

    #[test]
    fn a_record_on_its_way_into_the_index_is_never_printed() {
        let document = Document {
            id: RecordId::parse("SM123456").unwrap(),
            title: "CANARY".to_owned().into(),
            text: "CANARY".to_owned().into(),
            tags: vec!["CANARY".to_owned().into()],
            received_at: Timestamp::UNIX_EPOCH,
        };
        assert!(!format!("{:?}", Change::Put(document)).contains("CANARY"));
        let fragment =
            Fragment { text: "CANARY".to_owned().into(), highlights: std::iter::once(0..6).collect() };
        assert!(!format!("{fragment:?}").contains("CANARY"));
    }
}
