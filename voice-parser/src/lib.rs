//! The queue worker. In goes a received message; out come the note's files, its record, and exactly one
//! answer to its sender.
//!
//! Reading order: `worker` (one job), `process` (step after step, each stored), `steps` (what each does),
//! `audio` (what can be known of a recording without a model), `prompts` (what the model is told).

pub mod audio;
pub mod config;
pub mod deps;
mod notice;
mod process;
pub mod prompts;
mod steps;
pub mod worker;

pub use config::WorkerSettings;
pub use deps::Deps;
pub use worker::VoiceParser;
