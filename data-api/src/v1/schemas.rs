//! `GET /v1/schemas/record-1.json`: the form of a `record.json`, and of the same document in answers.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};

use super::reply::{self, Tag};

/// JSON Schema (2020-12) of version 1. Later versions 1.x only add members, so who reads by it reads those too.
pub(super) const RECORD_1: &str = include_str!("../../schemas/record-1.json");

/// The form of a `record.json` of version 1, as a JSON Schema. Needs no key.
#[utoipa::path(
    get,
    path = "/v1/schemas/record-1.json",
    tag = "description",
    operation_id = "getRecordSchema",
    responses((status = 200, description = "The schema.", body = serde_json::Value,
               content_type = "application/schema+json")),
    security(()),
)]
pub(super) async fn record_1(headers: HeaderMap) -> Response {
    let mut response = reply::with_tag(&headers, &Tag::of(RECORD_1.as_bytes()), RECORD_1.as_bytes());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/schema+json"));
    response
}
