//! Calls through the real router: signed requests in, documents out, and what lies in the stores afterwards.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

mod callers;
mod over;
mod repeated;
mod trouble;
mod world;
