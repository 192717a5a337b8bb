//! The phrases that callers say, in each language, and what each means.

mod de;
mod en;
mod pl;

use shared::domain::language::Language;

use super::Command;

/// One meaning and the phrases for it.
pub(super) type Phrases = (fn() -> Command, &'static [&'static str]);

/// What stands beside a command and changes nothing.
pub(super) const COURTESY: &[&str] = &[
    // English
    "please",
    "thanks",
    "thank",
    "you",
    "well",
    "then",
    "so",
    "now",
    "hello",
    "hi",
    "the",
    "this",
    "that",
    "these",
    "one",
    "it",
    "message",
    "messages",
    "i'm",
    "i",
    "am",
    "me",
    "just",
    "could",
    "can",
    "my",
    "of",
    "very",
    "much",
    "hark",
    // German
    "bitte",
    "danke",
    "schön",
    "gut",
    "also",
    "dann",
    "jetzt",
    "mal",
    "hallo",
    "sehr",
    "vielen",
    "dank",
    "die",
    "das",
    "diese",
    "dieses",
    "diesen",
    "nachricht",
    "nachrichten",
    "ich",
    "bin",
    "mir",
    "es",
    "und",
    "mich",
    "kannst",
    "du",
    // Polish
    "proszę",
    "dziękuję",
    "dzięki",
    "bardzo",
    "teraz",
    "to",
    "tę",
    "tą",
    "wiadomość",
    "wiadomości",
    "mi",
    "już",
    "jestem",
];

/// What a reply begins with whose words are said along.
pub(super) const REPLIES: [(Language, &[&str]); 3] = [
    (
        Language::En,
        &[
            "reply",
            "answer",
            "respond",
            "tell him",
            "tell her",
            "tell them",
            "write to him",
            "write to her",
            "write back",
        ],
    ),
    (
        Language::De,
        &[
            "antworte",
            "antwort",
            "antworten",
            "schreib ihm",
            "schreib ihr",
            "schreibe ihm",
            "schreibe ihr",
            "sag ihm",
            "sag ihr",
            "schreib zurück",
            "schreibe zurück",
        ],
    ),
    (
        Language::Pl,
        &[
            "odpowiedz",
            "odpowiedź",
            "odpisz",
            "napisz mu",
            "napisz jej",
            "powiedz mu",
            "powiedz jej",
            "przekaż mu",
            "przekaż jej",
        ],
    ),
];

/// What may stand between that and the words themselves: whom, and "that".
pub(super) const ADDRESSED: &[&str] = &[
    "to him", "to her", "to them", "him", "her", "them", "ihm", "ihr", "ihnen", "mu", "jej", "im", "that",
    "dass", "daß", "że",
];

/// Those of a language.
pub(super) const fn table(language: Language) -> &'static [Phrases] {
    match language {
        Language::En => en::PHRASES,
        Language::De => de::PHRASES,
        Language::Pl => pl::PHRASES,
    }
}
