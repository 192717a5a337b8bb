//! Jobs on their whole way through SQS, whatever mix of failing and waiting they meet.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use proptest::prelude::*;
use shared::{
    jobs::Job,
    ports::job_handler::{Attempt, JobError, JobHandler},
};
use tokio::sync::Notify;

use super::{
    body,
    sqs::{LAST_CHANCE, Sqs},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Busy(u64),
    Retry(u64),
    Panic,
    /// The process ends without a word.
    Dies,
    Done,
}

/// One delivery as the handler saw it: the try, its end, and how many copies there were by then.
type Seen = (Attempt, Step, u32);

/// Ends each delivery as its story says; the last step goes on for ever.
struct Story {
    sqs: Sqs,
    steps: Mutex<VecDeque<Step>>,
    seen: Mutex<Vec<Seen>>,
    death: Notify,
}

impl Story {
    /// Follows one job until nothing of it is left in the queue.
    async fn tell(steps: impl IntoIterator<Item = Step>) -> (Vec<Seen>, Sqs) {
        let sqs = Sqs::default();
        let story = Arc::new(Self {
            sqs: sqs.clone(),
            steps: Mutex::new(steps.into_iter().collect()),
            seen: Mutex::default(),
            death: Notify::new(),
        });
        sqs.send_body(body("Order pipes"));
        while sqs.wait_for_next() {
            sqs.deliver(story.clone(), story.death.notified()).await;
            assert!(story.seen.lock().unwrap().len() < 1_000, "it goes on for ever");
        }
        let seen = story.seen.lock().unwrap().clone();
        (seen, sqs)
    }

    fn next(&self) -> Step {
        let mut steps = self.steps.lock().unwrap();
        if steps.len() > 1 { steps.pop_front().unwrap() } else { steps[0] }
    }
}

#[async_trait]
impl JobHandler for Story {
    async fn handle(&self, _: &Job, attempt: Attempt) -> Result<(), JobError> {
        let step = self.next();
        self.seen.lock().unwrap().push((attempt, step, self.sqs.copies()));
        let reason = "as told".to_owned();
        match step {
            Step::Busy(s) => Err(JobError::Busy { after: Duration::from_secs(s), reason }),
            Step::Retry(s) => Err(JobError::Retry { after: Duration::from_secs(s), reason }),
            Step::Panic => panic!("CANARY"),
            Step::Dies => {
                self.death.notify_one();
                std::future::pending().await
            }
            Step::Done => Ok(()),
        }
    }
}

fn numbers(seen: &[Seen]) -> Vec<u32> {
    seen.iter().map(|(attempt, ..)| attempt.number).collect()
}

fn reasons(sqs: &Sqs) -> Vec<String> {
    sqs.dead().into_iter().map(|(_, reason)| reason).collect()
}

#[tokio::test]
async fn b06_a_refused_account_is_waited_out_for_a_day_and_costs_no_try() {
    let mut refused = vec![Step::Busy(60); 35];
    refused.push(Step::Done);
    let (seen, sqs) = Story::tell(refused).await;
    assert_eq!(numbers(&seen), [1; 36]);
    assert!(sqs.now() > Duration::from_secs(22 * 3_600), "{:?}", sqs.now());
    assert!(sqs.dead().is_empty());
}

#[tokio::test]
async fn b06_what_waits_for_ever_is_given_up_by_its_handler_and_then_has_its_last_chance() {
    let (seen, sqs) = Story::tell([Step::Busy(5)]).await;
    assert_eq!(reasons(&sqs), [LAST_CHANCE]);
    assert_eq!(sqs.copies(), 10);
    assert!(sqs.now() > Duration::from_secs(24 * 3_600), "{:?}", sqs.now());
    let lasts: Vec<bool> = seen.iter().map(|(attempt, ..)| attempt.is_last()).collect();
    let before = lasts.len() - 2;
    assert!(
        lasts[..before].iter().all(|last| !last) && lasts[before..].iter().all(|last| *last),
        "{lasts:?}"
    );
}

#[tokio::test]
async fn b06_a_job_that_fails_has_its_five_tries_with_growing_waits() {
    let (seen, sqs) = Story::tell([Step::Retry(0)]).await;
    assert_eq!(numbers(&seen), [1, 2, 3, 4, 5]);
    assert_eq!(reasons(&sqs), ["as told"]);
    let least = Duration::from_secs(10 + 30 + 90 + 90);
    assert!((least..=least * 5 / 4).contains(&sqs.now()), "{:?}", sqs.now());
}

#[tokio::test]
async fn b06_a_last_try_that_was_lost_is_made_again_and_its_end_is_known() {
    let mut steps = vec![Step::Retry(0); 4];
    steps.extend([Step::Dies, Step::Retry(0)]);
    let (seen, sqs) = Story::tell(steps).await;
    assert_eq!(numbers(&seen), [1, 2, 3, 4, 5, 6]);
    assert!(seen[4].0.is_last() && seen[5].0.is_last());
    assert_eq!(reasons(&sqs), ["as told"]);
}

