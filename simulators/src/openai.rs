//! OpenAI's API under `/v1`: transcription, structured output, chat, behind a bearer token.

mod answer;
mod auth;
mod chat;
pub(crate) mod errors;
mod responses;
mod schema;
mod speech_limits;
mod spoken;
mod transcription;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Request},
    middleware,
    routing::{any, get, post},
};
use serde_json::{Value, json};

use crate::world::SharedWorld;
use errors::OpenAiError;

/// The body of a request; above OpenAI's own limit, so that it can be told what was wrong.
const LARGEST_BODY: usize = 64 << 20;

/// Models that the list names; the routes accept more, by their families. These are never switched off.
const MODELS: &[&str] = &[
    "gpt-5-nano",
    "gpt-5-mini",
    "gpt-6.1-terra",
    "gpt-5",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-transcribe",
    "whisper-1",
];

/// The routes.
pub(crate) fn router() -> Router<SharedWorld> {
    Router::new()
        .route("/v1/audio/transcriptions", post(transcription::create))
        .route("/v1/chat/completions", post(chat::create))
        .route("/v1/responses", post(responses::create))
        .route("/v1/models", get(models))
        .route("/v1/models/{model}", get(model))
        .route("/v1/{*rest}", any(unknown))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn(auth::require_key))
}

async fn models() -> Json<Value> {
    let models: Vec<Value> = MODELS.iter().map(|id| described(id)).collect();
    Json(json!({ "object": "list", "data": models }))
}

async fn model(Path(id): Path<String>) -> Result<Json<Value>, OpenAiError> {
    let known = MODELS.contains(&id.as_str()) || id.starts_with("gpt-");
    if known { Ok(Json(described(&id))) } else { Err(OpenAiError::no_model(&id)) }
}

fn described(id: &str) -> Value {
    json!({
        "id": id,
        "object": "model",
        "created": 1_715_367_049,
        "owned_by": "system",
        "shutdown_date": null,
    })
}

async fn unknown(request: Request) -> OpenAiError {
    OpenAiError::not_found(format!("Invalid URL ({} {})", request.method(), request.uri().path()))
}
