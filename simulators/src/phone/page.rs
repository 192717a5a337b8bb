//! `/phone`: a worker's chat in a browser, over the routes under `/_sim`. For trying; it says that it simulates.

use axum::{
    Router,
    http::{HeaderName, header},
    response::{IntoResponse, Redirect},
    routing::get,
};

use crate::world::SharedWorld;

const HTML: &str = include_str!("../../phone/phone.html");
const STYLE: &str = include_str!("../../phone/phone.css");
const SCRIPT: &str = include_str!("../../phone/phone.js");

/// The page and what belongs to it.
pub(crate) fn router() -> Router<SharedWorld> {
    Router::new()
        .route("/phone", get(async || file("text/html; charset=utf-8", HTML)))
        .route("/phone/", get(async || Redirect::permanent("/phone")))
        .route("/phone/phone.css", get(async || file("text/css; charset=utf-8", STYLE)))
        .route("/phone/phone.js", get(async || file("text/javascript; charset=utf-8", SCRIPT)))
}

fn file(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                          media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text)
}
