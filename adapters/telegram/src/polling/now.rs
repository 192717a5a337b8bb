//! Asking out of turn.

use async_trait::async_trait;
use shared::ports::message_sync::{MessageSync, SyncError};
use tokio::sync::{mpsc, oneshot};

use super::Reply;

/// Has the running [`super::Polling`] ask now.
#[derive(Debug, Clone)]
pub struct PollNow(pub(super) mpsc::Sender<Reply>);

#[async_trait]
impl MessageSync for PollNow {
    async fn sync(&self) -> Result<usize, SyncError> {
        let (reply, answered) = oneshot::channel();
        self.0.send(reply).await.map_err(|_| SyncError::Unavailable)?;
        answered.await.map_err(|_| SyncError::Unavailable)?
    }
}
