//! `POST /v1/responses`: the same answers in the newer shape.

use axum::{Json, body::Bytes};
use serde_json::{Map, Value, json};

use super::{
    answer::{Conversation, tokens},
    chat::{model_of, parse},
    errors::OpenAiError,
    schema,
};
use crate::{clock, random};

/// See the module.
pub(super) async fn create(body: Bytes) -> Result<Json<Value>, OpenAiError> {
    let request = parse(&body)?;
    let model = model_of(&request)?;
    let messages = match request.get("input") {
        Some(Value::String(text)) => vec![json!({ "role": "user", "content": text })],
        Some(Value::Array(messages)) => messages.clone(),
        _ => {
            return Err(OpenAiError::bad_request("Missing required parameter: 'input'.")
                .param("input")
                .code("missing_required_parameter"));
        }
    };
    let instructions = request.get("instructions").and_then(Value::as_str).unwrap_or_default();
    let conversation = Conversation::new(instructions, &messages);
    let text = text(&request, &conversation)?;
    let (input, output) = (tokens(&conversation.context) + tokens(&conversation.question), tokens(&text));
    Ok(Json(json!({
        "id": format!("resp_{}", random::hex32()),
        "object": "response",
        "created_at": clock::now_ms() / 1000,
        "status": "completed",
        "error": null,
        "incomplete_details": null,
        "instructions": request.get("instructions"),
        "model": model,
        "output": [{
            "type": "message",
            "id": format!("msg_{}", random::hex32()),
            "status": "completed",
            "role": "assistant",
            "content": [{ "type": "output_text", "text": text, "annotations": [] }],
        }],
        "text": request.get("text").cloned().unwrap_or_else(|| json!({ "format": { "type": "text" } })),
        "usage": {
            "input_tokens": input,
            "input_tokens_details": { "cached_tokens": 0 },
            "output_tokens": output,
            "output_tokens_details": { "reasoning_tokens": 0 },
            "total_tokens": input + output,
        },
    })))
}

fn text(request: &Map<String, Value>, conversation: &Conversation) -> Result<String, OpenAiError> {
    let format = request.get("text").and_then(|text| text.get("format")).unwrap_or(&Value::Null);
    match format.get("type").and_then(Value::as_str) {
        Some("json_schema") => {
            let name = format.get("name").and_then(Value::as_str).unwrap_or_default();
            let shape = format.get("schema").unwrap_or(&Value::Null);
            if format.get("strict") == Some(&Value::Bool(true)) {
                schema::check(name, shape, "text.format")?;
            }
            Ok(conversation.structured(name, Some(shape)))
        }
        Some("json_object") => Ok(conversation.structured("", None)),
        _ => Ok(conversation.free()),
    }
}
