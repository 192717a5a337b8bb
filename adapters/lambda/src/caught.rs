//! Keeping a panic from becoming an answer: the runtime would send its message to whoever called.

use std::{future::Future, panic::AssertUnwindSafe};

use futures::FutureExt;

/// The work panicked. Where, is in the log; what it said, is nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an internal error")]
pub(crate) struct Panicked;

/// The work's result, or that it panicked. What it shared with others must bear being left half-done: locks
/// are taken with their poison removed, and everything else lies in stores.
pub(crate) async fn caught<F: Future>(work: F) -> Result<F::Output, Panicked> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Panicked)
}
