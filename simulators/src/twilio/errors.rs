//! Twilio's error JSON: `{"code", "message", "more_info", "status"}`.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE};
use serde_json::json;

/// An error of the REST API.
pub(crate) struct TwilioError {
    status: StatusCode,
    code: u32,
    message: String,
}

impl TwilioError {
    /// A request that Twilio refuses, with its error code.
    pub(crate) fn bad_request(code: u32, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    /// 20003: wrong or missing credentials.
    pub(crate) fn authenticate() -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code: 20003, message: "Authenticate".to_owned() }
    }

    /// 20404: no such resource.
    pub(crate) fn not_found(path: &str) -> Self {
        let message = format!("The requested resource {path} was not found");
        Self { status: StatusCode::NOT_FOUND, code: 20404, message }
    }
}

/// The error of a planned fault; `code` is one of Twilio's, if the plan names one.
pub(crate) fn planned(status: StatusCode, code: Option<&str>) -> TwilioError {
    let (usual, message) = match status.as_u16() {
        401 => (20003, "Authenticate"),
        403 => (20003, "Permission Denied"),
        404 => (20404, "The requested resource was not found"),
        429 => (20429, "Too Many Requests"),
        503 => (20503, "Service Unavailable"),
        500..=599 => (20500, "An internal server error has occurred"),
        _ => (20001, "Bad Request"),
    };
    TwilioError {
        status,
        code: code.and_then(|code| code.parse().ok()).unwrap_or(usual),
        message: message.to_owned(),
    }
}

impl IntoResponse for TwilioError {
    fn into_response(self) -> Response {
        let body = json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status.as_u16(),
        });
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let realm = HeaderValue::from_static("Basic realm=\"Twilio API\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, realm);
        }
        response
    }
}
