//! Structured output: the rules of a strict schema, and an answer cut to its shape.

use serde_json::{Map, Value, json};

use super::errors::OpenAiError;

/// Refuses a schema that strict mode refuses.
pub(super) fn check(name: &str, schema: &Value, param: &str) -> Result<(), OpenAiError> {
    let is_name = (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if !is_name {
        let message = format!("Invalid '{param}.name': string does not match pattern '^[a-zA-Z0-9_-]+$'.");
        return Err(OpenAiError::bad_request(message).param(&format!("{param}.name")).code("invalid_value"));
    }
    let root = schema.get("type").and_then(Value::as_str);
    let problem = if root == Some("object") {
        problem(schema, &mut Vec::new())
    } else {
        let kind = root.unwrap_or("None");
        Some(format!("schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."))
    };
    match problem {
        None => Ok(()),
        Some(problem) => {
            let message = format!("Invalid schema for response_format '{name}': {problem}");
            Err(OpenAiError::bad_request(message).param(param).code("invalid_json_schema"))
        }
    }
}

/// The first rule that a schema breaks, and where.
fn problem(schema: &Value, place: &mut Vec<String>) -> Option<String> {
    let Some(fields) = schema.as_object() else {
        return Some(format!("In context={}, schema must be an object.", context(place)));
    };
    if let Some(found) = object_problem(fields, place) {
        return Some(found);
    }
    for key in ["properties", "$defs", "definitions"] {
        for (name, inner) in fields.get(key).and_then(Value::as_object).into_iter().flatten() {
            place.extend([key.to_owned(), name.clone()]);
            if let Some(found) = problem(inner, place) {
                return Some(found);
            }
            place.truncate(place.len().saturating_sub(2));
        }
    }
    for (index, inner) in fields.get("anyOf").and_then(Value::as_array).into_iter().flatten().enumerate() {
        place.extend(["anyOf".to_owned(), index.to_string()]);
        if let Some(found) = problem(inner, place) {
            return Some(found);
        }
        place.truncate(place.len().saturating_sub(2));
    }
    if let Some(items) = fields.get("items") {
        place.push("items".to_owned());
        if let Some(found) = problem(items, place) {
            return Some(found);
        }
        place.pop();
    }
    None
}

fn object_problem(fields: &Map<String, Value>, place: &[String]) -> Option<String> {
    let context = context(place);
    for keyword in ["oneOf", "allOf", "not", "if", "patternProperties", "dependentRequired"] {
        if fields.contains_key(keyword) {
            return Some(format!("In context={context}, '{keyword}' is not permitted."));
        }
    }
    let is_typed = ["type", "anyOf", "$ref", "enum", "const"].iter().any(|key| fields.contains_key(*key));
    if !is_typed {
        return Some(format!("In context={context}, schema must have a 'type' key."));
    }
    if !has_type(fields, "object") {
        let lacks_items = has_type(fields, "array") && !fields.contains_key("items");
        return lacks_items.then(|| format!("In context={context}, array schema missing items."));
    }
    if fields.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Some(format!(
            "In context={context}, 'additionalProperties' is required to be supplied and to be false."
        ));
    }
    let required: Vec<&str> = fields
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = fields.get("properties").and_then(Value::as_object)?;
    let missing = properties.keys().find(|name| !required.contains(&name.as_str()));
    let extra = required.iter().find(|name| !properties.contains_key(**name));
    if let Some(name) = missing {
        return Some(format!(
            "In context={context}, 'required' is required to be supplied and to be an array including every key in \
             properties. Missing '{name}'."
        ));
    }
    extra.map(|name| {
        format!("In context={context}, 'required' includes '{name}', which is not in properties.")
    })
}

fn has_type(fields: &Map<String, Value>, name: &str) -> bool {
    match fields.get("type") {
        Some(Value::String(kind)) => kind == name,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
        _ => false,
    }
}

/// As Python prints a tuple, which is what the real messages show.
fn context(place: &[String]) -> String {
    let quoted: Vec<String> = place.iter().map(|part| format!("'{part}'")).collect();
    match quoted.as_slice() {
        [one] => format!("({one},)"),
        several => format!("({})", several.join(", ")),
    }
}

