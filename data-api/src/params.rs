//! Reading a request's query.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// A request's query as `T`. Unknown parameters are ignored; one that is given twice is refused, since
/// nobody can say which was meant.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(params)| Self(params))
            .map_err(|_| ApiError::BadRequest("Invalid query: each parameter may be given once"))
    }
}

/// A parameter that must be there and not be empty; `complaint` says so.
pub(crate) fn required(value: Option<String>, complaint: &'static str) -> Result<String, ApiError> {
    value.filter(|value| !value.is_empty()).ok_or(ApiError::BadRequest(complaint))
}
