//! What went wrong at AWS, without what AWS says about it: its messages and the SDK's own errors quote
//! keys, bodies, headers and addresses, so only the operation, status, code and request id are kept.

use std::fmt;

use aws_smithy_runtime_api::{
    client::{orchestrator::HttpResponse, result::SdkError},
    http::Headers,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A call to AWS that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsFailure {
    operation: &'static str,
    what: What,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    NotSent,
    TimedOut,
    Unreachable,
    CutOff,
    Answered,
    Unexpected(&'static str),
}

/// Codes that mean "later", whatever status they come with (AWS service documents; the SDK's own list).
const PASSING: [&str; 17] = [
    "BandwidthLimitExceeded",
    "ConditionalRequestConflict",
    "EC2ThrottledException",
    "InternalServerError",
    "KMSThrottlingException",
    "KmsThrottled",
    "OperationAborted",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestTimeout",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflictException",
];

impl AwsFailure {
    /// Of an SDK error. `operation` is the API's own name for the call, such as `PutObject`.
    pub fn of<E: ProvideErrorMetadata>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self {
        let what = match error {
            SdkError::ConstructionFailure(_) => What::NotSent,
            SdkError::TimeoutError(_) => What::TimedOut,
            SdkError::DispatchFailure(failure) if failure.is_user() => What::NotSent,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => What::TimedOut,
            SdkError::DispatchFailure(_) => What::Unreachable,
            SdkError::ResponseError(_) => What::CutOff,
            _ => What::Answered,
        };
        let response = error.raw_response();
        Self {
            operation,
            what,
            status: response.map(|r| r.status().as_u16()),
            code: error.code().map(shortened),
            request_id: response.and_then(|r| request_id(r.headers())),
        }
    }

    /// Of an answer whose body ended too early.
    #[must_use]
    pub const fn cut_off(operation: &'static str) -> Self {
        Self::bare(operation, What::CutOff)
    }

    /// Of an answer that is not what the API promises, or a request that is not allowed to be made.
    #[must_use]
    pub const fn unexpected(operation: &'static str, what: &'static str) -> Self {
        Self::bare(operation, What::Unexpected(what))
    }

    /// Of a call that took longer than its caller waits.
    #[must_use]
    pub const fn timed_out(operation: &'static str) -> Self {
        Self::bare(operation, What::TimedOut)
    }

    const fn bare(operation: &'static str, what: What) -> Self {
        Self { operation, what, status: None, code: None, request_id: None }
    }

    /// AWS's code, such as `SlowDown`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        self.status
    }

    /// Whether the same call may succeed later: throttled, unreachable, a conflict of writers, a fault at
    /// AWS, or a bucket that is not yet where its name points to (307).
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self.what {
            What::TimedOut | What::Unreachable | What::CutOff => true,
            What::NotSent | What::Unexpected(_) => false,
            What::Answered => {
                matches!(self.status, Some(307 | 429 | 500..))
                    || self.code.as_deref().is_some_and(|code| PASSING.contains(&code))
            }
        }
    }
}

impl fmt::Display for AwsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        match self.what {
            What::NotSent => f.write_str("could not be sent")?,
            What::TimedOut => f.write_str("no answer in time")?,
            What::Unreachable => f.write_str("not reachable")?,
            What::CutOff => f.write_str("the answer could not be read")?,
            What::Answered => f.write_str("refused")?,
            What::Unexpected(what) => f.write_str(what)?,
        }
        for part in [self.status.map(|s| s.to_string()), self.code.clone()].into_iter().flatten() {
            write!(f, " {part}")?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for AwsFailure {}

fn request_id(headers: &Headers) -> Option<String> {
    headers.get("x-amzn-requestid").or_else(|| headers.get("x-amz-request-id")).map(shortened)
}

/// Codes and ids are plain words; anything else that stands in their place is not repeated.
fn shortened(raw: &str) -> String {
    raw.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_tells_what_to_look_for_and_nothing_else() {
        let failure = AwsFailure {
            operation: "PutObject",
            what: What::Answered,
            status: Some(503),
            code: Some(shortened("SlowDown")),
            request_id: Some(shortened("4442587FB7D0A2F9\u{7}<b>")),
        };
        assert_eq!(failure.to_string(), "PutObject: refused 503 SlowDown (request 4442587FB7D0A2F9b)");
        assert!(failure.may_pass());
    }

    #[test]
    fn b12_what_passes_and_what_does_not() {
        let answered = |status, code: &str| AwsFailure {
            status: Some(status),
            code: Some(code.to_owned()),
            ..AwsFailure::bare("X", What::Answered)
        };
        for (failure, passes) in [
            (answered(307, "TemporaryRedirect"), true),
            (answered(409, "ConditionalRequestConflict"), true),
            (answered(400, "ProvisionedThroughputExceededException"), true),
            (answered(400, "RequestTimeout"), true),
            (answered(500, "InternalError"), true),
            (answered(503, "SlowDown"), true),
            (answered(400, "ValidationException"), false),
            (answered(403, "AccessDenied"), false),
            (answered(404, "NoSuchBucket"), false),
            (AwsFailure::cut_off("X"), true),
            (AwsFailure::timed_out("X"), true),
            (AwsFailure::unexpected("X", "odd"), false),
        ] {
            assert_eq!(failure.may_pass(), passes, "{failure}");
        }
    }
}
