//! Answers with data: JSON with an `ETag` of its bytes, and 304 for who has them already (RFC 9110, 13.1.2).

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::problem::Problem;

/// Names what is answered: equal bytes, equal tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag(String);

impl Tag {
    /// Of bytes.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let digest = hex::encode(Sha256::digest(bytes));
        Self(format!("\"{}\"", digest.get(..24).unwrap_or_default()))
    }

    /// As it stands in headers.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn header(&self) -> HeaderValue {
        // Hexadecimal digits in quotes are a header's value, always.
        HeaderValue::try_from(self.as_str()).unwrap_or(HeaderValue::from_static("\"\""))
    }
}

/// A body as JSON, unless the client has it.
pub(super) fn json(headers: &HeaderMap, body: &impl Serialize) -> Result<Response, Problem> {
    let bytes = encode(body)?;
    let tag = Tag::of(&bytes);
    Ok(with_tag(headers, &tag, bytes))
}

/// The same with a tag of the caller's own.
pub(super) fn with_tag(headers: &HeaderMap, tag: &Tag, bytes: impl Into<Bytes>) -> Response {
    if has_it(headers, tag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag.header())]).into_response();
    }
    let json = HeaderValue::from_static("application/json");
    ([(header::ETAG, tag.header()), (header::CONTENT_TYPE, json)], bytes.into()).into_response()
}

/// JSON bytes.
pub(super) fn encode(body: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(body).map_err(|error| Problem::Internal(error.into()))
}

/// Whether the client has what has this tag.
pub(super) fn has_it(headers: &HeaderMap, tag: &Tag) -> bool {
    knows(headers, &tag.header())
}

/// The same for a tag of any form. Weak tags count too: nothing is changed by what follows.
pub(super) fn knows(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == "*" || known.as_bytes() == tag.as_bytes())
}
