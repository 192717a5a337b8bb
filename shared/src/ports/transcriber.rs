//! Audio to text.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::domain::{language::Language, media::MediaKind, private::Private, usage::Usage};

/// A recording, or a part of one, short enough for the transcriber's model.
#[derive(Debug, Clone)]
pub struct AudioPart {
    /// The file. Cloning shares the bytes.
    pub bytes: Bytes,
    /// What it is.
    pub kind: MediaKind,
    /// Its length in seconds.
    pub duration_s: f64,
}

/// What helps to hear right.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// The language that the person is expected to speak.
    pub language: Option<Language>,
    /// Names and words of the company.
    pub glossary: Vec<Private<String>>,
}

/// What was heard.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Transcript {
    /// The words; empty when there were none.
    pub text: Private<String>,
    /// The model that wrote it.
    pub model: String,
    /// What it cost, in the provider's units.
    pub usage: Usage,
}

/// Why a model did not answer; the same for all models.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Too many requests just now; try again after this long.
    #[error("the model's rate limit is reached")]
    RateLimited {
        /// As the provider asked, or a guess.
        after: Duration,
    },
    /// The account may not: a wrong key, no credit, no such model. Every call will fail until somebody acts.
    #[error("the model's account does not allow it: {0}")]
    AccountRefused(&'static str),
    /// The model cannot take this input. Trying again does not help.
    #[error("the model refused the input: {0}")]
    InputRefused(String),
    /// Not to be had just now. Try again.
    #[error("the model is unavailable: {0}")]
    Unavailable(&'static str),
}

/// Hears.
#[async_trait]
pub trait Transcriber: Send + Sync {
    /// Writes down what is said in the recording.
    async fn transcribe(&self, audio: &AudioPart, hints: &Hints) -> Result<Transcript, ModelError>;
}
