//! The queue in memory, with its receiving side and its dead letters.

mod dead_letters;

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use futures::FutureExt;
use jiff::Timestamp;

use super::locked;
use crate::{
    jobs::Job,
    ports::{
        clock::Clock,
        job_handler::{Attempt, JobError, JobHandler},
        job_queue::{JobQueue, QueueError},
    },
};

/// How often a job is delivered before it goes to the dead letters.
const MOST: u32 = 5;

/// A queue that delivers when it is told to.
pub struct MemoryQueue {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sent: Vec<(Job, Duration)>,
    waiting: Vec<Waiting>,
    dead: Vec<Dead>,
    buried: u64,
}

/// A job that was given up.
struct Dead {
    handle: u64,
    job: Job,
    reason: String,
    at: Timestamp,
    held: bool,
}

#[derive(Clone)]
struct Waiting {
    job: Job,
    due: Timestamp,
    attempts: u32,
}

impl MemoryQueue {
    /// An empty queue.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// Everything that was ever sent, in order, with its delay.
    #[must_use]
    pub fn sent(&self) -> Vec<(Job, Duration)> {
        locked(&self.state).sent.clone()
    }

    /// How many jobs wait, due or not.
    #[must_use]
    pub fn depth(&self) -> usize {
        locked(&self.state).waiting.len()
    }

    /// Jobs that were given up, with the reason.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<(Job, String)> {
        locked(&self.state).dead.iter().map(|dead| (dead.job.clone(), dead.reason.clone())).collect()
    }

    /// Delivers, one after another, what is due now, until nothing is. A job that asks for another delivery
    /// at once gets it. Answers how many deliveries there were.
    pub async fn deliver_due(&self, handler: &dyn JobHandler) -> usize {
        let mut deliveries = 0;
        while let Some(mut delivered) = self.take_due() {
            deliveries += 1;
            delivered.attempts += 1;
            let attempt = Attempt { number: delivered.attempts, most: MOST };
            let ended = AssertUnwindSafe(handler.handle(&delivered.job, attempt)).catch_unwind().await;
            let panicked =
                |_| Err(JobError::Retry { after: Duration::ZERO, reason: "the handler panicked".to_owned() });
            self.settle(delivered, ended.unwrap_or_else(panicked));
        }
        deliveries
    }

    fn take_due(&self) -> Option<Waiting> {
        let now = self.clock.now();
        let mut state = locked(&self.state);
        let at = state.waiting.iter().position(|waiting| waiting.due <= now)?;
        Some(state.waiting.remove(at))
    }

    fn settle(&self, mut delivered: Waiting, ended: Result<(), JobError>) {
        let later = |after: Duration| self.clock.now().saturating_add(after).unwrap_or(Timestamp::MAX);
        let mut state = locked(&self.state);
        match ended {
            Ok(()) => {}
            Err(JobError::Busy { after, .. }) => {
                delivered.attempts -= 1;
                delivered.due = later(after);
                state.waiting.push(delivered);
            }
            Err(JobError::Retry { after, .. }) if delivered.attempts < MOST => {
                delivered.due = later(after);
                state.waiting.push(delivered);
            }
            Err(JobError::Retry { reason, .. } | JobError::Dead { reason }) => {
                drop(state);
                self.bury(delivered.job, reason);
            }
        }
    }

    /// Puts a job among the dead letters.
    pub fn bury(&self, job: Job, reason: String) {
        let at = self.clock.now();
        let mut state = locked(&self.state);
        state.buried += 1;
        let handle = state.buried;
        state.dead.push(Dead { handle, job, reason, at, held: false });
    }
}

#[async_trait]
impl JobQueue for MemoryQueue {
    async fn send(&self, job: &Job, delay: Duration) -> Result<(), QueueError> {
        let due = self.clock.now().saturating_add(delay).unwrap_or(Timestamp::MAX);
        let mut state = locked(&self.state);
        state.sent.push((job.clone(), delay));
        state.waiting.push(Waiting { job: job.clone(), due, attempts: 0 });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{
        contracts::queue::{self, QueueUnderTest},
        fixed::FixedClock,
    };

    struct InMemory {
        clock: Arc<FixedClock>,
        queue: MemoryQueue,
    }

    #[async_trait]
    impl QueueUnderTest for InMemory {
        fn sender(&self) -> &dyn JobQueue {
            &self.queue
        }

        async fn deliver_due(&self, handler: Arc<dyn JobHandler>) {
            self.queue.deliver_due(handler.as_ref()).await;
        }

        async fn pass_time(&self, by: Duration) {
            self.clock.advance(by);
        }

        async fn dead_letters(&self) -> Vec<(Job, String)> {
            self.queue.dead_letters()
        }
    }

    #[tokio::test]
    async fn the_queue_in_memory_keeps_the_contract() {
        let clock = Arc::new(FixedClock::default());
        queue::all(&InMemory { queue: MemoryQueue::new(clock.clone()), clock }).await;
    }
}
