//! What a note is about.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The closed set of intents; also the second segment of a file's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Intent {
    /// Something is to be done.
    #[serde(rename = "job-to-be-done")]
    JobToBeDone,
    /// Something is to be known.
    #[serde(rename = "knowledge-document")]
    KnowledgeDocument,
    /// Neither.
    #[serde(rename = "other")]
    Other,
}

impl Intent {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::JobToBeDone, Self::KnowledgeDocument, Self::Other];

    /// The intent's name in keys, parameters and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JobToBeDone => "job-to-be-done",
            Self::KnowledgeDocument => "knowledge-document",
            Self::Other => "other",
        }
    }

    /// Reads an intent's exact name; anything else is `None`.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|intent| intent.as_str() == raw)
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
