//! `/_sim`: what plays a person's phone, and what tests use to look in and to make things fail.

mod control;
mod form;
mod inbox;
mod page;
mod send;
mod tap;
mod telegram;
mod twiml;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::world::SharedWorld;
use form::{Attachment, Draft};
pub(crate) use inbox::deliver;
pub(crate) use send::client;

/// The largest file that a phone sends.
const LARGEST_FILE: usize = 32 << 20;

/// The routes under `/_sim`, and the page that plays a phone by them.
pub(crate) fn router() -> Router<SharedWorld> {
    Router::new()
        .route("/_sim/phone/{identity}/text", post(text))
        .route("/_sim/phone/{identity}/voice", post(voice))
        .route("/_sim/phone/{identity}/message", post(message))
        .route("/_sim/phone/{identity}/tap", post(tap::tap))
        .route("/_sim/phone/{identity}/messages", get(inbox::messages))
        .route("/_sim/media", post(media))
        .route("/_sim/faults", post(control::plan_faults).get(control::faults))
        .route("/_sim/calls", get(control::calls).delete(control::clear_calls))
        .merge(page::router())
        .layer(DefaultBodyLimit::max(LARGEST_FILE))
}

/// A request to `/_sim` that makes no sense.
pub(crate) struct Nonsense(pub(crate) String);

impl IntoResponse for Nonsense {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "error": self.0, "simulated": true }))).into_response()
    }
}

async fn text(
    State(world): State<SharedWorld>,
    Path(identity): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Result<Json<Value>, Nonsense> {
    let draft = Draft { body, ..Draft::from_headers(&identity, &headers)? };
    send::send(&world, draft).await
}

async fn voice(
    State(world): State<SharedWorld>,
    Path(identity): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Nonsense> {
    let attachment = Some(Attachment::new(&headers, bytes));
    send::send(&world, Draft { attachment, ..Draft::from_headers(&identity, &headers)? }).await
}

/// Fields of the form that replace the usual ones; `null` leaves a field out, a list repeats it.
async fn message(
    State(world): State<SharedWorld>,
    Path(identity): Path<String>,
    headers: HeaderMap,
    Json(fields): Json<Map<String, Value>>,
) -> Result<Json<Value>, Nonsense> {
    let mut draft = Draft::from_headers(&identity, &headers)?;
    if let Some(sid) = fields.get("MessageSid").and_then(Value::as_str) {
        draft.message_sid = Some(sid.to_owned());
    }
    draft.fields = fields;
    send::send(&world, draft).await
}

async fn media(
    State(world): State<SharedWorld>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Nonsense> {
    let attachment = Attachment::new(&headers, bytes);
    let url = attachment.keep(&world, &crate::random::sid("MM"))?;
    Ok(Json(json!({ "media_url": url, "simulated": true })))
}

/// A header's text. HTTP headers are bytes: UTF-8 is taken as it is, and `UTF-8''` begins the percent-encoded
/// form of RFC 8187 for clients that cannot send more than ASCII.
pub(crate) fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned();
    Some(match text.strip_prefix("UTF-8''") {
        Some(encoded) => percent_decode_str(encoded).decode_utf8_lossy().into_owned(),
        None => text,
    })
}

/// The content type as it was given; Twilio does not tidy it either.
pub(crate) fn content_type(headers: &HeaderMap) -> String {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("application/octet-stream")
        .to_owned()
}
