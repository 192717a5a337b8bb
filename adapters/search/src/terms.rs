//! What a query asks for: words that are compared forgivingly, and phrases that are compared as they stand.

use shared::ports::search::{MAX_QUERY_WORDS, Query};

use crate::{fold::words, pattern::Pattern};

/// One thing that must be found in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Term {
    /// A word, in any of the ways in which one may fit.
    Word(Pattern),
    /// Folded words, one directly behind the other.
    Phrase(Vec<String>),
}

/// Reads a query. What stands between two quotation marks is a phrase; a mark without its partner means nothing, since
/// it is seen while a phrase is being typed. The last word is open, unless it is in quotes.
pub(crate) fn terms_of(query: &Query) -> Vec<Term> {
    let text = query.expose().replace(['„', '“', '”', '«', '»'], "\"");
    let pieces: Vec<&str> = text.split('"').collect();
    let mut terms = Vec::new();
    // More than this many come only of letters that are several words once folded; bounded all the same.
    let mut left = MAX_QUERY_WORDS;
    for (index, piece) in pieces.iter().enumerate() {
        let is_last = index + 1 == pieces.len();
        let found: Vec<String> = words(piece).map(|word| word.folded).take(left).collect();
        left -= found.len();
        if found.is_empty() {
            continue;
        }
        if index % 2 == 1 && !is_last {
            terms.push(Term::Phrase(found));
            continue;
        }
        let last = found.len() - 1;
        let word = |(at, word): (usize, &String)| Term::Word(Pattern::new(word, is_last && at == last));
        terms.extend(found.iter().enumerate().map(word));
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(query: &str) -> Vec<Term> {
        terms_of(&Query::parse(query).unwrap())
    }

    fn word(word: &str, is_open: bool) -> Term {
        Term::Word(Pattern::new(word, is_open))
    }

    fn phrase(words: &str) -> Term {
        Term::Phrase(words.split(' ').map(str::to_owned).collect())
    }

    #[test]
    fn words_and_phrases_are_told_apart() {
        assert_eq!(terms("Pumpe Müll"), [word("pumpe", false), word("mull", true)]);
        assert_eq!(terms("\"Frau Müller\" Pumpe"), [phrase("frau muller"), word("pumpe", true)]);
        assert_eq!(terms("Pumpe „Frau Müller“"), [word("pumpe", false), phrase("frau muller")]);
        assert_eq!(terms("Pumpe \"Frau Mü"), [word("pumpe", false), word("frau", false), word("mu", true)]);
        assert_eq!(terms("\"\" ... \"-\""), []);
    }
}
