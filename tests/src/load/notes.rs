//! What is sent: typed notes whose words hold their number, a few spoken ones, and some of them twice.

use super::cast::{Cast, is_spoken, typist};

/// Of so many notes one is delivered again at the same moment, and one again when others came between.
const AGAIN_ONE_IN: u32 = 50;
/// The remainder of a note that comes again at once.
const AGAIN_AT_ONCE: u32 = 10;
/// The remainder of the note behind which an earlier one comes again.
const AGAIN_LATER: u32 = 20;
/// How much earlier.
const LATER_BY: u32 = 150;

/// One note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its number, which makes its id and its words.
    pub number: u32,
    /// Whose it is.
    pub company: u32,
    /// The sender's address.
    pub from: String,
    /// Whether it is a recording.
    pub spoken: bool,
}

impl Note {
    /// The note with this number of a cast.
    #[must_use]
    pub fn of(cast: &Cast, number: u32) -> Self {
        let (company, from) = (cast.company_of(number), cast.sender_of(number));
        Self { number, company, from, spoken: is_spoken(number) }
    }

    /// A note that somebody of this company types, whatever its number.
    #[must_use]
    pub fn typed(number: u32, company: u32, person: u32) -> Self {
        Self { number, company, from: typist(company, person), spoken: false }
    }

    /// The message's id.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}{:032x}", if self.spoken { "MM" } else { "SM" }, self.number)
    }

    /// What is typed; nothing if it is spoken.
    #[must_use]
    pub fn words(&self) -> String {
        if self.spoken { String::new() } else { format!("Please order {} copper pipes.", self.number) }
    }

    /// The number in the answer to a typed note.
    #[must_use]
    pub fn number_in(answer: &str) -> Option<u32> {
        let (_, rest) = answer.split_once("order ")?;
        rest.split_once(' ')?.0.parse().ok()
    }
}

/// So many deliveries, from this number on, in the order in which they are sent. Some ids stand twice in it: at once, and
/// hundreds of notes later.
#[must_use]
pub fn deliveries(cast: &Cast, first: u32, count: usize) -> Vec<Note> {
    let mut all = Vec::with_capacity(count + 2);
    for number in first.. {
        if all.len() >= count {
            break;
        }
        all.push(Note::of(cast, number));
        match number % AGAIN_ONE_IN {
            AGAIN_AT_ONCE => all.push(Note::of(cast, number)),
            AGAIN_LATER if number >= first + LATER_BY => all.push(Note::of(cast, number - LATER_BY)),
            _ => {}
        }
    }
    all.truncate(count);
    all
}
