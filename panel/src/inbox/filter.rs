//! What of the inbox is asked for.

use serde::Deserialize;
use shared::{
    domain::{
        digest::{Digest, said_by},
        intent::Intent,
        note::{Note, Understood},
        text::folded,
    },
    repositories::inbox::Sought,
};

use super::Choice;
use crate::{steps::State, texts::Texts};

/// The address's own words. What is empty, or nothing that there is, lets all pass.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub(super) state: String,
    pub(super) intent: String,
    pub(super) sender: String,
    pub(super) text: String,
    pub(super) after: Option<String>,
}

impl Asked {
    /// The address of the same, behind a place.
    pub(super) fn address(&self, path: &str, after: Option<&str>) -> String {
        let pairs = [
            ("state", self.state.as_str()),
            ("intent", &self.intent),
            ("sender", &self.sender),
            ("text", &self.text),
            ("after", after.unwrap_or_default()),
        ];
        let set = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(set).finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// Whether anything is left out.
    pub(super) fn is_set(&self) -> bool {
        !self.address("", None).is_empty()
    }

    pub(super) fn states(&self, t: &'static Texts) -> Vec<Choice> {
        let choice = |state: State| Choice {
            value: state.as_str(),
            name: state.name(t),
            chosen: self.state == state.as_str(),
        };
        State::ALL.map(choice).into()
    }

    pub(super) fn intents(&self, t: &'static Texts) -> Vec<Choice> {
        let choice = |intent: Intent| Choice {
            value: intent.as_str(),
            name: t.intent_of(intent),
            chosen: self.intent == intent.as_str(),
        };
        Intent::ALL.map(choice).into()
    }
}

/// The same, read.
pub(super) struct Filter {
    state: Option<State>,
    intent: Option<Intent>,
    sender: String,
    text: Wanted,
}

/// The words that are looked for.
enum Wanted {
    Any,
    Words(String),
    /// Something without a letter or a digit.
    Signs(String),
}

impl Wanted {
    fn of(text: &str) -> Self {
        let words = folded(text);
        match (text.trim(), words.is_empty()) {
            ("", _) => Self::Any,
            (signs, true) => Self::Signs(signs.to_owned()),
            (_, false) => Self::Words(words),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Words(words) => folded(text).contains(words),
            Self::Signs(signs) => text.contains(signs),
        }
    }
}

impl Filter {
    pub(super) fn of(asked: &Asked) -> Self {
        Self {
            state: State::parse(&asked.state),
            intent: Intent::parse(&asked.intent),
            sender: folded(&asked.sender),
            text: Wanted::of(&asked.text),
        }
    }

    fn is_from(&self, sender: &str) -> bool {
        self.sender.is_empty() || folded(sender).contains(&self.sender)
    }
}

impl Sought for Filter {
    fn may_be(&self, digest: &Digest) -> bool {
        self.state.is_none_or(|state| state.may_be(digest))
            && self.intent.is_none_or(|intent| digest.intents.contains(&intent))
            && self.is_from(digest.called())
    }

    fn is(&self, note: &Note) -> bool {
        self.state.is_none_or(|state| state == State::of(note))
            && self.intent.is_none_or(|intent| note.places().iter().any(|(_, place)| place.intent == intent))
            && self.is_from(&sender_of(note))
            && (matches!(self.text, Wanted::Any) || self.text.is_in(&all_words_of(note)))
    }
}

/// All that people may look for: what was said, what the record says now, and what was written by the office.
fn all_words_of(note: &Note) -> String {
    let mut all = words_of(note);
    for text in
        note.understood().into_iter().flat_map(Understood::records).flat_map(|each| each.record.texts())
    {
        all.push('\n');
        all.push_str(text);
    }
    all
}

/// What was said; before it was heard, what was typed; what the office wrote.
pub(crate) fn words_of(note: &Note) -> String {
    if let Some(letter) = note.purpose().letter() {
        return letter.text.expose().clone();
    }
    if note.heard().is_some() { note.words() } else { note.message().text.expose().clone() }
}

/// A sender's name, or the company's own number of the person where there is none; whoever it was at the office, or on the
/// phone.
pub(crate) fn sender_of(note: &Note) -> String {
    let purpose = note.purpose();
    if let Some(called) = said_by(note) {
        return called.to_owned();
    }
    let by = purpose.letter().map(|letter| &letter.by).or(purpose.office().map(|change| &change.by));
    if let Some(by) = by {
        return by.expose().to_owned();
    }
    let sender = note.sender();
    let name = sender.name.as_ref().map(|name| name.expose().clone());
    name.unwrap_or_else(|| sender.customer_id.to_string())
}
