//! The queue on SQS: sending jobs, and what the batch runner does with those that were not done.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::{Client, types::MessageAttributeValue};
use shared::{
    jobs::Job,
    ports::{
        job_queue::{JobQueue, QueueError},
        redelivery::{Redelivery, Spent},
    },
};

use crate::{AwsBase, AwsFailure};

/// SQS delays a message by at most this (SQS API reference, "SendMessage").
const LONGEST_DELAY_S: i32 = 900;
/// SQS hides a message for at most twelve hours, counted from when it was received (SQS API reference,
/// "ChangeMessageVisibility"), and a function may have been at work on it for a quarter of one.
const LONGEST_HIDING_S: i32 = 43_200 - 900;
/// Of the reason that a dead letter carries, in characters.
const LONGEST_REASON: usize = 256;

/// Sends jobs to one queue.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    queue_url: String,
}

impl SqsQueue {
    /// The queue at this URL.
    #[must_use]
    pub fn new(base: &AwsBase, queue_url: impl Into<String>) -> Self {
        Self { client: Client::new(base.config()), queue_url: queue_url.into() }
    }
}

#[async_trait]
impl JobQueue for SqsQueue {
    async fn send(&self, job: &Job, delay: Duration) -> Result<(), QueueError> {
        let body = job.to_body().map_err(|e| QueueError(Box::new(e)))?;
        self.client
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(body)
            .delay_seconds(whole_seconds(delay, LONGEST_DELAY_S))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| QueueError(Box::new(AwsFailure::of("SendMessage", &error))))
    }
}

/// Hides delivered messages of a queue for longer, sends copies of them, and writes to its dead letters.
#[derive(Debug, Clone)]
pub struct SqsControl {
    client: Client,
    queue_url: String,
    dead_letters_url: String,
}

impl SqsControl {
    /// The queue and its dead letters, by their URLs.
    #[must_use]
    pub fn new(base: &AwsBase, queue_url: impl Into<String>, dead_letters_url: impl Into<String>) -> Self {
        Self {
            client: Client::new(base.config()),
            queue_url: queue_url.into(),
            dead_letters_url: dead_letters_url.into(),
        }
    }
}

#[async_trait]
impl Redelivery for SqsControl {
    async fn delay(&self, receipt: &str, after: Duration) -> Result<(), QueueError> {
        self.client
            .change_message_visibility()
            .queue_url(&self.queue_url)
            .receipt_handle(receipt)
            .visibility_timeout(whole_seconds(after, LONGEST_HIDING_S))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| QueueError(Box::new(AwsFailure::of("ChangeMessageVisibility", &error))))
    }

    /// The numbers become message attributes.
    async fn park(&self, body: &str, spent: Spent, after: Duration) -> Result<(), QueueError> {
        let mut copy = self
            .client
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(body)
            .delay_seconds(whole_seconds(after, LONGEST_DELAY_S));
        for (name, number) in spent.numbers() {
            copy = copy.message_attributes(name, attribute("Number", number.to_string())?);
        }
        copy.send()
            .await
            .map(|_| ())
            .map_err(|error| QueueError(Box::new(AwsFailure::of("SendMessage", &error))))
    }

    /// The reason becomes the message attribute `reason`.
    async fn bury(&self, body: &str, reason: &str) -> Result<(), QueueError> {
        self.client
            .send_message()
            .queue_url(&self.dead_letters_url)
            .message_body(body)
            .message_attributes("reason", attribute("String", attribute_text(reason))?)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| QueueError(Box::new(AwsFailure::of("SendMessage", &error))))
    }
}

/// Rounded up, so that nothing comes early; at most `longest`.
fn whole_seconds(duration: Duration, longest: i32) -> i32 {
    let seconds = duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0));
    i32::try_from(seconds).map_or(longest, |seconds| seconds.min(longest))
}

fn attribute(data_type: &str, value: String) -> Result<MessageAttributeValue, QueueError> {
    MessageAttributeValue::builder()
        .data_type(data_type)
        .string_value(value)
        .build()
        .map_err(|_| QueueError(Box::new(AwsFailure::unexpected("SendMessage", "no data type"))))
}

/// An attribute may not be empty, and holds only characters that XML allows.
fn attribute_text(reason: &str) -> String {
    let text: String =
        reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_REASON).collect();
    let text = text.replace(['\u{fffe}', '\u{ffff}'], " ");
    if text.trim().is_empty() { "unknown".to_owned() } else { text }
}
