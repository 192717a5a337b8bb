//! What an error of the API means to the caller (platform.openai.com, error codes). The vendor's message is
//! never passed on: it may quote the key, the request or people's words.

use std::time::Duration;

use reqwest::{
    StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use serde::Deserialize;
use shared::ports::transcriber::ModelError;

use crate::api::Failure;

/// How long to wait when the provider does not say.
const DEFAULT_WAIT: Duration = Duration::from_secs(5);
/// No wait that a provider asks for is longer than this: a note must not be lost to a typing error.
const MAX_WAIT: Duration = Duration::from_secs(3_600);

const NO_CREDIT: [&str; 3] = ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active"];
/// Codes that say that the model and our requests do not fit together; every call with it fails.
const MISFIT: [&str; 5] = [
    "model_not_found",
    "unsupported_parameter",
    "unsupported_value",
    "unknown_parameter",
    "invalid_json_schema",
];

#[derive(Default, Deserialize)]
struct BodyWire {
    #[serde(default)]
    error: ErrorWire,
}

#[derive(Default, Deserialize)]
struct ErrorWire {
    #[serde(default, rename = "type")]
    kind: Option<serde_json::Value>,
    #[serde(default)]
    code: Option<serde_json::Value>,
    #[serde(default)]
    param: Option<serde_json::Value>,
}

/// Reads an answer that is no success.
pub(crate) fn failure(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Failure {
    let wire = serde_json::from_slice::<BodyWire>(body).unwrap_or_default().error;
    let text = |value: &Option<serde_json::Value>| {
        value.as_ref().and_then(|v| v.as_str()).unwrap_or_default().to_owned()
    };
    let (kind, code, param) = (text(&wire.kind), text(&wire.code), text(&wire.param));
    let again = matches!(status.as_u16(), 408 | 409 | 425 | 500..);
    Failure { error: error(status, headers, [&code, &kind], &param), again }
}

fn error(status: StatusCode, headers: &HeaderMap, codes: [&str; 2], param: &str) -> ModelError {
    let says = |known: &[&str]| codes.iter().any(|code| known.contains(code));
    if says(&NO_CREDIT) {
        return ModelError::AccountRefused("no credit");
    }
    match status.as_u16() {
        401 => ModelError::AccountRefused("the key is not accepted"),
        402 => ModelError::AccountRefused("no credit"),
        403 => ModelError::AccountRefused("access is denied"),
        404 | 405 => ModelError::AccountRefused("there is no such model or address"),
        429 => ModelError::RateLimited { after: wait(headers) },
        408 | 409 | 425 => ModelError::Unavailable("the provider is busy"),
        // A file that does not suit is the note's own fault, not the account's.
        400..500 if says(&MISFIT) && param != "file" => {
            ModelError::AccountRefused("the model does not take our requests")
        }
        400..500 => ModelError::InputRefused(reason(status, codes[0])),
        500.. => ModelError::Unavailable("the provider failed"),
        _ => ModelError::Unavailable("an answer that is none"),
    }
}

/// The status, and the code if it looks like one.
fn reason(status: StatusCode, code: &str) -> String {
    let is_code = (1..=64).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if is_code { format!("{} {code}", status.as_u16()) } else { status.as_u16().to_string() }
}

/// `retry-after-ms`, which OpenAI sends beside the standard's `retry-after` in seconds. A date is not read.
fn wait(headers: &HeaderMap) -> Duration {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|ms| ms / 1_000.0).or_else(|| number(RETRY_AFTER.as_str()));
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .unwrap_or(DEFAULT_WAIT)
        .min(MAX_WAIT)
}
