//! A router's answer in the form that API Gateway expects.

use ::http::{HeaderMap, HeaderValue, StatusCode, header::SET_COOKIE};
use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use axum::response::Response;
use lambda_http::Body;
use tracing::error;

/// Text goes as it is, everything else as base64: also bytes that could be read as text, such as the zeros of a silent
/// recording, for each of which JSON would write six characters.
pub(super) async fn of_answer(answer: Response) -> ApiGatewayV2httpResponse {
    let (parts, body) = answer.into_parts();
    let mut response = ApiGatewayV2httpResponse::default();
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        error!("An answer's body broke off");
        response.status_code = i64::from(StatusCode::INTERNAL_SERVER_ERROR.as_u16());
        return response;
    };
    response.status_code = i64::from(parts.status.as_u16());
    response.cookies = parts
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .map(|c| String::from_utf8_lossy(c.as_bytes()).into_owned())
        .collect();
    response.headers = joined(&parts.headers);
    match String::from_utf8(Vec::from(bytes)) {
        Ok(text) if text.is_empty() => {}
        Ok(text) if text.bytes().all(is_of_text) => response.body = Some(Body::Text(text)),
        Ok(text) => binary(&mut response, text.into_bytes()),
        Err(bytes) => binary(&mut response, bytes.into_bytes()),
    }
    response
}

const fn is_of_text(byte: u8) -> bool {
    !byte.is_ascii_control() || matches!(byte, b'\t' | b'\n' | b'\r')
}

fn binary(response: &mut ApiGatewayV2httpResponse, bytes: Vec<u8>) {
    response.is_base64_encoded = true;
    response.body = Some(Body::Binary(bytes));
}

/// The event has one value for each name; of several with the same name all are kept (RFC 9110, 5.2).
fn joined(headers: &HeaderMap) -> HeaderMap {
    let mut one_each = HeaderMap::with_capacity(headers.keys_len());
    for name in headers.keys().filter(|name| **name != SET_COOKIE) {
        let values: Vec<&[u8]> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        if let Ok(value) = HeaderValue::from_bytes(&values.join(b", ".as_slice())) {
            one_each.insert(name.clone(), value);
        }
    }
    one_each
}
