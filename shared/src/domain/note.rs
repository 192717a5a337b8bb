//! A note on its way, step by step:
//!
//! ```text
//! received → media_stored → transcribed → analysed → filed → answered → done
//!                 └ unheard ────────────────────────────┘
//!                 each may end in failed, and goes on from there when it is reopened
//! ```
//!
//! A message that is about an earlier note goes the same way: for it, `analysed` means that what it changes is planned, and
//! `filed` that the earlier note's record is changed.
//!
//! Each step's result is stored once and never made again: a repeat goes on after the last stored step. The
//! functions that move a note refuse to move it from anywhere else than the step before.

mod given_up;
mod parts;
mod revised;
mod times;

use std::collections::BTreeMap;

use jiff::Timestamp;
pub use parts::{
    Answer, Claim, Failure, FailureReason, Heard, Lease, MediaLoss, StoredMedia, Understood, Unheard,
};
pub use revised::{Change, ChangedLine, Effect, Joined, Left, Remark, Revised};
use serde::{Deserialize, Serialize};

use super::{
    aside::Aside, customer::Customer, ids::MessageId, language::Language, media::MediaRole,
    message::InboundMessage, object_key::Place, private::Private, purpose::Purpose, tenant::TenantScope,
    usage::Usage,
};

/// How far a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It is safe with us; nothing was done yet.
    Received,
    /// Its originals lie in the inbox.
    MediaStored,
    /// Its words are known.
    Transcribed,
    /// Nothing in it could be heard, and it carries nothing else.
    Unheard,
    /// What it means is known; from here on the files' names are fixed.
    Analysed,
    /// Its files are where client apps find them.
    Filed,
    /// Its sender was told, or can never be.
    Answered,
    /// Nothing is left to do.
    Done,
    /// It was given up, and its sender was told so if possible.
    Failed,
}

impl Stage {
    /// Its name as stored and logged.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::MediaStored => "media_stored",
            Self::Transcribed => "transcribed",
            Self::Unheard => "unheard",
            Self::Analysed => "analysed",
            Self::Filed => "filed",
            Self::Answered => "answered",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A step was asked for that does not follow from where the note is. Always a fault of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a note in stage {from:?} cannot become {to:?}")]
pub struct InvalidTransition {
    /// Where the note is.
    pub from: Stage,
    /// Where it was to go.
    pub to: Stage,
}

/// A note with all that its steps have made so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    message: InboundMessage,
    sender: Customer,
    #[serde(default)]
    purpose: Purpose,
    /// The record that its words would correct, should they turn out to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    follows: Option<MessageId>,
    stage: Stage,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    media: Vec<StoredMedia>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    heard: Option<Heard>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    understood: Option<Understood>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    change: Option<Change>,
    #[serde(default, skip_serializing_if = "is_default")]
    revised: Revised,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed_at: Option<Timestamp>,
    /// How the answer stood that its sender got when it failed before it was reopened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    apology: Option<Answer>,
    #[serde(default)]
    usage: Usage,
    /// The outbox of the final answer.
    #[serde(default)]
    pub answer: Answer,
    /// What its sender was told, as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Private<String>>,
    /// When its sender was last told what its record says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Timestamp>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<Timestamp>,
    /// When each step was done.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    times: BTreeMap<Stage, Timestamp>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Note {
    /// A message of a known sender becomes a note.
    #[must_use]
    pub fn received(message: InboundMessage, sender: Customer) -> Self {
        Self {
            message,
            sender,
            purpose: Purpose::Note,
            follows: None,
            stage: Stage::Received,
            media: Vec::new(),
            heard: None,
            understood: None,
            change: None,
            revised: Revised::default(),
            failure: None,
            failed_at: None,
            apology: None,
            usage: Usage::default(),
            answer: Answer::default(),
            said: None,
            told_at: None,
            lease: None,
            due: None,
            times: BTreeMap::new(),
        }
    }

    /// The message that it was made of.
    #[must_use]
    pub const fn message(&self) -> &InboundMessage {
        &self.message
    }

    /// Who sent it.
    #[must_use]
    pub const fn sender(&self) -> &Customer {
        &self.sender
    }

    /// The right to file it.
    #[must_use]
    pub fn scope(&self) -> TenantScope {
        TenantScope::of_customer(&self.sender)
    }

    /// How far it is.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// Its files, in the message's order.
    #[must_use]
    pub fn media(&self) -> &[StoredMedia] {
        &self.media
    }

    /// Its words, once heard.
    #[must_use]
    pub const fn heard(&self) -> Option<&Heard> {
        self.heard.as_ref()
    }

    /// What it means, once understood.
    #[must_use]
    pub const fn understood(&self) -> Option<&Understood> {
        self.understood.as_ref()
    }

