//! Parts of pages that keep themselves as they are: they are asked for again and again, and sent only when they have
//! changed.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{Html, IntoResponse, Response},
};
use sha2::{Digest, Sha256};

/// The header in which a browser says what it shows already, and is told what it shows from then on.
pub(crate) const TAG: &str = "hx-ptag";

/// Tells a part from what it was before.
pub(crate) fn tag_of(part: &str) -> String {
    hex::encode(Sha256::digest(part)).get(..20).unwrap_or_default().to_owned()
}

/// The part, unless it is what is shown already.
pub(crate) fn answer(headers: &HeaderMap, part: String) -> Response {
    let tag = tag_of(&part);
    if headers.get(TAG).is_some_and(|known| *known == *tag) {
        return StatusCode::NO_CONTENT.into_response();
    }
    tagged(Html(part).into_response(), tag)
}

/// An answer that tells what is shown from then on.
pub(crate) fn tagged(mut answer: Response, tag: String) -> Response {
    if let Ok(tag) = HeaderValue::try_from(tag) {
        answer.headers_mut().insert(TAG, tag);
    }
    answer
}
