//! `GET /v1/openapi.json` and `/docs`: what the routes are, for programs and for people. Both are made of the committed
//! document, of which a test says that it is that of the routes; making it anew at each start would cost every start.

use std::sync::LazyLock;

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};

use super::{
    docs,
    reply::{self, Tag},
};

const DOCUMENT: &[u8] = include_bytes!("../../openapi.json");

/// What is answered again and again: its bytes and their name.
struct Fixed {
    bytes: Bytes,
    tag: Tag,
}

impl Fixed {
    fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { tag: Tag::of(&bytes), bytes }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        reply::with_tag(headers, &self.tag, self.bytes.clone())
    }
}

/// The description of the routes (OpenAPI 3.1). Needs no key.
pub(super) async fn openapi(headers: HeaderMap) -> Response {
    static DESCRIPTION: LazyLock<Fixed> = LazyLock::new(|| Fixed::new(DOCUMENT));
    DESCRIPTION.answer(&headers)
}

/// The same as a page. Needs no key.
pub(super) async fn docs(headers: HeaderMap) -> Response {
    // The document is part of the program, and read by the tests: that it is no JSON cannot happen.
    static PAGE: LazyLock<Fixed> =
        LazyLock::new(|| Fixed::new(docs::page(&serde_json::from_slice(DOCUMENT).unwrap_or_default())));
    let mut response = PAGE.answer(&headers);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}
