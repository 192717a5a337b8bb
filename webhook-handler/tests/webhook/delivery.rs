//! From a good message to the queue, whatever fails on the way.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::StatusCode;
use shared::{
    ports::{directory::DirectoryError, job_queue::QueueError},
    testing::{
        MadeUp, failing::Failing, fixed::FixedClock, map_directory::MapDirectory, memory_queue::MemoryQueue,
        samples,
    },
};
use tokio::time::Instant;

use crate::world::{Answered, Different, World, acknowledged, form, signed, text};

fn down() -> DirectoryError {
    DirectoryError(MadeUp::boxed("down"))
}

fn full() -> QueueError {
    QueueError(MadeUp::boxed("full"))
}

fn unavailable() -> Answered {
    Answered { status: StatusCode::SERVICE_UNAVAILABLE, content_type: None, body: Bytes::new() }
}

fn hanging_directory() -> Different {
    let people = Arc::new(MapDirectory::of([(samples::SENDER, samples::customer())]));
    Different { directory: Some(Arc::new(Failing::always(down, people).hanging())), ..Different::default() }
}

fn queue() -> Arc<MemoryQueue> {
    Arc::new(MemoryQueue::new(Arc::new(FixedClock::default())))
}

#[tokio::test]
async fn a27_a_stranger_gets_the_same_answer_and_nothing_is_queued() {
    let world = World::new();
    let known = world.post(&text("hi")).await;
    let stranger = world.post(&form(&[("From", Some("whatsapp:+4915100000000"))])).await;
    assert_eq!(known, stranger);
    assert_eq!(known, acknowledged());
    assert_eq!(world.queued().len(), 1);
    assert_eq!(world.counted("webhook_unknown_sender").len(), 1);
}

#[tokio::test]
async fn two_people_of_one_number_are_strangers() {
    let world = World::new();
    world.directory.add(samples::SENDER, samples::customer_of("acme"));
    assert_eq!(world.post(&text("hi")).await, acknowledged());
    assert!(world.queued().is_empty());
}

#[tokio::test]
async fn b01_b05_every_delivery_is_queued_and_told_apart_by_its_id_alone() {
    let world = World::new();
    for token in ["TOKEN-1", "TOKEN-1", "TOKEN-2"] {
        let mut request = signed("/webhook", &text("hi"));
        request.headers_mut().insert("i-twilio-idempotency-token", token.parse().unwrap());
        assert_eq!(world.send(request).await, acknowledged());
    }
    let queued = world.queued();
    assert_eq!(queued.len(), 3);
    assert!(queued.iter().all(|note| *note == queued[0]));
}

#[tokio::test]
async fn b17_a_queue_that_fails_is_not_acknowledged() {
    let failing = Arc::new(Failing::on_call(1, full, queue()));
    let world = World::with(Different { queue: Some(failing.clone()), ..Different::default() });
    assert_eq!(world.post(&text("hi")).await, unavailable());
    assert_eq!(world.counted("webhook_not_queued").len(), 1);
    // Twilio turns to its fallback URL.
    assert_eq!(world.send(signed("/twilio/fallback", &text("hi"))).await, acknowledged());
    assert_eq!(failing.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn b17_a_queue_that_hangs_is_left_after_three_seconds() {
    let hanging = Arc::new(Failing::always(full, queue()).hanging());
    let world = World::with(Different { queue: Some(hanging), ..Different::default() });
    let began = Instant::now();
    assert_eq!(world.post(&text("hi")).await, unavailable());
    assert_eq!(began.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn b18_a_lookup_that_hangs_is_left_after_two_seconds_and_the_message_is_kept() {
    let world = World::with(hanging_directory());
    let began = Instant::now();
    assert_eq!(world.post(&text("hi")).await, acknowledged());
    assert_eq!(began.elapsed(), Duration::from_secs(2));
    let queued = world.queued();
    assert_eq!((queued.len(), &queued[0].sender), (1, &None));
    assert_eq!(world.counted("webhook_sender_unverified").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn b17_b18_both_together_still_end_within_three_seconds() {
    let hanging = Arc::new(Failing::always(full, queue()).hanging());
    let world = World::with(Different { queue: Some(hanging), ..hanging_directory() });
    let began = Instant::now();
    assert_eq!(world.post(&text("hi")).await, unavailable());
    assert_eq!(began.elapsed(), Duration::from_secs(3));
}

#[tokio::test]
async fn b18_d_a_lookup_that_is_down_loses_no_message() {
    let world = World::new();
    world.directory.set_unavailable(true);
    assert_eq!(world.post(&text("hi")).await, acknowledged());
    assert_eq!(world.queued()[0].sender, None);
    assert_eq!(world.counted("webhook_refused").len(), 0);
}

#[tokio::test]
async fn b20_the_fallback_delivers_the_same_message() {
    let world = World::new();
    world.post(&text("hi")).await;
    let again = format!("{}&ErrorCode=11200&ErrorUrl=https%3A%2F%2Fhark.example%2Fwebhook", text("hi"));
    world.clock.advance(Duration::from_secs(15));
    assert_eq!(world.send(signed("/twilio/fallback", &again)).await, acknowledged());
    let queued = world.queued();
    assert!(queued[1].message.says_the_same_as(&queued[0].message));
    assert_ne!(queued[1].message, queued[0].message, "received at another time");
}
