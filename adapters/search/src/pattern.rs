//! How well a word of a record fits a word of a query. This is the one place that decides it: the index uses it to
//! choose among its words, and what is highlighted follows it too.

use crate::stem::Stems;

/// Shortest word that is looked for inside others.
const MIN_INSIDE: usize = 4;
/// Shortest word in which a mistake is forgiven.
const MIN_MISTYPED: usize = 5;

/// How a word fits, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    /// It is the word.
    Whole,
    /// It is another form of it.
    Inflected,
    /// It begins with it.
    Beginning,
    /// The word is a part of it.
    Inside,
    /// One letter is wrong, missing or too many, or two are in the wrong order.
    Mistyped,
}

impl Grade {
    /// The share of a whole word's score. A hit gets from one half of this to all of it, by how often the word stands
    /// there; so a part of a word never comes before its beginning or the whole, whatever else the texts hold.
    pub(crate) const fn weight(self) -> f32 {
        match self {
            Self::Whole => 1.0,
            Self::Inflected => 0.9,
            Self::Beginning => 0.6,
            Self::Inside => 0.28,
            Self::Mistyped => 0.25,
        }
    }
}

/// What a word of a query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    word: String,
    /// It is still being typed: every word that begins with it fits.
    is_open: bool,
    /// What is more than the letters as they stand; `None` for what has a digit in it, which is right or wrong.
    forgiving: Option<Forgiving>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Forgiving {
    stems: Stems,
    root: String,
    /// Empty if the word is too short to be looked for inside others.
    core: String,
}

impl Pattern {
    /// The pattern of a folded word.
    pub(crate) fn new(word: &str, is_open: bool) -> Self {
        let forgiving = word.bytes().all(|b| b.is_ascii_lowercase()).then(|| {
            let stems = Stems::of(word);
            let root = stems.root(word).to_owned();
            let has_length = word.len() >= MIN_INSIDE;
            let core = if has_length { stems.core(word, MIN_INSIDE).to_owned() } else { String::new() };
            Forgiving { stems, root, core }
        });
        Self { word: word.to_owned(), is_open, forgiving }
    }

    /// How well a folded word fits; mistakes are not forgiven here.
    pub(crate) fn grade(&self, word: &str) -> Option<Grade> {
        if word == self.word {
            return Some(Grade::Whole);
        }
        let begins = word.starts_with(&self.word);
        let Some(forgiving) = &self.forgiving else {
            return (self.is_open && begins).then_some(Grade::Beginning);
        };
        if word.starts_with(&forgiving.root) && forgiving.stems.are_of(word) {
            return Some(Grade::Inflected);
        }
        if begins && self.is_open {
            return Some(Grade::Beginning);
        }
        let core = forgiving.core.as_str();
        match word.find(core) {
            _ if core.is_empty() => None,
            Some(0) => Some(Grade::Beginning),
            Some(_) => Some(Grade::Inside),
            None => None,
        }
    }

    /// Whether a folded word is this one with one mistake in it.
    pub(crate) fn is_mistyped(&self, word: &str) -> bool {
        self.forgiving.is_some() && self.word.len() >= MIN_MISTYPED && is_one_edit(&self.word, word)
    }

    /// Where to look for words that fit: whatever [`grade`](Self::grade) accepts begins with the first or holds the
    /// second.
    pub(crate) fn places(&self) -> (&str, Option<&str>) {
        match &self.forgiving {
            // The root is a beginning of the word, so what begins with the word begins with it too.
            Some(forgiving) => {
                (&forgiving.root, (!forgiving.core.is_empty()).then_some(forgiving.core.as_str()))
            }
            None => (&self.word, None),
        }
    }
}

/// Whether one letter changed, left out or added, or two neighbours swapped, make one word of the other.
fn is_one_edit(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len().abs_diff(other.len()) > 1 || one == other {
        return false;
    }
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (one.get(same..).unwrap_or_default(), other.get(same..).unwrap_or_default());
    let same = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let one = one.get(..one.len() - same).unwrap_or_default();
    let other = other.get(..other.len() - same).unwrap_or_default();
    match (one, other) {
        ([_], [_] | []) | ([], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grade(query: &str, word: &str) -> Option<Grade> {
        Pattern::new(query, false).grade(word)
    }

    #[test]
    fn a_word_fits_whole_in_another_form_or_as_a_part() {
        assert_eq!(grade("pumpe", "pumpe"), Some(Grade::Whole));
        assert_eq!(grade("pumpe", "pumpen"), Some(Grade::Inflected));
        assert_eq!(grade("pumpe", "pumpenwartung"), Some(Grade::Beginning));
        assert_eq!(grade("pumpen", "pumpwerk"), Some(Grade::Beginning));
        assert_eq!(grade("pumpe", "warmepumpe"), Some(Grade::Inside));
        assert_eq!(grade("rohre", "abflussrohr"), Some(Grade::Inside));
        assert_eq!(grade("pumpe", "puppe"), None);
        assert_eq!(grade("bad", "badewanne"), None);
        assert_eq!(grade("rad", "heizungsradiator"), None);
        assert_eq!(Pattern::new("bad", true).grade("badewanne"), Some(Grade::Beginning));
    }

    #[test]
    fn a_number_is_right_or_wrong() {
        assert_eq!(grade("12345", "12345"), Some(Grade::Whole));
        assert_eq!(grade("12345", "123456"), None);
        assert_eq!(grade("2345", "12345"), None);
        assert_eq!(Pattern::new("123", true).grade("12345"), Some(Grade::Beginning));
        assert!(!Pattern::new("12345", false).is_mistyped("12346"));
    }

    #[test]
    fn one_mistake_is_forgiven_in_a_word_of_five_letters() {
        let mistyped = |query: &str, word: &str| Pattern::new(query, false).is_mistyped(word);
        for wrong in ["heizug", "heizungg", "heizumg", "hiezung", "eizung", "heizugn"] {
            assert!(mistyped(wrong, "heizung"), "{wrong}");
        }
        for (wrong, word) in
            [("heizung", "heizung"), ("heiz", "heit"), ("hezug", "heizung"), ("heizigr", "heizung")]
        {
            assert!(!mistyped(wrong, word), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn whatever_fits_stands_where_it_is_looked_for(query in "[a-e1]{1,7}", word in "[a-e1]{1,9}", is_open: bool) {
            let pattern = Pattern::new(&query, is_open);
            let (beginning, inside) = pattern.places();
            if pattern.grade(&word).is_some() {
                let found = word.starts_with(beginning)
                    || inside.is_some_and(|inside| word.contains(inside));
                prop_assert!(found, "{query} {word}");
            }
        }
    }
}
