//! What a message is to be: a note of its own, or something about an earlier one. Decided once, before anything is done
//! with the message, from what it quotes, what was tapped and how soon it follows; the words of a recording may still
//! turn it into a correction.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{
    aside::Aside, choice::Choice, ids::MessageId, language::Language, letter::Letter,
    office_change::OfficeChange, text::plain, trial::Trial,
};

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
    /// Somebody at the office changes a record. It comes from the panel, in the name of the record's sender.
    Office(Box<OfficeChange>),
    /// Somebody at the office writes to a person.
    Letter(Box<Letter>),
    /// Somebody at the office tries what the model would make of a note if it were told something else.
    Trial(Box<Trial>),
    /// The sender wants to hear from Hark again, and is told that it is so.
    Start,
    /// It is said to Hark and not to the office: filed nowhere, and answered with words of Hark's own.
    Aside(Aside),
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
            Self::Office(change) => Some(&change.of),
            Self::Note | Self::Letter(_) | Self::Trial(_) | Self::Start | Self::Aside(_) | Self::Silent => {
                None
            }
        }
    }

    /// The office's change that it is.
    #[must_use]
    pub const fn office(&self) -> Option<&OfficeChange> {
        match self {
            Self::Office(change) => Some(change),
            _ => None,
        }
    }

    /// What somebody at the office writes, if it is that.
    #[must_use]
    pub const fn letter(&self) -> Option<&Letter> {
        match self {
            Self::Letter(letter) => Some(letter),
            _ => None,
        }
    }

    /// What is tried, if it is that. It is a message of nobody, and stands in no list of messages.
    #[must_use]
    pub const fn trial(&self) -> Option<&Trial> {
        match self {
            Self::Trial(trial) => Some(trial),
            _ => None,
        }
    }

    /// What is said to Hark itself, if it is that.
    #[must_use]
    pub const fn aside(&self) -> Option<Aside> {
        match self {
            Self::Aside(aside) => Some(*aside),
            _ => None,
        }
    }

    /// Whether it comes from the office and not from the person whose number it bears.
    #[must_use]
    pub const fn is_ordered(&self) -> bool {
        matches!(self, Self::Office(_) | Self::Letter(_) | Self::Trial(_))
    }

    /// Whether there is anything to fetch and to listen to. What is not has its meaning already.
    #[must_use]
    pub const fn is_heard(&self) -> bool {
        matches!(self, Self::Note | Self::Addition { .. } | Self::Correction { .. })
    }
}

/// Beginnings that say that something is wrong, whatever follows: small, without accents and punctuation.
const BEGINNINGS: [&str; 27] = [
    "i meant",
    "that is wrong",
    "thats wrong",
    "that s wrong",
    "that is not right",
    "thats not right",
    "that s not right",
    "change that to",
    "change it to",
    "ich meinte",
    "ich habe gemeint",
    "das ist falsch",
    "das ist nicht richtig",
    "das stimmt nicht",
    "stimmt nicht",
    "andere das auf",
    "andere das in",
    "andere das zu",
    "andere es auf",
    "chodzilo mi",
    "mialem na mysli",
    "mialam na mysli",
    "to nie tak",
    "to zle",
    "to jest zle",
    "zmien to na",
    "zmien na",
];
/// Beginnings that say so only when a pause follows: "No, three pipes", not "No hot water"; "Correction: three", not
/// "Correction of the invoice for Mrs Green".
const BEFORE_A_PAUSE: [&str; 19] = [
    "no",
    "nope",
    "wrong",
    "actually",
    "correction",
    "change that",
    "change it",
    "nein",
    "falsch",
    "eigentlich",
    "korrektur",
    "berichtigung",
    "andere das",
    "nie",
    "zle",
    "wlasciwie",
    "korekta",
    "poprawka",
    "zmien to",
];
/// In Polish "no" is "well".
const NO_DENIAL_IN_POLISH: [&str; 2] = ["no", "nope"];
/// Words that deny what follows them, if that is something that the record says: "Not Miller, Müller".
const DENIALS: [&str; 4] = ["not", "nicht", "kein", "nie"];
/// Words with at least so many letters in common at their beginning may be forms of one: "Nowak", "Nowaka".
const STEM: usize = 4;

/// Whether a text that follows an answer begins as a correction of it does. `known` are the words of the note that was
/// answered, and of its record.
#[must_use]
pub fn begins_a_correction(text: &str, known: &str) -> bool {
    let text = text.trim();
    let said = plain(text);
    let begins_with = |beginning: &str| {
        said.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    if BEGINNINGS.iter().any(|beginning| begins_with(beginning)) {
        return true;
    }
    let before_pause = plain(until_pause(text));
    if BEFORE_A_PAUSE.contains(&before_pause.as_str()) {
        let is_polish = || Language::of_text(text) == Some(Language::Pl);
        return !(NO_DENIAL_IN_POLISH.contains(&before_pause.as_str()) && is_polish());
    }
    let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    let (first, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    DENIALS.contains(&plain(first).as_str()) && denies_something_known(rest, known)
}

/// What is said before the first pause.
fn until_pause(text: &str) -> &str {
    let is_dash = |c: char| "–—".contains(c);
    let mut before = ' ';
    let pause = text.char_indices().find(|(_, c)| {
        let is_pause = ",.;:!?…\n".contains(*c) || is_dash(*c) || (*c == '-' && before == ' ');
        before = *c;
        is_pause
    });
    text.split_at_checked(pause.map_or(text.len(), |(at, _)| at)).map_or(text, |(said, _)| said)
}

fn denies_something_known(rest: &str, known: &str) -> bool {
    let known = plain(known);
    let denied = plain(rest.split([',', ';', '.']).next().unwrap_or_default());
    let denied =
        denied.split(' ').take_while(|word| !["but", "sondern", "tylko", "lecz", "ale"].contains(word));
    let tells = |word: &&str| word.len() > 2 || word.contains(|c: char| c.is_ascii_digit());
    let mut words = denied.filter(tells).peekable();
    words.peek().is_some() && words.all(|word| known.split(' ').any(|other| is_same_word(word, other)))
}

/// Whether they are equal, or differ in their endings only.
fn is_same_word(one: &str, other: &str) -> bool {
    let common = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let (shorter, longer) = (one.len().min(other.len()), one.len().max(other.len()));
    one == other || (common >= STEM && common + 1 >= shorter && longer - common <= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &str =
        "Please order 2 pipes of 15 mm. Call Mrs Miller. Bitte Frau Miller anrufen. Zadzwoń do pana Nowaka.";

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
            "Poprawka - trzy rury",
            "Nie Nowak, tylko Nowacki",
            "Not 2, 3",
            "Nicht 2, sondern 3",
            "Not 15 mm but 22 mm",
            "That's not right. Three pipes",
            "Change that to three pipes",
            "Ändere das auf drei Rohre",
            "Korrektur: drei Rohre",
            "No. Three pipes.",
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
            "Change that valve at Green's",
            "Ändere das Angebot für Müller",
            "Korrektur der Rechnung für Frau Grün",
            "Poprawka u Nowaka: płytki w łazience",
            "Correction of the invoice for Mrs Green, please",
            "No, zamów dwie rury do łazienki",
            "Not 7 but 8 men came",
            "Please order two pipes",
            "",
        ] {
            assert!(!begins_a_correction(text, KNOWN), "{text}");
        }
    }
}
