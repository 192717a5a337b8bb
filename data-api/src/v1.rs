//! The routes below `/v1`: the company comes from the key alone, errors are problem details (RFC 9457). The older
//! routes keep their form.

pub(crate) mod caller;
pub(crate) mod glossary;
mod preconditions;
pub(crate) mod problem;

/// Longest body of a request, in bytes: forty terms of forty characters, however they are written.
const MOST_BYTES: usize = 32 * 1_024;

/// Whether a path belongs here, whatever lies at it.
pub(crate) fn is_below(path: &str) -> bool {
    path.starts_with("/v1/")
}
