//! Text to a draft of a record.

use async_trait::async_trait;

use super::transcriber::ModelError;
use crate::domain::{
    analysis::{Draft, Record},
    language::Language,
    private::Private,
    usage::Usage,
};

/// What the analyst is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// The note's words: data, never instructions.
    pub text: Private<String>,
    /// The language to write in.
    pub language: Language,
    /// Hark's instructions.
    pub instructions: String,
    /// What is to become of a record that there is already; without it, the text is a note to make one of.
    pub revision: Option<Revision>,
    /// What was wrong with the answer before, when this is the one repair try.
    pub complaint: Option<String>,
}

/// A record that is to be made anew because its sender said more. The question's text is then all that was said.
#[derive(Debug, Clone)]
pub struct Revision {
    /// What the note's records say now; the first is the note's own.
    pub records: Vec<Record>,
    /// The new words: data, as the text is.
    pub said: Private<String>,
    /// What they are.
    pub kind: RevisionKind,
}

/// What new words about a record are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevisionKind {
    /// They say what is wrong with it.
    Correction,
    /// They belong to the note.
    Addition,
}

/// What the analyst answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What the model made of the note, or why it cannot be used.
    pub draft: Result<Draft, Unusable>,
    /// The model that wrote it.
    pub model: String,
    /// What it cost.
    pub usage: Usage,
}

/// An answer that came but does not serve. Each is a state of its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The model declined to answer.
    #[error("the model declined")]
    Declined,
    /// The answer was cut off at its longest.
    #[error("the answer was cut off")]
    CutOff,
    /// It is not of the agreed form; says where.
    #[error("the answer does not have the agreed form: {0}")]
    Malformed(String),
}

/// Understands.
#[async_trait]
pub trait Analyst: Send + Sync {
    /// Makes a draft of a record out of a note's words.
    async fn analyse(&self, question: &Question) -> Result<Answer, ModelError>;
}
