//! What a company tells the model, tried on a note before it is used. Nothing is filed, and nobody is told.

use serde::{Deserialize, Serialize};

use super::{
    ids::MessageId,
    private::Private,
    text::{clean, truncate_chars},
    user::UserName,
};

/// Longest prompt of a company, in characters: it is paid for with every note.
pub const MAX_PROMPT: usize = 4_000;

/// A trial that somebody at the office asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// The note whose words it is tried on.
    pub of: MessageId,
    /// Who asked for it.
    pub by: UserName,
    /// What the company would tell the model. Empty: nothing.
    pub prompt: Private<String>,
    /// The `ETag` of what it would replace, when it was typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
}

/// A prompt as it is used: cleaned and bounded, whoever wrote it.
#[must_use]
pub fn prompt_as_used(text: &str) -> String {
    truncate_chars(clean(text).trim(), MAX_PROMPT).trim_end().to_owned()
}
