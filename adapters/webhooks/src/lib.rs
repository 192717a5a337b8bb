//! Sends the messages of webhooks over HTTPS to receivers that nobody here knows and that companies chose themselves: with
//! the headers of Standard Webhooks, to addresses of the public internet only, without following anybody anywhere.

mod retry_after;

use std::time::Duration;

use adapter_egress::{AddressPolicy, Egress, EgressError, was_forbidden};
use async_trait::async_trait;
use http::{
    Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use reqwest::Response;
use shared::{
    domain::webhook::{Loopback, SignedRequest},
    ports::webhook_sender::{Received, SendFailure, WebhookSender},
};

/// How much of an answer is read, so that its connection can be used again. Nothing of it is kept.
const READ_AT_MOST: usize = 4 * 1_024;

/// Sends. Cloning shares the connections.
#[derive(Debug, Clone)]
pub struct HttpWebhookSender {
    egress: Egress,
}

impl HttpWebhookSender {
    /// Builds the client. With [`Loopback::Allowed`], receivers may be on this machine too, for a developer's or an
    /// office's own; no other inner address is ever dialled.
    ///
    /// # Errors
    /// [`EgressError`].
    pub fn new(loopback: Loopback) -> Result<Self, EgressError> {
        let policy = match loopback {
            Loopback::Refused => AddressPolicy::PublicOnly,
            Loopback::Allowed => AddressPolicy::LoopbackAllowed,
        };
        Ok(Self { egress: Egress::new(policy)? })
    }
}

#[async_trait]
impl WebhookSender for HttpWebhookSender {
    async fn post(&self, request: &SignedRequest, within: Duration) -> Result<Received, SendFailure> {
        let url = request.endpoint().url().clone();
        let builder = self.egress.request(Method::POST, url).map_err(|_| SendFailure::InnerAddress)?;
        let sent = builder
            .timeout(within)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "*/*")
            .header("webhook-id", request.id())
            .header("webhook-timestamp", request.timestamp())
            .header("webhook-signature", request.signature())
            .body(request.body().to_owned())
            .send();
        let response = sent.await.map_err(|error| failure(&error))?;
        let received = Received {
            status: response.status().as_u16(),
            retry_after: retry_after::read(response.headers()),
        };
        drain(response).await;
        Ok(received)
    }
}

/// Says nothing of the error itself: it holds the URL.
fn failure(error: &reqwest::Error) -> SendFailure {
    if was_forbidden(error) {
        SendFailure::InnerAddress
    } else if error.is_connect() {
        SendFailure::Unreachable
    } else if error.is_timeout() {
        SendFailure::TimedOut
    } else {
        SendFailure::Broken
    }
}

/// A short answer is read to its end; a longer one is left, and its connection with it.
async fn drain(mut response: Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > READ_AT_MOST {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
