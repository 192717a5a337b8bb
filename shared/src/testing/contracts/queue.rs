//! What every queue keeps, sending and delivering.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;

use super::fresh;
use crate::{
    domain::{ids::MessageId, message::InboundMessage},
    jobs::Job,
    ports::{
        job_handler::{Attempt, JobError, JobHandler},
        job_queue::JobQueue,
    },
    testing::{locked, samples},
};

/// A queue with its receiving side, as the contract drives it. Nobody else may use it meanwhile.
#[async_trait]
pub trait QueueUnderTest: Send + Sync {
    /// The sending side.
    fn sender(&self) -> &dyn JobQueue;

    /// Delivers what is due until nothing is due any more.
    async fn deliver_due(&self, handler: Arc<dyn JobHandler>);

    /// Lets this much time pass.
    async fn pass_time(&self, by: Duration);

    /// What was given up, with the reason, in any order.
    async fn dead_letters(&self) -> Vec<(Job, String)>;
}

/// All promises.
pub async fn all(queue: &dyn QueueUnderTest) {
    a_job_arrives_as_it_was_sent_and_once(queue).await;
    a_delayed_job_waits(queue).await;
    a_job_that_failed_comes_again_later(queue).await;
    after_five_deliveries_a_job_is_given_up(queue).await;
    a_busy_delivery_is_not_counted(queue).await;
    a_dead_job_never_comes_again(queue).await;
    b13_one_poisoned_job_stops_no_other(queue).await;
}

type Script = dyn Fn(&Job, Attempt) -> Result<(), JobError> + Send + Sync;

/// A handler that answers by a function and keeps what was delivered.
pub struct ScriptedHandler {
    script: Box<Script>,
    delivered: Mutex<Vec<(MessageId, u32)>>,
}

impl ScriptedHandler {
    /// Answers through `script`.
    pub fn new(script: impl Fn(&Job, Attempt) -> Result<(), JobError> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { script: Box::new(script), delivered: Mutex::default() })
    }

    /// Does every job at once.
    #[must_use]
    pub fn done() -> Arc<Self> {
        Self::new(|_, _| Ok(()))
    }

    /// What was delivered, in order, with the number of the attempt.
    #[must_use]
    pub fn delivered(&self) -> Vec<(MessageId, u32)> {
        locked(&self.delivered).clone()
    }

    /// The attempts at one message, in order.
    #[must_use]
    pub fn attempts(&self, id: &MessageId) -> Vec<u32> {
        self.delivered().into_iter().filter(|(known, _)| known == id).map(|(_, number)| number).collect()
    }
}

#[async_trait]
impl JobHandler for ScriptedHandler {
    async fn handle(&self, job: &Job, attempt: Attempt) -> Result<(), JobError> {
        locked(&self.delivered).push((job.message_id().clone(), attempt.number));
        (self.script)(job, attempt)
    }
}

fn fresh_job() -> (MessageId, Job) {
    let id = MessageId::parse(&fresh("SM").replace('-', "")).expect("a message id");
    let message = InboundMessage { id: id.clone(), ..samples::message(1, "Order two pipes") };
    (id, samples::job(message))
}

async fn send(queue: &dyn QueueUnderTest, delay: Duration) -> MessageId {
    let (id, job) = fresh_job();
    queue.sender().send(&job, delay).await.expect("send");
    id
}

fn retry() -> Result<(), JobError> {
    Err(JobError::Retry { after: Duration::from_secs(5), reason: "try again".to_owned() })
}

/// Longer than any queue's own waiting between two deliveries of such jobs.
const LONG: Duration = Duration::from_secs(2 * 3_600);

async fn buried(queue: &dyn QueueUnderTest, id: &MessageId) -> Vec<String> {
    let dead = queue.dead_letters().await;
    dead.into_iter().filter(|(job, _)| job.message_id().clone() == *id).map(|(_, reason)| reason).collect()
}

/// What was done is not delivered again.
pub async fn a_job_arrives_as_it_was_sent_and_once(queue: &dyn QueueUnderTest) {
    let (id, job) = fresh_job();
    queue.sender().send(&job, Duration::ZERO).await.expect("send");
    let sent = job.clone();
    let handler = ScriptedHandler::new(move |job, attempt| {
        assert_eq!((job, attempt.number), (&sent, 1));
        Ok(())
    });
    queue.deliver_due(handler.clone()).await;
    queue.pass_time(LONG).await;
    queue.deliver_due(handler.clone()).await;
    assert_eq!(handler.attempts(&id), [1]);
    assert!(buried(queue, &id).await.is_empty());
}

