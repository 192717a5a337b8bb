//! The dead letters of a queue on SQS, as their contract drives them.

use adapter_aws::{AwsBase, SqsControl, SqsDeadLetters, testing::TestQueue};
use async_trait::async_trait;
use shared::{
    jobs::Job,
    ports::{dead_letters::DeadLetters, redelivery::Redelivery},
    testing::contracts::{dead_letters::DeadLettersUnderTest, fresh},
};

/// Two new queues without a worker.
pub(crate) struct LettersOnSqs {
    queue: TestQueue,
    letters: SqsDeadLetters,
    control: SqsControl,
}

impl LettersOnSqs {
    /// Creates them.
    pub(crate) async fn create(base: &AwsBase) -> Self {
        let queue = TestQueue::create(base, &fresh("hark-test"), 5).await.expect("a queue");
        Self {
            letters: SqsDeadLetters::new(base, queue.url(), queue.dead_letters_url()),
            control: SqsControl::new(base, queue.url(), queue.dead_letters_url()),
            queue,
        }
    }

    /// Deletes them.
    pub(crate) async fn tidy_up(&self) {
        self.queue.delete().await.expect("the queues are deleted");
    }
}

#[async_trait]
impl DeadLettersUnderTest for LettersOnSqs {
    fn letters(&self) -> &dyn DeadLetters {
        &self.letters
    }

    async fn bury(&self, job: &Job, reason: &str) {
        self.control.bury(&job.to_body().expect("a body"), reason).await.expect("buried");
    }

    async fn drain(&self) -> Vec<String> {
        let mut bodies = Vec::new();
        loop {
            let records = self.queue.receive().await.expect("SQS answers");
            if records.is_empty() {
                return bodies;
            }
            for record in records {
                let receipt = record["receiptHandle"].as_str().expect("a receipt");
                self.queue.forget(receipt).await.expect("SQS forgets what was done");
                bodies.push(record["body"].as_str().expect("a body").to_owned());
            }
        }
    }
}
