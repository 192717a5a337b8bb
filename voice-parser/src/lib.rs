//! The queue worker. In goes a received message; out come the note's files, its record, and exactly one
//! answer to its sender.
//!
//! Reading order: `worker` (one job), `intake` (what a message is to be), `limits` (whether it has to wait), `process` (step after step, each stored), `steps`
//! (what each does), `audio` (what can be known of a recording without a model), `prompts` (what the model is told),
//! `calls` (what those hear who call), `delivery` (what became of an answer), `measure` and `prices` (what is counted), `refreshing` (what happens when a
//! secret is rotated).

pub mod audio;
pub mod calls;
pub mod config;
mod delivery;
pub mod deps;
mod intake;
mod limits;
mod measure;
mod notice;
pub mod process;
pub mod prompts;
mod refreshing;
mod steps;
mod vocabulary;
pub mod worker;

pub use config::WorkerSettings;
pub use deps::Deps;
pub use refreshing::{NotMade, Refreshing, Unusable};
pub use worker::VoiceParser;
