//! Working stand-ins for every port, in memory, and the contract suites that each implementation must pass.
//!
//! Behind the feature `testing`, so that no deployable carries them. Every stand-in works as its port
//! promises and can be looked into; failures are put in front of any of them with [`failing::Failing`].

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a stand-in or suite that cannot go on fails its test"
)]

pub mod bad_day;
pub mod contracts;
pub mod failing;
pub mod filing;
pub mod fixed;
pub mod log;
pub mod map_directory;
pub mod map_media;
pub mod memory_objects;
pub mod memory_queue;
pub mod memory_receivers;
pub mod memory_table;
pub mod racing;
pub mod recorded_messenger;
pub mod recorded_metrics;
pub mod said_sync;
pub mod samples;
pub mod scripted_models;
pub mod scripted_responder;
pub mod webhook_world;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a test that panicked elsewhere does not hide what the stand-in saw.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error for the ports that carry a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("made up for a test: {0}")]
pub struct MadeUp(pub &'static str);

impl MadeUp {
    /// As a source of a port's error.
    #[must_use]
    pub fn boxed(why: &'static str) -> Box<dyn std::error::Error + Send + Sync> {
        Box::new(Self(why))
    }
}
