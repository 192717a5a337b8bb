//! What a delivery's end has as consequence.

use std::time::Duration;

use shared::ports::{
    job_handler::JobError,
    redelivery::{Redelivery, Spent},
};
use tracing::{error, info, warn};

use super::{
    count::Next,
    delays,
    delivery::{Delivery, End},
};

impl Delivery {
    /// Does what the end asks for; answers whether the message is to be delivered again.
    pub(super) async fn settle(&self, end: End, redelivery: &dyn Redelivery) -> bool {
        let number = self.count.attempt().number;
        match end {
            End::Done => false,
            End::Failed(JobError::Dead { reason }) => !self.bury(&reason, redelivery).await,
            End::Failed(JobError::Retry { after, reason }) => self.failed(after, &reason, redelivery).await,
            End::Failed(JobError::Busy { after, reason }) => {
                self.has_to_wait(after, &reason, redelivery).await
            }
            End::Panicked => {
                error!(queue.message_id = %self.message_id, number, "A job panicked");
                self.failed(Duration::ZERO, "the job panicked", redelivery).await
            }
        }
    }

    async fn failed(&self, after: Duration, reason: &str, redelivery: &dyn Redelivery) -> bool {
        let number = self.count.attempt().number;
        let after = delays::retry(after, number, &self.receipt);
        let next = self.count.after_failure();
        if next != Next::Nothing {
            info!(queue.message_id = %self.message_id, number, reason, "A job is delivered again: {reason}");
        }
        self.go_on(next, after, reason, redelivery).await
    }

    async fn has_to_wait(&self, after: Duration, reason: &str, redelivery: &dyn Redelivery) -> bool {
        let after = delays::wait(after, self.count.waited(), &self.receipt);
        match self.count.after_wait() {
            // Whoever has the note may yet fail it, and then nobody would tell its sender: SQS brings it to the queue behind
            // the queue.
            Next::Nothing => {
                warn!(queue.message_id = %self.message_id, reason, "A job waited as often as it may here: {reason}");
                self.hide(after, redelivery).await;
                true
            }
            next => self.go_on(next, after, reason, redelivery).await,
        }
    }

    async fn go_on(&self, next: Next, after: Duration, reason: &str, redelivery: &dyn Redelivery) -> bool {
        match next {
            Next::Again => {
                self.hide(after, redelivery).await;
                true
            }
            Next::Copy(spent) => self.park(spent, after, reason, redelivery).await,
            Next::Nothing => !self.bury(reason, redelivery).await,
        }
    }

    /// The job goes on in a copy. If that cannot be sent, in this message.
    async fn park(&self, spent: Spent, after: Duration, reason: &str, redelivery: &dyn Redelivery) -> bool {
        match redelivery.park(&self.body, spent, after).await {
            Ok(()) => {
                let Spent { tries, waits, rounds } = spent;
                info!(
                    queue.message_id = %self.message_id, tries, waits, rounds, reason,
                    "A job goes on in a fresh message: {reason}"
                );
                false
            }
            Err(error) => {
                error!(
                    queue.message_id = %self.message_id, reason, source = %error.0,
                    "A job could not be put into a fresh message"
                );
                // If SQS does not deliver it again here, it brings it to the queue behind the queue.
                self.hide(after, redelivery).await;
                true
            }
        }
    }

    /// Whether it now lies among the dead letters.
    pub(super) async fn bury(&self, reason: &str, redelivery: &dyn Redelivery) -> bool {
        match redelivery.bury(&self.body, reason).await {
            Ok(()) => {
                error!(
                    counter = "dead_letter", queue.message_id = %self.message_id, reason,
                    "A message was put among the dead letters: {reason}"
                );
                true
            }
            Err(error) => {
                error!(
                    queue.message_id = %self.message_id, reason, source = %error.0,
                    "A message could not be put among the dead letters"
                );
                false
            }
        }
    }
}
