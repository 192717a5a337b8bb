//! A provider that is asked for messages, as a test says.

use std::sync::Mutex;

use async_trait::async_trait;

use super::locked;
use crate::ports::message_sync::{MessageSync, SyncError};

/// Answers what it was last told to.
#[derive(Debug)]
pub struct SaidSync(Mutex<Result<usize, SyncError>>);

impl SaidSync {
    /// Answers this.
    #[must_use]
    pub const fn new(answer: Result<usize, SyncError>) -> Self {
        Self(Mutex::new(answer))
    }

    /// Answers that from now on.
    pub fn says(&self, answer: Result<usize, SyncError>) {
        *locked(&self.0) = answer;
    }
}

#[async_trait]
impl MessageSync for SaidSync {
    async fn sync(&self) -> Result<usize, SyncError> {
        *locked(&self.0)
    }
}
