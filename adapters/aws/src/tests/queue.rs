//! What goes to SQS, and what becomes of its answers.

use std::time::Duration;

use serde_json::json;
use shared::{
    jobs::Job,
    ports::{
        job_queue::JobQueue,
        redelivery::{Redelivery, Spent},
    },
};

use super::stub::{Answer, Stub};
use crate::{SqsControl, SqsQueue};

const QUEUE: &str = "http://127.0.0.1/000000000000/jobs";
const DEAD: &str = "http://127.0.0.1/000000000000/dead";

fn job() -> Job {
    Job::from_body(
        &json!({
            "kind": "note_received", "v": 1, "sender": null,
            "message": {
                "id": "SM00000001", "from": "whatsapp:+4915112345678", "to": "whatsapp:+14155238886",
                "text": "Order pipes", "received_at": "2026-11-20T10:00:00Z",
            },
        })
        .to_string(),
    )
    .unwrap()
}

fn sent() -> Answer {
    Answer::new(200, r#"{"MessageId":"m1","MD5OfMessageBody":"x"}"#)
}

#[tokio::test]
async fn a_job_is_sent_as_its_body() {
    let stub = Stub::answering([sent(), sent()]).await;
    let queue = SqsQueue::new(&stub.base, QUEUE);
    queue.send(&job(), Duration::from_millis(1_200)).await.unwrap();
    queue.send(&job(), Duration::from_secs(5_000)).await.unwrap();
    let seen = stub.seen();
    assert_eq!(seen[0].header("x-amz-target"), "AmazonSQS.SendMessage");
    let body = seen[0].json();
    assert_eq!((&body["QueueUrl"], &body["DelaySeconds"]), (&json!(QUEUE), &json!(2)));
    assert_eq!(Job::from_body(body["MessageBody"].as_str().unwrap()).unwrap(), job());
    assert_eq!(seen[1].json()["DelaySeconds"], 900);
}

#[tokio::test]
async fn b17_a_queue_that_does_not_take_it_is_told_without_the_message() {
    let stub = Stub::answering(vec![Answer::json_error(500, "InternalFailure"); 3]).await;
    let error = SqsQueue::new(&stub.base, QUEUE).send(&job(), Duration::ZERO).await.unwrap_err();
    assert_eq!(error.0.to_string(), "SendMessage: refused 500 InternalFailure (request b25f48e8)");
    let shown = format!("{error:?}");
    assert!(!shown.contains("pipes") && !shown.contains("4915") && !shown.contains("CANARY"), "{shown}");
    assert_eq!(stub.seen().len(), 3);
}

#[tokio::test]
async fn a_delivery_is_hidden_for_longer() {
    let stub = Stub::answering([Answer::new(200, "{}")]).await;
    SqsControl::new(&stub.base, QUEUE, DEAD).delay("receipt", Duration::from_secs(90)).await.unwrap();
    let seen = stub.seen();
    assert_eq!(seen[0].header("x-amz-target"), "AmazonSQS.ChangeMessageVisibility");
    assert_eq!(
        seen[0].json(),
        json!({"QueueUrl": QUEUE, "ReceiptHandle": "receipt", "VisibilityTimeout": 90})
    );
}

#[tokio::test]
async fn nothing_is_hidden_for_longer_than_sqs_allows() {
    let stub = Stub::answering([Answer::new(200, "{}")]).await;
    SqsControl::new(&stub.base, QUEUE, DEAD).delay("receipt", Duration::MAX).await.unwrap();
    // Twelve hours from the receipt, of which a function's longest run may be over.
    assert_eq!(stub.seen()[0].json()["VisibilityTimeout"], 42_300);
}

#[tokio::test]
async fn b06_a_copy_carries_what_was_spent_and_comes_later() {
    let stub = Stub::answering([sent(), sent()]).await;
    let control = SqsControl::new(&stub.base, QUEUE, DEAD);
    let spent = Spent { tries: 2, waits: 7, rounds: 3 };
    control.park("{\"v\":1}", spent, Duration::from_millis(90_500)).await.unwrap();
    control.park("x", Spent::default(), Duration::from_secs(3_600)).await.unwrap();
    let seen = stub.seen();
    assert_eq!(seen[0].header("x-amz-target"), "AmazonSQS.SendMessage");
    assert_eq!(
        seen[0].json(),
        json!({
            "QueueUrl": QUEUE,
            "MessageBody": "{\"v\":1}",
            "DelaySeconds": 91,
            "MessageAttributes": {
                "HarkTries": {"DataType": "Number", "StringValue": "2"},
                "HarkWaits": {"DataType": "Number", "StringValue": "7"},
                "HarkRounds": {"DataType": "Number", "StringValue": "3"},
            },
        })
    );
    assert_eq!(seen[1].json()["DelaySeconds"], 900);
}

#[tokio::test]
async fn what_sqs_refuses_is_told_without_the_message() {
    let refused = || Answer::json_error(403, "AccessDenied");
    let stub = Stub::answering([refused(), refused(), refused()]).await;
    let control = SqsControl::new(&stub.base, QUEUE, DEAD);
    for (refused, said) in [
        (control.delay("CANARY", Duration::ZERO).await, "ChangeMessageVisibility: refused 403 AccessDenied"),
        (
            control.park("CANARY", Spent::default(), Duration::ZERO).await,
            "SendMessage: refused 403 AccessDenied",
        ),
        (control.bury("CANARY", "CANARY").await, "SendMessage: refused 403 AccessDenied"),
    ] {
        let error = refused.unwrap_err();
        assert!(error.0.to_string().starts_with(said), "{}", error.0);
        assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
    }
}

#[tokio::test]
async fn b24_a_dead_letter_carries_its_reason() {
    let stub = Stub::answering([sent(), sent()]).await;
    let control = SqsControl::new(&stub.base, QUEUE, DEAD);
    control.bury("{\"v\":9}", "unknown job kind or version: note v9\u{0}").await.unwrap();
    control.bury("x", " \n").await.unwrap();
    let seen = stub.seen();
    assert_eq!(
        seen[0].json(),
        json!({
            "QueueUrl": DEAD,
            "MessageBody": "{\"v\":9}",
            "MessageAttributes": {
                "reason": {"DataType": "String", "StringValue": "unknown job kind or version: note v9 "},
            },
        })
    );
    assert_eq!(seen[1].json()["MessageAttributes"]["reason"]["StringValue"], "unknown");
}
