//! Sends the messages of webhooks to receivers that nobody here knows.

use std::time::Duration;

use async_trait::async_trait;

use crate::domain::webhook::{Outcome, Refusal, SignedRequest};

/// Longest time that a receiver has for its answer, from the look-up of its name on (Standard Webhooks recommends 15 to
/// 30 s).
pub const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// What a receiver answered. Of its body nothing is kept: nobody vouches for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// The status. A redirect is one as any other: it is not followed.
    pub status: u16,
    /// How long it asked to be left in peace (`Retry-After`).
    pub retry_after: Option<Duration>,
}

/// Why there is no answer. Holds nothing of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendFailure {
    /// The address is one that must not be dialled, or its name resolves to such ones only. Nothing was sent.
    #[error("the receiver's address is not one that may be dialled")]
    InnerAddress,
    /// No connection could be had. Nothing was sent.
    #[error("no connection to the receiver could be had")]
    Unreachable,
    /// Not in time. The receiver may have the message.
    #[error("the receiver did not answer in time")]
    TimedOut,
    /// The connection broke, or what came is no HTTP. The receiver may have the message.
    #[error("the connection to the receiver broke")]
    Broken,
}

/// Sends messages.
#[async_trait]
pub trait WebhookSender: Send + Sync {
    /// Posts a message once, and waits for its answer no longer than `within`.
    async fn post(&self, request: &SignedRequest, within: Duration) -> Result<Received, SendFailure>;
}

/// What became of a message, in the domain's words.
#[must_use]
pub fn outcome_of(answer: Result<Received, SendFailure>) -> Outcome {
    match answer {
        Ok(received) => Outcome::of_status(received.status),
        Err(SendFailure::InnerAddress) => Outcome::Refused(Refusal::InnerAddress),
        Err(SendFailure::Unreachable) => Outcome::Refused(Refusal::Unreachable),
        Err(SendFailure::TimedOut) => Outcome::Refused(Refusal::TimedOut),
        Err(SendFailure::Broken) => Outcome::Refused(Refusal::Broken),
    }
}
