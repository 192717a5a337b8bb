//! Calls through the real router: signed requests in, documents out, and what lies in the stores afterwards.

mod callers;
mod over;
mod repeated;
mod trouble;
mod world;
