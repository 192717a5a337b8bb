//! An event of API Gateway as a request.

use ::http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, header::COOKIE, uri::PathAndQuery};
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use axum::body::Body;
use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// The request that the event tells of, or the status to refuse it with.
pub(super) fn of_event(
    event: ApiGatewayV2httpRequest,
    stage: Option<&str>,
) -> Result<Request<Body>, StatusCode> {
    let uri = uri(&event, stage)?;
    let mut request = Request::new(body(event.body, event.is_base64_encoded)?);
    *request.method_mut() = event.request_context.http.method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers(event.headers, event.cookies)?;
    Ok(request)
}

/// What API Gateway has decoded in a path and what cannot stand in one as it is.
const NOT_IN_A_PATH: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'?').add(b'`').add(b'{').add(b'}');

/// Path and query as the event has them. API Gateway hands the path over decoded, so it can hold characters that end a
/// path or belong into none: they are encoded again, and whatever path that makes, the router tells what it is.
fn uri(event: &ApiGatewayV2httpRequest, stage: Option<&str>) -> Result<Uri, StatusCode> {
    let raw = event.raw_path.as_deref().unwrap_or_default();
    let path = match stage {
        None => raw,
        Some(stage) => {
            raw.strip_prefix('/').and_then(|rest| rest.strip_prefix(stage)).ok_or(StatusCode::NOT_FOUND)?
        }
    };
    if !path.starts_with('/') {
        return Err(StatusCode::NOT_FOUND);
    }
    let path = utf8_percent_encode(path, NOT_IN_A_PATH).to_string();
    let whole = match event.raw_query_string.as_deref() {
        None | Some("") => path,
        Some(query) if query.contains('#') => return Err(StatusCode::BAD_REQUEST),
        Some(query) => format!("{path}?{query}"),
    };
    PathAndQuery::try_from(whole).map(Uri::from).map_err(|_| StatusCode::NOT_FOUND)
}

/// Of a body that claims to be base64 nothing else is taken; one that does not is text, whatever it looks
/// like.
fn body(body: Option<String>, is_base64: bool) -> Result<Body, StatusCode> {
    match (body, is_base64) {
        (None, _) => Ok(Body::empty()),
        (Some(text), false) => Ok(Body::from(text)),
        (Some(text), true) => STANDARD.decode(text).map(Body::from).map_err(|_| StatusCode::BAD_REQUEST),
    }
}

/// As they came: repeated headers are one, joined with commas by API Gateway. Cookies stand apart in the
/// event.
fn headers(mut headers: HeaderMap, cookies: Option<Vec<String>>) -> Result<HeaderMap, StatusCode> {
    if let Some(cookies) = cookies.filter(|cookies| !cookies.is_empty()) {
        let value = HeaderValue::try_from(cookies.join("; ")).map_err(|_| StatusCode::BAD_REQUEST)?;
        headers.insert(COOKIE, value);
    }
    Ok(headers)
}
