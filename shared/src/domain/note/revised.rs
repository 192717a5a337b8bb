//! What was changed of a note's record since it was first filed, and the change that another message brings.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Heard, InvalidTransition, Note, Stage, StoredMedia, Understood};
use crate::domain::{
    choice::Choice,
    ids::{MessageId, RecordId},
    language::Language,
    message::Location,
    object_key::Place,
    private::Private,
    purpose::Purpose,
    usage::Usage,
};

/// Most corrections whose words a record keeps; the oldest give way. All of them stay in the history.
const MOST_REMARKS: usize = 20;

/// What was changed of a record since it was first filed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Revised {
    /// How often it was changed.
    pub version: u32,
    /// Whether its files are out of sight.
    pub withdrawn: bool,
    /// Whether its sender said that it is right.
    pub confirmed: bool,
    /// Messages that joined it, in the order in which they did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<Joined>,
    /// What its sender said is wrong, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// Where files of it lay and do not belong any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Left>,
}

/// A message that joined a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    /// The message.
    pub by: MessageId,
    /// When it was received.
    pub at: Timestamp,
    /// Its words, possibly none.
    pub words: Private<String>,
    /// Its files; they lie in the inbox under its own id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<StoredMedia>,
    /// The place that it shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Private<Location>>,
}

/// A correction in its sender's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The message.
    pub by: MessageId,
    /// When it was received.
    pub at: Timestamp,
    /// What was said.
    pub words: Private<String>,
    /// Whether the record was changed by it. If not, somebody at the office has to.
    pub applied: bool,
}

/// A place that files of a record lay at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Which record of the note, from 1.
    pub part: u8,
    /// Where.
    pub place: Place,
}

/// A change of an earlier note's record, planned by the message that asks for it. Frozen when stored, so that a repeat
/// makes the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The note.
    pub of: MessageId,
    /// The version of it that the change was planned for.
    pub base: u32,
    /// The language to tell of it in.
    pub language: Language,
    /// What is done.
    pub effect: Effect,
    /// What the record says otherwise afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<ChangedLine>,
    /// What the record is called when people are told of it.
    pub title: Private<String>,
}

/// What a change does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The record says something else.
    Corrected(Box<Understood>),
    /// Its recordings were heard anew, and what was heard understood.
    HeardAgain {
        /// The words, and how they came.
        heard: Box<Heard>,
        /// What they mean.
        understood: Box<Understood>,
    },
    /// The words are kept with the record, which stays as it is.
    Remarked,
    /// A message joins; the record says more if there were words to understand.
    Joined(Option<Box<Understood>>),
    /// Out of sight.
    Withdrawn,
    /// Back in sight.
    Restored,
    /// It is right as it is.
    Confirmed,
    /// Something is wrong; what, comes next.
    Asked,
}

impl Effect {
    /// Whether the record or its files are others afterwards.
    #[must_use]
    pub const fn touches_record(&self) -> bool {
        !matches!(self, Self::Asked)
    }
}

/// One text of a record, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedLine {
    /// What it said; `None`: it was not there.
    pub was: Option<Private<String>>,
    /// What it says; `None`: it is gone.
    pub is: Option<Private<String>>,
}

impl Note {
    /// As it is received, with what it is about. `follows`: the record that its words would correct, should
    /// they turn out to.
    #[must_use]
    pub fn about(mut self, purpose: Purpose, follows: Option<MessageId>) -> Self {
        // What the office sends along lies among the originals already.
        if let Some(file) = purpose.letter().and_then(|letter| letter.file) {
            self.media = vec![StoredMedia::Kept { kind: file.kind, role: file.kind.role(), size: file.size }];
        }
        (self.purpose, self.follows) = (purpose, follows);
        self
    }

    /// What it is to be.
    #[must_use]
    pub const fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// The record that its words would correct, should they turn out to.
    #[must_use]
    pub const fn follows(&self) -> Option<&MessageId> {
        self.follows.as_ref()
    }

    /// What was changed of its record.
    #[must_use]
    pub const fn revised(&self) -> &Revised {
        &self.revised
    }

    /// Whether its record can be changed: it is filed.
    #[must_use]
    pub const fn is_changeable(&self) -> bool {
        matches!(self.stage, Stage::Filed | Stage::Answered | Stage::Done) && self.understood.is_some()
    }

    /// Its words with those of all messages that joined it.
    #[must_use]
    pub fn words(&self) -> String {
        let own = self.heard.iter().map(|heard| heard.words.expose());
        let joined = self.revised.joined.iter().map(|joined| joined.words.expose());
        let words: Vec<&str> =
            own.chain(joined).map(String::as_str).filter(|words| !words.is_empty()).collect();
        words.join("\n\n")
    }

    /// Where each of its records belongs, the first one's place first.
    #[must_use]
    pub fn places(&self) -> Vec<(RecordId, Place)> {
        let Some(understood) = &self.understood else { return Vec::new() };
        let place = |(part, analysis): (u8, &crate::domain::analysis::Analysis)| {
            let place = Place { intent: analysis.record.intent(), tag: analysis.tag.clone() };
            Some((RecordId::of_part(self.message.id.clone(), part)?, place))
        };
        (1..).zip(understood.records()).filter_map(place).collect()
    }

