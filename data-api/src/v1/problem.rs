//! Every answer below `/v1` that is no data, as `application/problem+json` (RFC 9457).

mod kinds;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shared::{
    domain::api_key::Scope,
    ports::{job_queue::QueueError, objects::ObjectError, table::TableError},
    repositories::notes::NoteError,
    use_cases::authorise::Denied,
};
use tracing::error;
use utoipa::ToSchema;

pub(super) use self::kinds::{KINDS, Kind};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What is wrong. None of them says more to the client than its text here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// The request cannot be read; says how it should be, without repeating it.
    #[error("{0}")]
    BadRequest(&'static str),
    /// A parameter of the query cannot be taken; says how it should be, without repeating it.
    #[error("The parameter {name} must be {expected}.")]
    Parameter {
        /// Which.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// No key, or a wrong one.
    #[error("The header x-api-key must hold one key that is valid.")]
    Unauthorized,
    /// The key is right and does not allow this.
    #[error("The key does not have the scope {0}.")]
    Forbidden(Scope),
    /// There is no such route, or no such thing; another company's is told alike.
    #[error("There is nothing at this path.")]
    NotFound,
    /// It is not in the state that the request was made for.
    #[error("{0}")]
    Conflict(&'static str),
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
    /// The key has made as many requests as it may.
    #[error("The key has made as many requests as it may in a minute.")]
    TooManyRequests {
        /// Seconds until the next one.
        after_s: u64,
    },
    /// A store cannot answer just now.
    #[error("Try again.")]
    Unavailable(#[source] Cause),
    /// A fault of ours.
    #[error("The fault is on our side.")]
    Internal(#[source] Cause),
}

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Document {
    /// Where this kind of problem is described, below the address of the API.
    #[schema(example = "/docs#precondition-failed")]
    r#type: String,
    /// The kind in words.
    title: &'static str,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong, in words.
    detail: String,
    /// Which values cannot be taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<ValueError>,
}

/// One value that cannot be taken.
#[derive(Serialize, ToSchema)]
pub(super) struct ValueError {
    /// Why.
    detail: String,
    /// Where it stands in the body: a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, required = false)]
    pointer: Option<String>,
    /// Which parameter of the query it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, required = false)]
    parameter: Option<String>,
}

impl Problem {
    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.kind().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// A header that belongs to the status (RFC 9110, 11.6.1 and 10.2.3).
    fn header(&self) -> Option<(header::HeaderName, HeaderValue)> {
        match self {
            Self::Unauthorized => {
                Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("ApiKey realm=\"x-api-key\"")))
            }
            Self::TooManyRequests { after_s } => Some((header::RETRY_AFTER, HeaderValue::from(*after_s))),
            Self::TooMany | Self::Unavailable(_) => {
                Some((header::RETRY_AFTER, HeaderValue::from_static("1")))
            }
            _ => None,
        }
    }
}

impl Problem {
    const fn kind(&self) -> Kind {
        match self {
            Self::BadRequest(_) | Self::Parameter { .. } => kinds::BAD_REQUEST,
            Self::Unauthorized => kinds::UNAUTHORIZED,
            Self::Forbidden(_) => kinds::FORBIDDEN,
            Self::NotFound => kinds::NOT_FOUND,
            Self::MethodNotAllowed => kinds::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => kinds::CONFLICT,
            Self::PreconditionFailed => kinds::PRECONDITION_FAILED,
            Self::TooLarge => kinds::TOO_LARGE,
            Self::UnsupportedMediaType => kinds::UNSUPPORTED_MEDIA_TYPE,
            Self::Unprocessable { .. } => kinds::UNPROCESSABLE,
            Self::PreconditionRequired => kinds::PRECONDITION_REQUIRED,
            Self::TooMany | Self::TooManyRequests { .. } => kinds::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => kinds::UNAVAILABLE,
            Self::Internal(_) => kinds::INTERNAL,
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
        let kind = self.kind();
        let errors = match self {
            Self::Unprocessable { pointer, detail } => {
                vec![ValueError { detail, pointer: Some(pointer), parameter: None }]
            }
            Self::Parameter { name, expected } => {
                let detail = format!("It must be {expected}.");
                vec![ValueError { detail, pointer: None, parameter: Some(name.to_owned()) }]
            }
            _ => Vec::new(),
        };
        let document = Document {
            r#type: format!("/docs#{}", kind.slug),
            title: kind.title,
            status: status.as_u16(),
            detail,
            errors,
        };
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

impl From<NoteError> for Problem {
    fn from(error: NoteError) -> Self {
        match error {
            NoteError::Table(error) => error.into(),
            // Somebody else moves it just now.
            NoteError::Lost => Self::Unavailable(error.into()),
            NoteError::Unreadable => Self::Internal(error.into()),
        }
    }
}

impl From<ObjectError> for Problem {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::Unavailable(_) => Self::Unavailable(error.into()),
            ObjectError::Refused(_) => Self::Internal(error.into()),
        }
    }
}

impl From<QueueError> for Problem {
    fn from(error: QueueError) -> Self {
        Self::Unavailable(error.into())
    }
}