#[tokio::test]
async fn b06_waiting_between_failures_leaves_the_tries_as_they_are() {
    let mix = [
        Step::Busy(5),
        Step::Retry(0),
        Step::Busy(5),
        Step::Busy(5),
        Step::Panic,
        Step::Retry(0),
        Step::Done,
    ];
    let (seen, sqs) = Story::tell(mix).await;
    assert_eq!(numbers(&seen), [1, 1, 2, 2, 2, 3, 4]);
    assert!(sqs.dead().is_empty());
}

#[tokio::test]
async fn b13_a_job_that_kills_the_process_takes_no_other_along() {
    let (sqs, done) = (Sqs::default(), Arc::default());
    for n in 0..10 {
        sqs.send_body(body(if n == 4 { "poison" } else { "fine" }));
    }
    while sqs.wait_for_next() {
        let process = Arc::new(Process { done: Arc::clone(&done), ..Process::default() });
        sqs.deliver(process.clone(), process.death.notified()).await;
    }
    assert_eq!(sqs.dead(), [(body("poison"), LAST_CHANCE.to_owned())]);
    // Twice they died with it; then they came alone, or met it by chance once more.
    let done = done.lock().unwrap();
    assert_eq!(done.len(), 9);
    assert!(done.iter().all(|number| (3..=4).contains(number)), "{done:?}");
}

/// Ended by poison while all others of its batch are still at work.
#[derive(Default)]
struct Process {
    dying: AtomicBool,
    death: Notify,
    /// At which try the others were done, in all processes.
    done: Arc<Mutex<Vec<u32>>>,
}

#[async_trait]
impl JobHandler for Process {
    async fn handle(&self, job: &Job, attempt: Attempt) -> Result<(), JobError> {
        let Job::NoteReceived(note) = job else { return Ok(()) };
        if note.message.text.expose() == "poison" {
            self.dying.store(true, Ordering::SeqCst);
            self.death.notify_one();
            return std::future::pending().await;
        }
        // All of the batch have begun after that.
        tokio::task::yield_now().await;
        if self.dying.load(Ordering::SeqCst) {
            return std::future::pending().await;
        }
        self.done.lock().unwrap().push(attempt.number);
        Ok(())
    }
}

fn an_end() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u64..4_000).prop_map(Step::Busy),
        2 => (0_u64..200).prop_map(Step::Retry),
        1 => Just(Step::Panic),
    ]
}

fn told(steps: Vec<Step>) -> (Vec<Seen>, Sqs) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(Story::tell(steps))
}

/// Whoever is given up was told that it is the last try, and why is known; what still waits has its last chance.
fn assert_told(seen: &[Seen], sqs: &Sqs) -> Result<(), TestCaseError> {
    prop_assert!(sqs.copies() <= 10);
    let (attempt, end, _) = seen.last().copied().unwrap();
    if end == Step::Done {
        prop_assert!(sqs.dead().is_empty());
    } else {
        prop_assert!(attempt.is_last());
        prop_assert_eq!(sqs.dead().len(), 1);
        let still_waits = matches!(end, Step::Busy(_));
        prop_assert!(reasons(sqs).iter().all(|reason| (reason == LAST_CHANCE) == still_waits));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn b06_whatever_mix_a_job_meets_its_tries_are_its_failures(
        mut steps in proptest::collection::vec(an_end(), 0..70),
        goes_well in any::<bool>(),
    ) {
        if goes_well || steps.is_empty() {
            steps.push(Step::Done);
        }
        let (seen, sqs) = told(steps);
        assert_told(&seen, &sqs)?;
        let mut failures = 0;
        for (attempt, end, copies) in &seen {
            prop_assert!(*copies >= 10 || attempt.number == failures + 1, "{:?}", seen);
            prop_assert!(attempt.number > failures);
            failures += u32::from(matches!(end, Step::Retry(_) | Step::Panic));
        }
        prop_assert!(failures <= 5);
    }

    #[test]
    fn b06_a_delivery_that_was_lost_ends_no_job_behind_our_back(
        mut steps in proptest::collection::vec(an_end(), 1..70),
        lost in any::<proptest::sample::Index>(),
    ) {
        let lost = lost.index(steps.len());
        // One more step after it, since the last goes on for ever.
        steps.push(Step::Retry(0));
        steps[lost] = Step::Dies;
        let (seen, sqs) = told(steps);
        if seen.last().is_some_and(|(_, end, _)| *end == Step::Dies) {
            // The very last delivery of the last copy: the one before was a last try too.
            prop_assert_eq!(sqs.copies(), 10);
            prop_assert!(seen[seen.len() - 2].0.is_last());
        } else {
            assert_told(&seen, &sqs)?;
        }
    }
}
