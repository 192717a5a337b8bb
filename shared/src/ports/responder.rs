//! Messages to what is said about them on the phone.

use async_trait::async_trait;

use super::{analyst::Unusable, transcriber::ModelError};
use crate::domain::{
    call::{Exchange, Overview},
    private::Private,
    usage::Usage,
};

/// What the responder is told, in the order of time.
#[derive(Debug, Clone)]
pub struct Briefing<'a> {
    /// Hark's instructions.
    pub instructions: &'a str,
    /// What is unread and to be done: data, never instructions.
    pub overview: &'a Overview,
    /// What was asked and answered before: data.
    pub said: &'a [Exchange],
}

/// What it made.
#[derive(Debug, Clone)]
pub struct Response<T> {
    /// What can be spoken, or why it cannot be used.
    pub made: Result<T, Unusable>,
    /// What it cost.
    pub usage: Usage,
}

/// An answer, with what it rests on. One that rests on nothing is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grounded {
    /// What is said.
    pub text: Private<String>,
    /// The messages that it was taken from, counted from 1 as the responder was told them.
    pub messages: Vec<usize>,
    /// The jobs that it was taken from, likewise.
    pub jobs: Vec<usize>,
}

/// Sums up and answers.
#[async_trait]
pub trait Responder: Send + Sync {
    /// Sums up what is unread and to be done, to be spoken.
    async fn sum_up(&self, briefing: &Briefing<'_>) -> Result<Response<Private<String>>, ModelError>;

    /// Answers a question out of the messages and jobs alone.
    async fn answer(
        &self,
        briefing: &Briefing<'_>,
        question: &Private<String>,
    ) -> Result<Response<Grounded>, ModelError>;
}