    /// Where its files belong, once understood.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        let analysis = &self.understood.as_ref()?.analysis;
        Some(Place { intent: analysis.record.intent(), tag: analysis.tag.clone() })
    }

    /// When it is to be looked after if nothing else comes of it; `None` while nobody is to.
    #[must_use]
    pub const fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// Sets the time of [`Note::due`].
    pub const fn set_due(&mut self, due: Option<Timestamp>) {
        self.due = due;
    }

    /// What its model calls used.
    #[must_use]
    pub const fn usage(&self) -> Usage {
        self.usage
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match self.stage {
            Stage::Done => true,
            Stage::Failed => !matches!(self.answer, Answer::Pending(_)),
            _ => false,
        }
    }

    /// The language to answer in: that of the note where it is known, else the sender's, else that of the sender's phone.
    #[must_use]
    pub fn language(&self) -> Language {
        if let Some(change) = &self.change {
            return change.language;
        }
        self.heard
            .as_ref()
            .map(|heard| heard.language)
            .or(self.sender.language)
            .or_else(|| Language::of_text(self.message.text.expose()))
            .or(self.message.language)
            .unwrap_or_default()
    }

    /// Whether nobody is to be told what becomes of it: the office changes a record by it without telling the sender, or
    /// could not change it, which is the office's business. Who said STOP, and whom nobody answers, hears of no failure.
    #[must_use]
    pub fn tells_nobody(&self) -> bool {
        let is_quiet = self.purpose.office().is_some_and(|change| !change.told);
        is_quiet
            || self.purpose.trial().is_some()
            || (self.is_told_no_failure() && self.stage == Stage::Failed)
    }

    fn is_told_no_failure(&self) -> bool {
        self.purpose.is_ordered()
            || self.purpose == Purpose::Silent
            || self.purpose.aside() == Some(Aside::Stopped)
    }

    /// The originals are in the inbox.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it was just received.
    pub fn media_stored(&mut self, media: Vec<StoredMedia>) -> Result<(), InvalidTransition> {
        self.advance(&[Stage::Received], Stage::MediaStored)?;
        self.media = media;
        Ok(())
    }

    /// The words are known, or it is known that there are none to be had.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless the originals are stored.
    pub fn transcribed(&mut self, heard: Heard, usage: Usage) -> Result<(), InvalidTransition> {
        let to = if self.is_nothing_but_unheard(&heard) { Stage::Unheard } else { Stage::Transcribed };
        self.advance(&[Stage::MediaStored], to)?;
        self.usage = self.usage.plus(usage);
        self.heard = Some(heard);
        Ok(())
    }

    fn is_nothing_but_unheard(&self, heard: &Heard) -> bool {
        let carries_more = self.message.location.is_some()
            || self.media.iter().any(|media| {
                matches!(media, StoredMedia::Kept { role: MediaRole::Image | MediaRole::Document, .. })
            });
        let nothing_worth_filing =
            !heard.unheard.is_empty() && heard.unheard.iter().all(|reason| !reason.is_worth_filing());
        nothing_worth_filing && heard.words.expose().is_empty() && !carries_more
    }

    /// The meaning is known, and with it the names of the files.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless the words are known.
    pub fn analysed(&mut self, understood: Understood, usage: Usage) -> Result<(), InvalidTransition> {
        self.advance(&[Stage::Transcribed], Stage::Analysed)?;
        self.usage = self.usage.plus(usage);
        self.understood = Some(understood);
        Ok(())
    }

    /// All files are in their place.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless the meaning is known.
    pub fn filed(&mut self) -> Result<(), InvalidTransition> {
        self.advance(&[Stage::Analysed], Stage::Filed)
    }

    /// The sender was told, or can never be.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless there is an outcome to tell.
    pub fn answered(&mut self) -> Result<(), InvalidTransition> {
        self.advance(&[Stage::Filed, Stage::Unheard], Stage::Answered)
    }

    /// It is kept, and nobody is told of it: see [`Purpose::Silent`].
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it was just received.
    pub fn kept_silently(&mut self) -> Result<(), InvalidTransition> {
        self.advance(&[Stage::Received], Stage::Done)?;
        self.answer = Answer::Withheld;
        Ok(())
    }

    /// Nothing is left to do.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless the sender was told.
    pub fn done(&mut self) -> Result<(), InvalidTransition> {
        self.advance(&[Stage::Answered], Stage::Done)
    }

    fn advance(&mut self, from: &[Stage], to: Stage) -> Result<(), InvalidTransition> {
        if !from.contains(&self.stage) {
            return Err(InvalidTransition { from: self.stage, to });
        }
        self.stage = to;
        Ok(())
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