    /// The change that it brings to an earlier note, once planned.
    #[must_use]
    pub const fn change(&self) -> Option<&Change> {
        self.change.as_ref()
    }

    /// There is nothing to fetch and nothing to hear: what it means is known from how it came.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it was just received.
    pub fn needs_no_hearing(&mut self) -> Result<(), InvalidTransition> {
        self.advance(&[Stage::Received], Stage::Transcribed)
    }

    /// There is nothing to file, only something to say.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it needed no hearing.
    pub fn only_to_be_answered(&mut self) -> Result<(), InvalidTransition> {
        self.advance(&[Stage::Transcribed], Stage::Filed)
    }

    /// There is nothing to file and nothing to say; only a model was asked.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it needed no hearing.
    pub fn tried(&mut self, usage: Usage) -> Result<(), InvalidTransition> {
        self.only_to_be_answered()?;
        self.usage = self.usage.plus(usage);
        Ok(())
    }

    /// What it was about is not there: it is a note of its own, from the beginning.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it needed no hearing.
    pub fn starts_as_note(&mut self) -> Result<(), InvalidTransition> {
        self.advance(&[Stage::Transcribed], Stage::Received)?;
        self.purpose = Purpose::Note;
        Ok(())
    }

    /// It turned out to be something else than it was taken for.
    pub fn becomes(&mut self, purpose: Purpose) {
        self.purpose = purpose;
    }

    /// What it changes is known.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless its words are known.
    pub fn planned(&mut self, change: Change, usage: Usage) -> Result<(), InvalidTransition> {
        self.advance(&[Stage::Transcribed], Stage::Analysed)?;
        self.usage = self.usage.plus(usage);
        self.change = Some(change);
        Ok(())
    }

    /// The record was changed by somebody else meanwhile: the change has to be planned anew.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it was planned and not yet made.
    pub fn plan_anew(&mut self) -> Result<(), InvalidTransition> {
        self.advance(&[Stage::Analysed], Stage::Transcribed)?;
        self.change = None;
        Ok(())
    }

    /// Makes the change that another message brings. What its record says, where it lies and who joined it follow from
    /// the two notes alone.
    ///
    /// # Errors
    /// [`InvalidTransition`] when there is no change, or the note has no record.
    pub fn changed_by(&mut self, other: &Self) -> Result<(), InvalidTransition> {
        let refused = InvalidTransition { from: self.stage, to: Stage::Filed };
        let change = other.change.as_ref().filter(|_| self.is_changeable()).ok_or(refused)?;
        let before = self.places();
        let revised = &mut self.revised;
        revised.version += 1;
        match &change.effect {
            Effect::Corrected(understood) => {
                self.understood = Some((**understood).clone());
                (revised.withdrawn, revised.confirmed) = (false, false);
                remark(revised, other, true);
            }
            Effect::HeardAgain { heard, understood } => {
                (self.heard, self.understood) = (Some((**heard).clone()), Some((**understood).clone()));
                (revised.withdrawn, revised.confirmed) = (false, false);
            }
            Effect::Remarked => {
                (revised.withdrawn, revised.confirmed) = (false, false);
                remark(revised, other, false);
            }
            Effect::Joined(understood) => {
                if let Some(understood) = understood {
                    self.understood = Some((**understood).clone());
                }
                (revised.withdrawn, revised.confirmed) = (false, false);
                revised.joined.push(Joined {
                    by: other.message.id.clone(),
                    at: other.message.received_at,
                    words: other.heard.as_ref().map(|heard| heard.words.clone()).unwrap_or_default(),
                    media: other.media.clone(),
                    location: other.message.location.clone(),
                });
            }
            Effect::Withdrawn => revised.withdrawn = true,
            Effect::Restored => revised.withdrawn = false,
            Effect::Confirmed => revised.confirmed = true,
            Effect::Asked => {}
        }
        self.leave_places(before);
        Ok(())
    }

    fn leave_places(&mut self, before: Vec<(RecordId, Place)>) {
        let now = self.places();
        for place in before.into_iter().filter(|place| !now.contains(place)) {
            let left = Left { part: place.0.part(), place: place.1 };
            if !self.revised.left.contains(&left) {
                self.revised.left.push(left);
            }
        }
        let is_used =
            |left: &Left| now.iter().any(|(id, place)| id.part() == left.part && *place == left.place);
        self.revised.left.retain(|left| !is_used(left));
    }
}

fn remark(revised: &mut Revised, by: &Note, applied: bool) {
    // What the office changes has no words of its sender's.
    let Some(words) = by.heard.as_ref().map(|heard| heard.words.clone()) else { return };
    let message = &by.message;
    revised.remarks.push(Remark { by: message.id.clone(), at: message.received_at, words, applied });
    let beyond = revised.remarks.len().saturating_sub(MOST_REMARKS);
    revised.remarks.drain(..beyond);
}

impl Choice {
    /// What the choice does to a record that is in sight, or not.
    #[must_use]
    pub const fn effect(self, is_withdrawn: bool) -> Effect {
        match self {
            // What is right is to be there.
            Self::Ok | Self::Undo if is_withdrawn => Effect::Restored,
            Self::Ok => Effect::Confirmed,
            Self::Change => Effect::Asked,
            Self::Undo => Effect::Withdrawn,
        }
    }
}
