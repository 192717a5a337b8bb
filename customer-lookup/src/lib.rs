//! Identity to customer. In: a phone number or another identity; out: the one customer who has it, from
//! `customers.json` in the object store.
//!
//! Reading order: `shared::domain::customer_file` (the file read), `directory` (the file kept in memory and kept
//! current), `invoke` (the face of the Lambda function).

mod config;
mod directory;
mod invoke;

pub use self::{
    config::Config,
    directory::{CachedDirectory, Problem, Readiness},
};
