//! The names and words of a company that models should know: those that the office gave, and those that people taught
//! with their corrections.

mod ordinary;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    ids::MessageId,
    private::Private,
    replacement::{Replacement, likeness},
    text::{clean, folded},
};

/// Most terms of a company. Models are told all of them with each note.
pub const MAX_TERMS: usize = 40;
/// Longest term, in characters.
pub const MAX_TERM_CHARS: usize = 40;
/// Longest name that is learned, in words.
const MAX_LEARNED_WORDS: usize = 3;
/// A shorter one is no name but a word such as "am".
const MIN_LEARNED_CHARS: usize = 3;

/// A name or word, of 1 to [`MAX_TERM_CHARS`] characters in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Term(Private<String>);

/// Why a text is no term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTerm {
    /// There is no letter and no digit in it.
    #[error("a term needs a letter or a digit")]
    Empty,
    /// It is too long.
    #[error("a term has at most {MAX_TERM_CHARS} characters")]
    TooLong,
}

impl Term {
    /// Reads a term: cleaned, in one line, one blank between words.
    ///
    /// # Errors
    /// [`InvalidTerm`].
    pub fn parse(raw: &str) -> Result<Self, InvalidTerm> {
        let text = clean(raw).split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.contains(char::is_alphanumeric) {
            return Err(InvalidTerm::Empty);
        }
        if text.chars().count() > MAX_TERM_CHARS {
            return Err(InvalidTerm::TooLong);
        }
        Ok(Self(text.into()))
    }

    /// The term, for its company and the models, never for a log.
    #[must_use]
    pub const fn expose(&self) -> &String {
        self.0.expose()
    }

    /// Whether it is the same term in another case or punctuation. Accents make another: that is what is learned.
    fn is_same_as(&self, other: &Self) -> bool {
        folded(self.expose()) == folded(other.expose())
    }
}

impl TryFrom<String> for Term {
    type Error = InvalidTerm;

    fn try_from(raw: String) -> Result<Self, InvalidTerm> {
        Self::parse(&raw)
    }
}

impl From<Term> for String {
    fn from(term: Term) -> Self {
        term.0.into_inner()
    }
}

/// Who brought a term in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The company's own software.
    Office,
    /// A person's correction.
    Learned,
}

/// A term of a glossary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The term.
    pub term: Term,
    /// Who brought it in.
    pub source: Source,
    /// When.
    pub since: Timestamp,
}

/// Why terms cannot be a glossary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTerms {
    /// There are too many.
    #[error("a glossary has at most {MAX_TERMS} terms")]
    TooMany,
    /// The one at this place, from 0, is the same as one before it.
    #[error("a term stands in the list twice")]
    Twice(usize),
}

/// The terms of a company.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glossary {
    entries: Vec<Entry>,
    /// The last messages that were learned from: each teaches once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    learned_from: Vec<MessageId>,
}

impl Glossary {
    /// The terms, in the office's order and then as they were learned.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Adds what a message taught. Learned terms give way to newer ones, the oldest first; the office's never do.
    /// `false`: nothing is new in it, or the message has taught already.
    pub fn learn(&mut self, terms: &[Term], from: &MessageId, now: Timestamp) -> bool {
        if terms.is_empty() || self.learned_from.contains(from) {
            return false;
        }
        let before = self.entries.len();
        let mut gave_way = 0;
        for term in terms {
            if self.entries.iter().any(|known| known.term.is_same_as(term)) {
                continue;
            }
            if self.entries.len() >= MAX_TERMS {
                let learned =
                    self.entries.iter().enumerate().filter(|(_, entry)| entry.source == Source::Learned);
                let Some((oldest, _)) = learned.min_by_key(|(_, entry)| entry.since) else { break };
                self.entries.remove(oldest);
                gave_way += 1;
            }
            self.entries.push(Entry { term: term.clone(), source: Source::Learned, since: now });
        }
        if self.entries.len() + gave_way == before {
            return false;
        }
        self.learned_from.push(from.clone());
        let over = self.learned_from.len().saturating_sub(MAX_TERMS);
        self.learned_from.drain(..over);
        true
    }

    /// Puts these terms in place of all. One that stood there, letter by letter, stays what it was: learned, if it
    /// was learned. All others are the office's.
    ///
    /// # Errors
    /// [`BadTerms`]; nothing is changed then.
    pub fn replace(&mut self, terms: Vec<Term>, now: Timestamp) -> Result<(), BadTerms> {
        if terms.len() > MAX_TERMS {
            return Err(BadTerms::TooMany);
        }
        let stands_before =
            |(at, term): &(usize, &Term)| terms.iter().take(*at).any(|other| other.is_same_as(term));
        if let Some((at, _)) = terms.iter().enumerate().find(stands_before) {
            return Err(BadTerms::Twice(at));
        }
        let before = std::mem::take(&mut self.entries);
        let entry = |term: Term| {
            let known = before.iter().find(|known| known.term == term).cloned();
            known.unwrap_or(Entry { term, source: Source::Office, since: now })
        };
        self.entries = terms.into_iter().map(entry).collect();
        Ok(())
    }
}

/// The names that a correction in words teaches: what is put in place of something that is written alike. Never a
/// number, a day, a month, a word that everybody knows, or an address on the web.
#[must_use]
pub fn learned_from(correction: &str) -> Vec<Term> {
    let mut learned: Vec<Term> = Vec::new();
    for term in Replacement::all_in(correction).iter().filter_map(taught_by) {
        if !learned.iter().any(|known| known.is_same_as(&term)) {
            learned.push(term);
        }
    }
    learned
}

fn taught_by(replacement: &Replacement) -> Option<Term> {
    let mut wrong: Vec<&str> = replacement.wrong.expose().split_whitespace().collect();
    let mut right: Vec<&str> = replacement.right.expose().split_whitespace().collect();
    without_common(&mut wrong, &mut right);
    let is_name =
        (1..=MAX_LEARNED_WORDS).contains(&right.len()) && right.iter().all(|word| may_be_in_a_name(word));
    let (wrong, right) = (wrong.join(" "), right.join(" "));
    let is_alike = likeness(&wrong, &right).is_some() && wrong != right;
    let is_long = right.chars().filter(|c| c.is_alphanumeric()).count() >= MIN_LEARNED_CHARS;
    (is_name && is_alike && is_long).then(|| Term::parse(&right).ok()).flatten()
}

/// Takes the words away with which both begin or end: of "the Miller bath" and "the Müller bath" the names are left.
fn without_common(one: &mut Vec<&str>, other: &mut Vec<&str>) {
    let is_same = |a: &&str, b: &&str| folded(a) == folded(b);
    let shorter = one.len().min(other.len());
    let begin = one.iter().zip(other.iter()).take_while(|(a, b)| is_same(a, b)).count();
    if begin < shorter {
        one.drain(..begin);
        other.drain(..begin);
    }
    let shorter = one.len().min(other.len());
    let end = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| is_same(a, b)).count();
    if end < shorter {
        one.truncate(one.len() - end);
        other.truncate(other.len() - end);
    }
}

fn may_be_in_a_name(word: &str) -> bool {
    let is_number = word.contains(char::is_numeric) && !word.contains(char::is_alphabetic);
    // A full stop between letters: an address. A short word may end with one.
    let is_address = word.contains(['/', '@', ':', '\\']) || word.trim_end_matches('.').contains('.');
    !is_number && !is_address && !ordinary::is_ordinary(word)
}

#[cfg(all(test, feature = "testing"))]
mod tests;
