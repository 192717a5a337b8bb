//! What is counted of a note and looked for among many, without its words: small enough to lie beside the note's place in
//! the inbox, so that neither a filter nor a sum has to read the notes themselves.

use serde::{Deserialize, Serialize};

use super::{
    ids::CustomerId,
    intent::Intent,
    media::MediaRole,
    note::{Failure, Note, Stage, StoredMedia},
    private::Private,
    purpose::Purpose,
    usage::Usage,
};

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its record is filed, or what it says about an earlier one is done.
    Done,
    /// Nothing in it could be heard.
    Unheard,
    /// It is kept and nobody is answered.
    Silent,
    /// It was given up.
    Failed,
    /// Something is left to do.
    Working,
}

impl Outcome {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 5] = [Self::Done, Self::Unheard, Self::Silent, Self::Failed, Self::Working];

    /// What became of a note so far.
    #[must_use]
    pub fn of(note: &Note) -> Self {
        match note.stage() {
            Stage::Failed => Self::Failed,
            Stage::Done if *note.purpose() == Purpose::Silent => Self::Silent,
            Stage::Done if note.came_to_nothing() => Self::Unheard,
            Stage::Done => Self::Done,
            _ => Self::Working,
        }
    }
}

/// What a message was: [`Purpose`] without whom it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A note of its own.
    Note,
    /// More of an earlier note.
    Addition,
    /// Says what is wrong with a record.
    Correction,
    /// A decision about a record.
    Choice,
    /// Somebody at the office changes a record.
    Office,
    /// Somebody at the office writes to a person.
    Letter,
    /// Somebody at the office tries something. Stands in no inbox.
    Trial,
    /// The sender wants to hear from Hark again.
    Start,
    /// It is said to Hark itself.
    Aside,
    /// Nobody is answered.
    Silent,
}

impl Kind {
    /// Whether it comes from the office and not from the person whose number it bears: see [`Purpose::is_ordered`].
    #[must_use]
    pub const fn is_ordered(self) -> bool {
        matches!(self, Self::Office | Self::Letter | Self::Trial)
    }

    /// What a message of this purpose was.
    #[must_use]
    pub const fn of(purpose: &Purpose) -> Self {
        match purpose {
            Purpose::Note => Self::Note,
            Purpose::Addition { .. } => Self::Addition,
            Purpose::Correction { .. } => Self::Correction,
            Purpose::Choice { .. } => Self::Choice,
            Purpose::Office(_) => Self::Office,
            Purpose::Letter(_) => Self::Letter,
            Purpose::Trial(_) => Self::Trial,
            Purpose::Start => Self::Start,
            Purpose::Aside(_) => Self::Aside,
            Purpose::Silent => Self::Silent,
        }
    }
}

/// A note in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// What became of it.
    pub outcome: Outcome,
    /// What it was.
    pub kind: Kind,
    /// What its records are about, each intent once, that of the first record first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intents: Vec<Intent>,
    /// Whether its record is out of sight.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// Who sent it.
    pub sender: CustomerId,
    /// The sender's name, if the company gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Private<String>>,
    /// Whether it was spoken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spoken: bool,
    /// Whether it is a letter of somebody who was on the phone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_phone: bool,
    /// Where and why it was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What its model calls used.
    #[serde(default)]
    pub usage: Usage,
    /// Milliseconds until its sender had the answer; `None` of what the office asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_ms: Option<u64>,
}

impl Digest {
    /// Of a note as it is now.
    #[must_use]
    pub fn of(note: &Note) -> Self {
        let mut intents = Vec::new();
        for (_, place) in note.places() {
            if !intents.contains(&place.intent) {
                intents.push(place.intent);
            }
        }
        let sender = note.sender();
        let waited = note.answered_after().filter(|_| !note.purpose().is_ordered());
        Self {
            outcome: Outcome::of(note),
            kind: Kind::of(note.purpose()),
            intents,
            withdrawn: note.revised().withdrawn,
            sender: sender.customer_id.clone(),
            name: sender.name.clone(),
            spoken: is_spoken(note),
            by_phone: said_by(note).is_some(),
            failure: note.failure(),
            usage: note.usage(),
            answered_ms: waited.and_then(|waited| u64::try_from(waited.as_millis()).ok()),
        }
    }

    /// The sender's name, or the company's own number of the person where there is none.
    #[must_use]
    pub fn called(&self) -> &str {
        self.name.as_ref().map_or_else(|| self.sender.as_str(), |name| name.expose())
    }
}

