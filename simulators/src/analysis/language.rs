//! Which of Hark's three languages a text is in, by its commonest words and its letters.

use super::{sentences::words, triggers::is_polite};

/// A language that Hark answers in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
    Polish,
}

const ENGLISH: &[&str] = &[
    "a", "an", "and", "are", "at", "for", "from", "has", "have", "he", "in", "is", "it", "its", "of", "on",
    "she", "that", "the", "there", "they", "this", "to", "was", "we", "were", "what", "when", "where", "who",
    "will", "with", "you", "your", "i", "my", "order", "call", "bring", "please", "hello", "not",
];
const GERMAN: &[&str] = &[
    "am",
    "an",
    "auf",
    "bei",
    "beim",
    "bitte",
    "das",
    "dass",
    "dem",
    "den",
    "der",
    "des",
    "die",
    "ein",
    "eine",
    "einen",
    "einer",
    "er",
    "es",
    "für",
    "hat",
    "heute",
    "herr",
    "herrn",
    "frau",
    "ich",
    "im",
    "in",
    "ist",
    "mit",
    "morgen",
    "nicht",
    "noch",
    "sie",
    "sind",
    "und",
    "vom",
    "von",
    "war",
    "wir",
    "wird",
    "zu",
    "zum",
    "zur",
    "wo",
    "wer",
    "was",
    "hallo",
    "muss",
    "bestellen",
    "bestell",
    "ruf",
    "bringen",
    "reparieren",
];
const POLISH: &[&str] = &[
    "czy",
    "dla",
    "do",
    "gdzie",
    "i",
    "jak",
    "jest",
    "jutro",
    "kto",
    "ma",
    "mam",
    "na",
    "nie",
    "o",
    "od",
    "pan",
    "pana",
    "pani",
    "po",
    "proszę",
    "przy",
    "są",
    "się",
    "ten",
    "to",
    "trzeba",
    "w",
    "we",
    "z",
    "za",
    "ze",
    "że",
    "dzisiaj",
    "zamów",
    "zadzwoń",
    "przynieś",
    "napraw",
    "musimy",
    "musi",
    "był",
    "była",
    "cześć",
    "wymień",
];

impl Language {
    /// The language of a text; English if nothing tells.
    pub(crate) fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let score = |common: &[&str], letters: &str| {
            words(&lower).filter(|word| common.contains(word)).count()
                + 2 * words(&lower).filter(|word| word.contains(|letter| letters.contains(letter))).count()
        };
        let scores = [
            (score(ENGLISH, ""), Self::English),
            (score(GERMAN, "äöüß"), Self::German),
            (score(POLISH, "ąćęłńśźż"), Self::Polish),
        ];
        let best =
            scores.iter().fold((0, Self::English), |best, &one| if one.0 > best.0 { one } else { best });
        best.1
    }

    /// ISO 639-1.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Polish => "pl",
        }
    }

    /// As whisper-1 names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::English => "english",
            Self::German => "german",
            Self::Polish => "polish",
        }
    }
}

/// Whether a word in small letters tells what a text is about.
pub(crate) fn is_significant(word: &str) -> bool {
    let is_common = [ENGLISH, GERMAN, POLISH].iter().any(|common| common.contains(&word));
    let names_a_deed =
        ["order", "call", "bring", "bestellen", "reparieren", "zamów", "napraw"].contains(&word);
    let is_long = word.chars().count() > 2 && word.chars().any(char::is_alphabetic);
    let is_mark = word == "simulated";
    is_long && !is_mark && (names_a_deed || !is_common) && !is_polite(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_three_languages() {
        assert_eq!(Language::of("The pump in the cellar is broken"), Language::English);
        assert_eq!(Language::of("Die Pumpe im Keller ist kaputt"), Language::German);
        assert_eq!(Language::of("Pompa w piwnicy jest zepsuta"), Language::Polish);
        assert_eq!(Language::of(""), Language::English);
    }
}
