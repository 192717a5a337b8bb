//! `POST /v1/chat/completions`.

use axum::{Json, body::Bytes};
use serde_json::{Map, Value, json};

use super::{
    answer::{Conversation, tokens},
    errors::OpenAiError,
    schema,
};
use crate::{clock, random};

/// The parameters that OpenAI knows; any other is refused.
const PARAMETERS: &[&str] = &[
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

/// See the module.
pub(super) async fn create(body: Bytes) -> Result<Json<Value>, OpenAiError> {
    let request = parse(&body)?;
    let model = model_of(&request)?;
    if let Some(name) = request.keys().find(|name| !PARAMETERS.contains(&name.as_str())) {
        let message = format!("Unknown parameter: '{name}'.");
        return Err(OpenAiError::bad_request(message).param(name).code("unknown_parameter"));
    }
    check_reasoning_model(model, &request)?;
    let messages = request.get("messages").and_then(Value::as_array).filter(|messages| !messages.is_empty());
    let Some(messages) = messages else {
        return Err(OpenAiError::bad_request("Missing required parameter: 'messages'.")
            .param("messages")
            .code("missing_required_parameter"));
    };
    let conversation = Conversation::new("", messages);
    let content = content(&request, &conversation)?;
    let (prompt, completion) =
        (tokens(&conversation.context) + tokens(&conversation.question), tokens(&content));
    Ok(Json(json!({
        "id": format!("chatcmpl-{}", random::hex32()),
        "object": "chat.completion",
        "created": clock::now_ms() / 1000,
        "model": model,
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": content, "refusal": null, "annotations": [] },
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": { "cached_tokens": 0, "audio_tokens": 0 },
            "completion_tokens_details": {
                "reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
        "service_tier": "default",
    })))
}

fn content(request: &Map<String, Value>, conversation: &Conversation) -> Result<String, OpenAiError> {
    let format = request.get("response_format").unwrap_or(&Value::Null);
    match format.get("type").and_then(Value::as_str) {
        Some("json_schema") => {
            let wanted = format.get("json_schema").unwrap_or(&Value::Null);
            let name = wanted.get("name").and_then(Value::as_str).unwrap_or_default();
            let shape = wanted.get("schema").unwrap_or(&Value::Null);
            if wanted.get("strict") == Some(&Value::Bool(true)) {
                schema::check(name, shape, "response_format")?;
            }
            Ok(conversation.structured(name, Some(shape)))
        }
        Some("json_object") => Ok(conversation.structured("", None)),
        Some("text") | None => Ok(conversation.free()),
        Some(other) => {
            let message = format!(
                "Invalid value: '{other}'. Supported values are: 'json_object', 'json_schema', and 'text'."
            );
            Err(OpenAiError::bad_request(message).param("response_format.type").code("invalid_value"))
        }
    }
}

/// The JSON object of a request.
pub(super) fn parse(body: &[u8]) -> Result<Map<String, Value>, OpenAiError> {
    serde_json::from_slice(body).map_err(|_| {
        OpenAiError::bad_request(
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP \
             library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
        )
    })
}

/// The model that was asked.
pub(super) fn model_of(request: &Map<String, Value>) -> Result<&str, OpenAiError> {
    match request.get("model").and_then(Value::as_str) {
        None | Some("") => Err(OpenAiError::bad_request("you must provide a model parameter")),
        Some(model) if model.contains("transcribe") || model.contains("whisper") => {
            Err(OpenAiError::not_found(
                "This is not a chat model and thus not supported in the v1/chat/completions endpoint.",
            )
            .param("model"))
        }
        Some(model) => Ok(model),
    }
}

/// The first reasoning models of gpt-5 know no temperature and have another name for the longest answer.
fn check_reasoning_model(model: &str, request: &Map<String, Value>) -> Result<(), OpenAiError> {
    if model != "gpt-5" && !model.starts_with("gpt-5-") {
        return Ok(());
    }
    if request.contains_key("max_tokens") {
        let message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                       'max_completion_tokens' instead.";
        return Err(OpenAiError::bad_request(message).param("max_tokens").code("unsupported_parameter"));
    }
    for name in ["temperature", "top_p"] {
        if request.get(name).and_then(Value::as_f64).is_some_and(|value| (value - 1.0).abs() > f64::EPSILON) {
            let message = format!(
                "Unsupported value: '{name}' does not support {} with this model. Only the default (1) value is \
                 supported.",
                request.get(name).unwrap_or(&Value::Null)
            );
            return Err(OpenAiError::bad_request(message).param(name).code("unsupported_value"));
        }
    }
    Ok(())
}
