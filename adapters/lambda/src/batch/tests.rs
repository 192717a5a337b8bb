//! Batches as Lambda delivers them, with handlers that end in every way. `sqs` is a queue that counts, hides and
//! redrives as SQS does; `stories` follows jobs through it.

mod sqs;
mod stories;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use aws_lambda_events::sqs::SqsEvent;
use serde_json::{Value, json};
use shared::{
    jobs::Job,
    ports::{
        job_handler::{Attempt, JobError, JobHandler},
        job_queue::QueueError,
        redelivery::{Redelivery, Spent},
    },
};
use tokio::sync::Barrier;

use super::{Deliveries, Named, Queues, handle_batch};

const DELIVERIES: Deliveries = Deliveries { most: 5, longest_run: Duration::from_secs(150) };

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
        let Job::NoteReceived(note) = job else { return Ok(()) };
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

/// Keeps what it was asked to do, and refuses what it is told to.
#[derive(Default)]
pub(super) struct Recorded {
    pub(super) delayed: Mutex<Vec<(String, Duration)>>,
    pub(super) parked: Mutex<Vec<(String, Spent, Duration)>>,
    pub(super) buried: Mutex<Vec<(String, String)>>,
    refuses: &'static [&'static str],
}

impl Recorded {
    fn refusing(refuses: &'static [&'static str]) -> Arc<Self> {
        Arc::new(Self { refuses, ..Self::default() })
    }

    fn answer(&self, call: &str) -> Result<(), QueueError> {
        if self.refuses.contains(&call) { Err(QueueError("refused".into())) } else { Ok(()) }
    }
}

#[async_trait]
impl Redelivery for Recorded {
    async fn delay(&self, receipt: &str, after: Duration) -> Result<(), QueueError> {
        self.delayed.lock().unwrap().push((receipt.to_owned(), after));
        self.answer("delay")
    }

    async fn park(&self, body: &str, spent: Spent, after: Duration) -> Result<(), QueueError> {
        self.parked.lock().unwrap().push((body.to_owned(), spent, after));
        self.answer("park")
    }

    async fn bury(&self, body: &str, reason: &str) -> Result<(), QueueError> {
        self.buried.lock().unwrap().push((body.to_owned(), reason.to_owned()));
        self.answer("bury")
    }
}

pub(super) fn body(text: &str) -> String {
    json!({
        "kind": "note_received", "v": 1, "sender": null,
        "message": {
            "id": "SM00000001", "from": "whatsapp:+4915112345678", "to": "whatsapp:+14155238886",
            "text": text, "received_at": "2026-11-20T10:00:00Z",
        },
    })
    .to_string()
}

/// A record of an event as Lambda sends it.
pub(super) fn record(id: &str, receipt: &str, body: &str, received: u32, carried: &[(&str, u32)]) -> Value {
    let carried = carried.iter().map(|(name, number)| {
        let value = json!({
            "stringValue": number.to_string(), "binaryListValues": [], "stringListValues": [],
            "dataType": "Number",
        });
        ((*name).to_owned(), value)
    });
    json!({
        "messageId": id,
        "receiptHandle": receipt,
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": received.to_string(),
            "SentTimestamp": "1795168800000",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1795168800001",
        },
        "messageAttributes": carried.collect::<serde_json::Map<_, _>>(),
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:jobs",
        "awsRegion": "eu-central-1",
    })
}

fn event(records: &[Value]) -> SqsEvent {
    serde_json::from_value(json!({ "Records": records })).unwrap()
}

/// The messages `m0`, `m1`..., delivered for the nth time with nothing spent before.
fn records(bodies: &[String], received: u32) -> Vec<Value> {
    let named = bodies.iter().enumerate();
    named.map(|(n, body)| record(&format!("m{n}"), &format!("r{n}"), body, received, &[])).collect()
}

async fn handle(records: &[Value], handler: Arc<Scripted>, redelivery: &Arc<Recorded>) -> Value {
    let redelivery: Arc<dyn Redelivery> = Arc::clone(redelivery) as _;
    serde_json::to_value(handle_batch(event(records), handler, redelivery, DELIVERIES).await).unwrap()
}

#[tokio::test]
async fn b13_of_ten_one_poisoned_is_listed_alone() {
    let mut bodies = vec![body("fine"); 10];
    bodies[3] = body("panic");
    let redelivery = Arc::new(Recorded::default());
    // The barrier opens only when all ten are at work at the same time.
    let response = handle(&records(&bodies, 1), Scripted::for_jobs(10), &redelivery).await;
    assert_eq!(response, json!({"batchItemFailures": [{"itemIdentifier": "m3"}]}));
    assert_eq!(redelivery.delayed.lock().unwrap().len(), 1);
    assert!(redelivery.buried.lock().unwrap().is_empty());
}

#[tokio::test]
async fn every_end_has_its_consequence() {
    let bodies = ["fine", "retry", "busy", "dead"].map(body);
    let redelivery = Arc::new(Recorded::default());
    let response = handle(&records(&bodies, 1), Scripted::for_jobs(4), &redelivery).await;
    assert_eq!(response, json!({"batchItemFailures": [{"itemIdentifier": "m1"}]}));
    let delayed = redelivery.delayed.lock().unwrap();
    assert_eq!(delayed.iter().map(|(receipt, _)| receipt.as_str()).collect::<Vec<_>>(), ["r1"]);
    assert!(delayed[0].1 >= Duration::from_secs(40), "{delayed:?}");
    let waits = Spent { tries: 0, waits: 1, rounds: 1 };
    assert_eq!(*redelivery.parked.lock().unwrap(), [(body("busy"), waits, Duration::from_secs(40))]);
    assert_eq!(*redelivery.buried.lock().unwrap(), [(body("dead"), "as told".to_owned())]);
}

