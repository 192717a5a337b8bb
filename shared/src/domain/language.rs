//! The languages that Hark speaks with people.

use serde::{Deserialize, Serialize};

/// A language of outcome messages and prompts. Written as ISO 639-1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English, also the answer when nothing else is known.
    #[default]
    En,
    /// German.
    De,
    /// Polish.
    Pl,
}

impl Language {
    /// Reads `en`, `de`, `pl`, also with a region (`de-AT`) and in any case. Others are `None`.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        match raw.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "en" | "english" => Some(Self::En),
            "de" | "german" => Some(Self::De),
            "pl" | "polish" => Some(Self::Pl),
            _ => None,
        }
    }

    /// Its ISO 639-1 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Pl => "pl",
        }
    }

    /// The language that a text is most likely written in, among those that Hark speaks. `None` when there is
    /// too little to tell by.
    ///
    /// Notes are short, and trigrams alone take "Order pipes." for German. So letters and small words that
    /// belong to one language decide first; statistics decide only where they are sure.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        by_marks(text).or_else(|| by_statistics(text))
    }
}

/// Words that are common in one of the languages and none in the others.
const WORDS: [(Language, &[&str]); 3] = [
    (
        Language::En,
        &[
            "the", "and", "please", "to", "of", "is", "are", "for", "with", "on", "at", "it", "we", "you",
            "this", "that", "there", "need", "order", "call", "bring", "fix", "tomorrow", "today", "must",
            "not", "has",
        ],
    ),
    (
        Language::De,
        &[
            "der",
            "die",
            "das",
            "und",
            "bitte",
            "ist",
            "nicht",
            "ein",
            "eine",
            "einen",
            "mit",
            "auf",
            "wegen",
            "bei",
            "wir",
            "ich",
            "muss",
            "brauchen",
            "bestellen",
            "anrufen",
            "morgen",
            "heute",
            "im",
            "den",
            "dem",
            "noch",
        ],
    ),
    (
        Language::Pl,
        &[
            "jest",
            "nie",
            "się",
            "proszę",
            "prosze",
            "dla",
            "oraz",
            "przy",
            "trzeba",
            "musi",
            "jutro",
            "dzisiaj",
            "na",
            "w",
            "z",
            "od",
            "po",
            "ale",
            "zadzwonić",
            "zamówić",
            "zamow",
            "zadzwon",
            "już",
            "tym",
            "są",
        ],
    ),
];

/// The language with most marks of its own; `None` on a draw.
fn by_marks(text: &str) -> Option<Language> {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let marks = |language: Language| {
        let own = WORDS.iter().filter(|(of, _)| *of == language).flat_map(|(_, words)| words.iter());
        let own: Vec<&&str> = own.collect();
        let of_words = words.iter().filter(|word| own.contains(word)).count();
        of_words + lower.chars().filter(|c| belongs_to(language, *c)).count()
    };
    let mut ranked: Vec<(usize, Language)> =
        [Language::En, Language::De, Language::Pl].map(|language| (marks(language), language)).to_vec();
    ranked.sort_by_key(|(marks, _)| std::cmp::Reverse(*marks));
    match ranked.as_slice() {
        [(first, language), (second, _), ..] if first > second => Some(*language),
        _ => None,
    }
}

const fn belongs_to(language: Language, c: char) -> bool {
    match language {
        Language::En => false,
        Language::De => matches!(c, 'ä' | 'ö' | 'ü' | 'ß'),
        Language::Pl => matches!(c, 'ą' | 'ć' | 'ę' | 'ł' | 'ń' | 'ś' | 'ź' | 'ż'),
    }
}

fn by_statistics(text: &str) -> Option<Language> {
    let spoken = vec![whatlang::Lang::Eng, whatlang::Lang::Deu, whatlang::Lang::Pol];
    let info = whatlang::Detector::with_allowlist(spoken).detect(text)?;
    match info.lang() {
        _ if !info.is_reliable() => None,
        whatlang::Lang::Deu => Some(Language::De),
        whatlang::Lang::Pol => Some(Language::Pl),
        _ => Some(Language::En),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_answered_in_the_language_it_was_said_in() {
        for (text, language) in [
            ("Please order two copper pipes for the bathroom.", Language::En),
            ("Bitte zwei Kupferrohre für das Bad bestellen.", Language::De),
            ("Proszę zamówić dwie rury miedziane do łazienki.", Language::Pl),
            ("Order pipes.", Language::En),
            ("Rohre bestellen", Language::De),
            ("Küche Leck", Language::De),
            ("zlew łazienka", Language::Pl),
            ("Prosze zadzwonic jutro", Language::Pl),
            ("Call Mrs Müller about the leak", Language::En),
        ] {
            assert_eq!(Language::of_text(text), Some(language), "{text}");
        }
        assert_eq!(Language::of_text("👍 123"), None);
    }

    #[test]
    fn codes_are_read_with_region_and_in_any_case() {
        assert_eq!(Language::parse("de-AT"), Some(Language::De));
        assert_eq!(Language::parse("PL"), Some(Language::Pl));
        assert_eq!(Language::parse("fr"), None);
    }
}
