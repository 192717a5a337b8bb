//! What becomes of a queue's message that was not done: later, or to the dead letters. For queues whose
//! worker is called with messages instead of fetching them.

use std::time::Duration;

use async_trait::async_trait;

use super::job_queue::QueueError;

/// The queue's returning side.
#[async_trait]
pub trait Redelivery: Send + Sync {
    /// Keeps a delivered message hidden for this long (0 s to 12 h); then it is delivered again. `receipt`
    /// names this one delivery.
    async fn delay(&self, receipt: &str, after: Duration) -> Result<(), QueueError>;

    /// Puts a copy of the message among the dead letters, with the reason beside it. The caller then lets
    /// the queue forget the message itself. The reason holds no personal data.
    async fn bury(&self, body: &str, reason: &str) -> Result<(), QueueError>;
}