/// The wish cut and filled to the shape of the schema: what the schema does not ask for is left out, what the
/// wish lacks is the least that fits.
pub(super) fn fill(root: &Value, schema: &Value, wish: Option<&Value>) -> Value {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return match name.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) {
            // A schema that refers to itself ends where there is nothing left to fill in.
            Some(target) if wish.is_some_and(|wish| !wish.is_null()) || target.get("anyOf").is_none() => {
                fill(root, target, wish)
            }
            _ => Value::Null,
        };
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        let is_nothing = wish.is_none_or(Value::is_null);
        let null = choices.iter().find(|choice| choice.get("type").and_then(Value::as_str) == Some("null"));
        let other = choices.iter().find(|choice| choice.get("type").and_then(Value::as_str) != Some("null"));
        return match (null, other) {
            (Some(_), _) if is_nothing => Value::Null,
            (_, Some(choice)) => fill(root, choice, wish),
            _ => Value::Null,
        };
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return wish.filter(|wish| choices.contains(wish)).or(choices.first()).cloned().unwrap_or_default();
    }
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    fill_type(root, schema, wish)
}

fn fill_type(root: &Value, schema: &Value, wish: Option<&Value>) -> Value {
    let Some(fields) = schema.as_object() else { return Value::Null };
    let wish = wish.filter(|wish| !wish.is_null());
    if wish.is_none() && has_type(fields, "null") {
        return Value::Null;
    }
    if has_type(fields, "object") {
        let properties = fields.get("properties").and_then(Value::as_object).into_iter().flatten();
        let filled = properties
            .map(|(name, inner)| (name.clone(), fill(root, inner, wish.and_then(|wish| wish.get(name)))));
        return Value::Object(filled.collect());
    }
    if has_type(fields, "array") {
        let items = fields.get("items").unwrap_or(&Value::Null);
        let wished = wish.and_then(Value::as_array).into_iter().flatten();
        return wished.map(|wish| fill(root, items, Some(wish))).collect();
    }
    let least = if has_type(fields, "string") {
        json!("")
    } else if has_type(fields, "boolean") {
        json!(false)
    } else {
        json!(0)
    };
    wish.filter(|wish| std::mem::discriminant(*wish) == std::mem::discriminant(&least))
        .cloned()
        .unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(schema: &Value) -> Option<String> {
        problem(schema, &mut Vec::new())
    }

    #[test]
    fn strict_schemas_name_every_property_and_allow_no_more() {
        let text = json!({ "type": "string" });
        let good = json!({
            "type": "object", "additionalProperties": false, "required": ["a", "b"],
            "properties": { "a": text, "b": { "type": ["object", "null"], "additionalProperties": false, "required": [], "properties": {} } },
        });
        assert_eq!(message(&good), None);
        let mut open = good.clone();
        open["properties"]["b"]["additionalProperties"] = json!(true);
        assert_eq!(
            message(&open).unwrap(),
            "In context=('properties', 'b'), 'additionalProperties' is required to be supplied and to be false."
        );
        let mut optional = good.clone();
        optional["required"] = json!(["b"]);
        assert!(message(&optional).unwrap().ends_with("Missing 'a'."));
        let mut untyped = good;
        untyped["properties"]["a"] = json!({});
        assert!(message(&untyped).is_some());
    }

    #[test]
    fn answers_fit_the_schema() {
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": ["kind", "extra", "gone", "list", "number"],
            "properties": {
                "kind": { "type": "string", "enum": ["x", "y"] },
                "extra": { "type": "string" },
                "gone": { "anyOf": [{ "type": "object", "additionalProperties": false, "required": [], "properties": {} }, { "type": "null" }] },
                "list": { "type": "array", "items": { "type": "string" } },
                "number": { "type": "integer" },
            },
        });
        let wish = json!({ "kind": "y", "list": ["a"], "other": 1, "number": "no" });
        let filled = fill(&schema, &schema, Some(&wish));
        assert_eq!(filled, json!({ "kind": "y", "extra": "", "gone": null, "list": ["a"], "number": 0 }));
    }
}
