//! What everybody keeps that sends the messages of webhooks.

use std::time::Duration;

use async_trait::async_trait;

use crate::{
    domain::webhook::{Endpoint, SignedRequest, WebhookId, WebhookSecret},
    ports::webhook_sender::{ANSWER_WITHIN, Received, SendFailure, WebhookSender},
    testing::samples,
};

/// A sender, as the contract drives it, and places to send to.
#[async_trait]
pub trait SenderUnderTest: Send + Sync {
    /// The port.
    fn sender(&self) -> &dyn WebhookSender;

    /// A new receiver that answers everything with this status and these headers.
    async fn receiver(&self, status: u16, headers: &[(&str, &str)]) -> Endpoint;

    /// Where nobody listens.
    async fn nobody(&self) -> Endpoint;

    /// The bodies that came to a receiver, in their order.
    fn received(&self, at: &Endpoint) -> Vec<String>;
}

/// A signed message; `once` makes it another one.
///
/// # Panics
/// Never: the secret is one.
#[must_use]
pub fn signed(to: &Endpoint, once: u8) -> SignedRequest {
    let secrets = [WebhookSecret::of_random(&[7; 32])];
    let id = WebhookId::of_random(&[1; 32]);
    SignedRequest::of_ping(&id, to, &secrets, &[once; 32], samples::now()).expect("a message")
}

/// All promises.
pub async fn all(under_test: &dyn SenderUnderTest) {
    a_message_arrives_as_it_was_signed_and_its_status_is_told(under_test).await;
    a_redirect_is_a_status_and_is_not_followed(under_test).await;
    who_asks_to_be_left_in_peace_is_heard(under_test).await;
    where_nobody_listens_nothing_is_sent(under_test).await;
}

fn answered(status: u16) -> Result<Received, SendFailure> {
    Ok(Received { status, retry_after: None })
}

async fn a_message_arrives_as_it_was_signed_and_its_status_is_told(under_test: &dyn SenderUnderTest) {
    for status in [200, 202, 204, 400, 404, 410, 429, 500, 503] {
        let at = under_test.receiver(status, &[]).await;
        let (one, other) = (signed(&at, 1), signed(&at, 2));
        for request in [&one, &other] {
            assert_eq!(under_test.sender().post(request, ANSWER_WITHIN).await, answered(status));
        }
        assert_eq!(under_test.received(&at), [one.body(), other.body()]);
    }
}

async fn a_redirect_is_a_status_and_is_not_followed(under_test: &dyn SenderUnderTest) {
    let elsewhere = under_test.receiver(200, &[]).await;
    for status in [301, 302, 303, 307, 308] {
        let at = under_test.receiver(status, &[("location", elsewhere.url().as_str())]).await;
        let answer = under_test.sender().post(&signed(&at, 1), ANSWER_WITHIN).await;
        assert_eq!(answer, answered(status));
        assert_eq!(under_test.received(&at).len(), 1);
    }
    assert!(under_test.received(&elsewhere).is_empty(), "nobody was followed");
}

async fn who_asks_to_be_left_in_peace_is_heard(under_test: &dyn SenderUnderTest) {
    let at = under_test.receiver(429, &[("retry-after", "120")]).await;
    let answer = under_test.sender().post(&signed(&at, 1), ANSWER_WITHIN).await;
    assert_eq!(answer, Ok(Received { status: 429, retry_after: Some(Duration::from_secs(120)) }));
}

async fn where_nobody_listens_nothing_is_sent(under_test: &dyn SenderUnderTest) {
    let at = under_test.nobody().await;
    let answer = under_test.sender().post(&signed(&at, 1), ANSWER_WITHIN).await;
    assert_eq!(answer, Err(SendFailure::Unreachable));
    assert!(under_test.received(&at).is_empty());
}
