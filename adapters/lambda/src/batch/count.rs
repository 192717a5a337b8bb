//! Which try a delivery is, and what is left after it.
//!
//! SQS counts the deliveries of a message and nothing else. So that this one count says enough, all earlier
//! deliveries of a message ended alike: in a message that is tried they failed (or were lost: the process died, or
//! Lambda had no room for them), in a message that waits they ended in `Busy` (or were lost). When a delivery ends in
//! the other way, the job goes on in a fresh copy that carries the counts. It does so too while SQS has one delivery
//! left, so that a lost one does not end the job behind our back.

use shared::ports::{job_handler::Attempt, redelivery::Spent};

/// Copies of one job at most. Lambda stops a function that was called about 16 times in a chain of requests, which a
/// copy continues (Lambda developer guide, "Recursive loop detection").
pub(super) const MOST_ROUNDS: u32 = 10;

/// How a job goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The same message comes back.
    Again,
    /// In a copy that carries this.
    Copy(Spent),
    /// Not at all: all that it may have is spent.
    Nothing,
}

/// The counts at one delivery.
#[derive(Debug, Clone, Copy)]
pub(super) struct Count {
    /// What its message carries.
    pub(super) spent: Spent,
    /// Deliveries of this message, this one included.
    pub(super) received: u32,
    /// Deliveries of a message by SQS, and tries of a job.
    pub(super) most: u32,
}

impl Count {
    /// What the handler is told. Deliveries that ended in `Busy` are not counted before the last copy; there
    /// every delivery is, and the last two that SQS gives are the last try.
    pub(super) fn attempt(&self) -> Attempt {
        let (tries, most) = (self.spent.tries, self.most);
        let number = if self.is_last_copy() {
            let counted = tries.saturating_add(self.received);
            if self.has_spare() { counted } else { counted.max(most) }
        } else if self.waits() {
            tries.saturating_add(1)
        } else {
            tries.saturating_add(self.received)
        };
        Attempt { number, most }
    }

    /// How often the job already waited since it last failed, before this delivery.
    pub(super) fn waited(&self) -> u32 {
        let here = if self.waits() || self.is_last_copy() { self.earlier() } else { 0 };
        self.spent.waits.saturating_add(here)
    }

    /// After this delivery failed.
    pub(super) fn after_failure(&self) -> Next {
        let attempt = self.attempt();
        if attempt.is_last() {
            Next::Nothing
        } else if self.is_last_copy() || (self.has_spare() && !self.waits()) {
            Next::Again
        } else {
            self.copy(attempt.number, 0)
        }
    }

    /// After this delivery ended in `Busy`.
    pub(super) fn after_wait(&self) -> Next {
        if self.is_last_copy() {
            if self.is_delivered_again() { Next::Again } else { Next::Nothing }
        } else if self.waits() && self.has_spare() {
            Next::Again
        } else {
            // This delivery's own number is given back.
            self.copy(self.attempt().number.saturating_sub(1), self.waited().saturating_add(1))
        }
    }

    /// Whether SQS delivers the message again if it is listed.
    pub(super) const fn is_delivered_again(&self) -> bool {
        self.received < self.most
    }

    fn copy(&self, tries: u32, waits: u32) -> Next {
        Next::Copy(Spent { tries, waits, rounds: self.spent.rounds.saturating_add(1) })
    }

    const fn waits(&self) -> bool {
        self.spent.waits > 0
    }

    const fn is_last_copy(&self) -> bool {
        self.spent.rounds >= MOST_ROUNDS
    }

    /// Whether SQS would deliver the message twice more.
    const fn has_spare(&self) -> bool {
        self.received.saturating_add(1) < self.most
    }

    const fn earlier(&self) -> u32 {
        self.received.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u32 = 5;

    fn count(spent: (u32, u32, u32), received: u32) -> Count {
        let (tries, waits, rounds) = spent;
        Count { spent: Spent { tries, waits, rounds }, received, most: MOST }
    }

    fn copy(tries: u32, waits: u32, rounds: u32) -> Next {
        Next::Copy(Spent { tries, waits, rounds })
    }

    #[test]
    fn b06_a_job_that_fails_has_five_tries_and_the_last_begins_with_all_deliveries() {
        let first: Vec<_> =
            (1..=4).map(|n| (count((0, 0, 0), n).attempt().number, count((0, 0, 0), n))).collect();
        assert_eq!(first.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert!(first[..3].iter().all(|(_, count)| count.after_failure() == Next::Again));
        assert_eq!(first[3].1.after_failure(), copy(4, 0, 1));
        for lost in 0..MOST {
            let last = count((4, 0, 1), 1 + lost);
            assert!(last.attempt().is_last());
            assert_eq!(last.after_failure(), Next::Nothing);
        }
    }

    #[test]
    fn b06_waiting_costs_no_try_and_does_not_begin_anew() {
        // Two failures, then it must wait: that delivery is given back.
        assert_eq!(count((0, 0, 0), 3).after_wait(), copy(2, 1, 1));
        for received in 1..=3 {
            let waiting = count((2, 1, 1), received);
            assert_eq!((waiting.attempt().number, waiting.waited()), (3, received));
            assert_eq!(waiting.after_wait(), Next::Again);
        }
        assert_eq!(count((2, 1, 1), 4).after_wait(), copy(2, 5, 2));
        // Should that copy fail to be sent, it is sent at the next delivery.
        assert_eq!(count((2, 1, 1), 5).after_wait(), copy(2, 6, 2));
        // At last it can be tried, and fails: that is its third failure.
        assert_eq!(count((2, 5, 2), 2).after_failure(), copy(3, 0, 3));
    }

    #[test]
    fn b06_a_last_try_that_must_wait_stays_the_last() {
        assert_eq!(count((4, 0, 1), 1).after_wait(), copy(4, 1, 2));
        assert!(count((4, 1, 2), 3).attempt().is_last());
        assert_eq!(count((4, 1, 2), 3).after_wait(), Next::Again);
        assert_eq!(count((4, 1, 2), 3).after_failure(), Next::Nothing);
    }

    #[test]
    fn in_the_last_copy_every_delivery_counts_and_the_end_is_told() {
        let told: Vec<_> = (1..=5).map(|n| count((0, 9, MOST_ROUNDS), n).attempt()).collect();
        assert_eq!(told.iter().map(|attempt| attempt.number).collect::<Vec<_>>(), [1, 2, 3, 5, 5]);
        assert!((1..=4).all(|n| count((0, 9, MOST_ROUNDS), n).after_wait() == Next::Again));
        assert_eq!(count((0, 9, MOST_ROUNDS), 5).after_wait(), Next::Nothing);
        assert_eq!(count((0, 9, MOST_ROUNDS), 3).after_failure(), Next::Again);
        assert_eq!(count((0, 9, MOST_ROUNDS), 4).after_failure(), Next::Nothing);
    }

    #[test]
    fn numbers_that_nobody_sends_end_the_job_and_nothing_else() {
        let strange = count((u32::MAX, u32::MAX, u32::MAX), u32::MAX);
        assert!(strange.attempt().is_last());
        assert_eq!((strange.after_failure(), strange.after_wait()), (Next::Nothing, Next::Nothing));
    }
}
