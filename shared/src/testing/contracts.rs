//! The promises of the ports as tests that run against every implementation.
//!
//! Each promise is a function of its own; `all` runs them one after another. They use fresh names, so that
//! they can run against a store that others use too.

pub mod client_apps;
pub mod dead_letters;
pub mod objects;
pub mod queue;
pub mod replacing;
pub mod table;
pub mod webhook_sender;

use std::hash::{BuildHasher, RandomState};

/// A name that no other run uses: `{stem}-` and 12 hexadecimal digits, fit for a company id.
#[must_use]
pub fn fresh(stem: &str) -> String {
    // The hasher's own seed is random in every process and different on every call.
    let random = RandomState::new().hash_one(stem);
    format!("{stem}-{:012x}", random & 0xffff_ffff_ffff)
}
