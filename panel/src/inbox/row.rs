//! One message of the inbox.

use sha2::{Digest, Sha256};
use shared::{
    domain::{digest::is_spoken, note::Note, usage::Usage},
    prices::Prices,
};

use super::filter::{sender_of, words_of};
use crate::{
    page::{Frame, rfc3339, shown_time},
    steps::{self, State, Step},
    texts::Texts,
};

/// How much of a message's words a row shows, in characters.
const SHOWN: usize = 140;
/// Hexadecimal digits by which a row is told from what it was before.
const MARK: usize = 10;

/// A message as a row.
pub(super) struct Row {
    pub(super) id: String,
    /// Sorts rows: the later a message came, the greater.
    pub(super) order: String,
    pub(super) at: String,
    pub(super) sender: String,
    pub(super) words: String,
    pub(super) label: Option<&'static str>,
    pub(super) intent: Option<&'static str>,
    pub(super) spoken: bool,
    pub(super) withdrawn: bool,
    pub(super) state: &'static str,
    pub(super) state_name: &'static str,
    pub(super) steps: Vec<Step>,
    pub(super) cost: Option<String>,
    mark: String,
}

impl Row {
    pub(super) fn of(note: &Note, frame: &Frame, prices: Option<Prices>) -> Self {
        let (message, t, state) = (note.message(), frame.t, State::of(note));
        let row = Self {
            id: message.id.to_string(),
            order: format!("{}-{}", message.received_at.as_millisecond(), message.id),
            at: rfc3339(message.received_at),
            sender: sender_of(note),
            words: beginning(&said_by(note, t)),
            label: t.purpose_of(note),
            intent: note.place().map(|place| t.intent_of(place.intent)),
            spoken: is_spoken(note),
            withdrawn: note.revised().withdrawn,
            state: state.as_str(),
            state_name: state.name(t),
            steps: steps::of(note, t),
            cost: prices.map(|prices| dollars(prices, note.usage())),
            mark: String::new(),
        };
        let mark = row.marked();
        Self { mark, ..row }
    }

    pub(super) fn shown_at(&self) -> String {
        shown_time(&self.at)
    }

    /// Of all that is shown of it.
    fn marked(&self) -> String {
        let steps = self.steps.iter().map(|step| step.state);
        let mut hash = Sha256::new();
        for part in [self.id.as_str(), &self.words, self.state, self.intent.unwrap_or_default()]
            .into_iter()
            .chain(steps)
            .chain([if self.withdrawn { "withdrawn" } else { "" }, self.cost.as_deref().unwrap_or_default()])
        {
            hash.update(part);
            hash.update([0]);
        }
        hex::encode(hash.finalize()).get(..MARK).unwrap_or_default().to_owned()
    }

    /// Whether a list with this tag shows it as it is.
    pub(super) fn is_in(&self, tag: &str) -> bool {
        tag.as_bytes().chunks(MARK).any(|mark| mark == self.mark.as_bytes())
    }
}

/// What tells a list of rows from another.
pub(super) fn tag_of(rows: &[Row]) -> String {
    rows.iter().map(|row| row.mark.as_str()).collect()
}

/// What was said by it; of what the office changed, what that did.
fn said_by(note: &Note, t: &Texts) -> String {
    match note.change().filter(|_| note.purpose().is_ordered()) {
        Some(change) => format!("{}: {}", t.effect_of(&change.effect), change.title.expose()),
        None => words_of(note),
    }
}

/// The beginning of a text, in one line.
pub(crate) fn beginning(words: &str) -> String {
    let mut shown: String = words.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if words.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// What models cost that were used so much, in US dollars.
pub(crate) fn dollars(prices: Prices, usage: Usage) -> String {
    format!("${:.4}", prices.micro_usd(usage) / 1e6)
}
