//! What becomes of a queue's message that was not done: later, in a fresh copy, or to the dead letters. For queues
//! whose worker is called with messages instead of fetching them, and which count deliveries by themselves.

use std::time::Duration;

use async_trait::async_trait;

use super::job_queue::QueueError;

/// What was spent on a job before this message of it was sent. A queue counts the deliveries of one message only;
/// this travels from message to message of the same job, as three numbers beside the body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Deliveries that failed.
    pub tries: u32,
    /// Deliveries since the last failure that ended in [`Busy`](super::job_handler::JobError::Busy). Above 0 in a
    /// message whose job waits.
    pub waits: u32,
    /// Copies that were sent, this message included.
    pub rounds: u32,
}

impl Spent {
    const TRIES: &str = "HarkTries";
    const WAITS: &str = "HarkWaits";
    const ROUNDS: &str = "HarkRounds";

    /// The numbers with the names under which they travel.
    #[must_use]
    pub const fn numbers(self) -> [(&'static str, u32); 3] {
        [(Self::TRIES, self.tries), (Self::WAITS, self.waits), (Self::ROUNDS, self.rounds)]
    }

    /// Reads what [`numbers`](Self::numbers) gave. A number that is missing, as in the first message of a job, is 0.
    pub fn read(number: impl Fn(&str) -> Option<u32>) -> Self {
        let number = |name| number(name).unwrap_or_default();
        Self { tries: number(Self::TRIES), waits: number(Self::WAITS), rounds: number(Self::ROUNDS) }
    }
}

/// The queue's returning side.
#[async_trait]
pub trait Redelivery: Send + Sync {
    /// Keeps a delivered message hidden for this long from now on (0 s to 11.75 h; more is cut to that); then it is
    /// delivered again. `receipt` names this one delivery.
    async fn delay(&self, receipt: &str, after: Duration) -> Result<(), QueueError>;

    /// Puts a fresh copy of the message into the queue, with what was spent beside it, to be delivered first after
    /// `after` (0 to 900 s; more is cut to that). The caller then lets the queue forget the message itself; if it
    /// dies before, there are two, as there may be of every message.
    async fn park(&self, body: &str, spent: Spent, after: Duration) -> Result<(), QueueError>;

    /// Puts a copy of the message among the dead letters, with the reason beside it. The caller then lets
    /// the queue forget the message itself. The reason holds no personal data.
    async fn bury(&self, body: &str, reason: &str) -> Result<(), QueueError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spent_survives_its_way_and_starts_at_nothing() {
        let spent = Spent { tries: 2, waits: 7, rounds: 3 };
        let numbers = spent.numbers();
        let read = |name: &str| numbers.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
        assert_eq!(Spent::read(read), spent);
        assert_eq!(Spent::read(|_| None), Spent::default());
    }
}
