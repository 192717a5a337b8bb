//! A queue of a deployed stack, as a test looks at it beside the function that empties it.

use aws_sdk_sqs::{
    Client,
    types::{Message, QueueAttributeName, SendMessageBatchRequestEntry},
};

use super::queue::{self, Letter};
use crate::{AwsBase, AwsFailure};

/// For how long what one looks at is hidden, if the test ends in the middle.
const HIDDEN_S: i32 = 20;

/// How many messages a queue holds; SQS calls its own figures approximate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Those that can be delivered now.
    pub visible: u32,
    /// Those that were delivered and are hidden until they are deleted or come again.
    pub hidden: u32,
    /// Those that are delivered later for the first time.
    pub delayed: u32,
}

impl Depth {
    /// All of them.
    #[must_use]
    pub const fn all(self) -> u32 {
        self.visible + self.hidden + self.delayed
    }
}

/// A queue that is there already.
#[derive(Debug, Clone)]
pub struct DeployedQueue {
    client: Client,
    url: String,
}

impl DeployedQueue {
    /// The queue at this URL.
    #[must_use]
    pub fn new(base: &AwsBase, url: impl Into<String>) -> Self {
        Self { client: Client::new(base.config()), url: url.into() }
    }

    /// Puts up to ten bodies into it in one request, so that they can be delivered as one batch.
    ///
    /// # Errors
    /// [`AwsFailure`] when SQS refuses one of them or is away.
    pub async fn send_together(&self, bodies: &[String]) -> Result<(), AwsFailure> {
        const OPERATION: &str = "SendMessageBatch";
        let entries = bodies
            .iter()
            .enumerate()
            .map(|(n, body)| {
                SendMessageBatchRequestEntry::builder().id(n.to_string()).message_body(body).build()
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| AwsFailure::unexpected(OPERATION, "an incomplete request"))?;
        let send = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
        let answer = send.send().await.map_err(|error| AwsFailure::of(OPERATION, &error))?;
        if answer.failed.is_empty() {
            Ok(())
        } else {
            Err(AwsFailure::unexpected(OPERATION, "some were not taken"))
        }
    }

    /// How many messages it holds.
    ///
    /// # Errors
    /// [`AwsFailure`] when SQS refuses or is away.
    pub async fn depth(&self) -> Result<Depth, AwsFailure> {
        const OPERATION: &str = "GetQueueAttributes";
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let ask = self.client.get_queue_attributes().queue_url(&self.url);
        let answer = ask.set_attribute_names(Some(names.to_vec())).send().await;
        let figures =
            answer.map_err(|error| AwsFailure::of(OPERATION, &error))?.attributes.unwrap_or_default();
        let [visible, hidden, delayed] =
            names.map(|name| figures.get(&name).and_then(|figure| figure.parse().ok()));
        match (visible, hidden, delayed) {
            (Some(visible), Some(hidden), Some(delayed)) => Ok(Depth { visible, hidden, delayed }),
            _ => Err(AwsFailure::unexpected(OPERATION, "no figures")),
        }
    }

    /// The messages that can be delivered now and that `wanted` picks by their body; they stay where they are. Nobody
    /// else may look at the same time: what one sees is hidden for the other meanwhile. And not a queue that a
    /// function empties, where each look counts as a delivery.
    ///
    /// # Errors
    /// [`AwsFailure`] when SQS refuses or is away.
    pub async fn look(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<Letter>, AwsFailure> {
        let (picked, others) = self.seen(wanted).await?;
        self.show(picked.iter().chain(&others)).await?;
        Ok(picked.into_iter().map(queue::letter).collect())
    }

    /// The same, and takes them out.
    ///
    /// # Errors
    /// [`AwsFailure`] when SQS refuses or is away.
    pub async fn take(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<Letter>, AwsFailure> {
        let (picked, others) = self.seen(wanted).await?;
        self.show(&others).await?;
        for message in &picked {
            queue::forget(&self.client, &self.url, message.receipt_handle().unwrap_or_default()).await?;
        }
        Ok(picked.into_iter().map(queue::letter).collect())
    }

    /// Receives until nothing more comes. Answers those that are wanted, and the others; all are hidden.
    async fn seen(&self, wanted: impl Fn(&str) -> bool) -> Result<(Vec<Message>, Vec<Message>), AwsFailure> {
        let mut seen = Vec::new();
        loop {
            let received = self
                .client
                .receive_message()
                .queue_url(&self.url)
                .max_number_of_messages(queue::MOST_AT_ONCE)
                // Any wait at all makes SQS ask all of its servers (SQS developer guide, "Long polling").
                .wait_time_seconds(1)
                .visibility_timeout(HIDDEN_S)
                .message_attribute_names("All")
                .send()
                .await
                .map_err(|error| AwsFailure::of("ReceiveMessage", &error))?;
            let messages = received.messages.unwrap_or_default();
            if messages.is_empty() {
                return Ok(seen
                    .into_iter()
                    .partition(|message: &Message| wanted(message.body().unwrap_or_default())));
            }
            seen.extend(messages);
        }
    }

    async fn show(&self, messages: impl IntoIterator<Item = &Message>) -> Result<(), AwsFailure> {
        for message in messages {
            let receipt = message.receipt_handle().unwrap_or_default();
            let show = self.client.change_message_visibility().queue_url(&self.url).receipt_handle(receipt);
            let shown = show.visibility_timeout(0).send().await;
            shown.map_err(|error| AwsFailure::of("ChangeMessageVisibility", &error))?;
        }
        Ok(())
    }
}
