//! Taking a message in, the same whether its provider brought it or was asked for it: who sent it, and into the queue. A
//! message that is in the queue is safe; before that nobody may be told that it was taken.

use std::{error::Error, future::Future, pin::pin, sync::Arc, time::Duration};

use futures::future::{Either, select};

use crate::{
    domain::{customer::Customer, message::InboundMessage},
    jobs::{Job, NoteReceivedV1},
    ports::{
        directory::CustomerDirectory,
        job_queue::JobQueue,
        metrics::{Measurement, Metrics},
    },
};

/// Takes messages in.
#[derive(Clone)]
pub struct TakeIn {
    /// Identity to customer.
    pub directory: Arc<dyn CustomerDirectory>,
    /// Where messages go.
    pub queue: Arc<dyn JobQueue>,
    /// What is counted.
    pub metrics: Arc<dyn Metrics>,
}

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Took {
    /// The queue has it.
    Queued,
    /// Nobody is known by this address. It must look to its sender as if it had been taken.
    OfStranger,
    /// The queue does not have it: it is to come again.
    NotQueued,
}

/// What came of a message, and of what was asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Of the message.
    pub outcome: Took,
    /// Whether the lookup answered.
    pub looked_up: bool,
}

/// When waiting ends: the lookup's and the queue's. Nothing here knows the time.
pub struct Patience<L, Q> {
    /// Ends the lookup: the message is queued all the same, and its sender is found out behind the queue.
    pub lookup: L,
    /// Ends all of it.
    pub queue: Q,
}

/// Something did not answer while somebody waited.
#[derive(Debug, thiserror::Error)]
#[error("no answer in time")]
struct Late;

/// Who sent a message, as far as is known.
enum Sender {
    Known(Box<Customer>),
    Unknown,
    /// The lookup does not say now.
    Unverified,
}

impl TakeIn {
    /// Looks up who sent the message, and queues it.
    pub async fn take<L, Q>(&self, message: InboundMessage, patience: Patience<L, Q>) -> Taken
    where
        L: Future<Output = ()> + Send,
        Q: Future<Output = ()> + Send,
    {
        let (sender, looked_up) = match self.look_up(&message, patience.lookup).await {
            Sender::Known(customer) => (Some(*customer), true),
            Sender::Unverified => (None, false),
            Sender::Unknown => {
                tracing::info!(counter = "webhook_unknown_sender", message.id = %message.id, "Ignored a message of a stranger");
                self.metrics.record(&Measurement::UnknownSender);
                return Taken { outcome: Took::OfStranger, looked_up: true };
            }
        };
        let (id, verified) = (message.id.clone(), sender.is_some());
        let job = Job::NoteReceived(Box::new(NoteReceivedV1 { message, sender }));
        if !self.send(&job, patience.queue).await {
            return Taken { outcome: Took::NotQueued, looked_up };
        }
        tracing::info!(counter = "webhook_queued", message.id = %id, sender.verified = verified, "Queued a message");
        self.metrics.record(&Measurement::WebhookAccepted);
        Taken { outcome: Took::Queued, looked_up }
    }

    /// Puts a job into the queue. Whether the queue has it now; if not, that is counted.
    pub async fn send(&self, job: &Job, patience: impl Future<Output = ()> + Send) -> bool {
        let queued = in_time(self.queue.send(job, Duration::ZERO), patience).await;
        let cause: &(dyn Error + 'static) = match &queued {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => error,
            Err(late) => late,
        };
        tracing::error!(counter = "webhook_not_queued", message.id = %job.message_id(), error = cause, "Could not queue a message");
        self.metrics.record(&Measurement::EnqueueFailed);
        false
    }

    async fn look_up(&self, message: &InboundMessage, patience: impl Future<Output = ()> + Send) -> Sender {
        let found = in_time(self.directory.find(message.from.identity()), patience).await;
        let cause: &(dyn Error + 'static) = match &found {
            Ok(Ok(Some(customer))) => return Sender::Known(Box::new(customer.clone())),
            Ok(Ok(None)) => return Sender::Unknown,
            Ok(Err(error)) => error,
            Err(late) => late,
        };
        tracing::warn!(
            counter = "webhook_sender_unverified",
            message.id = %message.id,
            error = cause,
            "Queued a message without knowing its sender"
        );
        self.metrics.record(&Measurement::LookupFailed);
        Sender::Unverified
    }
}

async fn in_time<T>(
    work: impl Future<Output = T> + Send,
    patience: impl Future<Output = ()> + Send,
) -> Result<T, Late> {
    match select(pin!(work), pin!(patience)).await {
        Either::Left((done, _)) => Ok(done),
        Either::Right(_) => Err(Late),
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::future::{pending, ready};

    use super::*;
    use crate::{
        ports::job_queue::QueueError,
        testing::{
            MadeUp, failing::Failing, fixed::FixedClock, map_directory::MapDirectory,
            memory_queue::MemoryQueue, recorded_metrics::RecordedMetrics, samples,
        },
    };

    struct World {
        directory: Arc<MapDirectory>,
        queue: Arc<MemoryQueue>,
        take: TakeIn,
    }

    impl World {
        fn new() -> Self {
            let directory = Arc::new(MapDirectory::of([(samples::SENDER, samples::customer())]));
            let queue = Arc::new(MemoryQueue::new(Arc::new(FixedClock::default())));
            let take = TakeIn {
                directory: directory.clone(),
                queue: queue.clone(),
                metrics: Arc::new(RecordedMetrics::new()),
            };
            Self { directory, queue, take }
        }

        async fn takes(&self, message: InboundMessage) -> Taken {
            self.take.take(message, Patience { lookup: pending(), queue: pending() }).await
        }
    }

    #[tokio::test]
    async fn who_is_known_is_queued_and_who_is_not_is_left_alone() {
        let world = World::new();
        let taken = world.takes(samples::message(1, "hi")).await;
        assert_eq!(taken, Taken { outcome: Took::Queued, looked_up: true });
        let stranger = InboundMessage { from: samples::address("telegram:99"), ..samples::message(2, "hi") };
        assert_eq!(world.takes(stranger).await.outcome, Took::OfStranger);
        let [(Job::NoteReceived(note), _)] = &world.queue.sent()[..] else { panic!("one note") };
        assert_eq!(note.sender.as_ref().unwrap().company_id.as_str(), samples::COMPANY);
    }

    #[tokio::test]
    async fn without_a_lookup_the_message_is_safe_and_its_sender_is_found_later() {
        let world = World::new();
        world.directory.set_unavailable(true);
        let taken = world.takes(samples::message(1, "hi")).await;
        assert_eq!(taken, Taken { outcome: Took::Queued, looked_up: false });
        let hanging = Failing::always(|| QueueError(MadeUp::boxed("full")), world.queue.clone()).hanging();
        let take = TakeIn { queue: Arc::new(hanging), ..world.take };
        let patience = Patience { lookup: pending(), queue: ready(()) };
        assert_eq!(take.take(samples::message(2, "hi"), patience).await.outcome, Took::NotQueued);
    }
}
