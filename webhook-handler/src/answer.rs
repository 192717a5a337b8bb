//! What Twilio and Telegram are told: little, and the same to everybody.

use adapter_twilio::{
    inbound::Rejection,
    signature::Refusal,
    twiml::{CONTENT_TYPE, EMPTY_RESPONSE},
};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use shared::ports::metrics::{Measurement, Metrics, RefusedFor};

/// An answer. None has a body but the first, and that is always the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The message is safe, or nothing is to be done about it.
    Acknowledged,
    /// The same, said to Telegram.
    Passed,
    /// Not from who it should be, or not for us.
    Forbidden,
    /// From Twilio, as far as is known, but no message.
    BadRequest,
    /// Ours, but it could not be kept. Twilio turns to its fallback URL; Telegram brings it again.
    Unavailable,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Acknowledged => ([(header::CONTENT_TYPE, CONTENT_TYPE)], EMPTY_RESPONSE).into_response(),
            Self::Passed => StatusCode::OK.into_response(),
            Self::Forbidden => StatusCode::FORBIDDEN.into_response(),
            Self::BadRequest => StatusCode::BAD_REQUEST.into_response(),
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }
}

/// Counts a request whose signature did not hold, and answers it.
pub(crate) fn refuse(metrics: &dyn Metrics, refusal: Refusal) -> Answer {
    tracing::warn!(counter = "webhook_refused", reason = refusal.reason(), "Refused a webhook: {refusal}");
    let (why, answer) = match refusal {
        Refusal::Form(_) => (RefusedFor::Size, Answer::BadRequest),
        _ => (RefusedFor::Signature, Answer::Forbidden),
    };
    metrics.record(&Measurement::WebhookRefused(why));
    answer
}

/// Counts an update that did not come with our secret, and answers it.
pub(crate) fn refuse_update(metrics: &dyn Metrics, refusal: adapter_telegram::secret::Refusal) -> Answer {
    tracing::warn!(counter = "webhook_refused", reason = refusal.reason(), "Refused an update: {refusal}");
    metrics.record(&Measurement::WebhookRefused(RefusedFor::Signature));
    Answer::Forbidden
}

/// Counts a body that is too large, or was not there in time or in full.
pub(crate) fn refuse_unread(metrics: &dyn Metrics, why: RefusedFor, reason: &'static str) -> Answer {
    tracing::warn!(counter = "webhook_refused", reason, "Refused a webhook: its body was not read");
    metrics.record(&Measurement::WebhookRefused(why));
    Answer::BadRequest
}

/// Counts a signed request that is no form at all.
pub(crate) fn refuse_other_body(metrics: &dyn Metrics) -> Answer {
    tracing::warn!(counter = "webhook_refused", reason = "no_form", "Refused a webhook: it is no form");
    metrics.record(&Measurement::WebhookRefused(RefusedFor::Shape));
    Answer::BadRequest
}

/// Counts a signed form that is no message, or no state of one, to work on, and answers it.
pub(crate) fn reject(metrics: &dyn Metrics, rejection: Rejection) -> Answer {
    let reason = rejection.reason();
    match rejection {
        Rejection::Shape(_) => {
            tracing::warn!(counter = "webhook_refused", reason, "Refused a webhook: {rejection}");
            metrics.record(&Measurement::WebhookRefused(RefusedFor::Shape));
            Answer::BadRequest
        }
        // Signed with our key, for somebody else: the one refusal that somebody must look at.
        Rejection::Foreign(_) => {
            tracing::error!(
                counter = "webhook_refused",
                reason,
                alarm = true,
                "Refused a webhook: {rejection}"
            );
            metrics.record(&Measurement::WebhookRefused(RefusedFor::Account));
            Answer::Forbidden
        }
        Rejection::FromOurselves | Rejection::NoPerson | Rejection::UnknownStatus | Rejection::OfACall => {
            tracing::info!(counter = "webhook_ignored", reason, "Ignored a webhook: {rejection}");
            Answer::Acknowledged
        }
    }
}
