//! SQS as its documentation describes it: at least once, in some order, counted, hidden while somebody works on it, and
//! put among the dead letters by the queue itself after five receives (Amazon SQS developer guide).

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use shared::{
    jobs::Job,
    ports::{
        job_queue::{JobQueue, QueueError},
        redelivery::{Redelivery, Spent},
    },
};

use super::{
    chance::Chance,
    story::{RunClock, Story},
};

/// `VisibilityTimeout` of the template.
const VISIBILITY: Duration = Duration::from_secs(720);
/// `maxReceiveCount` of the template.
pub(super) const MOST_RECEIVES: u32 = 5;
/// In so many of a thousand receives a message is delivered although somebody works on it.
const DUPLICATES: u32 = 15;

/// A message as it is received.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) id: String,
    pub(super) receipt: String,
    pub(super) body: String,
    pub(super) receives: u32,
    pub(super) spent: Spent,
}

/// A message that was given up.
#[derive(Debug, Clone)]
pub(super) struct DeadLetter {
    pub(super) body: String,
    /// Nobody gave one when the queue itself gave it up.
    pub(super) reason: Option<String>,
}

struct Message {
    id: String,
    body: String,
    spent: Spent,
    visible_at_ms: u64,
    receives: u32,
    receipts: Vec<String>,
}

#[derive(Default)]
struct State {
    messages: Vec<Message>,
    dead: Vec<DeadLetter>,
    numbers: u64,
}

/// The queue and its dead letters.
pub(super) struct SimulatedSqs {
    clock: RunClock,
    chance: Chance,
    story: Story,
    state: Mutex<State>,
}

impl SimulatedSqs {
    pub(super) fn new(clock: RunClock, chance: Chance, story: Story) -> Arc<Self> {
        Arc::new(Self { clock, chance, story, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn after(&self, wait: Duration) -> u64 {
        self.clock.elapsed_ms() + u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
    }

    fn add(&self, body: String, spent: Spent, delay: Duration) {
        let visible_at_ms = self.after(delay);
        let mut state = self.state();
        state.numbers += 1;
        let id = format!("message-{}", state.numbers);
        state.messages.push(Message { id, body, spent, visible_at_ms, receives: 0, receipts: Vec::new() });
    }

    /// Up to ten messages that nobody works on, in no order; now and then one that somebody does.
    pub(super) fn receive(&self) -> Vec<Received> {
        let now = self.clock.elapsed_ms();
        let hidden_until = self.after(VISIBILITY);
        let mut state = self.state();
        let mut due: Vec<usize> = (0..state.messages.len())
            .filter(|&at| {
                let visible = state.messages.get(at).is_some_and(|message| message.visible_at_ms <= now);
                visible || self.chance.permille(DUPLICATES)
            })
            .collect();
        self.chance.shuffle(&mut due);
        due.truncate(1 + usize::try_from(self.chance.below(10)).unwrap_or(0));
        let mut received = Vec::new();
        let mut given_up = Vec::new();
        for at in due {
            state.numbers += 1;
            let receipt = format!("receipt-{}", state.numbers);
            let Some(message) = state.messages.get_mut(at) else { continue };
            if message.receives >= MOST_RECEIVES {
                given_up.push(message.id.clone());
                continue;
            }
            message.receives += 1;
            message.visible_at_ms = hidden_until;
            message.receipts.push(receipt.clone());
            received.push(Received {
                id: message.id.clone(),
                receipt,
                body: message.body.clone(),
                receives: message.receives,
                spent: message.spent,
            });
        }
        for id in given_up {
            let at = state.messages.iter().position(|message| message.id == id);
            if let Some(message) = at.map(|at| state.messages.remove(at)) {
                self.story.tell(format!("SQS gives {id} up after {MOST_RECEIVES} receives"));
                state.dead.push(DeadLetter { body: message.body, reason: None });
            }
        }
        received
    }

    /// What Lambda does with a message that was not listed as failed.
    pub(super) fn delete(&self, id: &str) {
        self.state().messages.retain(|message| message.id != id);
    }

    /// How many messages are there, visible or not.
    pub(super) fn depth(&self) -> usize {
        self.state().messages.len()
    }

    /// What lies among the dead letters.
    pub(super) fn dead_letters(&self) -> Vec<DeadLetter> {
        self.state().dead.clone()
    }
}

#[async_trait]
impl JobQueue for SimulatedSqs {
    async fn send(&self, job: &Job, delay: Duration) -> Result<(), QueueError> {
        let body = job.to_body().expect("a job can be written");
        self.add(body, Spent::default(), delay);
        Ok(())
    }
}

#[async_trait]
impl Redelivery for SimulatedSqs {
    async fn delay(&self, receipt: &str, after: Duration) -> Result<(), QueueError> {
        let visible_at = self.after(after);
        let mut state = self.state();
        let known = |message: &&mut Message| message.receipts.iter().any(|known| known == receipt);
        if let Some(message) = state.messages.iter_mut().find(known) {
            message.visible_at_ms = visible_at;
        }
        Ok(())
    }

    async fn park(&self, body: &str, spent: Spent, after: Duration) -> Result<(), QueueError> {
        self.add(body.to_owned(), spent, after);
        Ok(())
    }

    async fn bury(&self, body: &str, reason: &str) -> Result<(), QueueError> {
        self.story.tell(format!("a message is put among the dead letters: {reason}"));
        self.state().dead.push(DeadLetter { body: body.to_owned(), reason: Some(reason.to_owned()) });
        Ok(())
    }
}
