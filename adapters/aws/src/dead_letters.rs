//! The dead letters of a queue on SQS: a queue of their own, from which they are taken, held and sent again.

use async_trait::async_trait;
use aws_sdk_sqs::{
    Client,
    error::ProvideErrorMetadata,
    types::{Message, MessageSystemAttributeName},
};
use jiff::Timestamp;
use shared::{
    domain::private::Private,
    ports::{
        dead_letters::{DeadLetter, DeadLetters},
        job_queue::QueueError,
    },
};

use crate::{AwsBase, AwsFailure};

/// As many as SQS gives at once (SQS API reference, "ReceiveMessage").
const PAGE: i32 = 10;
/// How long taken letters are held.
const HELD_S: i32 = 300;
/// A receive that waits at all asks all of the queue's servers, one that does not only some of them (SQS developer
/// guide, "Short and long polling"): an empty answer then means that there is nothing.
const WAIT_S: i32 = 1;
/// The attribute under which a job that was given up carries its reason.
const REASON: &str = "reason";
/// The reason of those that SQS moved by itself.
const BY_THE_QUEUE: &str =
    "the queue gave it up after its last delivery: the worker did not end or did not answer";

/// The dead letters of one queue.
#[derive(Debug, Clone)]
pub struct SqsDeadLetters {
    client: Client,
    queue_url: String,
    dead_letters_url: String,
}

impl SqsDeadLetters {
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

fn failed(failure: AwsFailure) -> QueueError {
    QueueError(Box::new(failure))
}

fn letter(message: Message) -> Result<DeadLetter, QueueError> {
    let incomplete = || failed(AwsFailure::unexpected("ReceiveMessage", "an incomplete message"));
    let sent_ms = message
        .attributes
        .as_ref()
        .and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp))
        .and_then(|text| text.parse().ok());
    let reason = message
        .message_attributes
        .as_ref()
        .and_then(|all| all.get(REASON))
        .and_then(|reason| reason.string_value())
        .unwrap_or(BY_THE_QUEUE);
    Ok(DeadLetter {
        reason: reason.to_owned(),
        at: sent_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()).ok_or_else(incomplete)?,
        handle: message.receipt_handle.ok_or_else(incomplete)?,
        body: Private::new(message.body.ok_or_else(incomplete)?),
    })
}

#[async_trait]
impl DeadLetters for SqsDeadLetters {
    async fn take(&self) -> Result<Vec<DeadLetter>, QueueError> {
        let received = self
            .client
            .receive_message()
            .queue_url(&self.dead_letters_url)
            .max_number_of_messages(PAGE)
            .visibility_timeout(HELD_S)
            .wait_time_seconds(WAIT_S)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_attribute_names(REASON)
            .send()
            .await
            .map_err(|error| failed(AwsFailure::of("ReceiveMessage", &error)))?;
        received.messages.unwrap_or_default().into_iter().map(letter).collect()
    }

    /// Sent first and deleted then: when the answer in between is lost, the job is in both places.
    async fn send_again(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        self.client
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(letter.body.expose())
            .send()
            .await
            .map_err(|error| failed(AwsFailure::of("SendMessage", &error)))?;
        self.delete(letter).await
    }

    async fn let_go(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        let answer = self
            .client
            .change_message_visibility()
            .queue_url(&self.dead_letters_url)
            .receipt_handle(&letter.handle)
            .visibility_timeout(0)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            // It is held no longer. The code has a prefix where SQS speaks as it did in older protocols.
            Err(error) if error.code().is_some_and(|code| code.ends_with("MessageNotInflight")) => Ok(()),
            Err(error) => Err(failed(AwsFailure::of("ChangeMessageVisibility", &error))),
        }
    }

    async fn delete(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        let answer = self
            .client
            .delete_message()
            .queue_url(&self.dead_letters_url)
            .receipt_handle(&letter.handle)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            // A letter that was deleted before. SQS calls that success; other implementations of its API do not.
            Err(error) if error.code() == Some("ReceiptHandleIsInvalid") => Ok(()),
            Err(error) => Err(failed(AwsFailure::of("DeleteMessage", &error))),
        }
    }
}
