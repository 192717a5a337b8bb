//! Any key is good, none is not.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::header::AUTHORIZATION;

use super::errors::OpenAiError;

/// Lets requests with a bearer token in.
pub(super) async fn require_key(request: Request, next: Next) -> Response {
    let has_key = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .is_some_and(|key| !key.trim().is_empty());
    if has_key { next.run(request).await } else { OpenAiError::no_key().into_response() }
}
