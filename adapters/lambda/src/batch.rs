//! A batch of SQS messages, each a job of its own: one that fails, fails alone.
//!
//! Lambda deletes every message that is not listed in the answer, and delivers the listed ones again when
//! their visibility ends (Lambda developer guide, "Implementing partial batch responses"). The answer's type
//! has no null and no empty form, so it always says exactly which failed.

mod delays;

use std::{convert::Infallible, sync::Arc};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures::future::join_all;
use lambda_http::Error;
use lambda_runtime::{LambdaEvent, service_fn};
use shared::{
    jobs::Job,
    ports::{
        job_handler::{Attempt, JobError, JobHandler},
        redelivery::Redelivery,
    },
};
use tracing::{error, info, warn};

/// Gives each message's job to `handler`, until the environment ends. `most` is how often the queue delivers
/// a message (`maxReceiveCount`); SQS counts every delivery, also one that ends in
/// [`Busy`](JobError::Busy).
///
/// # Errors
/// When Lambda's runtime API cannot be spoken to.
pub async fn run_batches(
    handler: Arc<dyn JobHandler>,
    redelivery: Arc<dyn Redelivery>,
    most: u32,
) -> Result<(), Error> {
    lambda_runtime::run(service_fn(|event: LambdaEvent<SqsEvent>| async {
        let (handler, redelivery) = (Arc::clone(&handler), Arc::clone(&redelivery));
        Ok::<_, Infallible>(handle_batch(event.payload, handler, redelivery, most).await)
    }))
    .await
}

/// Does all jobs of a batch at the same time, each in a task of its own, so that a panic is one message's.
/// The answer lists those that are to be delivered again; what can never be done is put among the dead
/// letters and not listed.
pub async fn handle_batch(
    event: SqsEvent,
    handler: Arc<dyn JobHandler>,
    redelivery: Arc<dyn Redelivery>,
    most: u32,
) -> SqsBatchResponse {
    let tasks = event.records.into_iter().map(|message| {
        let delivery = Delivery::of(message, most);
        let (handler, redelivery) = (Arc::clone(&handler), Arc::clone(&redelivery));
        async move {
            let work = tokio::spawn({
                let delivery = delivery.clone();
                async move { delivery.job(handler.as_ref()).await }
            });
            let end = work.await.unwrap_or(End::Panicked);
            delivery.settle(end, redelivery.as_ref()).await.then_some(delivery.message_id)
        }
    });
    let mut response = SqsBatchResponse::default();
    for message_id in join_all(tasks).await.into_iter().flatten() {
        response.add_failure(message_id);
    }
    response
}

/// How one delivery ended.
#[derive(Debug)]
enum End {
    Done,
    Failed(JobError),
    Panicked,
}

/// One delivery of one message.
#[derive(Clone)]
struct Delivery {
    /// Never missing in a real event. An empty one would make Lambda fail the whole batch, which loses
    /// nothing.
    message_id: String,
    receipt: String,
    body: Arc<str>,
    attempt: Attempt,
}

impl Delivery {
    fn of(message: SqsMessage, most: u32) -> Self {
        let number = message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
        Self {
            message_id: message.message_id.unwrap_or_default(),
            receipt: message.receipt_handle.unwrap_or_default(),
            body: message.body.unwrap_or_default().into(),
            attempt: Attempt { number: number.unwrap_or(1), most },
        }
    }

    async fn job(&self, handler: &dyn JobHandler) -> End {
        let done = match Job::from_body(&self.body) {
            Ok(job) => handler.handle(&job, self.attempt).await,
            Err(unreadable) => Err(JobError::Dead { reason: unreadable.to_string() }),
        };
        done.map_or_else(End::Failed, |()| End::Done)
    }

    /// Does what the end asks for; answers whether the message is to be delivered again.
    async fn settle(&self, end: End, redelivery: &dyn Redelivery) -> bool {
        let number = self.attempt.number;
        let after = match end {
            End::Done => return false,
            End::Failed(JobError::Dead { reason }) => return !self.bury(&reason, redelivery).await,
            End::Failed(JobError::Retry { after, reason }) => {
                info!(queue.message_id = %self.message_id, number, reason, "A job is delivered again: {reason}");
                delays::retry(after, number, &self.receipt)
            }
            End::Failed(JobError::Busy { after, .. }) => delays::busy(after, number, &self.receipt),
            End::Panicked => {
                error!(queue.message_id = %self.message_id, number, "A job panicked");
                delays::retry(std::time::Duration::ZERO, number, &self.receipt)
            }
        };
        if let Err(error) = redelivery.delay(&self.receipt, after).await {
            // It comes back all the same, when the queue's own visibility timeout ends.
            warn!(queue.message_id = %self.message_id, source = %error.0, "A job's delay could not be set");
        }
        true
    }

    /// Whether it now lies among the dead letters.
    async fn bury(&self, reason: &str, redelivery: &dyn Redelivery) -> bool {
        match redelivery.bury(&self.body, reason).await {
            Ok(()) => {
                error!(
                    counter = "dead_letter", queue.message_id = %self.message_id, reason,
                    "A message was put among the dead letters: {reason}"
                );
                true
            }
            Err(error) => {
                error!(
                    queue.message_id = %self.message_id, reason, source = %error.0,
                    "A message could not be put among the dead letters"
                );
                false
            }
        }
    }
}

#[cfg(test)]
mod tests;
