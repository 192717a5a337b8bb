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

    /// The language that a text is most likely written in, among those that Hark speaks. `None` when the
    /// text has no letters to tell by.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let spoken = vec![whatlang::Lang::Eng, whatlang::Lang::Deu, whatlang::Lang::Pol];
        match whatlang::Detector::with_allowlist(spoken).detect_lang(text)? {
            whatlang::Lang::Deu => Some(Self::De),
            whatlang::Lang::Pol => Some(Self::Pl),
            _ => Some(Self::En),
        }
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
