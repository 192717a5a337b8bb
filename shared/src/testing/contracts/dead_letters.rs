//! What the dead letters of every queue keep.

use async_trait::async_trait;

use super::fresh;
use crate::{
    domain::{ids::MessageId, message::InboundMessage},
    jobs::Job,
    ports::dead_letters::{DeadLetter, DeadLetters},
    testing::samples,
};

/// Dead letters, as the contract drives them. Nobody else may use the queue meanwhile.
#[async_trait]
pub trait DeadLettersUnderTest: Send + Sync {
    /// The port.
    fn letters(&self) -> &dyn DeadLetters;

    /// Gives a job up with this reason.
    async fn bury(&self, job: &Job, reason: &str);

    /// Takes everything that waits in the queue itself, as bodies, and does it.
    async fn drain(&self) -> Vec<String>;
}

/// How often an empty answer is asked again: a queue of many servers may not look at all of them.
const LOOKS: usize = 3;

/// All promises.
pub async fn all(queue: &dyn DeadLettersUnderTest) {
    a_letter_tells_its_job_and_its_reason_and_is_held(queue).await;
    a_letter_that_is_let_go_can_be_taken_again(queue).await;
    a_letter_that_is_sent_again_is_in_the_queue_once_and_unchanged(queue).await;
    a_deleted_letter_is_nowhere(queue).await;
    many_letters_come_each_once(queue).await;
}

fn fresh_job() -> Job {
    let id = MessageId::parse(&fresh("SM").replace('-', "")).expect("a message id");
    samples::job(InboundMessage { id, ..samples::message(1, "Order „two“ pipes") })
}

fn body(job: &Job) -> String {
    job.to_body().expect("a body")
}

async fn take_all(queue: &dyn DeadLettersUnderTest) -> Vec<DeadLetter> {
    let (mut all, mut empty) = (Vec::new(), 0);
    while empty < LOOKS {
        let page = queue.letters().take().await.expect("take");
        empty = if page.is_empty() { empty + 1 } else { 0 };
        all.extend(page);
    }
    all
}

async fn take_one(queue: &dyn DeadLettersUnderTest) -> DeadLetter {
    let mut letters = take_all(queue).await;
    assert_eq!(letters.len(), 1);
    letters.remove(0)
}

/// So that of two who look through them each meets others.
pub async fn a_letter_tells_its_job_and_its_reason_and_is_held(queue: &dyn DeadLettersUnderTest) {
    let job = fresh_job();
    queue.bury(&job, "after received: a model was not available").await;
    let letter = take_one(queue).await;
    assert_eq!(
        (letter.body.expose(), letter.reason.as_str()),
        (&body(&job), "after received: a model was not available")
    );
    assert!(!format!("{letter:?}").contains("pipes"));
    assert!(take_all(queue).await.is_empty(), "it is held");
    queue.letters().delete(&letter).await.expect("delete");
}

/// At once.
pub async fn a_letter_that_is_let_go_can_be_taken_again(queue: &dyn DeadLettersUnderTest) {
    queue.bury(&fresh_job(), "no").await;
    let letter = take_one(queue).await;
    queue.letters().let_go(&letter).await.expect("let go");
    let again = take_one(queue).await;
    assert_eq!((again.body.expose(), again.at), (letter.body.expose(), letter.at));
    queue.letters().delete(&again).await.expect("delete");
}

/// And no dead letter any more.
pub async fn a_letter_that_is_sent_again_is_in_the_queue_once_and_unchanged(
    queue: &dyn DeadLettersUnderTest,
) {
    let job = fresh_job();
    queue.bury(&job, "no").await;
    let letter = take_one(queue).await;
    queue.letters().send_again(&letter).await.expect("send again");
    assert_eq!(queue.drain().await, [body(&job)]);
    assert!(take_all(queue).await.is_empty());
}

/// Neither among the letters nor in the queue. Doing it again is success.
pub async fn a_deleted_letter_is_nowhere(queue: &dyn DeadLettersUnderTest) {
    queue.bury(&fresh_job(), "no").await;
    let letter = take_one(queue).await;
    for _ in 0..2 {
        queue.letters().delete(&letter).await.expect("delete");
    }
    assert!(take_all(queue).await.is_empty());
    assert!(queue.drain().await.is_empty());
}

/// However many there are.
pub async fn many_letters_come_each_once(queue: &dyn DeadLettersUnderTest) {
    let jobs: Vec<Job> = (0..25).map(|_| fresh_job()).collect();
    for job in &jobs {
        queue.bury(job, "no").await;
    }
    let letters = take_all(queue).await;
    let mut taken: Vec<&String> = letters.iter().map(|letter| letter.body.expose()).collect();
    let mut buried: Vec<String> = jobs.iter().map(body).collect();
    taken.sort();
    buried.sort();
    assert_eq!(taken, buried.iter().collect::<Vec<_>>());
    for letter in &letters {
        queue.letters().delete(letter).await.expect("delete");
    }
}
