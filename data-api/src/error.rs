//! Every answer that is no data: a status and `{"message": "..."}`, as client apps know it.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use shared::{
    ports::{objects::ObjectError, table::TableError},
    use_cases::authorise::Denied,
};
use tracing::error;

/// Why there is no data. None of them says more to the client than its text here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The request is wrong; says how, without repeating it.
    #[error("{0}")]
    BadRequest(&'static str),
    /// There is no key.
    #[error("Unauthorized")]
    Unauthorized,
    /// There is a key, but not for this.
    #[error("Forbidden")]
    Forbidden,
    /// Not there, or another company's: the two are told alike.
    #[error("Not Found")]
    NotFound,
    /// Not with this method.
    #[error("Method Not Allowed")]
    MethodNotAllowed,
    /// Too many wrong keys.
    #[error("Too Many Requests")]
    TooMany,
    /// A store cannot answer just now.
    #[error("Service Unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A fault of ours.
    #[error("Internal Server Error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ApiError {
    const fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Unavailable(cause) | Self::Internal(cause) = &self {
            let (status, why) = (self.status().as_u16(), whole(&**cause));
            error!(status, error = why, "A request for files was not answered: {why}");
        }
        let mut response = (self.status(), Json(json!({ "message": self.to_string() }))).into_response();
        if matches!(self, Self::TooMany | Self::Unavailable(_)) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// An error with its causes. Adapters keep addresses and content out of them.
pub(crate) fn whole(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl From<ObjectError> for ApiError {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::Unavailable(_) => Self::Unavailable(error.into()),
            ObjectError::Refused(_) => Self::Internal(error.into()),
        }
    }
}

impl From<TableError> for ApiError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Unavailable(_) => Self::Unavailable(error.into()),
            TableError::Conflict | TableError::Refused(_) => Self::Internal(error.into()),
        }
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Refused => Self::Forbidden,
            Denied::Braked => Self::TooMany,
            Denied::Unavailable(error) => error.into(),
        }
    }
}
