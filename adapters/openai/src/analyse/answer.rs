//! The answer of the chat API, down to a draft. Nothing in it is trusted: not its form, and nothing of it is
//! quoted in an error.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use shared::{
    domain::{
        analysis::{ActionItem, DocumentDraft, Draft, FurtherJobDraft, JobDraft},
        intent::Intent,
        language::Language,
        usage::Usage,
    },
    ports::{
        analyst::{Answer, Unusable},
        transcriber::ModelError,
    },
};

use crate::surrogates::mend;

/// No record that fits is longer, in bytes.
const MAX_CONTENT: usize = 256 * 1_024;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftWire {
    intent: Value,
    #[serde(default)]
    language: Value,
    tag: Value,
    #[serde(default)]
    job: Value,
    #[serde(default)]
    further_jobs: Value,
    #[serde(default)]
    document: Value,
    #[serde(default)]
    other: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JobWire {
    summary: String,
    job: String,
    #[serde(default)]
    context: Option<String>,
    action_items: Vec<ItemWire>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FurtherJobWire {
    tag: String,
    job: JobWire,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemWire {
    text: String,
    quote: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentWire {
    title: String,
    summary: String,
    #[serde(default)]
    context: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OtherWire {
    summary: String,
}

/// Reads the body of a completion. `asked` is the model that was asked for.
pub(super) fn read(body: &[u8], asked: &str) -> Result<Answer, ModelError> {
    let body = String::from_utf8_lossy(body);
    let completion: CompletionWire = serde_json::from_str(&mend(&body))
        .map_err(|_| ModelError::Unavailable("an answer that cannot be read"))?;
    let usage = completion.usage.unwrap_or_default();
    Ok(Answer {
        draft: completion
            .choices
            .into_iter()
            .next()
            .ok_or_else(|| malformed("there is none"))
            .and_then(draft_of),
        model: completion.model.unwrap_or_else(|| asked.to_owned()),
        usage: Usage {
            input_tokens: usage.prompt_tokens,
            output_tokens: usage.completion_tokens,
            audio_seconds: 0,
        },
    })
}

fn draft_of(choice: ChoiceWire) -> Result<Draft, Unusable> {
    if choice.message.refusal.is_some_and(|refusal| !refusal.is_empty()) {
        return Err(Unusable::Declined);
    }
    match choice.finish_reason.as_deref() {
        Some("length") => return Err(Unusable::CutOff),
        Some("content_filter") => return Err(Unusable::Declined),
        _ => {}
    }
    let content = choice.message.content.filter(|content| !content.trim().is_empty());
    parse(&content.ok_or_else(|| malformed("it is empty"))?)
}

fn parse(content: &str) -> Result<Draft, Unusable> {
    if content.len() > MAX_CONTENT {
        return Err(malformed("it is too long"));
    }
    let value: Value = serde_json::from_str(&mend(content)).map_err(|error| place_of(&error))?;
    if !value.is_object() {
        return Err(malformed("it is no object"));
    }
    let wire: DraftWire = serde_json::from_value(value)
        .map_err(|_| malformed("the outermost object does not have its agreed fields"))?;
    let intent = wire.intent.as_str().and_then(Intent::parse);
    let job: Option<JobWire> = part(wire.job, "job")?;
    let further_jobs = further_jobs(wire.further_jobs)?;
    let document: Option<DocumentWire> = part(wire.document, "document")?;
    let other: Option<OtherWire> = part(wire.other, "other")?;
    Ok(Draft {
        intent: Some(
            intent.ok_or_else(|| {
                malformed("intent must be one of job-to-be-done, knowledge-document, other")
            })?,
        ),
        language: wire.language.as_str().and_then(Language::parse),
        tag: wire.tag.as_str().ok_or_else(|| malformed("tag must be a text"))?.to_owned(),
        job: job.map(JobDraft::from),
        further_jobs,
        document: document.map(DocumentDraft::from),
        other_summary: other.map(|other| other.summary),
    })
}

/// Other servers than OpenAI's may leave the list out.
fn further_jobs(value: Value) -> Result<Vec<FurtherJobDraft>, Unusable> {
    let jobs = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(jobs) => jobs,
        _ => return Err(malformed("`further_jobs` must be a list")),
    };
    let read = jobs.into_iter().map(|job| part::<FurtherJobWire>(job, "further_jobs"));
    let read: Result<Vec<Option<FurtherJobWire>>, Unusable> = read.collect();
    let drafts = read?.into_iter().flatten();
    Ok(drafts.map(|another| FurtherJobDraft { tag: another.tag, job: another.job.into() }).collect())
}

/// A part of the answer that may be null. What is wrong inside is not told, only where: the inside is words.
fn part<T: DeserializeOwned>(value: Value, name: &str) -> Result<Option<T>, Unusable> {
    let fault = || malformed(&format!("`{name}` does not have its agreed fields"));
    if value.is_array() || !arrays_are_lists(&value) {
        return Err(fault());
    }
    serde_json::from_value(value).map_err(|_| fault())
}

/// `serde` takes an array for any struct, field by field; here the only array is the list of action items.
fn arrays_are_lists(value: &Value) -> bool {
    let Some(fields) = value.as_object() else { return true };
    fields.iter().all(|(name, inner)| match inner {
        Value::Array(items) => name == "action_items" && items.iter().all(Value::is_object),
        inner => arrays_are_lists(inner),
    })
}

fn place_of(error: &serde_json::Error) -> Unusable {
    malformed(&format!("it is no JSON from line {}, column {} on", error.line(), error.column()))
}

fn malformed(why: &str) -> Unusable {
    Unusable::Malformed(why.to_owned())
}

impl From<JobWire> for JobDraft {
    fn from(wire: JobWire) -> Self {
        let items = wire.action_items.into_iter();
        Self {
            summary: wire.summary,
            job: wire.job,
            context: wire.context,
            action_items: items.map(|item| ActionItem { text: item.text, quote: item.quote }).collect(),
        }
    }
}

impl From<DocumentWire> for DocumentDraft {
    fn from(wire: DocumentWire) -> Self {
        Self { title: wire.title, summary: wire.summary, context: wire.context }
    }
}
