//! Doing the work that a queue delivers. The driving side of every queue worker: the batch runner on
//! Lambda and the one-machine queue both call it.

use std::time::Duration;

use async_trait::async_trait;

use crate::jobs::Job;

/// Which try of a job this is. A delivery that ended in [`Busy`](JobError::Busy) was none; one that was lost, because
/// the process died, may have been one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// 1 for the first. Larger than `most` if a last try was lost and is made again.
    pub number: u32,
    /// How many there will be at most before the job goes to the dead letters.
    pub most: u32,
}

impl Attempt {
    /// Whether no further try follows a failure of this one.
    #[must_use]
    pub const fn is_last(self) -> bool {
        self.number >= self.most
    }

    /// Whether all tries are spent, the last of them without a word on how it ended: its process died. What is left is
    /// to give the job up and to tell so, without doing again what may have killed the process.
    #[must_use]
    pub const fn is_past(self) -> bool {
        self.number > self.most
    }
}

/// How a job did not end well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// Deliver it again after a while: something outside was not to be had.
    #[error("to be tried again in {} s: {reason}", after.as_secs())]
    Retry {
        /// Shortest wait.
        after: Duration,
        /// Why, without personal data.
        reason: String,
    },
    /// Deliver it again after a while, and do not count this delivery: somebody else is at work on it, or
    /// a breaker is open.
    #[error("not yet, again in {} s: {reason}", after.as_secs())]
    Busy {
        /// Shortest wait.
        after: Duration,
        /// Why, without personal data.
        reason: String,
    },
    /// Never deliver it again: it goes to the dead letters with this reason.
    #[error("given up: {reason}")]
    Dead {
        /// Why, without personal data.
        reason: String,
    },
}

/// Does a job.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// Does it, wholly or up to the last stored step. Called again with the same job, it goes on there.
    async fn handle(&self, job: &Job, attempt: Attempt) -> Result<(), JobError>;
}
