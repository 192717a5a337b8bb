//! What understanding a note uses.

use serde::{Deserialize, Serialize};

/// What a model call used, for the cost of a note.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Seconds of audio heard.
    pub audio_seconds: u64,
}

impl Usage {
    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            audio_seconds: self.audio_seconds.saturating_add(other.audio_seconds),
        }
    }

    /// What came to it since it was `before`.
    #[must_use]
    pub const fn since(self, before: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_sub(before.input_tokens),
            output_tokens: self.output_tokens.saturating_sub(before.output_tokens),
            audio_seconds: self.audio_seconds.saturating_sub(before.audio_seconds),
        }
    }
}
