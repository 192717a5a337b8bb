//! Sending work to be done later.

use std::time::Duration;

use async_trait::async_trait;

use crate::jobs::Job;

/// Why a job was not taken. The sender must not acknowledge what it meant to queue.
#[derive(Debug, thiserror::Error)]
#[error("the queue did not take the job")]
pub struct QueueError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// The queue's sending side. Delivery is at least once and in no order.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Sends a job, to be delivered after `delay` (0 to 900 s). When it returns, the job is safe.
    async fn send(&self, job: &Job, delay: Duration) -> Result<(), QueueError>;
}
