//! Twilio's media CDN, which is S3 behind a presigned URL: no credentials but those in the URL.

use axum::{
    Router,
    body::Body,
    extract::{Path, Query, Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{
    StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use serde::Deserialize;

use crate::{
    clock,
    store::MediaSource,
    twilio::signature::hmac_sha1,
    world::{SharedWorld, World, locked},
};

/// How long a signed URL holds.
const LIFETIME_S: i64 = 14_400;

/// The routes of the CDN port.
pub(crate) fn router() -> Router<SharedWorld> {
    Router::new()
        .route("/{account}/{media}", get(serve))
        .fallback(async || s3_error(StatusCode::NOT_FOUND, "NoSuchKey"))
}

/// The URL that a redirect names.
pub(crate) fn signed_url(world: &World, media_sid: &str) -> String {
    let path = format!("/{}/{media_sid}", world.config.account_sid);
    let date = clock::compact(clock::now_ms());
    let signature = sign(world, &path, &date);
    format!(
        "{}{path}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={date}&X-Amz-Expires={LIFETIME_S}\
         &X-Amz-SignedHeaders=host&X-Amz-Signature={signature}",
        world.cdn_url
    )
}

/// The error of a planned fault.
pub(crate) fn planned(status: StatusCode, code: Option<&str>) -> Response {
    s3_error(status, code.unwrap_or(if status.is_server_error() { "SlowDown" } else { "AccessDenied" }))
}

#[derive(Deserialize)]
struct Signed {
    #[serde(rename = "X-Amz-Date")]
    date: Option<String>,
    #[serde(rename = "X-Amz-Signature")]
    signature: Option<String>,
}

async fn serve(
    State(world): State<SharedWorld>,
    Path((_, media)): Path<(String, String)>,
    Query(signed): Query<Signed>,
    request: Request,
) -> Response {
    if request.headers().contains_key(AUTHORIZATION) {
        return s3_error(StatusCode::BAD_REQUEST, "InvalidArgument");
    }
    let expected = sign(&world, request.uri().path(), signed.date.as_deref().unwrap_or_default());
    if signed.signature.as_deref() != Some(expected.as_str()) {
        return s3_error(StatusCode::FORBIDDEN, "SignatureDoesNotMatch");
    }
    let found = {
        let store = locked(&world.store);
        store.media(&media).map(|item| item.content_type.clone()).zip(store.media_source(&media))
    };
    let Some((content_type, source)) = found else { return s3_error(StatusCode::NOT_FOUND, "NoSuchKey") };
    let body = match source {
        MediaSource::Memory(bytes) => Body::from(bytes),
        MediaSource::File(path) => match tokio::fs::read(path).await {
            Ok(bytes) => Body::from(bytes),
            Err(_) => return s3_error(StatusCode::NOT_FOUND, "NoSuchKey"),
        },
    };
    ([(CONTENT_TYPE, content_type)], body).into_response()
}

fn sign(world: &World, path: &str, date: &str) -> String {
    hex::encode(hmac_sha1(&world.config.auth_token, &format!("GET{path}{date}")))
}

fn s3_error(status: StatusCode, code: &str) -> Response {
    let message = match code {
        "InvalidArgument" => {
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
             parameter or the Authorization header should be specified"
        }
        "SignatureDoesNotMatch" => {
            "The request signature we calculated does not match the signature you provided."
        }
        "NoSuchKey" => "The specified key does not exist.",
        "SlowDown" => "Please reduce your request rate.",
        _ => "Access Denied",
    };
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    (status, [(CONTENT_TYPE, "application/xml")], body).into_response()
}
