//! What people see in the panel and do there, over stores in memory.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test cannot go on without fails it"
)]

mod acting;
mod dashboard;
mod looking;
mod people;
mod prompts;
mod settings;
mod signing_in;
mod webhooks;
mod world;
