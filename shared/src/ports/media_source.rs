//! Fetching what a message carries.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::domain::message::MediaRef;

/// Why a file was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Not to be had just now; try again after this long.
    #[error("the media is unavailable just now")]
    Unavailable {
        /// Shortest wait.
        after: Duration,
    },
    /// It is not there, or not any more, and will not be.
    #[error("the media is gone")]
    Gone,
    /// Our credentials are refused: every fetch will fail until somebody acts.
    #[error("the provider refused our credentials")]
    Unauthorised,
    /// Its address is none that Hark fetches from; nothing was requested there.
    #[error("the media's address is not allowed: {0}")]
    Forbidden(&'static str),
    /// Larger than the limit; the download was stopped.
    #[error("the media is larger than {limit} bytes")]
    TooLarge {
        /// In bytes.
        limit: u64,
    },
}

/// Fetches.
#[async_trait]
pub trait MediaSource: Send + Sync {
    /// All bytes of the file, held once.
    async fn fetch(&self, media: &MediaRef) -> Result<Bytes, FetchError>;
}
