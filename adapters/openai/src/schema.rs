//! The form of an analysis, as a strict JSON schema (platform.openai.com, structured outputs): everything is
//! required, nothing else is allowed, what may be missing is null. It holds nothing that is ours to decide: no
//! lengths, which strict mode does not keep anyway, and no settings (a model fills in whatever it is shown).

use serde_json::{Value, json};
use shared::domain::intent::Intent;

/// The schema's name in the request.
pub const NAME: &str = "note_analysis";

/// The schema.
#[must_use]
pub fn note_analysis() -> Value {
    let intents = Intent::ALL.map(Intent::as_str);
    let text = json!({ "type": "string" });
    let maybe_text = json!({ "type": ["string", "null"] });
    let item = object(&[("text", text.clone()), ("quote", text.clone())]);
    let job = object(&[
        ("summary", text.clone()),
        ("job", text.clone()),
        ("context", maybe_text.clone()),
        ("action_items", json!({ "type": "array", "items": item })),
    ]);
    let further_job = object(&[("tag", text.clone()), ("job", job.clone())]);
    let document = object(&[("title", text.clone()), ("summary", text.clone()), ("context", maybe_text)]);
    let other = object(&[("summary", text.clone())]);
    object(&[
        ("intent", json!({ "type": "string", "enum": intents })),
        ("language", json!({ "type": "string", "enum": ["en", "de", "pl"] })),
        ("tag", text),
        ("job", or_null(&job)),
        ("further_jobs", json!({ "type": "array", "items": further_job })),
        ("document", or_null(&document)),
        ("other", or_null(&other)),
    ])
}

pub(crate) fn object(properties: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    let properties: serde_json::Map<String, Value> =
        properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

fn or_null(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What strict mode asks of every schema inside a schema.
    fn check(schema: &Value, at: &str) {
        const KEYWORDS: [&str; 7] =
            ["type", "enum", "properties", "required", "additionalProperties", "items", "anyOf"];
        let fields = schema.as_object().unwrap_or_else(|| panic!("{at} is no schema"));
        for keyword in fields.keys() {
            assert!(KEYWORDS.contains(&keyword.as_str()), "{at}: strict mode does not know {keyword}");
        }
        assert!(fields.contains_key("type") || fields.contains_key("anyOf"), "{at} has no type");
        if schema["type"] == "object" {
            assert_eq!(schema["additionalProperties"], json!(false), "{at}");
            let mut required: Vec<&str> =
                schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let mut names: Vec<&str> =
                schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
            required.sort_unstable();
            names.sort_unstable();
            assert_eq!(required, names, "{at}");
        }
        for (name, inner) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
            check(inner, &format!("{at}.{name}"));
        }
        if let Some(items) = fields.get("items") {
            check(items, &format!("{at}[]"));
        }
        for inner in fields.get("anyOf").and_then(Value::as_array).into_iter().flatten() {
            check(inner, &format!("{at}|"));
        }
    }

    #[test]
    fn the_schema_is_one_that_strict_mode_takes() {
        let schema = note_analysis();
        assert_eq!(schema["type"], "object", "the root may not be a choice");
        check(&schema, "$");
        assert!(NAME.len() <= 64);
    }

    #[test]
    fn lesson_h_only_what_a_model_shall_fill_in_is_in_it() {
        let mut names = Vec::new();
        collect(&note_analysis(), &mut names);
        names.sort_unstable();
        names.dedup();
        assert_eq!(
            names,
            [
                "action_items",
                "context",
                "document",
                "further_jobs",
                "intent",
                "job",
                "language",
                "other",
                "quote",
                "summary",
                "tag",
                "text",
                "title"
            ]
        );
    }

    fn collect(schema: &Value, names: &mut Vec<String>) {
        match schema {
            Value::Object(fields) => {
                names.extend(
                    fields
                        .get("properties")
                        .and_then(Value::as_object)
                        .into_iter()
                        .flatten()
                        .map(|(name, _)| name.clone()),
                );
                fields.values().for_each(|inner| collect(inner, names));
            }
            Value::Array(inner) => inner.iter().for_each(|inner| collect(inner, names)),
            _ => {}
        }
    }
}
