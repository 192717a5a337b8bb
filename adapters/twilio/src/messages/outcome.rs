//! What an answer, or the lack of one, means for a message: sent, refused for ever, certainly not sent, or
//! nobody knows. Only the last one is guesswork, so everything doubtful belongs to it.

use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use shared::ports::messenger::{SendError, SentMessage};

use super::sent;

/// Free words after WhatsApp's 24 hours (Twilio, "Error 63016").
pub(super) const OUTSIDE_WINDOW: u32 = 63_016;

/// The wait after a rate limit that names none.
const BUSY: Duration = Duration::from_secs(2);

/// The wait after a connection that was not made.
const UNREACHABLE: Duration = Duration::from_secs(5);

/// The wait until somebody has looked at the account.
const ACCOUNT: Duration = Duration::from_secs(60);

/// Codes of "too many just now": 20429, 21611 (the sender's queue is full), 63018 (WhatsApp's rate).
const TOO_MANY: [u32; 3] = [20_429, 21_611, 63_018];

/// Codes of an account that may not send at all: 20003 (wrong credentials), 20005 (suspended), 20006.
const NO_ACCESS: [u32; 3] = [20_003, 20_005, 20_006];

/// Codes that mean this form of the message and not the message: 19023 (no form for this channel), 21654 to 21656 (content
/// or its variables), 21658 (a variable too long), 63005 and 63021 (the channel does not take the content), 63013 (its
/// policy), 63027, 63028 and 63030 (template, its parameters, or a parameter of the channel), 92006 (no such content).
/// From Twilio's error dictionary. All of them refuse a request, so nothing was sent.
const OF_CONTENT: [u32; 12] =
    [19_023, 21_654, 21_655, 21_656, 21_658, 63_005, 63_013, 63_021, 63_027, 63_028, 63_030, 92_006];

/// Codes of content that does not exist any more.
const NO_SUCH_CONTENT: [u32; 2] = [21_655, 92_006];

/// The code of a status callback that Twilio could not call.
const NO_CALLBACK: u32 = 21_609;

/// Whether the message may be had in another form.
pub(super) fn is_of_content(sent: &Result<SentMessage, SendError>) -> bool {
    matches!(sent, Err(SendError::Refused { code }) if OF_CONTENT.contains(code))
}

/// Whether the content of the message is gone.
pub(super) fn is_content_gone(sent: &Result<SentMessage, SendError>) -> bool {
    matches!(sent, Err(SendError::Refused { code }) if NO_SUCH_CONTENT.contains(code))
}

/// Whether the message was refused for where we want to be told of it.
pub(super) fn is_of_callback(sent: &Result<SentMessage, SendError>) -> bool {
    matches!(sent, Err(SendError::Refused { code: NO_CALLBACK }))
}

/// Twilio's error body. Its message names the number, so it is not read.
#[derive(Deserialize, Default)]
struct ErrorWire {
    #[serde(default)]
    code: u32,
}

/// What Twilio's answer to a `POST` means.
pub(super) fn of_answer(
    status: StatusCode,
    retry_after: Option<Duration>,
    body: &[u8],
) -> Result<SentMessage, SendError> {
    if status.is_success() {
        return sent::read_one(body).ok_or_else(|| {
            tracing::error!(
                http.status = status.as_u16(),
                "Twilio took a message, but its answer cannot be read"
            );
            SendError::Unknown
        });
    }
    let code = code_of(body);
    Err(match status {
        status if status == StatusCode::TOO_MANY_REQUESTS || TOO_MANY.contains(&code) => {
            SendError::NotTaken { after: retry_after.unwrap_or(BUSY) }
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => no_access(status, code),
        _ if NO_ACCESS.contains(&code) => no_access(status, code),
        // The server gave up waiting for us; what it had read by then is not known.
        StatusCode::REQUEST_TIMEOUT => SendError::Unknown,
        status if status.is_client_error() => SendError::Refused { code },
        status => {
            tracing::warn!(
                http.status = status.as_u16(),
                twilio.code = code,
                "Twilio failed while sending a message"
            );
            SendError::Unknown
        }
    })
}

/// The code in an error's body, 0 if there is none.
pub(super) fn code_of(body: &[u8]) -> u32 {
    serde_json::from_slice::<ErrorWire>(body).unwrap_or_default().code
}

/// What a `POST` without an answer means: unless there was no connection, it may have arrived.
pub(super) fn of_failure(error: &reqwest::Error) -> SendError {
    if error.is_connect() || error.is_builder() {
        tracing::warn!(cause = cause(error), "Twilio could not be reached to send a message");
        SendError::NotTaken { after: UNREACHABLE }
    } else {
        tracing::warn!(cause = cause(error), "The answer to sending a message was lost");
        SendError::Unknown
    }
}

pub(super) fn of_lookup_failure(error: &reqwest::Error) -> SendError {
    tracing::warn!(cause = cause(error), "The message log could not be read");
    SendError::Unknown
}

pub(super) fn of_lookup_answer(status: StatusCode) -> SendError {
    tracing::warn!(http.status = status.as_u16(), "The message log could not be read");
    SendError::Unknown
}

pub(super) fn too_much_to_look_through() -> SendError {
    tracing::warn!("The message log is too long to be looked through");
    SendError::Unknown
}

pub(super) fn not_configured() -> SendError {
    tracing::error!("Twilio's API is at an address that may not be dialled");
    SendError::NotTaken { after: ACCOUNT }
}

fn no_access(status: StatusCode, code: u32) -> SendError {
    tracing::error!(
        counter = "twilio_account_refused",
        http.status = status.as_u16(),
        twilio.code = code,
        "Twilio refuses our account or credentials"
    );
    SendError::NotTaken { after: ACCOUNT }
}

/// A word of ours for a client's error, whose own words hold the URL.
pub(super) fn cause(error: &reqwest::Error) -> &'static str {
    match error {
        error if error.is_timeout() => "timeout",
        error if error.is_connect() => "connect",
        error if error.is_builder() => "builder",
        error if error.is_body() || error.is_decode() => "body",
        _ => "request",
    }
}
