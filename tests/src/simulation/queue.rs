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
/// `maxReceiveCount` of the queue in the template.
pub(super) const MOST_RECEIVES: u32 = 5;
/// `maxReceiveCount` of the queue that the first one's redrive leads to.
const MOST_LAST_RECEIVES: u32 = 50;
/// In so many of a thousand receives a message is delivered although somebody works on it.
const DUPLICATES: u32 = 50;

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
    kind: Kind,
}

/// Where a message lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// In the queue.
    Ordinary,
    /// In the queue behind the queue.
    GivenUp,
    /// On its way to the dead letters.
    Dead,
}

impl Kind {
    const fn most_receives(self) -> u32 {
        match self {
            Self::Ordinary => MOST_RECEIVES,
            Self::GivenUp | Self::Dead => MOST_LAST_RECEIVES,
        }
    }
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
        state.messages.push(Message {
            id,
            body,
            spent,
            visible_at_ms,
            receives: 0,
            receipts: Vec::new(),
            kind: Kind::Ordinary,
        });
    }

    /// Up to ten messages that nobody works on, in no order; now and then one that somebody does.
    pub(super) fn receive(&self) -> Vec<Received> {
        self.take(Kind::Ordinary, 1 + usize::try_from(self.chance.below(10)).unwrap_or(0))
    }

    /// The same of the queue behind the queue, one by one.
    pub(super) fn receive_last_chance(&self) -> Vec<Received> {
        self.take(Kind::GivenUp, 1)
    }

    fn take(&self, kind: Kind, most: usize) -> Vec<Received> {
        self.redrive(kind);
        let (now, hidden_until) = (self.clock.elapsed_ms(), self.after(VISIBILITY));
        let mut state = self.state();
        let State { messages, numbers, .. } = &mut *state;
        let of_kind = messages.iter_mut().filter(|message| message.kind == kind);
        let (mut due, mut hidden): (Vec<_>, Vec<_>) = of_kind.partition(|each| each.visible_at_ms <= now);
        if self.chance.permille(DUPLICATES) {
            self.chance.shuffle(&mut hidden);
            due.extend(hidden.pop());
        }
        self.chance.shuffle(&mut due);
        due.truncate(most);
        let received = due.into_iter().map(|message| {
            *numbers += 1;
            message.receives += 1;
            message.visible_at_ms = hidden_until;
            let receipt = format!("receipt-{numbers}");
            message.receipts.push(receipt.clone());
            Received {
                id: message.id.clone(),
                receipt,
                body: message.body.clone(),
                receives: message.receives,
                spent: message.spent,
            }
        });
        received.collect()
    }

    /// What was received as often as it may be, and is visible again, goes on: to the queue behind the queue, and from
    /// there to the dead letters.
    fn redrive(&self, kind: Kind) {
        let now = self.clock.elapsed_ms();
        let mut state = self.state();
        let State { messages, dead, .. } = &mut *state;
        for message in messages.iter_mut().filter(|message| message.kind == kind) {
            if message.receives < kind.most_receives() || message.visible_at_ms > now {
                continue;
            }
            self.story.tell(format!("SQS gives {} up after {} receives", message.id, message.receives));
            message.receives = 0;
            match kind {
                Kind::Ordinary => message.kind = Kind::GivenUp,
                Kind::GivenUp => {
                    message.kind = Kind::Dead;
                    dead.push(DeadLetter { body: message.body.clone(), reason: None });
                }
                Kind::Dead => {}
            }
        }
        messages.retain(|message| message.kind != Kind::Dead);
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
