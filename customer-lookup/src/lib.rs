//! Identity to customer. In: a phone number or another identity; out: the one customer who has it, from
//! `customers.json` in the object store.
//!
//! Reading order: `fault` (what can be wrong with the file), `file` (the file read), `directory` (the file
//! kept in memory and kept current), `invoke` (the face of the Lambda function).

mod config;
mod directory;
mod fault;
mod file;
mod invoke;

pub use self::{
    config::Config,
    directory::{CachedDirectory, Problem, Readiness},
    fault::{Consequence, Fault},
    file::{CustomerFile, Reading},
};
