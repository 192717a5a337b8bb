//! Reading a request's body below `/v1`: one JSON object of a documented form.

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use super::problem::Problem;

/// A body as `T`. serde takes an array for an object whose members stand in the same order; here it is refused.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::UnsupportedMediaType);
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
                Problem::TooLarge
            } else {
                Problem::BadRequest("The body could not be read.")
            }
        })?;
        let is_object = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        if !is_object {
            return Err(Problem::BadRequest("The body must be a JSON object."));
        }
        // Its own text quotes the body.
        let wrong = |_| Problem::BadRequest("The body must be JSON of the documented form.");
        Json::<T>::from_bytes(&bytes).map(|Json(body)| Self(body)).map_err(wrong)
    }
}

/// `application/json`, or something that is JSON too, such as `application/merge-patch+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let sub = essence.strip_prefix("application/");
    sub.is_some_and(|sub| sub == "json" || sub.ends_with("+json"))
}

/// A member that may be missing, and not `null`.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// A member that may be missing, or `null`, which is not the same.
pub(super) fn named<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}
