//! How far behind the workers of a queue are.

use std::time::Duration;

use async_trait::async_trait;

use super::job_queue::QueueError;

/// A queue at one moment. A queue of many servers counts roughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Jobs that are not done, in work or not.
    pub jobs: u64,
    /// How long ago the oldest of them was sent. `None`: there is none, or the queue has not measured it.
    pub oldest: Option<Duration>,
    /// Jobs that were given up.
    pub dead_letters: u64,
}

/// Tells it.
#[async_trait]
pub trait QueueStatus: Send + Sync {
    /// Now.
    async fn backlog(&self) -> Result<Backlog, QueueError>;
}