#[tokio::test]
async fn b24_an_unreadable_message_is_buried_at_once_with_the_reason() {
    let future = body("fine").replace("\"v\":1", "\"v\":2");
    let bodies = [String::new(), "{".to_owned(), "[1]".to_owned(), future.clone(), body("fine")];
    let redelivery = Arc::new(Recorded::default());
    let handler = Scripted::for_jobs(1);
    let response = handle(&records(&bodies, 1), Arc::clone(&handler), &redelivery).await;
    assert_eq!(response, json!({"batchItemFailures": []}));
    assert_eq!(handler.attempts.lock().unwrap().len(), 1);
    let buried = redelivery.buried.lock().unwrap();
    assert_eq!(buried.len(), 4);
    assert_eq!(buried[3], (future, "unknown job kind or version: note_received v2".to_owned()));
}

#[tokio::test]
async fn what_cannot_be_buried_is_delivered_again() {
    let redelivery = Recorded::refusing(&["delay", "bury"]);
    let bodies = [body("dead"), "{".to_owned(), body("retry")];
    let response = handle(&records(&bodies, 1), Scripted::for_jobs(2), &redelivery).await;
    let failures = response["batchItemFailures"].as_array().unwrap();
    assert_eq!(failures.len(), 3);
}

#[tokio::test]
async fn what_cannot_be_copied_goes_on_in_its_message() {
    // Delivered here again, or not: then SQS brings it to the queue behind the queue.
    for received in [2, 5] {
        let redelivery = Recorded::refusing(&["park"]);
        let response = handle(&records(&[body("busy")], received), Scripted::for_jobs(1), &redelivery).await;
        assert_eq!(response, json!({"batchItemFailures": [{"itemIdentifier": "m0"}]}));
        assert_eq!(redelivery.delayed.lock().unwrap().last().unwrap().1, Duration::from_secs(40));
        assert!(redelivery.buried.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn b06_the_handler_knows_which_try_it_is_from_what_the_message_carries() {
    for (carried, received, number, is_last) in [
        (vec![], 1, 1, false),
        (vec![], 5, 5, true),
        (vec![("HarkTries", 2)], 2, 4, false),
        (vec![("HarkTries", 4), ("HarkRounds", 1)], 1, 5, true),
        (vec![("HarkTries", 2), ("HarkWaits", 3), ("HarkRounds", 1)], 5, 3, false),
        (vec![("HarkWaits", 9), ("HarkRounds", 10)], 4, 5, true),
    ] {
        let handler = Scripted::for_jobs(1);
        let records = vec![record("m0", "r0", &body("fine"), received, &carried)];
        handle(&records, Arc::clone(&handler), &Arc::new(Recorded::default())).await;
        let attempts = handler.attempts.lock().unwrap();
        assert_eq!((attempts[0].number, attempts[0].is_last()), (number, is_last), "{carried:?} {received}");
    }
}

#[tokio::test]
async fn b13_those_that_were_delivered_before_are_kept_apart_before_the_work() {
    let redelivery = Arc::new(Recorded::default());
    let mut batch = records(&vec![body("fine"); 3], 2);
    batch.extend([record("fresh", "fresh", &body("fine"), 1, &[])]);
    let response = handle(&batch, Scripted::for_jobs(4), &redelivery).await;
    assert_eq!(response, json!({"batchItemFailures": []}));
    let apart = [150, 210, 270].map(Duration::from_secs);
    let apart: Vec<_> = apart.into_iter().enumerate().map(|(n, after)| (format!("r{n}"), after)).collect();
    assert_eq!(*redelivery.delayed.lock().unwrap(), apart);
}

#[tokio::test]
async fn b14_an_answer_is_always_an_object_with_a_list() {
    let response = handle(&[], Scripted::for_jobs(1), &Arc::new(Recorded::default())).await;
    assert_eq!(response, json!({"batchItemFailures": []}));
}

/// What goes on in a fresh copy goes on where it came from: who waits on the phone never comes to stand behind notes.
#[test]
fn each_batch_is_settled_in_the_queue_that_it_came_from() {
    let queue = || -> Arc<dyn Redelivery> { Arc::new(Recorded::default()) };
    let named = |name: &str| Named { name: name.to_owned(), queue: queue() };
    let queues =
        Queues { main: queue(), calls: named("hark-dev-calls"), last_chance: named("hark-dev-last-chance") };
    for (name, of, is_last_chance) in [
        ("hark-dev-notes", &queues.main, false),
        ("hark-dev-calls", &queues.calls.queue, false),
        ("hark-dev-last-chance", &queues.last_chance.queue, true),
        ("not-hark-dev-calls", &queues.main, false),
    ] {
        let mut records = records(&[body("done")], 1);
        records[0]["eventSourceARN"] = json!(format!("arn:aws:sqs:eu-central-1:123456789012:{name}"));
        let event = event(&records);
        let (found, last) = queues.of(&event);
        assert!(Arc::ptr_eq(found, of) && last == is_last_chance, "{name}");
    }
    assert!(Arc::ptr_eq(queues.of(&event(&[])).0, &queues.main));
}
