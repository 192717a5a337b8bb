//! What a message is to be: a note of its own, or something about an earlier one. Decided once, before anything is done
//! with the message, from what it quotes, what was tapped and how soon it follows; the words of a recording may still
//! turn it into a correction.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{choice::Choice, ids::MessageId, text::plain};

/// How long after a note a photo, a place, a file or a second recording still belongs to it.
pub const JOINS_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// How long after an answer a message may correct it without quoting it.
pub const CORRECTS_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// What a message is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A note of its own.
    #[default]
    Note,
    /// More of an earlier note.
    Addition {
        /// The note whose record it joins.
        to: MessageId,
    },
    /// Says what is wrong with a record.
    Correction {
        /// The note whose record it is.
        of: MessageId,
    },
    /// A decision about a record.
    Choice {
        /// Which.
        choice: Choice,
        /// The note whose record it is about.
        of: MessageId,
    },
    /// The sender wants to hear from Hark again, and is told that it is so.
    Start,
    /// It is kept and nobody is answered: the sender asked for that, or it goes round in a loop.
    Silent,
}

impl Purpose {
    /// The note that it is about, unless it is one itself.
    #[must_use]
    pub const fn target(&self) -> Option<&MessageId> {
        match self {
            Self::Addition { to } => Some(to),
            Self::Correction { of } | Self::Choice { of, .. } => Some(of),
            Self::Note | Self::Start | Self::Silent => None,
        }
    }

    /// Whether there is anything to fetch and to listen to. What is not has its meaning already.
    #[must_use]
    pub const fn is_heard(&self) -> bool {
        matches!(self, Self::Note | Self::Addition { .. } | Self::Correction { .. })
    }
}

/// Beginnings that say that something is wrong, whatever follows: small, without accents and punctuation.
const BEGINNINGS: [&str; 22] = [
    "correction",
    "i meant",
    "that is wrong",
    "thats wrong",
    "that s wrong",
    "thats not right",
    "change that",
    "change it",
    "korrektur",
    "berichtigung",
    "ich meinte",
    "ich habe gemeint",
    "das ist falsch",
    "das stimmt nicht",
    "stimmt nicht",
    "andere das",
    "korekta",
    "poprawka",
    "chodzilo mi",
    "mialem na mysli",
    "mialam na mysli",
    "to nie tak",
];
/// Words that say so only when a pause follows: "No, three pipes", not "No hot water".
const BEFORE_A_PAUSE: [&str; 10] =
    ["no", "nope", "wrong", "actually", "nein", "falsch", "eigentlich", "nie", "zle", "wlasciwie"];
/// Words that deny what follows them, if that is something that the record says: "Not Miller, Müller".
const DENIALS: [&str; 4] = ["not", "nicht", "kein", "nie"];

/// Whether a text that follows an answer begins as a correction of it does. `known` are the words of the note that was
/// answered, and of its record.
#[must_use]
pub fn begins_a_correction(text: &str, known: &str) -> bool {
    let text = text.trim_start();
    let said = plain(text);
    let begins_with = |beginning: &str| {
        said.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    if BEGINNINGS.iter().any(|beginning| begins_with(beginning)) {
        return true;
    }
    let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    let (first, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let first = plain(first);
    let pauses = rest.trim_start_matches(' ').chars().next().is_none_or(|c| ",.;:!?–—-…".contains(c));
    if BEFORE_A_PAUSE.contains(&first.as_str()) && pauses {
        return true;
    }
    DENIALS.contains(&first.as_str()) && denies_something_known(rest, known)
}

fn denies_something_known(rest: &str, known: &str) -> bool {
    let known = plain(known);
    let denied = plain(rest.split([',', ';', '.']).next().unwrap_or_default());
    let denied =
        denied.split(' ').take_while(|word| !["but", "sondern", "tylko", "lecz", "ale"].contains(word));
    let mut words = denied.filter(|word| word.len() > 2).peekable();
    words.peek().is_some() && words.all(|word| known.split(' ').any(|other| other == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &str =
        "Please order two pipes. Call Mrs Miller. Bitte Frau Miller anrufen. Zadzwoń do pani Miller.";

    #[test]
    fn corrections_are_told_from_notes_by_how_they_begin() {
        for text in [
            "No, not Miller, Müller.",
            "Not Miller, Müller",
            "not Miller but Müller",
            "Correction: three pipes",
            "Wrong! It is Mrs Green.",
            "I meant three pipes",
            "That's wrong, three pipes",
            "Nein, drei Rohre",
            "Nicht Miller, sondern Müller",
            "Das stimmt nicht, es sind drei",
            "Nie, trzy rury",
            "Nie Miller, tylko Müller",
            "Poprawka: trzy rury",
            "no",
        ] {
            assert!(begins_a_correction(text, KNOWN), "{text}");
        }
        for text in [
            "No hot water at Green's",
            "Not a single pipe left in the van, order twenty",
            "Nicht vergessen, Rohre bestellen",
            "Nie działa kocioł u Nowaka",
            "Wrong valve delivered, please order another",
            "Nothing to report",
            "Please order two pipes",
            "",
        ] {
            assert!(!begins_a_correction(text, KNOWN), "{text}");
        }
    }
}
