//! What Twilio tells of messages that we sent.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use shared::{
    domain::delivery::DeliveryStatus,
    jobs::MessageStatusV1,
    ports::{
        job_queue::QueueError,
        metrics::{Measurement, RefusedFor},
    },
    testing::{MadeUp, failing::Failing, fixed::FixedClock, memory_queue::MemoryQueue, samples},
};
use webhook_handler::STATUS_ROUTE;

use crate::world::{
    ACCOUNT, Answered, BASE, Different, TOKEN, World, acknowledged, request, sign_form, signed,
};

const SENT: &str = "SM000000000000000000000000000000ee";

/// A report as Twilio posts it, with the person's number in it.
fn report(status: &str) -> String {
    format!(
        "ChannelToAddress=%2B4915112345678&ChannelPrefix=whatsapp&SmsSid={SENT}&SmsStatus={status}&MessageSid={SENT}\
         &MessageStatus={status}&To=whatsapp%3A%2B4915112345678&From=whatsapp%3A%2B14155238886&AccountSid={ACCOUNT}\
         &StructuredMessage=false&ApiVersion=2010-04-01"
    )
}

fn about_note(n: u32) -> String {
    format!("{STATUS_ROUTE}?note={}", samples::message_id(n))
}

#[test]
fn twilio_is_given_the_route_that_is_answered() {
    assert_eq!(STATUS_ROUTE, adapter_twilio::inbound::status::STATUS_ROUTE);
}

#[tokio::test]
async fn b19_a_report_is_queued_with_the_note_that_its_signed_url_names() {
    let world = World::new();
    let failed = format!("{}&ErrorCode=63016&EventType=UNDELIVERED", report("undelivered"));
    for (target, body) in
        [(about_note(1), report("sent")), (STATUS_ROUTE.to_owned(), report("read")), (about_note(1), failed)]
    {
        assert_eq!(world.send(signed(&target, &body)).await, acknowledged());
    }
    let told = |status, error_code, about| MessageStatusV1 {
        id: SENT.parse().unwrap(),
        status,
        error_code,
        about,
        at: samples::now(),
    };
    assert_eq!(
        world.queued_states(),
        [
            told(DeliveryStatus::Sent, None, Some(samples::message_id(1))),
            told(DeliveryStatus::Read, None, None),
            told(DeliveryStatus::Undelivered, Some(63_016), Some(samples::message_id(1))),
        ]
    );
    assert_eq!(world.directory.lookups(), 0);
    assert!(world.metrics.all().is_empty(), "no message came in");
}

#[tokio::test]
async fn b19_a_note_that_nobody_signed_is_not_believed() {
    let world = World::new();
    let signature = sign_form(TOKEN, &format!("{BASE}{}", about_note(1)), report("sent").as_bytes());
    let forged = world.send(request(&about_note(2), &signature, &report("sent"))).await;
    world.assert_refused(&forged, StatusCode::FORBIDDEN, "signature_mismatch");
    let stripped = world.send(request(STATUS_ROUTE, &signature, &report("sent"))).await;
    world.assert_refused(&stripped, StatusCode::FORBIDDEN, "signature_mismatch");
    // Signed for another route of ours.
    let elsewhere = sign_form(TOKEN, &format!("{BASE}/webhook"), report("sent").as_bytes());
    let moved = world.send(request(STATUS_ROUTE, &elsewhere, &report("sent"))).await;
    world.assert_refused(&moved, StatusCode::FORBIDDEN, "signature_mismatch");
}

#[tokio::test]
async fn a_report_has_its_fields_once_each_and_is_for_our_account() {
    let world = World::new();
    for name in ["MessageSid", "MessageStatus", "AccountSid"] {
        let twice = world.send(signed(STATUS_ROUTE, &format!("{}&{name}=x", report("sent")))).await;
        world.assert_refused(&twice, StatusCode::BAD_REQUEST, "field_repeated");
        let without = report("sent").replace(&format!("&{name}="), "&Other=");
        let without = world.send(signed(STATUS_ROUTE, &without)).await;
        world.assert_refused(&without, StatusCode::BAD_REQUEST, "field_missing");
    }
    drop(world.metrics.take());
    let foreign = report("sent").replace(ACCOUNT, "AC00000000000000000000000000000002");
    let foreign = world.send(signed(STATUS_ROUTE, &foreign)).await;
    assert!(world.log().iter().any(|line| line["fields"]["alarm"] == true));
    world.assert_refused(&foreign, StatusCode::FORBIDDEN, "foreign_account");
    assert_eq!(world.metrics.take(), [Measurement::WebhookRefused(RefusedFor::Account)]);
}

#[tokio::test]
async fn what_we_do_not_know_is_acknowledged_and_counted() {
    let world = World::new();
    let call =
        format!("CallSid=CA00000000000000000000000000000001&CallStatus=completed&AccountSid={ACCOUNT}");
    for body in [report("dancing"), report("received"), call] {
        assert_eq!(world.send(signed(&about_note(1), &body)).await, acknowledged());
    }
    assert_eq!(world.counted("webhook_ignored"), ["unknown_status", "unknown_status", "of_a_call"]);
    assert_eq!(world.queue.depth(), 0);
}

#[tokio::test]
async fn b17_a_report_that_cannot_be_queued_is_not_acknowledged() {
    let full = || QueueError(MadeUp::boxed("full"));
    let queue = Arc::new(MemoryQueue::new(Arc::new(FixedClock::default())));
    let world = World::with(Different {
        queue: Some(Arc::new(Failing::always(full, queue))),
        ..Different::default()
    });
    let answered = world.send(signed(&about_note(1), &report("sent"))).await;
    let unavailable =
        Answered { status: StatusCode::SERVICE_UNAVAILABLE, content_type: None, body: Bytes::new() };
    assert_eq!(answered, unavailable);
    assert_eq!(world.metrics.all(), [Measurement::EnqueueFailed]);
}

#[tokio::test]
async fn g01_no_number_of_a_report_stands_in_the_log() {
    let world = World::new();
    for body in [
        report("sent"),
        report("CANARY"),
        report("failed").replace(SENT, "..CANARY"),
        format!("{}&Body=CANARY", report("read")),
    ] {
        world.send(signed("/twilio/status?note=QUERYCANARY..&x=CANARY", &body)).await;
    }
    let log = world.log_text();
    assert!(log.contains("status_queued") && log.contains(SENT), "{log}");
    for canary in ["CANARY", "4915112345678", "14155238886", ACCOUNT, TOKEN] {
        assert!(!log.contains(canary), "{canary} in:\n{log}");
    }
}

#[tokio::test]
async fn a17_the_route_stands_below_the_configured_path_too() {
    let world = World::with(Different { base: Some("https://a.example/prod"), ..Different::default() });
    let signature =
        sign_form(TOKEN, &format!("https://a.example/prod{}", about_note(1)), report("sent").as_bytes());
    for prefix in ["", "/prod"] {
        let target = format!("{prefix}{}", about_note(1));
        assert_eq!(
            world.send(request(&target, &signature, &report("sent"))).await,
            acknowledged(),
            "{target}"
        );
    }
    assert_eq!(world.queued_states().len(), 2);
}
