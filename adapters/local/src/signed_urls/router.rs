//! The route that serves signed addresses.

use std::sync::Arc;

use axum::{
    Router,
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde::Deserialize;
use shared::ports::objects::Object;

use super::{Claims, SignedUrls};
use crate::objects::FileObjects;

#[derive(Clone)]
struct Files {
    urls: Arc<SignedUrls>,
    objects: Arc<FileObjects>,
}

/// Exactly these, once each: an address with anything added or taken away is another address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryDto {
    expires: String,
    name: String,
    r#type: String,
    signature: String,
}

/// `GET /_files/{key}`: the file, for an address that [`SignedUrls`] signed and whose time is not over. 403
/// for any other address and any other method, as S3 answers them, 404 when the file is gone.
pub fn files_router(urls: Arc<SignedUrls>, objects: Arc<FileObjects>) -> Router {
    Router::new()
        .route("/_files/{*key}", on(MethodFilter::GET, serve).fallback(|| async { StatusCode::FORBIDDEN }))
        .with_state(Files { urls, objects })
}

async fn serve(
    State(files): State<Files>,
    method: Method,
    path: Result<Path<String>, PathRejection>,
    query: Result<Query<QueryDto>, QueryRejection>,
) -> Response {
    // axum sends HEAD to the routes of GET; the address was signed for GET.
    if method != Method::GET {
        return StatusCode::FORBIDDEN.into_response();
    }
    let (Ok(Path(key)), Ok(Query(query))) = (path, query) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let claims = Claims { expires: query.expires, name: query.name, content_type: query.r#type };
    if !files.urls.allows(&key, &claims, &query.signature) {
        return StatusCode::FORBIDDEN.into_response();
    }
    match files.objects.get_by_name(&key).await {
        Ok(Some(object)) => response(object, &claims),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(error = ?error, "A signed file cannot be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// As a download, that no browser shows, guesses at, keeps or runs.
fn response(object: Object, claims: &Claims) -> Response {
    let disposition = format!("attachment; filename=\"{}\"", claims.name);
    let told = [
        (header::CONTENT_TYPE, claims.content_type.as_str()),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
        (header::ETAG, object.meta.etag.as_str()),
    ];
    let mut response = Response::new(axum::body::Body::from(object.bytes));
    let headers = response.headers_mut();
    for (name, value) in told {
        // Signed by us, so it was made to fit; if not, nothing is served under a guess.
        let Ok(value) = HeaderValue::from_str(value) else { return StatusCode::FORBIDDEN.into_response() };
        headers.insert(name, value);
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(object.meta.size));
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

const FIXED: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "private, no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    (header::REFERRER_POLICY, "no-referrer"),
];

#[cfg(test)]
mod tests;
