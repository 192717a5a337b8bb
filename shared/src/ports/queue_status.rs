//! How far behind the workers of a queue are.

use std::time::Duration;

use async_trait::async_trait;

use super::job_queue::QueueError;

/// A queue at one moment. A queue of many servers counts roughly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    /// Jobs that are not done, in work or not.
    pub jobs: u64,
    /// How long the oldest of them has waited.
    pub oldest: Oldest,
    /// Jobs that were given up.
    pub dead_letters: u64,
}

/// The age of the oldest job that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oldest {
    /// There is none, or no figure of it yet.
    Unmeasured,
    /// It was sent so long ago.
    Sent(Duration),
    /// It could not be learned, for this reason.
    Unknown(String),
}

/// Tells it.
#[async_trait]
pub trait QueueStatus: Send + Sync {
    /// Now.
    async fn backlog(&self) -> Result<Backlog, QueueError>;
}
