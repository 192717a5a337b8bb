//! A batch of SQS messages, each a job of its own: one that fails, fails alone.
//!
//! Lambda deletes every message that is not listed in the answer, and delivers the listed ones again when
//! their visibility ends (Lambda developer guide, "Implementing partial batch responses"). The answer's type
//! has no null and no empty form, so it always says exactly which failed.
//!
//! Reading order: `delivery` (one message's way), `count` (which try it is and what is left), `settle` (what its
//! end has as consequence), `delays` (when it comes back), `last_chance` (what SQS gave up by itself).

mod count;
mod delays;
mod delivery;
mod last_chance;
mod settle;

use std::{convert::Infallible, sync::Arc, time::Duration};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use delivery::{Delivery, End};
use futures::future::join_all;
use lambda_http::Error;
use lambda_runtime::{LambdaEvent, service_fn};
pub use last_chance::handle_last_chances;
use shared::ports::{job_handler::JobHandler, metrics::Metrics, redelivery::Redelivery};
use tracing::Instrument;

use crate::{counted::Counted, invocation};

/// What the runner must know of its queue and its function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deliveries {
    /// How often the queue delivers one message (`maxReceiveCount`), and how many tries a job has. SQS counts every
    /// delivery; the tries are counted by the runner.
    pub most: u32,
    /// Longer than a run of the function can last.
    pub longest_run: Duration,
}

/// The queues that the function is fed from.
pub struct Queues {
    /// The queue.
    pub main: Arc<dyn Redelivery>,
    /// The one of what somebody waits for on the phone, so that it stands behind no note.
    pub calls: Named,
    /// The one that the queue's own redrive leads to.
    pub last_chance: Named,
}

/// A queue that is told from the main one by its name.
pub struct Named {
    /// What its ARN ends with.
    pub name: String,
    /// The queue.
    pub queue: Arc<dyn Redelivery>,
}

impl Queues {
    /// The queue that a batch came from, where its fresh copies go, too; and whether it is that of the last chances. Lambda
    /// never mixes messages of two queues in a batch (Lambda developer guide, "Using Lambda with Amazon SQS").
    fn of(&self, event: &SqsEvent) -> (&Arc<dyn Redelivery>, bool) {
        let arn = event.records.first().and_then(|message| message.event_source_arn.as_deref());
        let name = arn.and_then(|arn| arn.rsplit(':').next());
        match name {
            Some(name) if name == self.last_chance.name => (&self.last_chance.queue, true),
            Some(name) if name == self.calls.name => (&self.calls.queue, false),
            _ => (&self.main, false),
        }
    }
}

/// Gives each message's job to `handler`, until the environment ends. Retries and dead letters are counted.
///
/// # Errors
/// When Lambda's runtime API cannot be spoken to.
pub async fn run_batches(
    handler: Arc<dyn JobHandler>,
    queues: Queues,
    metrics: Arc<dyn Metrics>,
    deliveries: Deliveries,
) -> Result<(), Error> {
    let handler: Arc<dyn JobHandler> = Arc::new(Counted { inner: handler, metrics: Arc::clone(&metrics) });
    let counted =
        |inner| -> Arc<dyn Redelivery> { Arc::new(Counted { inner, metrics: Arc::clone(&metrics) }) };
    let named = |of: Named| Named { name: of.name, queue: counted(of.queue) };
    let queues = &Queues {
        main: counted(queues.main),
        calls: named(queues.calls),
        last_chance: named(queues.last_chance),
    };
    lambda_runtime::run(service_fn(|event: LambdaEvent<SqsEvent>| {
        let span = invocation::span(&event.context);
        let handler = Arc::clone(&handler);
        let (redelivery, is_last_chance) = queues.of(&event.payload);
        let redelivery = Arc::clone(redelivery);
        async move {
            Ok::<_, Infallible>(if is_last_chance {
                handle_last_chances(event.payload, handler, redelivery, deliveries.most).await
            } else {
                handle_batch(event.payload, handler, redelivery, deliveries).await
            })
        }
        .instrument(span)
    }))
    .await
}

/// Does all jobs of a batch at the same time, each in a task of its own, so that a panic is one message's.
/// The answer lists those that are to be delivered again; what goes on in a fresh copy, and what was given up, is
/// not listed.
pub async fn handle_batch(
    event: SqsEvent,
    handler: Arc<dyn JobHandler>,
    redelivery: Arc<dyn Redelivery>,
    deliveries: Deliveries,
) -> SqsBatchResponse {
    let batch: Vec<Delivery> =
        event.records.into_iter().map(|message| Delivery::of(message, deliveries.most)).collect();
    delivery::keep_apart(&batch, redelivery.as_ref(), deliveries.longest_run).await;
    let tasks = batch.into_iter().map(|delivery| {
        let (handler, redelivery) = (Arc::clone(&handler), Arc::clone(&redelivery));
        async move {
            let work = tokio::spawn({
                let delivery = delivery.clone();
                async move { delivery.job(handler.as_ref()).await }.in_current_span()
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

#[cfg(test)]
mod tests;
