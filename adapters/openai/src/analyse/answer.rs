//! The answer of the chat API, down to a draft. Nothing in it is trusted: not its form, and nothing of it is
//! quoted in an error.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use shared::{
    domain::{
        analysis::{ActionItem, DocumentDraft, Draft, FurtherJobDraft, JobDraft},
        intent::Intent,
        language::Language,
    },
    ports::{
        analyst::{Answer, Unusable},
        transcriber::ModelError,
    },
};

use crate::chat::{self, malformed};

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
    let chat::Completion { object, model, usage } = chat::read(body, asked)?;
    Ok(Answer { draft: object.and_then(draft_of), model, usage })
}

fn draft_of(value: Value) -> Result<Draft, Unusable> {
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
