//! OpenAI's error JSON: `{"error": {"message", "type", "param", "code"}}`.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;

/// An error of the API.
pub(crate) struct OpenAiError {
    status: StatusCode,
    message: String,
    kind: &'static str,
    param: Option<String>,
    code: Option<String>,
}

impl OpenAiError {
    /// A request that OpenAI refuses.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
            kind: "invalid_request_error",
            param: None,
            code: None,
        }
    }

    /// Names the parameter that is wrong.
    pub(super) fn param(mut self, param: &str) -> Self {
        self.param = Some(param.to_owned());
        self
    }

    /// Names the kind of mistake.
    pub(super) fn code(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self
    }

    /// 404.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, ..Self::bad_request(message) }
    }

    /// 404 of a model.
    pub(super) fn no_model(model: &str) -> Self {
        let message = format!("The model `{model}` does not exist or you do not have access to it.");
        Self::not_found(message).code("model_not_found")
    }

    /// 413.
    pub(super) fn too_large(limit: usize, bytes: usize) -> Self {
        let message = format!("413: Maximum content size limit ({limit}) exceeded ({bytes} bytes read)");
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, kind: "server_error", ..Self::bad_request(message) }
    }

    /// 401 without a key.
    pub(super) fn no_key() -> Self {
        let message = "You didn't provide an API key. You need to provide your API key in an Authorization header \
                       using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).";
        Self { status: StatusCode::UNAUTHORIZED, ..Self::bad_request(message) }
    }
}

/// The error of a planned fault; `code` is one of OpenAI's, if the plan names one.
pub(crate) fn planned(status: StatusCode, code: Option<&str>) -> OpenAiError {
    let (kind, usual, message) = match (status.as_u16(), code) {
        (429, Some("insufficient_quota")) => (
            "insufficient_quota",
            None,
            "You exceeded your current quota, please check your plan and billing details.",
        ),
        (401, _) => ("invalid_request_error", Some("invalid_api_key"), "Incorrect API key provided."),
        (403, _) => ("invalid_request_error", Some("unsupported_country_region_territory"), "Forbidden"),
        (404, _) => ("invalid_request_error", Some("model_not_found"), "The model does not exist."),
        (429, _) => ("requests", Some("rate_limit_exceeded"), "Rate limit reached. Please try again in 1s."),
        (503, _) => {
            ("service_unavailable_error", None, "The engine is currently overloaded, please try again later")
        }
        (500..=599, _) => {
            ("server_error", None, "The server had an error while processing your request. Sorry about that!")
        }
        _ => ("invalid_request_error", None, "The request could not be processed."),
    };
    OpenAiError {
        status,
        message: message.to_owned(),
        kind,
        param: None,
        code: code.or(usual).map(str::to_owned),
    }
}

impl IntoResponse for OpenAiError {
    fn into_response(self) -> Response {
        let error =
            json!({ "message": self.message, "type": self.kind, "param": self.param, "code": self.code });
        (self.status, Json(json!({ "error": error }))).into_response()
    }
}
