//! The records of a note in the form in which the model gives them, so that it can give them anew.

use serde_json::{Value, json};
use shared::domain::analysis::{ActionItem, Record};

/// The records as an answer of the model would hold them; the first is the note's own, the others are further jobs.
pub(super) fn as_json(records: &[Record]) -> Value {
    let first = records.first();
    let further: Vec<Value> =
        records.iter().skip(1).filter_map(job).map(|job| json!({ "job": job })).collect();
    json!({
        "intent": first.map(|record| record.intent().as_str()),
        "job": first.and_then(job),
        "further_jobs": further,
        "document": first.and_then(document),
        "other": first.and_then(other),
    })
}

fn job(record: &Record) -> Option<Value> {
    let Record::Job { summary, job, context, action_items } = record else { return None };
    let item = |item: &ActionItem| json!({ "text": item.text, "quote": item.quote });
    let items: Vec<Value> = action_items.iter().map(item).collect();
    Some(json!({ "summary": summary, "job": job, "context": context, "action_items": items }))
}

fn document(record: &Record) -> Option<Value> {
    let Record::Document { title, summary, context } = record else { return None };
    Some(json!({ "title": title, "summary": summary, "context": context }))
}

fn other(record: &Record) -> Option<Value> {
    let Record::Other { summary } = record else { return None };
    summary.as_ref().map(|summary| json!({ "summary": summary }))
}
