//! A schema in words: its members, what each may be, and what it means.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{escaped, str_of};

/// How deep members are told within members; the schema itself says the rest.
const DEEPEST: usize = 4;

/// A schema as HTML, `depth` levels down already.
pub(super) fn described(description: &Value, schema: &Value, depth: usize) -> String {
    let mut html = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut html, description, schema, depth);
    html
}

fn write(html: &mut String, description: &Value, schema: &Value, depth: usize) -> std::fmt::Result {
    let Some(schema) = resolved(description, schema).as_object() else { return Ok(()) };
    write!(html, "<small>{}</small>", escaped(&form(description, schema)))?;
    if depth >= DEEPEST {
        return Ok(());
    }
    if let Some(items) = schema.get("items") {
        return write_members(html, description, items, depth + 1);
    }
    write_members(html, description, &Value::Object(schema.clone()), depth)
}

fn write_members(html: &mut String, description: &Value, schema: &Value, depth: usize) -> std::fmt::Result {
    let schema = resolved(description, schema);
    let members = members(description, schema);
    if members.is_empty() {
        return Ok(());
    }
    html.push_str("<ul class=members>");
    for (name, member, needed) in members {
        let about = member.get("description").and_then(Value::as_str);
        let about =
            about.or_else(|| resolved(description, member).get("description").and_then(Value::as_str));
        let optional = if needed { "" } else { " <small>optional</small>" };
        let (name, about) = (escaped(name), escaped(about.unwrap_or_default()));
        write!(html, "<li><code>{name}</code>{optional} {about} ")?;
        write(html, description, member, depth + 1)?;
    }
    html.push_str("</ul>");
    Ok(())
}

/// The members of an object, those of its parts included: name, schema, whether it is always there.
fn members<'a>(description: &'a Value, schema: &'a Value) -> Vec<(&'a str, &'a Value, bool)> {
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let mut all: Vec<_> = parts.flat_map(|part| members(description, resolved(description, part))).collect();
    let needed = schema.get("required").and_then(Value::as_array);
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    all.extend(properties.map(|(name, member)| {
        let is_needed = needed.is_some_and(|needed| needed.iter().any(|needed| needed == name));
        (name.as_str(), member, is_needed)
    }));
    all
}

/// What it may be: its type, its bounds, or its few values.
fn form(description: &Value, schema: &Map<String, Value>) -> String {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        return values.join(" | ");
    }
    if let Some(one) = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array) {
        let forms =
            one.iter().filter_map(|one| Some(form(description, resolved(description, one).as_object()?)));
        return forms.collect::<Vec<_>>().join(" or ");
    }
    let mut form = match schema.get("type") {
        Some(Value::String(one)) => one.clone(),
        Some(Value::Array(some)) => some.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "object".to_owned(),
    };
    let format = str_of(schema, "format");
    if !format.is_empty() && !format.starts_with("int") {
        form = format!("{form}, {format}");
    }
    let bounds =
        [("minimum", "from"), ("maximum", "to"), ("minLength", "at least"), ("maxLength", "at most")];
    for (bound, word) in bounds {
        if let Some(value) = schema.get(bound) {
            form = format!("{form}, {word} {value}");
        }
    }
    form
}

/// What a reference refers to.
fn resolved<'a>(description: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix('#'));
    let referred = name.and_then(|pointer| description.pointer(pointer));
    // A member that may be missing or null is one of two.
    let either = schema.get("oneOf").and_then(Value::as_array);
    let there = either.and_then(|either| either.iter().find(|one| one.get("$ref").is_some()));
    match (referred, there) {
        (Some(referred), _) => referred,
        (None, Some(there)) => resolved(description, there),
        (None, None) => schema,
    }
}
