//! How a note is given up, and how it goes on when it is reopened.

use jiff::Timestamp;

use super::{Answer, Failure, FailureReason, InvalidTransition, Note, Stage, StoredMedia};
use crate::domain::{ids::MessageId, purpose::Purpose};

impl Note {
    /// Where and why it was given up.
    #[must_use]
    pub const fn failure(&self) -> Option<Failure> {
        self.failure
    }

    /// When it was given up.
    #[must_use]
    pub const fn failed_at(&self) -> Option<Timestamp> {
        self.failed_at
    }

    /// The message of an earlier apology, when it failed and was reopened.
    #[must_use]
    pub const fn apology_sent(&self) -> Option<&MessageId> {
        match &self.apology {
            Some(Answer::Sent { id }) => Some(id),
            _ => None,
        }
    }

    /// It is given up. When it was reopened after an earlier failure, the apology of then counts for this one too:
    /// nobody is told twice that the same note failed.
    ///
    /// # Errors
    /// [`InvalidTransition`] when it is finished already.
    pub fn failed(&mut self, reason: FailureReason, at: Timestamp) -> Result<(), InvalidTransition> {
        if self.stage == Stage::Failed || self.stage == Stage::Done {
            return Err(InvalidTransition { from: self.stage, to: Stage::Failed });
        }
        self.failure = Some(Failure { after: self.stage, reason });
        self.failed_at = Some(at);
        self.stage = Stage::Failed;
        if let Some(apology) = self.apology.take_if(|_| self.answer == Answer::default()) {
            self.answer = apology;
        }
        Ok(())
    }

    /// It is to be tried again after it was given up: it goes on after the last step that was done. Its sender is
    /// answered once more only if it had no outcome to tell yet, when the answer was an apology.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it was given up.
    pub fn reopen(&mut self) -> Result<(), InvalidTransition> {
        let (Stage::Failed, Some(failure)) = (self.stage, self.failure) else {
            return Err(InvalidTransition { from: self.stage, to: Stage::Received });
        };
        let had_outcome =
            matches!(failure.after, Stage::Filed | Stage::Unheard | Stage::Answered | Stage::Done);
        let untold = self.answer == Answer::default();
        if !had_outcome && !untold {
            self.apology = Some(std::mem::take(&mut self.answer));
        }
        self.stage = failure.after;
        (self.failure, self.failed_at) = (None, None);
        Ok(())
    }

    /// Steps from which it can be tried again, the earliest first: those behind it whose result is not filed yet. Files
    /// that are with us are never asked for again, since their provider may have them no more. A note that is filed has
    /// none; its record is changed instead.
    #[must_use]
    pub fn can_go_back_to(&self) -> Vec<Stage> {
        let last = match (self.stage, self.failure) {
            (Stage::Failed, Some(failure)) => failure.after,
            (Stage::Done, _) if self.is_unheard() => Stage::Transcribed,
            _ => return Vec::new(),
        };
        let has_files = self.media.iter().any(|media| matches!(media, StoredMedia::Kept { .. }));
        let lost_some = self.media.iter().any(|media| matches!(media, StoredMedia::Lost(_)));
        let can = |stage: Stage| match stage {
            // Whether the change was made already may not be known.
            _ if self.change.is_some() => stage == Stage::Analysed,
            Stage::Received => !has_files && (lost_some || last == Stage::Received),
            Stage::MediaStored => has_files,
            _ => !self.is_unheard(),
        };
        let back = match last {
            Stage::Received => 1,
            Stage::MediaStored => 2,
            Stage::Transcribed => 3,
            Stage::Analysed => 4,
            // Its record is filed; only the answer is missing.
            _ => return Vec::new(),
        };
        let steps = [Stage::Received, Stage::MediaStored, Stage::Transcribed, Stage::Analysed];
        steps.into_iter().take(back).filter(|stage| can(*stage)).collect()
    }

    /// Nothing came of it, neither a record nor a change of one, although there was something to hear or to read.
    #[must_use]
    pub fn came_to_nothing(&self) -> bool {
        self.purpose.is_heard() && self.understood.is_none() && self.change.is_none()
    }

    /// A note of its own in which nothing could be heard.
    fn is_unheard(&self) -> bool {
        self.purpose == Purpose::Note && self.heard.is_some() && self.came_to_nothing()
    }

    /// The same as [`Note::reopen`], from a step before the last. What came of the later ones is made anew, and its
    /// sender is answered once more.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it is one of [`Note::can_go_back_to`].
    pub fn reopen_from(&mut self, stage: Stage) -> Result<(), InvalidTransition> {
        if !self.can_go_back_to().contains(&stage) {
            return Err(InvalidTransition { from: self.stage, to: stage });
        }
        if self.stage == Stage::Failed {
            self.reopen()?;
        } else {
            self.apology = Some(std::mem::take(&mut self.answer));
        }
        self.stage = stage;
        self.times.retain(|step, _| *step <= stage);
        if stage != Stage::Analysed {
            (self.understood, self.change) = (None, None);
        }
        if matches!(stage, Stage::Received | Stage::MediaStored) {
            self.heard = None;
        }
        Ok(())
    }
}
