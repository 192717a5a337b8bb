//! A record made anew by what its sender said afterwards: simple rules, listed in `simulators/README.md`.

use serde_json::{Value, json};

use super::{analyse, as_document, as_job, one_line, sentences::sentences, tidied, triggers, words};

/// What stands between the words that are wrong and those that are right, when the wrong ones come first.
const BUT: [&str; 9] =
    [", sondern ", " sondern ", ", tylko ", " tylko ", ", lecz ", ", but ", " but ", ", ale ", ", "];
/// The same when the right ones come first.
const INSTEAD_OF: [&str; 7] =
    [" instead of ", " rather than ", " statt ", " zamiast ", ", not ", ", nicht ", ", nie "];
const NOT: [&str; 3] = ["not ", "nicht ", "nie "];
/// Words that a correction begins with and that say nothing themselves.
const OPENINGS: [&str; 12] = [
    "no",
    "nein",
    "nie",
    "nope",
    "wrong",
    "falsch",
    "zle",
    "źle",
    "correction",
    "korrektur",
    "poprawka",
    "sorry",
];
const REMOVE: [&str; 9] =
    ["remove", "delete", "drop", "streiche", "streich", "lösche", "entferne", "usuń", "skreśl"];

/// The record as it is after a correction of it.
pub(crate) fn corrected(note: &str, record: &Value, said: &str) -> Value {
    let said = without_opening(said.trim());
    let mut record = with_names(note, record);
    if let Some((wrong, right)) = replacement(said)
        && replace(&mut record, &wrong, &right) > 0
    {
        return record;
    }
    let lower = said.to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| lower.contains(phrase));
    if says(&["is knowledge", "ist wissen", "to wiedza", "to jest wiedza"]) {
        return turned(record, "knowledge-document", "document", as_document(note));
    }
    if says(&["is a job", "ist ein auftrag", "to zlecenie", "to jest zlecenie"]) {
        return turned(record, "job-to-be-done", "job", as_job(note));
    }
    if let Some(what) = REMOVE.iter().find_map(|word| lower.strip_prefix(word)) {
        remove_item(&mut record, what);
        return record;
    }
    added(note, &record, said)
}

/// The record as it is with more words: what they ask for is added to the job, the rest to its context.
pub(crate) fn added(note: &str, record: &Value, said: &str) -> Value {
    let mut record = with_names(note, record);
    let (asking, telling): (Vec<&str>, Vec<&str>) =
        sentences(said).into_iter().partition(|sentence| triggers::asks(sentence));
    let has_job = !at(&record, "/job").is_null();
    if !has_job && !asking.is_empty() {
        let mut job = as_job(said);
        if let Some(context) = job.get_mut("context").filter(|_| !note.trim().is_empty()) {
            *context = json!(one_line(note));
        }
        return turned(record, "job-to-be-done", "job", job);
    }
    if at(&record, "/intent") == "other" && !said.trim().is_empty() {
        return with(analyse(said), "tag", at(&record, "/tag").clone());
    }
    for sentence in asking {
        if let Some(items) = items(&mut record) {
            items.push(json!({ "text": tidied(sentence), "quote": sentence }));
        }
    }
    let context = if has_job { "/job/context" } else { "/document/context" };
    if let Some(context) = record.pointer_mut(context).filter(|_| !telling.is_empty()) {
        let before = context.as_str().unwrap_or_default();
        *context = json!(format!("{before} {}", one_line(&telling.join(" "))).trim());
    }
    record
}

fn at<'a>(record: &'a Value, path: &str) -> &'a Value {
    record.pointer(path).unwrap_or(&Value::Null)
}

fn items(record: &mut Value) -> Option<&mut Vec<Value>> {
    record.pointer_mut("/job/action_items")?.as_array_mut()
}

/// Every answer has a tag and a language, which a record does not tell.
fn with_names(note: &str, record: &Value) -> Value {
    let names = analyse(note);
    let mut record = record.clone();
    for name in ["tag", "language"] {
        record = with(record, name, names.get(name).cloned().unwrap_or_default());
    }
    for job in record.get_mut("further_jobs").and_then(Value::as_array_mut).into_iter().flatten() {
        *job = with(job.take(), "tag", json!("further job"));
    }
    record
}

fn with(mut record: Value, name: &str, value: Value) -> Value {
    if let Some(fields) = record.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    record
}

fn turned(mut record: Value, intent: &str, part: &str, content: Value) -> Value {
    for name in ["job", "document", "other"] {
        record = with(record, name, Value::Null);
    }
    with(with(record, "intent", json!(intent)), part, content)
}

/// Without "No," and its like.
fn without_opening(said: &str) -> &str {
    let end = said.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(said.len());
    let (first, rest) = said.split_at_checked(end).unwrap_or((said, ""));
    let is_opening = OPENINGS.contains(&first.to_lowercase().as_str());
    let pauses = rest.starts_with([',', '.', ':', ';', '!', '-', '–']);
    if is_opening && pauses {
        rest.trim_start_matches([',', '.', ':', ';', '!', '-', '–', ' '])
    } else {
        said
    }
}

