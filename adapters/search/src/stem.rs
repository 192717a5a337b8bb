//! Inflection: two words are forms of one when one of the three languages' stemmers makes the same of both. Which
//! language a word belongs to is not asked: names and trade words cross them.

use std::borrow::Cow;

use pagefind_stem::{Algorithm, Stemmer};

/// Shortest stem that two forms may share; a shorter one says nothing.
const MIN_STEM: usize = 3;
/// How much longer than the stem a form may be: no ending of the three languages is longer.
const MAX_ENDING: usize = 7;
/// The languages, in the order of [`Stems`].
const LANGUAGES: [Algorithm; 3] = [Algorithm::German, Algorithm::English, Algorithm::Polish];

/// What the stemmers make of a folded word: German, English, Polish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stems([String; 3]);

impl Stems {
    /// The stems of a folded word.
    pub(crate) fn of(word: &str) -> Self {
        Self(LANGUAGES.map(|language| stem(language, word)))
    }

    /// Whether a folded word is another form of the same.
    pub(crate) fn are_of(&self, word: &str) -> bool {
        let is_shared = |(language, mine): (Algorithm, &String)| {
            (MIN_STEM..=mine.len() + MAX_ENDING).contains(&word.len())
                && mine.len() >= MIN_STEM
                && *mine == stem(language, word)
        };
        LANGUAGES.into_iter().zip(&self.0).any(is_shared)
    }

    /// The beginning, at least two letters where the word has them, that every other form of the word has too: all that
    /// the shortest stem keeps of it but its last letter, which English may change (`dry`, `dries`).
    pub(crate) fn root<'w>(&self, word: &'w str) -> &'w str {
        let kept = |stem: &String| {
            let common = stem.bytes().zip(word.bytes()).take_while(|(a, b)| a == b).count();
            common.min(stem.len().saturating_sub(1))
        };
        let shortest = self.0.iter().filter(|stem| stem.len() >= MIN_STEM).map(kept).min();
        let length = shortest.unwrap_or(word.len()).max(2).min(word.len());
        word.get(..length).unwrap_or(word)
    }

    /// The beginning of the word by which it is looked for inside others: without an ending of one or two letters, so
    /// that `Pumpen` finds `Pumpwerk`. Never without `er`, which would find `Toilette` for `letter`.
    pub(crate) fn core<'w>(&self, word: &'w str, min: usize) -> &'w str {
        let light = |stem: &&String| {
            word.strip_prefix(stem.as_str()).is_some_and(|ending| ending.len() <= 2 && ending != "er")
        };
        let shortest = self.0.iter().filter(light).map(String::len).filter(|length| *length >= min).min();
        shortest.and_then(|length| word.get(..length)).unwrap_or(word)
    }
}

fn stem(language: Algorithm, word: &str) -> String {
    let word = if matches!(language, Algorithm::Polish) { with_polish_ending(word) } else { word.into() };
    Stemmer::create(language).stem(&word).into_owned()
}

/// Gives a folded word the accents that the Polish stemmer knows its endings by; in a word of another language it
/// stems what is then the same misspelling everywhere.
fn with_polish_ending(word: &str) -> Cow<'_, str> {
    for (plain, accented) in
        [("ow", "ów"), ("ic", "ić"), ("ac", "ać"), ("yc", "yć"), ("il", "ił"), ("al", "ał")]
    {
        if let Some(beginning) = word.strip_suffix(plain) {
            return format!("{beginning}{accented}").into();
        }
    }
    word.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_forms(one: &str, other: &str) -> bool {
        Stems::of(one).are_of(other)
    }

    #[test]
    fn forms_of_one_word_share_a_stem() {
        for forms in [
            &["pumpe", "pumpen"][..],
            &["rohr", "rohre", "rohren", "rohres"],
            &["heizung", "heizungen"],
            &["haus", "hauser"],
            &["pipe", "pipes"],
            &["leak", "leaks", "leaking", "leaked"],
            &["city", "cities"],
            &["valve", "valves"],
            &["pompa", "pompy", "pompe", "pompie", "pomp"],
            &["rura", "rury", "rure", "rurami", "rurach"],
            &["kran", "krany", "kranu", "kranow", "kranem"],
            &["klient", "klienta", "klientowi", "klientow"],
        ] {
            for form in forms {
                assert!(are_forms(forms[0], form), "{} {form}", forms[0]);
                let root = Stems::of(forms[0]).root(forms[0]).to_owned();
                assert!(form.starts_with(&root), "{root} {form}");
            }
        }
        for (one, other) in [("rohr", "ruhr"), ("pumpe", "puppe"), ("is", "it"), ("kran", "kranz")] {
            assert!(!are_forms(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_word_is_looked_for_inside_others_without_its_ending() {
        for (word, core) in [
            ("pumpen", "pump"),
            ("rohre", "rohr"),
            ("letter", "letter"),
            ("bad", "bad"),
            ("heizungen", "heizung"),
        ] {
            assert_eq!(Stems::of(word).core(word, 4), core);
        }
    }
}
