//! O6: what an operator sees counted of webhooks.

use std::sync::Arc;

use axum::body::Body;
use shared::{
    ports::{
        job_queue::QueueError,
        metrics::{Measurement, RefusedFor},
    },
    testing::{MadeUp, failing::Failing, fixed::FixedClock, memory_queue::MemoryQueue},
};

use crate::world::{ACCOUNT, Different, World, form, request, signed, text};

#[tokio::test]
async fn o6_a_message_is_counted_once_as_what_became_of_it() {
    let world = World::new();
    world.post(&text("hi")).await;
    assert_eq!(world.metrics.take(), [Measurement::WebhookAccepted]);
    world.post(&form(&[("From", Some("whatsapp:+4915100000000"))])).await;
    assert_eq!(world.metrics.take(), [Measurement::UnknownSender]);
    world.directory.set_unavailable(true);
    world.post(&text("hi")).await;
    assert_eq!(world.metrics.take(), [Measurement::LookupFailed, Measurement::WebhookAccepted]);
}

#[tokio::test]
async fn o6_what_cannot_be_queued_is_counted_and_not_as_accepted() {
    let full = || QueueError(MadeUp::boxed("full"));
    let queue = Arc::new(MemoryQueue::new(Arc::new(FixedClock::default())));
    let failing = Arc::new(Failing::always(full, queue));
    let world = World::with(Different { queue: Some(failing), ..Different::default() });
    world.post(&text("hi")).await;
    assert_eq!(world.metrics.all(), [Measurement::EnqueueFailed]);
}

#[tokio::test]
async fn o6_each_refusal_is_counted_by_its_kind() {
    let world = World::new();
    let mut unsigned = signed("/webhook", &text("hi"));
    unsigned.headers_mut().remove("x-twilio-signature");
    let forged = request("/webhook", "MDEyMzQ1Njc4OTAxMjM0NTY3ODk=", &text("hi"));
    let large = signed("/webhook", &text("hi")).map(|_| Body::from("x".repeat(70_000)));
    let crowded = signed("/webhook", &"a=1&".repeat(1_001));
    for (request, why) in [
        (unsigned, RefusedFor::Signature),
        (forged, RefusedFor::Signature),
        (large, RefusedFor::Size),
        (crowded, RefusedFor::Size),
        (signed("/webhook", &form(&[("MessageSid", None)])), RefusedFor::Shape),
        (signed("/webhook", &text("hi").replace(ACCOUNT, "AC9")), RefusedFor::Account),
        (signed("/webhook", &form(&[("To", Some("whatsapp:+4915100000001"))])), RefusedFor::Account),
    ] {
        let answered = world.send(request).await;
        assert!(answered.status.is_client_error(), "{why:?}");
        assert_eq!(world.metrics.take(), [Measurement::WebhookRefused(why)]);
    }
}