/// For as long as it was told to.
pub async fn a_delayed_job_waits(queue: &dyn QueueUnderTest) {
    let id = send(queue, Duration::from_secs(30)).await;
    let handler = ScriptedHandler::done();
    queue.deliver_due(handler.clone()).await;
    assert!(handler.attempts(&id).is_empty(), "not due yet");
    queue.pass_time(Duration::from_secs(31)).await;
    queue.deliver_due(handler.clone()).await;
    assert_eq!(handler.attempts(&id), [1]);
}

/// Not before the wait that it asked for, and with the next number.
pub async fn a_job_that_failed_comes_again_later(queue: &dyn QueueUnderTest) {
    let id = send(queue, Duration::ZERO).await;
    let handler = ScriptedHandler::new(|_, attempt| if attempt.number < 3 { retry() } else { Ok(()) });
    queue.deliver_due(handler.clone()).await;
    assert_eq!(handler.attempts(&id), [1], "not before its wait is over");
    for _ in 0..4 {
        queue.pass_time(LONG).await;
        queue.deliver_due(handler.clone()).await;
    }
    assert_eq!(handler.attempts(&id), [1, 2, 3]);
    assert!(buried(queue, &id).await.is_empty());
}

/// With its last reason; the handler was told which delivery is the last.
pub async fn after_five_deliveries_a_job_is_given_up(queue: &dyn QueueUnderTest) {
    let id = send(queue, Duration::ZERO).await;
    let handler = ScriptedHandler::new(|_, attempt| {
        assert_eq!(attempt.is_last(), attempt.number == 5);
        retry()
    });
    for _ in 0..8 {
        queue.deliver_due(handler.clone()).await;
        queue.pass_time(LONG).await;
    }
    assert_eq!(handler.attempts(&id), [1, 2, 3, 4, 5]);
    assert_eq!(buried(queue, &id).await, ["try again"]);
}

/// However often.
pub async fn a_busy_delivery_is_not_counted(queue: &dyn QueueUnderTest) {
    let id = send(queue, Duration::ZERO).await;
    let busy =
        |_: &Job, _| Err(JobError::Busy { after: Duration::from_secs(5), reason: "in work".to_owned() });
    let busy = ScriptedHandler::new(busy);
    for _ in 0..8 {
        queue.deliver_due(busy.clone()).await;
        queue.pass_time(LONG).await;
    }
    assert_eq!(busy.attempts(&id), [1; 8]);
    let done = ScriptedHandler::done();
    queue.deliver_due(done.clone()).await;
    assert_eq!(done.attempts(&id), [1]);
}

/// It is given up at once, with its reason.
pub async fn a_dead_job_never_comes_again(queue: &dyn QueueUnderTest) {
    let id = send(queue, Duration::ZERO).await;
    let handler = ScriptedHandler::new(|_, _| Err(JobError::Dead { reason: "conflict of bytes".to_owned() }));
    for _ in 0..2 {
        queue.deliver_due(handler.clone()).await;
        queue.pass_time(LONG).await;
    }
    assert_eq!(handler.attempts(&id), [1]);
    assert_eq!(buried(queue, &id).await, ["conflict of bytes"]);
}

/// Of ten jobs one panics at every delivery: nine are done once, one is given up.
pub async fn b13_one_poisoned_job_stops_no_other(queue: &dyn QueueUnderTest) {
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.push(send(queue, Duration::ZERO).await);
    }
    let poisoned = ids.swap_remove(4);
    let poison = poisoned.clone();
    let handler = ScriptedHandler::new(move |job, _| {
        assert!(job.message_id().clone() != poison, "a panic that the test makes");
        Ok(())
    });
    for _ in 0..6 {
        queue.deliver_due(handler.clone()).await;
        queue.pass_time(LONG).await;
    }
    assert!(ids.iter().all(|id| handler.attempts(id) == [1]));
    assert_eq!(handler.attempts(&poisoned), [1, 2, 3, 4, 5]);
    assert_eq!(buried(queue, &poisoned).await.len(), 1);
}
