//! Jobs that were given up, until somebody decides what becomes of them.

use async_trait::async_trait;
use jiff::Timestamp;

use super::job_queue::QueueError;
use crate::domain::private::Private;

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Names it to whoever took it, for as long as it is held.
    pub handle: String,
    /// The job as it travelled; it may be none that this build can read.
    pub body: Private<String>,
    /// Why it was given up; without personal data.
    pub reason: String,
    /// When it was given up. Where a queue gave it up by itself: when it was sent.
    pub at: Timestamp,
}

/// The dead letters of a queue.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Some of those that nobody holds, at least one if there are any. They are held for the caller, so that the
    /// next call gives others, until they are let go or five minutes have passed.
    async fn take(&self) -> Result<Vec<DeadLetter>, QueueError>;

    /// Sends a letter's job again, unchanged and as if for the first time; then it is no dead letter any more. When
    /// this ends in the middle the job may be in both places, never in none.
    async fn send_again(&self, letter: &DeadLetter) -> Result<(), QueueError>;

    /// Leaves a letter where it is, for everybody to take.
    async fn let_go(&self, letter: &DeadLetter) -> Result<(), QueueError>;

    /// Removes a letter whose job needs nobody any more.
    async fn delete(&self, letter: &DeadLetter) -> Result<(), QueueError>;
}