/// What is wrong and what is right: "not X, Y", "Y instead of X", and their like.
fn replacement(said: &str) -> Option<(String, String)> {
    let end = said.find(['.', '!', '?', ';', '\n']).unwrap_or(said.len());
    let said = said.get(..end)?.trim();
    let lower = said.to_lowercase();
    let trimmed = |text: &str| text.trim_matches([' ', ',', '"', '„', '“', '”', '\'']).to_owned();
    let pair = |wrong: &str, right: &str| {
        let (wrong, right) = (trimmed(wrong), trimmed(right));
        (!wrong.is_empty() && !right.is_empty()).then_some((wrong, right))
    };
    if let Some(not) = NOT.iter().find(|not| lower.starts_with(**not)) {
        let rest = said.get(not.len()..)?;
        let but = BUT.iter().find_map(|but| rest.split_once(but));
        return but.and_then(|(wrong, right)| pair(wrong, right));
    }
    let instead = INSTEAD_OF.iter().find_map(|instead| said.split_once(instead));
    instead.and_then(|(right, wrong)| pair(wrong, right))
}

/// Replaces whole words in all texts of the record but its quotes; how often.
fn replace(value: &mut Value, wrong: &str, right: &str) -> usize {
    match value {
        Value::String(text) => {
            let (replaced, times) = replaced(text, wrong, right);
            *text = replaced;
            times
        }
        Value::Array(values) => values.iter_mut().map(|value| replace(value, wrong, right)).sum(),
        Value::Object(fields) => fields
            .iter_mut()
            .filter(|(name, _)| !["quote", "tag", "intent", "language"].contains(&name.as_str()))
            .map(|(_, value)| replace(value, wrong, right))
            .sum(),
        _ => 0,
    }
}

fn replaced(text: &str, wrong: &str, right: &str) -> (String, usize) {
    let is_inside = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let (mut done, mut rest, mut times) = (String::new(), text, 0);
    while let Some((before, behind)) = rest.split_once(wrong) {
        let is_word = !is_inside(before.chars().next_back()) && !is_inside(behind.chars().next());
        done.push_str(before);
        done.push_str(if is_word { right } else { wrong });
        times += usize::from(is_word);
        rest = behind;
    }
    done.push_str(rest);
    (done, times)
}

/// Removes the item that shares most words with what was said, if any does.
fn remove_item(record: &mut Value, what: &str) {
    let asked: Vec<&str> = words(what).filter(|word| word.chars().count() > 2).collect();
    let Some(items) = items(record) else { return };
    let shared = |item: &Value| {
        let text = at(item, "/text").as_str().unwrap_or_default().to_lowercase();
        words(&text).filter(|word| asked.contains(word)).count()
    };
    let best = items.iter().enumerate().max_by_key(|(_, item)| shared(item));
    if let Some((at, _)) = best.filter(|(_, item)| shared(item) > 0) {
        items.remove(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = "Please order two pipes. Call Mrs Miller tomorrow.";

    fn texts(record: &Value) -> Vec<String> {
        let items = record["job"]["action_items"].as_array().cloned().unwrap_or_default();
        items.iter().filter_map(|item| item["text"].as_str().map(str::to_owned)).collect()
    }

    #[test]
    fn a_wrong_word_is_replaced_in_three_languages_and_its_quote_stays() {
        for said in [
            "No, not Miller, Müller.",
            "not Miller but Müller",
            "Müller instead of Miller",
            "Nein, nicht Miller, sondern Müller!",
            "Müller statt Miller",
            "Nie, nie Miller, tylko Müller",
            "Müller, nie Miller",
        ] {
            let record = corrected(NOTE, &analyse(NOTE), said);
            assert_eq!(texts(&record), ["Please order two pipes", "Call Mrs Müller tomorrow"], "{said}");
            assert_eq!(record["job"]["action_items"][1]["quote"], "Call Mrs Miller tomorrow.");
        }
    }

    #[test]
    fn items_come_and_go_and_a_note_becomes_something_else() {
        let record = analyse(NOTE);
        let more = corrected(NOTE, &record, "No, please also bring a pump.");
        assert_eq!(texts(&more).len(), 3);
        let less = corrected(NOTE, &record, "Remove the call to Mrs Miller");
        assert_eq!(texts(&less), ["Please order two pipes"]);
        let known = corrected(NOTE, &record, "This is knowledge, not a job.");
        assert_eq!(known["intent"], "knowledge-document");
        assert!(known["job"].is_null() && known["document"]["title"].is_string());
        let told = analyse("The heat pump in Oak Street runs at 55 degrees.");
        let job = added("The heat pump in Oak Street runs at 55 degrees.", &told, "Please fix it.");
        assert_eq!((&job["intent"], texts(&job).len()), (&json!("job-to-be-done"), 1));
    }
}
