//! The chat API with a strict schema, whatever is asked: the body of a request, and what a completion holds. Nothing in an
//! answer is trusted: not its form, and nothing of it is quoted in an error.

use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    domain::usage::Usage,
    ports::{analyst::Unusable, transcriber::ModelError},
};

use crate::surrogates::mend;

/// No answer that fits is longer, in bytes.
const MAX_CONTENT: usize = 256 * 1_024;
/// What a model that thinks first may spend on that, in tokens.
const THOUGHT: u32 = 4_000;

/// The body of a request for an answer of this schema, of at most so many tokens.
pub(crate) fn request(model: &str, messages: &[Value], (name, schema): (&str, Value), most: u32) -> Value {
    let thinks = thinks(model);
    let mut body = json!({
        "model": model,
        "messages": messages,
        "response_format": {
            "type": "json_schema",
            "json_schema": { "name": name, "strict": true, "schema": schema },
        },
        "max_completion_tokens": if thinks { most + THOUGHT } else { most },
        "store": false,
    });
    if let Some(fields) = body.as_object_mut() {
        // Models that think refuse a temperature; filing a note and reading one out need little thought.
        let (name, value) =
            if thinks { ("reasoning_effort", json!("low")) } else { ("temperature", json!(0)) };
        fields.insert(name.to_owned(), value);
    }
    body
}

/// Whether the model is one of those that think before they answer: the o series, and all of GPT from 5 on but the variants
/// for chat.
fn thinks(model: &str) -> bool {
    let number = |prefix: &str| -> Option<u32> {
        let rest = model.strip_prefix(prefix)?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..end)?.parse().ok()
    };
    number("o").is_some() || (number("gpt-").is_some_and(|n| n >= 5) && !model.contains("chat"))
}

#[derive(Deserialize)]
struct CompletionWire {
    #[serde(default)]
    model: Option<String>,
    choices: Vec<ChoiceWire>,
    #[serde(default)]
    usage: Option<UsageWire>,
}

#[derive(Deserialize)]
struct ChoiceWire {
    message: MessageWire,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct MessageWire {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Default, Deserialize)]
struct UsageWire {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

/// A completion.
pub(crate) struct Completion {
    /// The object that it holds, or why it holds none.
    pub(crate) object: Result<Value, Unusable>,
    /// The model that wrote it.
    pub(crate) model: String,
    /// What it cost.
    pub(crate) usage: Usage,
}

/// Reads the body of a completion. `asked` is the model that was asked for.
pub(crate) fn read(body: &[u8], asked: &str) -> Result<Completion, ModelError> {
    let body = String::from_utf8_lossy(body);
    let completion: CompletionWire = serde_json::from_str(&mend(&body))
        .map_err(|_| ModelError::Unavailable("an answer that cannot be read"))?;
    let usage = completion.usage.unwrap_or_default();
    let first = completion.choices.into_iter().next();
    Ok(Completion {
        object: first.ok_or_else(|| malformed("there is none")).and_then(object_of),
        model: completion.model.unwrap_or_else(|| asked.to_owned()),
        usage: Usage {
            input_tokens: usage.prompt_tokens,
            output_tokens: usage.completion_tokens,
            audio_seconds: 0,
        },
    })
}

fn object_of(choice: ChoiceWire) -> Result<Value, Unusable> {
    if choice.message.refusal.is_some_and(|refusal| !refusal.is_empty()) {
        return Err(Unusable::Declined);
    }
    match choice.finish_reason.as_deref() {
        Some("length") => return Err(Unusable::CutOff),
        Some("content_filter") => return Err(Unusable::Declined),
        _ => {}
    }
    let content = choice.message.content.filter(|content| !content.trim().is_empty());
    let content = content.ok_or_else(|| malformed("it is empty"))?;
    if content.len() > MAX_CONTENT {
        return Err(malformed("it is too long"));
    }
    let value: Value = serde_json::from_str(&mend(&content)).map_err(|error| place_of(&error))?;
    if value.is_object() { Ok(value) } else { Err(malformed("it is no object")) }
}

fn place_of(error: &serde_json::Error) -> Unusable {
    malformed(&format!("it is no JSON from line {}, column {} on", error.line(), error.column()))
}

/// An answer that is not of the agreed form.
pub(crate) fn malformed(why: &str) -> Unusable {
    Unusable::Malformed(why.to_owned())
}
