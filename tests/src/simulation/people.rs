//! What people send: each a note, and some of them more about it, while it is worked on or once they were answered.

use std::time::Duration;

use super::chance::Chance;

/// Numbers from here on are photos, below recordings.
pub(super) const PHOTOS: u32 = 20_000;
/// So many numbers lie between two messages of a person.
const APART: u32 = 1_000;
/// A photo that comes so soon still belongs to the note.
const SOON: Duration = Duration::from_secs(200);
const A_MOMENT: Duration = Duration::from_secs(5);

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// An order, typed.
    Order,
    /// The same, spoken.
    Recording,
    /// These words.
    Words(&'static str),
    /// A button of ours was tapped: its id and title.
    Tapped(&'static str, &'static str),
    /// A photo without words.
    Photo,
}

/// What a message quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    Nothing,
    /// Our answer to the person's note, if there is one yet.
    Answer,
    /// The person's note itself.
    Note,
}

/// A message that a person sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sending {
    pub(super) person: u32,
    /// Of all messages of the run.
    pub(super) number: u32,
    pub(super) says: Says,
    pub(super) quotes: Quotes,
}

impl Sending {
    /// The message's id.
    pub(super) fn id(self) -> String {
        format!("MM{:032x}", self.number)
    }

    pub(super) fn is_spoken(self) -> bool {
        self.says == Says::Recording
    }
}

/// A message about the note that was sent before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct FollowUp {
    /// Whether the person waits for the answer first.
    pub(super) answered: bool,
    /// For how long then, or since the note was begun to be sent.
    pub(super) wait: Duration,
    pub(super) sending: Sending,
}

/// All that a person sends.
pub(super) struct Person {
    pub(super) note: Sending,
    pub(super) more: Vec<FollowUp>,
}

const CORRECTS: Says = Says::Words("No, not Miller, Müller.");
const MOVES: Says = Says::Words("No, this is knowledge and not a job.");
const UNDO: Says = Says::Words("undo");
const TAPS_UNDO: Says = Says::Tapped("hark-undo", "Undo");
const TAPS_OK: Says = Says::Tapped("hark-ok", "OK");
const TAPS_CHANGE: Says = Says::Tapped("hark-change", "Change");

impl Person {
    pub(super) fn of(person: u32, chance: &Chance) -> Self {
        let says = if chance.permille(400) { Says::Recording } else { Says::Order };
        let note = Sending { person, number: person, says, quotes: Quotes::Nothing };
        let mut own = Self { note, more: Vec::new() };
        own.follows_up(chance);
        own
    }

    /// Types one note and nothing more.
    pub(super) const fn typing(person: u32) -> Self {
        let note = Sending { person, number: person, says: Says::Order, quotes: Quotes::Nothing };
        Self { note, more: Vec::new() }
    }

    fn follows_up(&mut self, chance: &Chance) {
        use Quotes::{Answer, Note, Nothing};
        let soon = chance.up_to(SOON);
        // Now and then together with the note, or before it is taken.
        let answered = chance.permille(700);
        let wait = if answered { soon } else { chance.up_to(A_MOMENT) };
        let first = (answered, wait);
        let next = (answered, wait + chance.up_to(A_MOMENT));
        match chance.below(14) {
            0 => self.then(first, CORRECTS, Answer),
            1 => self.then(first, CORRECTS, Nothing),
            2 => self.then(first, TAPS_UNDO, Answer),
            3 => {
                self.then(first, UNDO, Nothing);
                self.then(next, UNDO, Nothing);
            }
            4 => self.then(first, Says::Photo, Nothing),
            5 => {
                self.then(first, MOVES, Answer);
                self.then(first, Says::Photo, Nothing);
            }
            6 => {
                self.then(first, CORRECTS, Answer);
                self.then(first, TAPS_UNDO, Answer);
            }
            7 => {
                self.then(first, TAPS_CHANGE, Answer);
                self.then(next, Says::Words("It is Mrs Müller"), Nothing);
            }
            8 => {
                self.then(first, Says::Recording, Nothing);
                self.then(first, TAPS_OK, Nothing);
            }
            9 => {
                self.then(first, MOVES, Note);
                self.then(next, TAPS_UNDO, Answer);
                self.then(next, UNDO, Answer);
            }
            _ => {}
        }
    }

    fn then(&mut self, (answered, wait): (bool, Duration), says: Says, quotes: Quotes) {
        let place = u32::try_from(self.more.len() + 1).unwrap_or_default();
        let photos = if says == Says::Photo { PHOTOS } else { 0 };
        let number = photos + place * APART + self.note.person;
        let sending = Sending { person: self.note.person, number, says, quotes };
        self.more.push(FollowUp { answered, wait, sending });
    }
}
