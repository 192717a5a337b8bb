//! How dead letters are taken, held and sent again, and how far behind a queue is.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use shared::{
    ports::{
        dead_letters::{DeadLetter, DeadLetters},
        queue_status::{Oldest, QueueStatus},
    },
    testing::{fixed::FixedClock, samples},
};

use super::stub::{Answer, Stub};
use crate::{SqsDeadLetters, SqsStatus};

const QUEUE: &str = "http://127.0.0.1/000000000000/jobs";
const DEAD: &str = "http://127.0.0.1/000000000000/dead";

fn ok(body: &serde_json::Value) -> Answer {
    Answer::new(200, body.to_string())
}

async fn taken(stub: &Stub) -> Vec<DeadLetter> {
    SqsDeadLetters::new(&stub.base, QUEUE, DEAD).take().await.unwrap()
}

fn letter() -> DeadLetter {
    DeadLetter {
        handle: "receipt".to_owned(),
        body: "{\"kind\":\"CANARY\"}".to_owned().into(),
        reason: "no".to_owned(),
        at: samples::now(),
    }
}

#[tokio::test]
async fn b24_letters_come_with_their_reason_and_are_held_meanwhile() {
    let buried = json!({
        "MessageId": "m1", "ReceiptHandle": "r1", "Body": "{\"v\":9}",
        "Attributes": {"SentTimestamp": "1795168800000"},
        "MessageAttributes": {"reason": {"DataType": "String", "StringValue": "unknown job kind"}},
    });
    let by_sqs = json!({
        "MessageId": "m2", "ReceiptHandle": "r2", "Body": "{}",
        "Attributes": {"SentTimestamp": "1795168800000"},
    });
    let stub = Stub::answering([ok(&json!({"Messages": [buried, by_sqs]})), Answer::new(200, "{}")]).await;
    let letters = taken(&stub).await;
    assert_eq!((letters[0].handle.as_str(), letters[0].reason.as_str()), ("r1", "unknown job kind"));
    assert_eq!((letters[0].body.expose().as_str(), letters[0].at), ("{\"v\":9}", samples::now()));
    assert!(letters[1].reason.starts_with("the queue gave it up"), "{}", letters[1].reason);
    assert!(taken(&stub).await.is_empty());
    let asked = stub.seen().remove(0);
    assert_eq!(asked.header("x-amz-target"), "AmazonSQS.ReceiveMessage");
    assert_eq!(
        asked.json(),
        json!({
            "QueueUrl": DEAD, "MaxNumberOfMessages": 10, "VisibilityTimeout": 300, "WaitTimeSeconds": 1,
            "MessageSystemAttributeNames": ["SentTimestamp"], "MessageAttributeNames": ["reason"],
        })
    );
}

#[tokio::test]
async fn a_letter_is_sent_before_it_is_deleted_and_unchanged() {
    let sent = || ok(&json!({"MessageId": "m3", "MD5OfMessageBody": "x"}));
    let stub = Stub::answering([sent(), Answer::new(200, "{}")]).await;
    SqsDeadLetters::new(&stub.base, QUEUE, DEAD).send_again(&letter()).await.unwrap();
    let seen = stub.seen();
    assert_eq!(seen[0].json(), json!({"QueueUrl": QUEUE, "MessageBody": letter().body.expose()}));
    assert_eq!(seen[1].header("x-amz-target"), "AmazonSQS.DeleteMessage");
    assert_eq!(seen[1].json(), json!({"QueueUrl": DEAD, "ReceiptHandle": "receipt"}));
}

#[tokio::test]
async fn a_letter_that_cannot_be_sent_stays() {
    let stub = Stub::answering([Answer::json_error(403, "AccessDenied")]).await;
    let error = SqsDeadLetters::new(&stub.base, QUEUE, DEAD).send_again(&letter()).await.unwrap_err();
    assert_eq!(error.0.to_string(), "SendMessage: refused 403 AccessDenied (request b25f48e8)");
    assert!(!format!("{error:?}").contains("CANARY"));
    assert_eq!(stub.seen().len(), 1, "it is not deleted");
}

#[tokio::test]
async fn letting_go_of_what_is_held_no_longer_is_success() {
    let stub = Stub::answering([
        Answer::new(200, "{}"),
        Answer::json_error(400, "MessageNotInflight"),
        Answer::json_error(400, "QueueDoesNotExist"),
    ])
    .await;
    let letters = SqsDeadLetters::new(&stub.base, QUEUE, DEAD);
    letters.let_go(&letter()).await.unwrap();
    letters.let_go(&letter()).await.unwrap();
    assert!(letters.let_go(&letter()).await.is_err());
    assert_eq!(
        stub.seen()[0].json(),
        json!({"QueueUrl": DEAD, "ReceiptHandle": "receipt", "VisibilityTimeout": 0})
    );
}

#[tokio::test]
async fn a_queue_tells_how_much_is_undone_even_when_its_age_is_not_to_be_had() {
    let counts = |waiting: &str, in_work: &str, delayed: &str| {
        ok(&json!({"Attributes": {
            "ApproximateNumberOfMessages": waiting,
            "ApproximateNumberOfMessagesNotVisible": in_work,
            "ApproximateNumberOfMessagesDelayed": delayed,
        }}))
    };
    let stub = Stub::answering([counts("5", "3", "2"), counts("1", "0", "0"), Answer::new(403, "")]).await;
    let status = SqsStatus::new(&stub.base, QUEUE, DEAD, Arc::new(FixedClock::default()));
    let backlog = status.backlog().await.unwrap();
    assert_eq!((backlog.jobs, backlog.dead_letters), (10, 1));
    assert_eq!(backlog.oldest, Oldest::Unknown("GetMetricStatistics: refused 403".to_owned()));
    assert_eq!(stub.seen().len(), 3);
}

#[tokio::test]
async fn the_newest_figure_of_its_age_counts() {
    let counts = ok(&json!({"Attributes": {
        "ApproximateNumberOfMessages": "1",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
    }}));
    let figure = |time: &str, maximum: &str| {
        format!("<member><Timestamp>{time}</Timestamp><Maximum>{maximum}</Maximum></member>")
    };
    let age = Answer::new(
        200,
        format!(
            "<GetMetricStatisticsResponse><GetMetricStatisticsResult><Datapoints>{}{}</Datapoints>\
             </GetMetricStatisticsResult></GetMetricStatisticsResponse>",
            figure("2026-11-20T09:59:00Z", "90.0"),
            figure("2026-11-20T09:58:00Z", "30.0")
        ),
    );
    let stub = Stub::answering([counts.clone(), counts, age]).await;
    let status = SqsStatus::new(&stub.base, QUEUE, DEAD, Arc::new(FixedClock::default()));
    assert_eq!(status.backlog().await.unwrap().oldest, Oldest::Sent(Duration::from_secs(90)));
    let asked = stub.seen().remove(2).text().to_owned();
    for part in [
        "Action=GetMetricStatistics",
        "MetricName=ApproximateAgeOfOldestMessage",
        "Dimensions.member.1.Value=jobs",
        "StartTime=2026-11-20T09%3A50%3A00Z",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
}
