//! Asking a provider now for the messages that it would otherwise be asked for later.

use async_trait::async_trait;

/// Why nobody was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// The provider brings messages by itself, as soon as they are written.
    #[error("messages come by themselves")]
    ComeByThemselves,
    /// Nobody is asked here. Whether the provider brings messages is not known here either.
    #[error("messages are not asked for here")]
    NotAskedHere,
    /// There is no such provider here.
    #[error("the channel is not set up")]
    NotSetUp,
    /// The provider does not answer now, or not as it should. Try again later.
    #[error("the provider does not answer")]
    Unavailable,
}

/// Asks.
#[async_trait]
pub trait MessageSync: Send + Sync {
    /// Asks now. How many messages were taken.
    async fn sync(&self) -> Result<usize, SyncError>;
}

/// Where nobody is to be asked.
#[derive(Debug, Clone, Copy)]
pub struct Never(pub SyncError);

#[async_trait]
impl MessageSync for Never {
    async fn sync(&self) -> Result<usize, SyncError> {
        Err(self.0)
    }
}