/// Who was on the phone, if a note is a letter of such a person.
#[must_use]
pub fn said_by(note: &Note) -> Option<&str> {
    note.purpose().letter()?.said_by(note.scope().company())
}

/// Whether a note is a recording, or has one.
#[must_use]
pub fn is_spoken(note: &Note) -> bool {
    let heard = note.heard().is_some_and(|heard| heard.spoken || heard.audio.is_some());
    heard
        || note.media().iter().any(|media| matches!(media, StoredMedia::Kept { role: MediaRole::Audio, .. }))
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::{
        domain::{
            analysis::{Analysis, Fallback},
            language::Language,
            media::MediaKind,
            note::{Answer, FailureReason, Heard, Unheard},
        },
        testing::{
            filing::{job, understood},
            samples,
        },
    };

    const VOICE: StoredMedia = StoredMedia::Kept { kind: MediaKind::Ogg, role: MediaRole::Audio, size: 10 };

    fn received() -> Note {
        Note::received(samples::message(1, "Order two pipes"), samples::customer())
    }

    fn heard(unheard: Vec<Unheard>) -> Heard {
        let words = if unheard.is_empty() { "Order two pipes" } else { "" };
        let (words, language) = (words.to_owned().into(), Language::En);
        Heard { words, spoken: false, language, audio: None, outline: None, unheard, model: None }
    }

    fn transcribed(unheard: Vec<Unheard>) -> Note {
        let mut note = received();
        note.media_stored(vec![VOICE]).unwrap();
        note.transcribed(heard(unheard), Usage { audio_seconds: 12, ..Usage::default() }).unwrap();
        note
    }

    fn finished(mut note: Note) -> Note {
        note.answer = Answer::Sent { id: samples::message_id(9) };
        note.answered().unwrap();
        note.done().unwrap();
        note.reached(samples::now() + jiff::SignedDuration::from_millis(6_700));
        note
    }

    #[test]
    fn a_note_that_is_done_tells_who_what_how_long_and_what_it_used() {
        let mut note = transcribed(vec![]);
        let records = [job("tap", "Fix"), Analysis::filed_as_other(Fallback::NoWords), job("pipe", "Order")];
        note.analysed(understood(&records), Usage { input_tokens: 7, ..Usage::default() }).unwrap();
        assert_eq!(Digest::of(&note).outcome, Outcome::Working);
        note.filed().unwrap();
        let digest = Digest::of(&finished(note));
        assert_eq!((digest.outcome, digest.kind, digest.spoken), (Outcome::Done, Kind::Note, true));
        assert_eq!(digest.intents, [Intent::JobToBeDone, Intent::Other]);
        assert_eq!((digest.called(), digest.answered_ms), ("Petra Sample", Some(6_700)));
        assert_eq!((digest.usage.audio_seconds, digest.usage.input_tokens), (12, 7));
        let text = serde_json::to_string(&digest).unwrap();
        assert!(text.len() < 300 && !text.contains("pipes"), "{text}");
        assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), digest);
    }

    #[test]
    fn what_nobody_heard_what_failed_and_what_nobody_answers_are_told_apart() {
        let silence = finished(transcribed(vec![Unheard::Silent]));
        assert_eq!(Digest::of(&silence).outcome, Outcome::Unheard);
        let mut failed = transcribed(vec![]);
        failed.failed(FailureReason::ModelUnavailable, samples::now()).unwrap();
        failed.answer = Answer::Sent { id: samples::message_id(9) };
        let digest = Digest::of(&failed);
        let failure = Failure { after: Stage::Transcribed, reason: FailureReason::ModelUnavailable };
        assert_eq!((digest.outcome, digest.failure), (Outcome::Failed, Some(failure)));
        assert_eq!(digest.answered_ms, None, "an apology is no answer");
        let mut silent = received().about(Purpose::Silent, None);
        silent.kept_silently().unwrap();
        assert_eq!((Digest::of(&silent).outcome, Digest::of(&silent).kind), (Outcome::Silent, Kind::Silent));
        let mut start = received().about(Purpose::Start, None);
        start.needs_no_hearing().unwrap();
        start.only_to_be_answered().unwrap();
        assert_eq!(Digest::of(&finished(start)).outcome, Outcome::Done);
    }

    #[test]
    fn who_has_no_name_is_called_by_the_companys_own_number() {
        let sender = crate::domain::customer::Customer { name: None, ..samples::customer() };
        assert_eq!(Digest::of(&Note::received(samples::message(1, "x"), sender)).called(), "P-1");
    }
}
