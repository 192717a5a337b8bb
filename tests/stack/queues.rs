//! What SQS does with a message that was not done, as the batch runner counts on it.

use std::time::Duration;

use adapter_aws::{SqsControl, SqsQueue, testing::TestQueue};
use serde_json::Value;
use shared::{
    ports::{
        job_queue::JobQueue,
        redelivery::{Redelivery, Spent},
    },
    testing::{
        contracts::fresh,
        samples::{job, message},
    },
};
use system_tests::Stack;

use crate::traces::{tidied, until};

/// For what SQS must deliver.
const PATIENCE: Duration = Duration::from_secs(60);

/// A queue of its own, without a worker.
struct Queue {
    queue: TestQueue,
    sender: SqsQueue,
    control: SqsControl,
}

impl Queue {
    async fn create() -> Self {
        let base = Stack::open().aws();
        let queue = TestQueue::create(&base, &fresh("hark-test"), 5).await.expect("a queue");
        Self {
            sender: SqsQueue::new(&base, queue.url()),
            control: SqsControl::new(&base, queue.url(), queue.dead_letters_url()),
            queue,
        }
    }

    async fn tidy_up(&self) {
        self.queue.delete().await.expect("the queues are deleted");
    }

    async fn send(&self) {
        self.sender.send(&job(message(1, "Order two pipes")), Duration::ZERO).await.expect("sent");
    }

    async fn nothing_comes(&self) {
        assert_eq!(self.queue.receive().await.expect("SQS answers"), Vec::<Value>::new());
    }

    /// The one message that SQS delivers.
    async fn delivery(&self) -> Value {
        let mut records = until(PATIENCE, "a delivery", async || {
            let records = self.queue.receive().await.expect("SQS answers");
            (!records.is_empty()).then_some(records)
        })
        .await;
        assert_eq!(records.len(), 1);
        records.remove(0)
    }
}

fn receipt(record: &Value) -> &str {
    record["receiptHandle"].as_str().expect("a receipt")
}

#[tokio::test]
async fn a_message_is_hidden_for_as_long_as_it_was_told_and_then_counted_again() {
    let queue = Queue::create().await;
    let story = async {
        queue.send().await;
        let first = queue.delivery().await;
        assert_eq!(first["attributes"]["ApproximateReceiveCount"], "1");
        queue.control.delay(receipt(&first), Duration::from_secs(5)).await.expect("hidden");
        queue.nothing_comes().await;
        let second = queue.delivery().await;
        assert_eq!(second["attributes"]["ApproximateReceiveCount"], "2");
        assert_eq!((&second["messageId"], &second["body"]), (&first["messageId"], &first["body"]));
        queue.queue.forget(receipt(&second)).await.expect("forgotten");
    };
    tidied(story, queue.tidy_up()).await;
}

/// The runner never lets it come to this: such a letter has no reason, and its sender was told nothing.
#[tokio::test]
async fn b13_sqs_itself_gives_up_after_five_deliveries_and_says_no_reason() {
    let queue = Queue::create().await;
    let story = async {
        queue.send().await;
        for _ in 0..5 {
            queue.queue.show(receipt(&queue.delivery().await)).await.expect("shown");
        }
        queue.nothing_comes().await;
        let letters = queue.queue.take_dead_letters().await.expect("SQS answers");
        let told: Vec<_> = letters.iter().map(|letter| letter.reason.as_str()).collect();
        assert_eq!(told, [""]);
    };
    tidied(story, queue.tidy_up()).await;
}

#[tokio::test]
async fn b06_a_fresh_copy_carries_what_was_spent_and_is_counted_anew() {
    let queue = Queue::create().await;
    let story = async {
        let spent = Spent { tries: 3, waits: 7, rounds: 2 };
        queue.control.park("{\"words\":\"Küche 🔧\"}", spent, Duration::ZERO).await.expect("a copy");
        let copy = queue.delivery().await;
        assert_eq!(copy["body"], "{\"words\":\"Küche 🔧\"}");
        assert_eq!(copy["attributes"]["ApproximateReceiveCount"], "1");
        let carried = &copy["messageAttributes"];
        let read = |name: &str| carried[name]["stringValue"].as_str()?.parse().ok();
        assert_eq!(Spent::read(read), spent);
    };
    tidied(story, queue.tidy_up()).await;
}

/// SQS refuses attributes with signs that XML forbids, and a letter that is refused would be lost.
#[tokio::test]
async fn b24_a_dead_letter_keeps_its_words_and_a_reason_of_any_signs() {
    let queue = Queue::create().await;
    let story = async {
        let reason = format!("unknown kind \u{0}\u{7}\u{fffe}: {}", "ż".repeat(1_000));
        queue.control.bury("{\"words\":\"Küche 🔧\"}", &reason).await.expect("buried");
        queue.control.bury("no job at all", "").await.expect("buried");
        let letters = queue.queue.take_dead_letters().await.expect("SQS answers");
        assert_eq!(letters.len(), 2);
        let of = |body: &str| letters.iter().find(|letter| letter.body == body).expect("the letter");
        let reason = &of("{\"words\":\"Küche 🔧\"}").reason;
        assert!(reason.starts_with("unknown kind    : żżż"), "{reason}");
        assert_eq!(of("no job at all").reason, "unknown");
        queue.nothing_comes().await;
    };
    tidied(story, queue.tidy_up()).await;
}
