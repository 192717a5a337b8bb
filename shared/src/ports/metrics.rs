//! What is measured of Hark's work, for whoever operates it.
//!
//! A measurement holds no text that comes from outside: what can be told apart is a closed set of words, and the
//! id of a company where costs are counted. So no number, name or word of a person can come into a metric.

use std::time::Duration;

use crate::domain::{
    ids::CompanyId,
    intent::Intent,
    note::{FailureReason, Stage},
    usage::Usage,
};

/// Takes measurements.
pub trait Metrics: Send + Sync {
    /// Takes one. It does not wait and does not fail: a measurement that cannot be passed on is lost, and the
    /// work goes on.
    fn record(&self, measurement: &Measurement);
}

/// Something that happened once, with how long it took or how much it used where that is measured.
#[derive(Debug, Clone, PartialEq)]
pub enum Measurement {
    /// A webhook's message is in the queue.
    WebhookAccepted,
    /// A webhook was refused.
    WebhookRefused(RefusedFor),
    /// A message came from somebody who is no customer's; nothing was done with it.
    UnknownSender,
    /// The lookup of a sender did not answer, or not in time.
    LookupFailed,
    /// A message could not be queued; its provider was told so.
    EnqueueFailed,
    /// A step of a note was done.
    StepDone {
        /// Which.
        step: Step,
        /// In the delivery that ended it.
        took: Duration,
    },
    /// Nothing is left to do for a note.
    NoteFinished {
        /// What became of it.
        outcome: Outcome,
        /// From the webhook to the answer. `None` for a note that was given up, or whose answer the provider
        /// would not send.
        latency: Option<Duration>,
    },
    /// A note was given up.
    NoteFailed {
        /// The step that was not done.
        step: Step,
        /// Why.
        reason: FailureReason,
    },
    /// The outcome of sending an answer stayed unknown, and it is sent again: its sender may get it twice.
    AnswerSentAgain,
    /// An answer was sent, and its sender will not get it: the provider told so later.
    AnswerUndelivered {
        /// The provider's code, if it gave one.
        code: Option<u32>,
    },
    /// Models were used for a note.
    ModelsUsed {
        /// For whom.
        company: CompanyId,
        /// Seconds are of the model that transcribes, tokens of the one that analyses.
        usage: Usage,
        /// In millionths of a US dollar, by the configured prices; `None` without prices.
        cost_micro_usd: Option<f64>,
    },
    /// A note is stored and waits, since a budget is used up.
    BudgetWaited(Budget),
    /// A message said what two before it said; it is stored and not answered.
    LoopSilenced,
    /// A person said STOP.
    OptedOut,
    /// A job was put among the dead letters.
    DeadLetter,
    /// A job failed and is to be delivered again.
    JobRetried,
    /// A note was not finished although its job was sent again and again.
    NoteStuck,
    /// A company's own software accepted a message of a webhook.
    WebhookMessageAccepted,
    /// It did not; the message is tried again, or given up.
    WebhookMessageRefused,
    /// A message of a webhook was given up after three days.
    WebhookMessageDead,
}

/// Why a webhook was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedFor {
    /// It is not signed with our key.
    Signature,
    /// It is signed, but no message that we know; or its body did not come whole.
    Shape,
    /// It is larger than a webhook may be.
    Size,
    /// It is signed with our key, for another account or another number.
    Account,
}

/// Which budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// The notes of a person, in a minute or an hour.
    Sender,
    /// The sound or the tokens of a company, on a day.
    Company,
}

/// A step of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Files are fetched and kept.
    Media,
    /// Recordings are measured and transcribed.
    Transcribe,
    /// A model says what the words mean.
    Analyse,
    /// Files are put where client apps find them.
    File,
    /// The sender is told.
    Answer,
}

impl Step {
    /// The step that a note in this stage is waiting for, or was when it was given up. A note that is past all of
    /// them has its sender to tell, at most.
    #[must_use]
    pub const fn after(stage: Stage) -> Self {
        match stage {
            Stage::Received => Self::Media,
            Stage::MediaStored => Self::Transcribe,
            Stage::Transcribed => Self::Analyse,
            Stage::Analysed => Self::File,
            Stage::Filed | Stage::Unheard | Stage::Answered | Stage::Done | Stage::Failed => Self::Answer,
        }
    }
}

/// What became of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is filed under this intent.
    Filed(Intent),
    /// Nothing could be heard in it, and it carried nothing else.
    Unheard,
    /// It was about an earlier note: it changed that one's record, or only its sender's mind. Or it was said to
    /// Hark itself.
    Changed,
    /// It is kept, and nobody was to be answered.
    Silent,
    /// It was given up, and its sender was told so if possible.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_waits_for_one_step() {
        for (stage, step) in [
            (Stage::Received, Step::Media),
            (Stage::MediaStored, Step::Transcribe),
            (Stage::Transcribed, Step::Analyse),
            (Stage::Analysed, Step::File),
            (Stage::Filed, Step::Answer),
            (Stage::Unheard, Step::Answer),
        ] {
            assert_eq!(Step::after(stage), step);
        }
    }
}
