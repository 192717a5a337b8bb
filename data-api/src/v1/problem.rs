//! Every answer below `/v1` that is no data, as `application/problem+json` (RFC 9457).

use axum::{
    Json,
    extract::rejection::JsonRejection,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shared::{domain::api_key::Scope, ports::table::TableError, use_cases::authorise::Denied};
use tracing::error;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What is wrong. None of them says more to the client than its text here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// The request cannot be read; says how it should be, without repeating it.
    #[error("{0}")]
    BadRequest(&'static str),
    /// No key, or a wrong one.
    #[error("The header x-api-key must hold one key that is valid.")]
    Unauthorized,
    /// The key is right and does not allow this.
    #[error("The key does not have the scope {0}.")]
    Forbidden(Scope),
    /// There is no such route.
    #[error("There is nothing at this path.")]
    NotFound,
    /// Not with this method.
    #[error("This path does not know the method.")]
    MethodNotAllowed,
    /// It is not the version that the client speaks of.
    #[error("It was changed since it was read; read it again.")]
    PreconditionFailed,
    /// The body is too long.
    #[error("The body is too long.")]
    TooLarge,
    /// The body is no JSON by its own words.
    #[error("The body must be application/json.")]
    UnsupportedMediaType,
    /// The request can be read, and one value in it cannot be taken.
    #[error("A value cannot be taken.")]
    Unprocessable {
        /// Where it stands: a JSON pointer (RFC 6901).
        pointer: String,
        /// Why, without repeating it.
        detail: String,
    },
    /// A change of what may have been changed by others.
    #[error("A change needs the header If-Match with the ETag that was read.")]
    PreconditionRequired,
    /// Too many wrong keys.
    #[error("There were too many wrong keys just now.")]
    TooMany,
    /// A store cannot answer just now.
    #[error("Try again.")]
    Unavailable(#[source] Cause),
    /// A fault of ours.
    #[error("The fault is on our side.")]
    Internal(#[source] Cause),
}

/// The document. `type` is `about:blank`: the status says all there is to tell apart.
#[derive(Serialize)]
struct Document {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ValueError>,
}

#[derive(Serialize)]
struct ValueError {
    detail: String,
    pointer: String,
}

impl Problem {
    const fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unprocessable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A header that belongs to the status (RFC 9110, 11.6.1 and 10.2.3).
    const fn header(&self) -> Option<(header::HeaderName, HeaderValue)> {
        match self {
            Self::Unauthorized => {
                Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("ApiKey realm=\"x-api-key\"")))
            }
            Self::TooMany | Self::Unavailable(_) => {
                Some((header::RETRY_AFTER, HeaderValue::from_static("1")))
            }
            _ => None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        if let Self::Unavailable(cause) | Self::Internal(cause) = &self {
            let why = crate::error::whole(&**cause);
            error!(status = status.as_u16(), error = why, "A request was not answered: {why}");
        }
        let (detail, extra) = (self.to_string(), self.header());
        let errors = match self {
            Self::Unprocessable { pointer, detail } => vec![ValueError { detail, pointer }],
            _ => Vec::new(),
        };
        let title = status.canonical_reason().unwrap_or_default();
        let document = Document { r#type: "about:blank", title, status: status.as_u16(), detail, errors };
        let mut response = (status, Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.extend(extra);
        response
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Refused => Self::Unauthorized,
            Denied::Braked => Self::TooMany,
            Denied::Unavailable(error) => error.into(),
        }
    }
}

impl From<TableError> for Problem {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Unavailable(_) => Self::Unavailable(error.into()),
            TableError::Conflict | TableError::Refused(_) => Self::Internal(error.into()),
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::MissingJsonContentType(_) => Self::UnsupportedMediaType,
            JsonRejection::BytesRejection(rejection)
                if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE =>
            {
                Self::TooLarge
            }
            // Its own text quotes the body.
            _ => Self::BadRequest("The body must be JSON of the documented form."),
        }
    }
}
