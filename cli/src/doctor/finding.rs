//! What a check found.

use jiff::SignedDuration;
use serde::Serialize;

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// As it should be.
    Ok,
    /// It works, and somebody should look at it.
    Warn,
    /// It does not work.
    Fail,
}

/// One line of the report. Holds no secret, number or name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// What was looked at.
    pub(super) check: String,
    pub(super) state: State,
    /// What was found.
    pub(super) told: String,
    /// What to do about it; never missing unless it is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: &str, told: impl Into<String>) -> Self {
        Self { check: check.to_owned(), state: State::Ok, told: told.into(), remedy: None }
    }

    pub(super) fn warn(check: &str, told: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check: check.to_owned(), state: State::Warn, told: told.into(), remedy: Some(remedy.into()) }
    }

    pub(super) fn fail(check: &str, told: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check: check.to_owned(), state: State::Fail, told: told.into(), remedy: Some(remedy.into()) }
    }
}

/// How far this machine's clock is ahead of another's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Skew {
    /// Whose clock it was compared with.
    pub(super) of: &'static str,
    pub(super) ahead: SignedDuration,
}

/// What a group of checks found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    pub(super) skews: Vec<Skew>,
}

impl From<Finding> for Found {
    fn from(finding: Finding) -> Self {
        Self { findings: vec![finding], skews: Vec::new() }
    }
}

impl From<Vec<Finding>> for Found {
    fn from(findings: Vec<Finding>) -> Self {
        Self { findings, skews: Vec::new() }
    }
}
