//! A responder that answers by a script and remembers what it was asked.

use std::sync::Mutex;

use async_trait::async_trait;

use super::locked;
use crate::{
    domain::{private::Private, usage::Usage},
    ports::{
        responder::{Briefing, Grounded, Responder, Response},
        transcriber::ModelError,
    },
};

/// What it was asked: how many messages it was told, and the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The instructions.
    pub instructions: String,
    /// How many messages.
    pub messages: usize,
    /// How much was said before.
    pub said: usize,
    /// The question; `None` for a summary.
    pub question: Option<String>,
}

type Script = dyn Fn(&Heard) -> Result<Grounded, ModelError> + Send + Sync;

/// The responder.
pub struct ScriptedResponder {
    script: Box<Script>,
    heard: Mutex<Vec<Heard>>,
}

impl ScriptedResponder {
    /// Answers through a function; the text alone is the summary.
    pub fn new(script: impl Fn(&Heard) -> Result<Grounded, ModelError> + Send + Sync + 'static) -> Self {
        Self { script: Box::new(script), heard: Mutex::default() }
    }

    /// Says the same to everything, out of the first message.
    #[must_use]
    pub fn saying(text: &str) -> Self {
        let grounded = Grounded { text: text.to_owned().into(), messages: vec![1], jobs: Vec::new() };
        Self::new(move |_| Ok(grounded.clone()))
    }

    /// Everything that it was asked, in order.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        locked(&self.heard).clone()
    }

    fn respond(
        &self,
        briefing: &Briefing<'_>,
        question: Option<&Private<String>>,
    ) -> Result<Grounded, ModelError> {
        let heard = Heard {
            instructions: briefing.instructions.to_owned(),
            messages: briefing.overview.messages.len(),
            said: briefing.said.len(),
            question: question.map(|question| question.expose().clone()),
        };
        locked(&self.heard).push(heard.clone());
        (self.script)(&heard)
    }
}

/// What each call costs.
pub const USAGE: Usage = Usage { input_tokens: 100, output_tokens: 10, audio_seconds: 0 };

#[async_trait]
impl Responder for ScriptedResponder {
    async fn sum_up(&self, briefing: &Briefing<'_>) -> Result<Response<Private<String>>, ModelError> {
        let grounded = self.respond(briefing, None)?;
        Ok(Response { made: Ok(grounded.text), usage: USAGE })
    }

    async fn answer(
        &self,
        briefing: &Briefing<'_>,
        question: &Private<String>,
    ) -> Result<Response<Grounded>, ModelError> {
        let grounded = self.respond(briefing, Some(question))?;
        Ok(Response { made: Ok(grounded), usage: USAGE })
    }
}
