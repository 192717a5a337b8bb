//! A queue like the stack's, as the queue's contract drives it: jobs are sent by the adapter, delivered by SQS, worked
//! on by the batch runner of the functions, and deleted as Lambda's event source would.
//!
//! Time is shortened where SQS lets itself be told: once the contract has waited longer than the runner makes any job
//! wait, a message that SQS hides is shown again, and a copy that the runner sent with a delay is sent without one. The
//! delay with which a job was sent in the first place is waited for.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use adapter_aws::{AwsBase, SqsControl, SqsQueue, testing::TestQueue};
use adapter_lambda::{Deliveries, handle_batch};
use async_trait::async_trait;
use serde_json::{Value, json};
use shared::{
    jobs::Job,
    ports::{
        job_handler::JobHandler,
        job_queue::{JobQueue, QueueError},
        redelivery::{Redelivery, Spent},
    },
    testing::contracts::{fresh, queue::QueueUnderTest},
};

/// Those of the stack's queue and worker.
const DELIVERIES: Deliveries = Deliveries { most: 5, longest_run: Duration::from_secs(120) };
/// The runner makes no job wait for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(2 * 3_600);
/// For what SQS must deliver: more than the longest delay of the contract.
const PATIENCE: Duration = Duration::from_secs(90);

/// The queue with its receiving side.
pub(crate) struct OnSqs {
    queue: TestQueue,
    sender: SqsQueue,
    control: Arc<Returning>,
    book: Mutex<Book>,
}

/// The returning side; copies are kept back until time has passed.
struct Returning {
    sqs: SqsControl,
    parked: Mutex<Vec<(String, Spent)>>,
}

/// What must come, and what has come. Each job has a body of its own.
#[derive(Default)]
struct Book {
    /// How much time has passed for the contract.
    now: Duration,
    /// From when on a body must be delivered.
    due: BTreeMap<String, Duration>,
    /// Bodies that were delivered and are to come back, with the receipt of that delivery.
    hidden: BTreeMap<String, String>,
    dead: Vec<(Job, String)>,
}

impl Book {
    fn expect_now(&mut self, body: String) {
        self.due.insert(body, self.now);
    }
}

impl Returning {
    fn take_parked(&self) -> Vec<(String, Spent)> {
        std::mem::take(&mut *self.parked.lock().expect("the copies"))
    }
}

#[async_trait]
impl Redelivery for Returning {
    async fn delay(&self, receipt: &str, after: Duration) -> Result<(), QueueError> {
        self.sqs.delay(receipt, after).await
    }

    async fn park(&self, body: &str, spent: Spent, _after: Duration) -> Result<(), QueueError> {
        self.parked.lock().expect("the copies").push((body.to_owned(), spent));
        Ok(())
    }

    async fn bury(&self, body: &str, reason: &str) -> Result<(), QueueError> {
        self.sqs.bury(body, reason).await
    }
}

impl OnSqs {
    /// On two new queues.
    pub(crate) async fn create(base: &AwsBase) -> Self {
        let queue = TestQueue::create(base, &fresh("hark-test"), DELIVERIES.most).await.expect("a queue");
        let (url, dead_letters_url) = (queue.url().to_owned(), queue.dead_letters_url().to_owned());
        Self {
            sender: SqsQueue::new(base, &url),
            control: Arc::new(Returning {
                sqs: SqsControl::new(base, url, dead_letters_url),
                parked: Mutex::default(),
            }),
            queue,
            book: Mutex::default(),
        }
    }

    /// Deletes the queues.
    pub(crate) async fn tidy_up(&self) {
        self.queue.delete().await.expect("the queues are deleted");
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().expect("the book")
    }

    /// Gives one batch to the runner, as Lambda does, and deletes what it does not list.
    async fn deliver(&self, records: Vec<Value>, handler: Arc<dyn JobHandler>) {
        for record in &records {
            self.book().due.remove(text(record, "body"));
        }
        let event = serde_json::from_value(json!({ "Records": &records })).expect("an event");
        let response = handle_batch(event, handler, self.control.clone(), DELIVERIES).await;
        let listed: BTreeSet<String> =
            response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
        for record in &records {
            let receipt = text(record, "receiptHandle");
            if listed.contains(text(record, "messageId")) {
                self.book().hidden.insert(text(record, "body").to_owned(), receipt.to_owned());
            } else {
                self.queue.forget(receipt).await.expect("SQS forgets what was done");
            }
        }
    }
}

fn text<'a>(record: &'a Value, name: &str) -> &'a str {
    record[name].as_str().unwrap_or_else(|| panic!("a record has no {name}"))
}

#[async_trait]
impl QueueUnderTest for OnSqs {
    fn sender(&self) -> &dyn JobQueue {
        self
    }

    async fn deliver_due(&self, handler: Arc<dyn JobHandler>) {
        let all = async {
            loop {
                let records = self.queue.receive().await.expect("SQS answers");
                let nothing_came = records.is_empty();
                self.deliver(records, Arc::clone(&handler)).await;
                let book = self.book();
                if nothing_came && book.due.values().all(|due| *due > book.now) {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, all).await.expect("SQS delivers what is due");
    }

    async fn pass_time(&self, by: Duration) {
        self.book().now += by;
        if by < LONGEST_WAIT {
            return;
        }
        let hidden = std::mem::take(&mut self.book().hidden);
        for (body, receipt) in hidden {
            self.queue.show(&receipt).await.expect("SQS shows the message again");
            self.book().expect_now(body);
        }
        for (body, spent) in self.control.take_parked() {
            self.control.sqs.park(&body, spent, Duration::ZERO).await.expect("SQS takes the copy");
            self.book().expect_now(body);
        }
    }

    async fn dead_letters(&self) -> Vec<(Job, String)> {
        let letters = self.queue.take_dead_letters().await.expect("SQS answers");
        let mut book = self.book();
        for letter in letters {
            book.dead.push((Job::from_body(&letter.body).expect("a job"), letter.reason));
        }
        book.dead.clone()
    }
}

#[async_trait]
impl JobQueue for OnSqs {
    async fn send(&self, job: &Job, delay: Duration) -> Result<(), QueueError> {
        let body = job.to_body().expect("a body");
        let due = self.book().now + delay;
        self.book().due.insert(body, due);
        self.sender.send(job, delay).await
    }
}
