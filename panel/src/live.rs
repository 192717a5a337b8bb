//! Parts of pages that keep themselves as they are: they are asked for again and again, and sent only when they have
//! changed.

use axum::{
    http::{HeaderMap, HeaderValue},
    response::{Html, IntoResponse, Response},
};
use sha2::{Digest, Sha256};

/// What a part shows already, to the server, and from then on.
const TAG: &str = "hx-ptag";

/// Tells a part from what it was before.
pub(crate) fn tag_of(part: &str) -> String {
    hex::encode(Sha256::digest(part)).get(..20).unwrap_or_default().to_owned()
}

/// The part, if it is another than the one that is shown.
pub(crate) fn answer(headers: &HeaderMap, part: String) -> Option<Response> {
    let tag = tag_of(&part);
    if headers.get(TAG).is_some_and(|known| *known == *tag) {
        return None;
    }
    let mut response = Html(part).into_response();
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(TAG, tag);
    }
    Some(response)
}
