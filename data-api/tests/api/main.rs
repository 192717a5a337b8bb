//! Stories of client apps against the whole router, over stores in memory.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test cannot go on without fails it"
)]

mod by_message;
mod download;
mod following;
mod glossary;
mod health;
mod isolation;
mod keys;
mod listing;
mod records;
mod telegram;
mod v1;
mod webhooks;
mod world;
