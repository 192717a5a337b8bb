//! How a note is given up, and how it goes on when it is reopened.

use jiff::Timestamp;

use super::{Answer, Failure, FailureReason, InvalidTransition, Note, Stage};
use crate::domain::ids::MessageId;

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
}
