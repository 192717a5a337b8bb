//! Batches as Lambda delivers them, with handlers that end in every way.

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use serde_json::{Value, json};
use shared::ports::job_queue::QueueError;
use tokio::sync::Barrier;

use super::*;

/// Ends as the message's text says, once all jobs of the batch have begun.
struct Scripted {
    together: Barrier,
    attempts: Mutex<Vec<Attempt>>,
}

impl Scripted {
    fn for_jobs(jobs: usize) -> Arc<Self> {
        Arc::new(Self { together: Barrier::new(jobs), attempts: Mutex::default() })
    }
}

#[async_trait]
impl JobHandler for Scripted {
    async fn handle(&self, job: &Job, attempt: Attempt) -> Result<(), JobError> {
        self.attempts.lock().unwrap().push(attempt);
        self.together.wait().await;
        let Job::NoteReceived(note) = job;
        let after = Duration::from_secs(40);
        let reason = "as told".to_owned();
        match note.message.text.expose().as_str() {
            "retry" => Err(JobError::Retry { after, reason }),
            "busy" => Err(JobError::Busy { after, reason }),
            "dead" => Err(JobError::Dead { reason }),
            "panic" => panic!("CANARY"),
            _ => Ok(()),
        }
    }
}

/// Keeps what it was asked to do, or refuses all of it.
#[derive(Default)]
struct Recorded {
    delayed: Mutex<Vec<(String, Duration)>>,
    buried: Mutex<Vec<(String, String)>>,
    broken: bool,
}

impl Recorded {
    fn answer(&self) -> Result<(), QueueError> {
        if self.broken { Err(QueueError("broken".into())) } else { Ok(()) }
    }
}

#[async_trait]
impl Redelivery for Recorded {
    async fn delay(&self, receipt: &str, after: Duration) -> Result<(), QueueError> {
        self.delayed.lock().unwrap().push((receipt.to_owned(), after));
        self.answer()
    }

    async fn bury(&self, body: &str, reason: &str) -> Result<(), QueueError> {
        self.buried.lock().unwrap().push((body.to_owned(), reason.to_owned()));
        self.answer()
    }
}

fn body(text: &str) -> String {
    json!({
        "kind": "note_received", "v": 1, "sender": null,
        "message": {
            "id": "SM00000001", "from": "whatsapp:+4915112345678", "to": "whatsapp:+14155238886",
            "text": text, "received_at": "2026-11-20T10:00:00Z",
        },
    })
    .to_string()
}

/// An event as Lambda sends it, one record for each body.
fn event(bodies: &[String]) -> SqsEvent {
    let records: Vec<Value> = bodies
        .iter()
        .enumerate()
        .map(|(n, body)| {
            json!({
                "messageId": format!("m{n}"),
                "receiptHandle": format!("r{n}"),
                "body": body,
                "attributes": {
                    "ApproximateReceiveCount": (n + 1).to_string(),
                    "SentTimestamp": "1795168800000",
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                    "ApproximateFirstReceiveTimestamp": "1795168800001",
                },
                "messageAttributes": {},
                "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:jobs",
                "awsRegion": "eu-central-1",
            })
        })
        .collect();
    serde_json::from_value(json!({ "Records": records })).unwrap()
}

async fn handle(bodies: &[String], handler: Arc<Scripted>, redelivery: &Arc<Recorded>) -> Value {
    let redelivery: Arc<dyn Redelivery> = Arc::clone(redelivery) as _;
    serde_json::to_value(handle_batch(event(bodies), handler, redelivery, 5).await).unwrap()
}

#[tokio::test]
async fn b13_of_ten_one_poisoned_is_listed_alone() {
    let mut bodies = vec![body("fine"); 10];
    bodies[3] = body("panic");
    let redelivery = Arc::new(Recorded::default());
    // The barrier opens only when all ten are at work at the same time.
    let response = handle(&bodies, Scripted::for_jobs(10), &redelivery).await;
    assert_eq!(response, json!({"batchItemFailures": [{"itemIdentifier": "m3"}]}));
    assert_eq!(redelivery.delayed.lock().unwrap().len(), 1);
    assert!(redelivery.buried.lock().unwrap().is_empty());
}

#[tokio::test]
async fn every_end_has_its_consequence() {
    let bodies = ["fine", "retry", "busy", "dead"].map(body);
    let redelivery = Arc::new(Recorded::default());
    let response = handle(&bodies, Scripted::for_jobs(4), &redelivery).await;
    assert_eq!(response, json!({"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]}));
    let delayed = redelivery.delayed.lock().unwrap();
    assert_eq!(delayed.iter().map(|(receipt, _)| receipt.as_str()).collect::<Vec<_>>(), ["r1", "r2"]);
    assert!(delayed.iter().all(|(_, after)| *after >= Duration::from_secs(40)), "{delayed:?}");
    assert_eq!(*redelivery.buried.lock().unwrap(), [(body("dead"), "as told".to_owned())]);
}

#[tokio::test]
async fn b24_an_unreadable_message_is_buried_at_once_with_the_reason() {
    let future = body("fine").replace("\"v\":1", "\"v\":2");
    let bodies = [String::new(), "{".to_owned(), "[1]".to_owned(), future.clone(), body("fine")];
    let redelivery = Arc::new(Recorded::default());
    let handler = Scripted::for_jobs(1);
    let response = handle(&bodies, Arc::clone(&handler), &redelivery).await;
    assert_eq!(response, json!({"batchItemFailures": []}));
    assert_eq!(handler.attempts.lock().unwrap().len(), 1);
    let buried = redelivery.buried.lock().unwrap();
    assert_eq!(buried.len(), 4);
    assert_eq!(buried[3], (future, "unknown job kind or version: note_received v2".to_owned()));
}

#[tokio::test]
async fn what_cannot_be_buried_is_delivered_again() {
    let redelivery = Arc::new(Recorded { broken: true, ..Recorded::default() });
    let bodies = [body("dead"), "{".to_owned(), body("retry")];
    let response = handle(&bodies, Scripted::for_jobs(2), &redelivery).await;
    let failures = response["batchItemFailures"].as_array().unwrap();
    assert_eq!(failures.len(), 3);
}

#[tokio::test]
async fn the_handler_knows_which_delivery_it_is() {
    let handler = Scripted::for_jobs(5);
    handle(&vec![body("fine"); 5], Arc::clone(&handler), &Arc::new(Recorded::default())).await;
    let attempts = handler.attempts.lock().unwrap();
    assert_eq!(
        attempts.iter().map(|a| (a.number, a.is_last())).collect::<Vec<_>>(),
        [(1, false), (2, false), (3, false), (4, false), (5, true)]
    );
}

#[tokio::test]
async fn b14_an_answer_is_always_an_object_with_a_list() {
    let response = handle(&[], Scripted::for_jobs(1), &Arc::new(Recorded::default())).await;
    assert_eq!(response, json!({"batchItemFailures": []}));
}
