//! SQS and Lambda's event source as far as the runner meets them: a message is counted at each receive, hidden,
//! deleted when it is not listed, and moved to the dead letters without a reason where it would be received once too
//! often.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use shared::{
    jobs::Job,
    ports::{
        job_handler::JobHandler,
        job_queue::{JobQueue, QueueError},
        redelivery::{Redelivery, Spent},
    },
    testing::contracts::queue::{self as contract, QueueUnderTest},
};

use super::{DELIVERIES, event, handle_batch, record};

/// As in the template.
const VISIBILITY: Duration = Duration::from_secs(720);
const LONGEST_HIDING: Duration = Duration::from_secs(43_200);
const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// SQS's own redrive gives no reason; it leads to the queue behind the queue.
pub(super) const LAST_CHANCE: &str = "(last chance)";

/// A clone is the same queue.
#[derive(Clone, Default)]
pub(super) struct Sqs(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    now: Duration,
    named: u64,
    messages: Vec<Message>,
    dead: Vec<(String, String)>,
    copies: u32,
}

#[derive(Clone)]
struct Message {
    id: String,
    body: String,
    carried: Option<Spent>,
    visible_at: Duration,
    received: u32,
    receipt: String,
}

impl Sqs {
    fn with<T>(&self, see: impl FnOnce(&mut State) -> T) -> T {
        see(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn now(&self) -> Duration {
        self.with(|state| state.now)
    }

    /// How many copies were ever sent.
    pub(super) fn copies(&self) -> u32 {
        self.with(|state| state.copies)
    }

    /// The reasons among the dead letters, with the bodies.
    pub(super) fn dead(&self) -> Vec<(String, String)> {
        self.with(|state| state.dead.clone())
    }

    pub(super) fn send_body(&self, body: String) {
        self.with(|state| state.add(body, None, Duration::ZERO));
    }

    /// Lets time pass until a message is visible; none is left: false.
    pub(super) fn wait_for_next(&self) -> bool {
        self.with(|state| {
            let next = state.messages.iter().map(|message| message.visible_at).min();
            next.inspect(|at| state.now = state.now.max(*at)).is_some()
        })
    }

    /// Delivers one batch, if one is due, to a function of which `lives` says when it dies.
    pub(super) async fn deliver(&self, handler: Arc<dyn JobHandler>, dies: impl Future<Output = ()>) -> bool {
        let batch = self.with(State::receive);
        if batch.is_empty() {
            return false;
        }
        let records = batch.iter().map(|message| {
            let carried = message.carried.map(Spent::numbers);
            let carried = carried.as_ref().map_or(&[][..], |numbers| &numbers[..]);
            record(&message.id, &message.receipt, &message.body, message.received, carried)
        });
        let answered =
            handle_batch(event(&records.collect::<Vec<_>>()), handler, Arc::new(self.clone()), DELIVERIES);
        tokio::select! {
            response = answered => {
                let listed: HashSet<String> =
                    response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
                let done: HashSet<String> = batch.into_iter().map(|message| message.id).collect();
                self.with(|state| {
                    state.messages.retain(|message| listed.contains(&message.id) || !done.contains(&message.id));
                });
            }
            () = dies => {}
        }
        true
    }
}

impl State {
    fn add(&mut self, body: String, carried: Option<Spent>, delay: Duration) {
        assert!(delay <= LONGEST_DELAY, "the adapter cuts it");
        self.named += 1;
        let (id, visible_at) = (format!("m{}", self.named), self.now + delay);
        self.messages.push(Message { id, body, carried, visible_at, received: 0, receipt: String::new() });
    }

    fn receive(&mut self) -> Vec<Message> {
        let now = self.now;
        let redriven =
            |message: &mut Message| message.visible_at <= now && message.received >= DELIVERIES.most;
        let redriven: Vec<Message> = self.messages.extract_if(.., redriven).collect();
        self.dead.extend(redriven.into_iter().map(|message| (message.body, LAST_CHANCE.to_owned())));
        let due = self.messages.iter_mut().filter(|message| message.visible_at <= now).take(10);
        let named = &mut self.named;
        due.map(|message| {
            *named += 1;
            message.receipt = format!("r{named}");
            message.received += 1;
            message.visible_at = now + VISIBILITY;
            message.clone()
        })
        .collect()
    }
}

#[async_trait]
impl Redelivery for Sqs {
    async fn delay(&self, receipt: &str, after: Duration) -> Result<(), QueueError> {
        assert!(after <= LONGEST_HIDING, "the adapter cuts it");
        self.with(|state| {
            let visible_at = state.now + after;
            let message = state.messages.iter_mut().find(|message| message.receipt == receipt);
            message
                .map(|message| message.visible_at = visible_at)
                .ok_or(QueueError("ReceiptHandleIsInvalid".into()))
        })
    }

    async fn park(&self, body: &str, spent: Spent, after: Duration) -> Result<(), QueueError> {
        self.with(|state| {
            state.copies += 1;
            state.add(body.to_owned(), Some(spent), after.min(LONGEST_DELAY));
        });
        Ok(())
    }

    async fn bury(&self, body: &str, reason: &str) -> Result<(), QueueError> {
        self.with(|state| state.dead.push((body.to_owned(), reason.to_owned())));
        Ok(())
    }
}

#[async_trait]
impl JobQueue for Sqs {
    async fn send(&self, job: &Job, delay: Duration) -> Result<(), QueueError> {
        self.with(|state| state.add(job.to_body().unwrap(), None, delay));
        Ok(())
    }
}

#[async_trait]
impl QueueUnderTest for Sqs {
    fn sender(&self) -> &dyn JobQueue {
        self
    }

    async fn deliver_due(&self, handler: Arc<dyn JobHandler>) {
        while self.deliver(Arc::clone(&handler), std::future::pending()).await {}
    }

    async fn pass_time(&self, by: Duration) {
        self.with(|state| state.now += by);
    }

    async fn dead_letters(&self) -> Vec<(Job, String)> {
        self.dead().into_iter().map(|(body, reason)| (Job::from_body(&body).unwrap(), reason)).collect()
    }
}

#[tokio::test]
async fn the_runner_on_sqs_keeps_the_contract_of_every_queue() {
    contract::all(&Sqs::default()).await;
}
