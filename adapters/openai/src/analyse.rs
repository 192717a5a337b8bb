//! Words to the draft of a record: `POST /chat/completions` with a strict schema (platform.openai.com, API
//! reference, chat).

mod answer;
mod record;

use async_trait::async_trait;
use reqwest::Client;
use serde_json::{Value, json};
use shared::ports::{
    analyst::{Analyst, Answer, Question, RevisionKind},
    transcriber::ModelError,
};

use crate::{
    api::{Api, Patience},
    chat,
    config::OpenAiConfig,
    fence, schema,
};

/// The longest answer, in tokens: fifty action items with their quotes.
const MAX_TOKENS: u32 = 4_000;

/// Understands through an OpenAI-compatible server.
pub struct OpenAiAnalyst {
    api: Api,
    model: String,
}

impl OpenAiAnalyst {
    /// With the one HTTP client, from `adapter_egress`.
    #[must_use]
    pub fn new(http: Client, config: &OpenAiConfig) -> Self {
        Self { api: Api::new(http, config), model: config.analyse_model.clone() }
    }

    /// With other waits and another deadline than the default.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.api.patience = patience;
        self
    }
}

#[async_trait]
impl Analyst for OpenAiAnalyst {
    async fn analyse(&self, question: &Question) -> Result<Answer, ModelError> {
        let body = request(&self.model, question);
        let answer = self.api.post(&["chat", "completions"], |request| Ok(request.json(&body))).await?;
        answer::read(&answer, &self.model)
    }
}

/// Reads the body of a completion as [`OpenAiAnalyst`] does. For tests from outside, which send none.
///
/// # Errors
/// [`ModelError`] when it is no completion at all.
#[cfg(feature = "testing")]
pub fn read_answer(body: &[u8], asked: &str) -> Result<Answer, ModelError> {
    answer::read(body, asked)
}

/// A note's words between their marks, as the model gets them. For tests from outside.
#[cfg(feature = "testing")]
#[must_use]
pub fn fenced(words: &str) -> String {
    fence::fenced("note", words)
}

/// The words, and for a record that is to be made anew that record and what was said of it, each between its marks.
fn content(question: &Question) -> String {
    let note = fence::fenced("note", question.text.expose());
    let Some(revision) = &question.revision else { return note };
    let record = fence::fenced("record", &record::as_json(&revision.records).to_string());
    let said = match revision.kind {
        RevisionKind::Correction => "correction",
        RevisionKind::Addition => "addition",
    };
    format!("{note}\n{record}\n{}", fence::fenced(said, revision.said.expose()))
}

fn request(model: &str, question: &Question) -> Value {
    let mut messages = vec![json!({ "role": "system", "content": question.instructions })];
    if let Some(complaint) = &question.complaint {
        let again =
            format!("Your answer before could not be used: {complaint}. Answer again in the agreed form.");
        messages.push(json!({ "role": "system", "content": again }));
    }
    messages.push(json!({ "role": "user", "content": content(question) }));
    chat::request(model, &messages, (schema::NAME, schema::note_analysis()), MAX_TOKENS)
}
