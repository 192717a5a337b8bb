//! Messages to what is said about them on the phone: `POST /chat/completions` with a strict schema.

use async_trait::async_trait;
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    domain::{
        call::{OpenJob, UnreadMessage},
        private::Private,
    },
    ports::{
        analyst::Unusable,
        responder::{Briefing, Grounded, Responder, Response},
        transcriber::ModelError,
    },
};

use crate::{
    api::{Api, Patience},
    chat::{self, malformed},
    config::OpenAiConfig,
    fence::fenced,
    schema::object,
};

/// The longest answer, in tokens: two minutes of speech.
const MAX_TOKENS: u32 = 800;

/// Sums up and answers through an OpenAI-compatible server.
pub struct OpenAiResponder {
    api: Api,
    model: String,
}

impl OpenAiResponder {
    /// With the one HTTP client, from `adapter_egress`.
    #[must_use]
    pub fn new(http: Client, config: &OpenAiConfig) -> Self {
        Self { api: Api::new(http, config), model: config.chat_model.clone() }
    }

    /// With other waits and another deadline than the default.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.api.patience = patience;
        self
    }

    async fn ask(
        &self,
        briefing: &Briefing<'_>,
        question: Option<&Private<String>>,
        form: (&str, Value),
    ) -> Result<chat::Completion, ModelError> {
        let messages = vec![
            json!({ "role": "system", "content": briefing.instructions }),
            json!({ "role": "user", "content": content(briefing, question) }),
        ];
        let body = chat::request(&self.model, &messages, form, MAX_TOKENS);
        let answer = self.api.post(&["chat", "completions"], |request| Ok(request.json(&body))).await?;
        chat::read(&answer, &self.model)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SummaryWire {
    summary: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerWire {
    answer: String,
    messages: Vec<usize>,
    jobs: Vec<usize>,
}

#[async_trait]
impl Responder for OpenAiResponder {
    async fn sum_up(&self, briefing: &Briefing<'_>) -> Result<Response<Private<String>>, ModelError> {
        let form = object(&[("summary", json!({ "type": "string" }))]);
        let completion = self.ask(briefing, None, ("spoken_summary", form)).await?;
        let made = read::<SummaryWire>(completion.object).map(|wire| wire.summary.into());
        Ok(Response { made, usage: completion.usage })
    }

    async fn answer(
        &self,
        briefing: &Briefing<'_>,
        question: &Private<String>,
    ) -> Result<Response<Grounded>, ModelError> {
        let numbers = json!({ "type": "array", "items": { "type": "integer" } });
        let form = object(&[
            ("answer", json!({ "type": "string" })),
            ("messages", numbers.clone()),
            ("jobs", numbers),
        ]);
        let completion = self.ask(briefing, Some(question), ("spoken_answer", form)).await?;
        let made = read::<AnswerWire>(completion.object).map(|wire| Grounded {
            text: wire.answer.into(),
            messages: wire.messages,
            jobs: wire.jobs,
        });
        Ok(Response { made, usage: completion.usage })
    }
}

fn read<T: serde::de::DeserializeOwned>(object: Result<Value, Unusable>) -> Result<T, Unusable> {
    serde_json::from_value(object?).map_err(|_| malformed("it does not have its agreed fields"))
}

/// What people said, each kind between its marks.
fn content(briefing: &Briefing<'_>, question: Option<&Private<String>>) -> String {
    let overview = briefing.overview;
    let messages: Vec<Value> =
        overview.messages.iter().enumerate().map(|(at, message)| message_wire(at, message)).collect();
    let jobs: Vec<Value> = overview.jobs.iter().map(job_wire).collect();
    let mut parts = vec![
        fenced("messages", &Value::from(messages).to_string()),
        fenced("jobs", &Value::from(jobs).to_string()),
    ];
    if !briefing.said.is_empty() {
        let said = briefing
            .said
            .iter()
            .map(|said| json!({ "asked": said.asked.expose(), "answered": said.answered.expose() }))
            .collect::<Vec<_>>();
        parts.push(fenced("said", &Value::from(said).to_string()));
    }
    parts.extend(question.map(|question| fenced("question", question.expose())));
    parts.join("\n")
}

fn message_wire(at: usize, message: &UnreadMessage) -> Value {
    json!({
        "number": at + 1,
        "from": message.from.expose(),
        "channel": message.channel,
        "at": message.at.to_string(),
        "text": message.words.expose(),
    })
}

fn job_wire(job: &OpenJob) -> Value {
    let items: Vec<&str> = job.items.iter().map(|item| item.expose().as_str()).collect();
    json!({ "title": job.summary.expose(), "items": items })
}
