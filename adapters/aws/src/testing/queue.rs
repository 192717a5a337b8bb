//! A queue with dead letters that lives for one test, and the part of Lambda's event source that fetches
//! messages and deletes what was done.

use std::collections::HashMap;

use aws_sdk_sqs::{
    Client,
    error::ProvideErrorMetadata,
    types::{Message, MessageSystemAttributeName, QueueAttributeName},
};
use serde_json::{Map, Value, json};

use crate::{AwsBase, AwsFailure};

/// Lambda's batches are of ten, and SQS gives no more at once.
pub(super) const MOST_AT_ONCE: i32 = 10;

/// A dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The message's body.
    pub body: String,
    /// The message attribute `reason`; empty where there is none, as after SQS's own redrive.
    pub reason: String,
}

/// A queue and its dead letters.
#[derive(Debug, Clone)]
pub struct TestQueue {
    client: Client,
    url: String,
    dead_letters_url: String,
}

impl TestQueue {
    /// Creates both: `name` and `{name}-dead-letters`. A message goes to the dead letters instead of being
    /// delivered once more than `most` times; one that nobody reports on is hidden for ten minutes.
    ///
    /// # Errors
    /// [`AwsFailure`] when SQS refuses or is away.
    pub async fn create(base: &AwsBase, name: &str, most: u32) -> Result<Self, AwsFailure> {
        let client = Client::new(base.config());
        let dead_letters_url = create(&client, &format!("{name}-dead-letters"), HashMap::new()).await?;
        let redrive = json!({
            "deadLetterTargetArn": arn(&client, &dead_letters_url).await?,
            "maxReceiveCount": most,
        });
        let attributes = HashMap::from([
            (QueueAttributeName::VisibilityTimeout, "600".to_owned()),
            (QueueAttributeName::RedrivePolicy, redrive.to_string()),
        ]);
        let url = create(&client, name, attributes).await?;
        Ok(Self { client, url, dead_letters_url })
    }

    /// The queue's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of its dead letters.
    #[must_use]
    pub fn dead_letters_url(&self) -> &str {
        &self.dead_letters_url
    }

    /// Up to ten messages, each as Lambda hands it to a function in `Records`, waiting up to a second for the
    /// first. None: nothing is visible.
    ///
    /// # Errors
    /// [`AwsFailure`] when SQS refuses or is away.
    pub async fn receive(&self) -> Result<Vec<Value>, AwsFailure> {
        Ok(self.messages(&self.url).await?.into_iter().map(record).collect())
    }

    /// Lets the queue forget a message, by the receipt of its newest delivery.
    ///
    /// # Errors
    /// [`AwsFailure`] when SQS refuses or is away.
    pub async fn forget(&self, receipt: &str) -> Result<(), AwsFailure> {
        forget(&self.client, &self.url, receipt).await
    }

    /// Shows a message that was delivered again at once, by the receipt of its newest delivery. One that is
    /// shown already stays so.
    ///
    /// # Errors
    /// [`AwsFailure`] when SQS refuses or is away.
    pub async fn show(&self, receipt: &str) -> Result<(), AwsFailure> {
        let show = self.client.change_message_visibility().queue_url(&self.url).receipt_handle(receipt);
        match show.visibility_timeout(0).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code().is_some_and(|code| code.ends_with("MessageNotInflight")) => Ok(()),
            Err(error) => Err(AwsFailure::of("ChangeMessageVisibility", &error)),
        }
    }

    /// Takes out what lies among the dead letters now.
    ///
    /// # Errors
    /// [`AwsFailure`] when SQS refuses or is away.
    pub async fn take_dead_letters(&self) -> Result<Vec<Letter>, AwsFailure> {
        let mut letters = Vec::new();
        loop {
            let messages = self.messages(&self.dead_letters_url).await?;
            if messages.is_empty() {
                return Ok(letters);
            }
            for message in messages {
                let receipt = message.receipt_handle().unwrap_or_default();
                forget(&self.client, &self.dead_letters_url, receipt).await?;
                letters.push(letter(message));
            }
        }
    }

    /// Deletes both queues with all that is in them.
    ///
    /// # Errors
    /// [`AwsFailure`] when SQS refuses or is away.
    pub async fn delete(&self) -> Result<(), AwsFailure> {
        for url in [&self.url, &self.dead_letters_url] {
            let answer = self.client.delete_queue().queue_url(url).send().await;
            answer.map_err(|error| AwsFailure::of("DeleteQueue", &error))?;
        }
        Ok(())
    }

    async fn messages(&self, url: &str) -> Result<Vec<Message>, AwsFailure> {
        let answer = self
            .client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(MOST_AT_ONCE)
            // Any wait at all makes SQS ask all of its servers (SQS developer guide, "Long polling").
            .wait_time_seconds(1)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .map_err(|error| AwsFailure::of("ReceiveMessage", &error))?;
        Ok(answer.messages.unwrap_or_default())
    }
}

async fn create(
    client: &Client,
    name: &str,
    attributes: HashMap<QueueAttributeName, String>,
) -> Result<String, AwsFailure> {
    let answer = client.create_queue().queue_name(name).set_attributes(Some(attributes)).send().await;
    let created = answer.map_err(|error| AwsFailure::of("CreateQueue", &error))?;
    created.queue_url.ok_or_else(|| AwsFailure::unexpected("CreateQueue", "no URL"))
}

async fn arn(client: &Client, url: &str) -> Result<String, AwsFailure> {
    const OPERATION: &str = "GetQueueAttributes";
    let ask = client.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::QueueArn);
    let answer = ask.send().await.map_err(|error| AwsFailure::of(OPERATION, &error))?;
    let arn = answer.attributes.and_then(|mut all| all.remove(&QueueAttributeName::QueueArn));
    arn.ok_or_else(|| AwsFailure::unexpected(OPERATION, "no ARN"))
}

pub(super) async fn forget(client: &Client, url: &str, receipt: &str) -> Result<(), AwsFailure> {
    let answer = client.delete_message().queue_url(url).receipt_handle(receipt).send().await;
    answer.map(drop).map_err(|error| AwsFailure::of("DeleteMessage", &error))
}

pub(super) fn letter(message: Message) -> Letter {
    let reason = message.message_attributes.and_then(|mut all| all.remove("reason"));
    Letter {
        body: message.body.unwrap_or_default(),
        reason: reason.and_then(|reason| reason.string_value).unwrap_or_default(),
    }
}

/// A message in Lambda's form (Lambda developer guide, "Using Lambda with Amazon SQS").
fn record(message: Message) -> Value {
    let system = message.attributes.unwrap_or_default();
    let system: Map<String, Value> =
        system.into_iter().map(|(name, value)| (name.as_str().to_owned(), value.into())).collect();
    let given = message.message_attributes.unwrap_or_default().into_iter().map(|(name, value)| {
        let value = json!({ "dataType": value.data_type, "stringValue": value.string_value });
        (name, value)
    });
    json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": system,
        "messageAttributes": given.collect::<Map<String, Value>>(),
        "eventSource": "aws:sqs",
    })
}
