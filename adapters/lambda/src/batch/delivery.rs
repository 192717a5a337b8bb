//! One delivery of one message: what it says, and doing its job.

use std::{sync::Arc, time::Duration};

use aws_lambda_events::sqs::SqsMessage;
use futures::future::join_all;
use shared::{
    jobs::Job,
    ports::{
        job_handler::{Attempt, JobError, JobHandler},
        redelivery::{Redelivery, Spent},
    },
};

use super::{count::Count, delays};

/// How one delivery ended.
#[derive(Debug)]
pub(super) enum End {
    Done,
    Failed(JobError),
    Panicked,
}

#[derive(Clone)]
pub(super) struct Delivery {
    /// Never missing in a real event. An empty one would make Lambda fail the whole batch, which loses
    /// nothing.
    pub(super) message_id: String,
    pub(super) receipt: String,
    pub(super) body: Arc<str>,
    pub(super) count: Count,
}

impl Delivery {
    pub(super) fn of(message: SqsMessage, most: u32) -> Self {
        let carried = &message.message_attributes;
        let spent = Spent::read(|name| carried.get(name)?.string_value.as_deref()?.parse().ok());
        let received = message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
        Self {
            count: Count { spent, received: received.unwrap_or(1), most },
            message_id: message.message_id.unwrap_or_default(),
            receipt: message.receipt_handle.unwrap_or_default(),
            body: message.body.unwrap_or_default().into(),
        }
    }

    pub(super) async fn job(&self, handler: &dyn JobHandler) -> End {
        self.job_as(handler, self.count.attempt()).await
    }

    pub(super) async fn job_as(&self, handler: &dyn JobHandler, attempt: Attempt) -> End {
        let done = match Job::from_body(&self.body) {
            Ok(job) => handler.handle(&job, attempt).await,
            Err(unreadable) => Err(JobError::Dead { reason: unreadable.to_string() }),
        };
        done.map_or_else(End::Failed, |()| End::Done)
    }

    /// Keeps the message hidden for this long.
    pub(super) async fn hide(&self, after: Duration, redelivery: &dyn Redelivery) {
        if let Err(error) = redelivery.delay(&self.receipt, after).await {
            // It comes back all the same, when its visibility ends.
            tracing::warn!(
                queue.message_id = %self.message_id, source = %error.0, "A job's delay could not be set"
            );
        }
    }
}

/// A job that kills the process takes its whole batch along, and unhindered they would come back together until SQS
/// gives them all up. So, before the work, those that were delivered before get different times to come back.
/// Whoever ends in an orderly way is deleted or gets another time.
pub(super) async fn keep_apart(batch: &[Delivery], redelivery: &dyn Redelivery, longest_run: Duration) {
    let again = batch.iter().filter(|delivery| delivery.count.received > 1).enumerate();
    join_all(again.map(|(place, delivery)| delivery.hide(delays::apart(longest_run, place), redelivery)))
        .await;
}
