//! What the queue and its worker keep, beyond the contract.

use std::{
    collections::BTreeSet,
    future::pending,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::future::join_all;
use jiff::Timestamp;
use shared::{
    domain::ids::MessageId,
    ports::{
        dead_letters::{DeadLetter, DeadLetters},
        job_handler::{Attempt, JobError, JobHandler},
    },
    testing::{
        contracts::{
            dead_letters::{self as dead_letters_contract, DeadLettersUnderTest},
            queue::{self as contract, QueueUnderTest, ScriptedHandler},
        },
        fixed::{FixedClock, SeededIds},
        samples,
    },
};
use tempfile::TempDir;
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    turns::{Room, Turns},
    *,
};

fn open(dir: &TempDir, clock: Arc<dyn Clock>) -> Arc<SqliteQueue> {
    // As the process that has the folder. The lock itself is another folder's, so that a test need not wait
    // for the last thread of the queue that it opened before.
    let lock = Arc::new(crate::data_dir::lock(TempDir::new().unwrap().path()).unwrap());
    let database = Arc::new(Database::open(&dir.path().join("hark.sqlite3"), Some(lock)).unwrap());
    Arc::new(SqliteQueue::new(database, clock, Arc::new(SeededIds::new(1))))
}

fn job(n: u32) -> Job {
    samples::job(samples::message(n, "Order two pipes"))
}

fn job_of_company(n: u32, company: &str) -> Job {
    samples::job_of(samples::message(n, "Order two pipes"), Some(samples::customer_of(company)))
}

fn ids(range: std::ops::Range<u32>) -> BTreeSet<MessageId> {
    range.map(samples::message_id).collect()
}

/// All dead letters, to look at.
async fn letters(queue: &SqliteQueue) -> Vec<DeadLetter> {
    let letters = queue.take().await.unwrap();
    for letter in &letters {
        queue.let_go(letter).await.unwrap();
    }
    letters
}

struct OnOneMachine {
    _dir: TempDir,
    clock: Arc<FixedClock>,
    queue: Arc<SqliteQueue>,
}

impl OnOneMachine {
    fn new() -> Self {
        let (dir, clock) = (TempDir::new().unwrap(), Arc::new(FixedClock::default()));
        Self { queue: open(&dir, clock.clone()), _dir: dir, clock }
    }
}

#[async_trait]
impl QueueUnderTest for OnOneMachine {
    fn sender(&self) -> &dyn JobQueue {
        self.queue.as_ref()
    }

    async fn deliver_due(&self, handler: Arc<dyn JobHandler>) {
        LocalWorker::new(self.queue.clone()).work_off(handler, 10).await.unwrap();
    }

    async fn pass_time(&self, by: Duration) {
        self.clock.advance(by);
    }

    async fn dead_letters(&self) -> Vec<(Job, String)> {
        letters(&self.queue)
            .await
            .into_iter()
            .map(|letter| (Job::from_body(letter.body.expose()).unwrap(), letter.reason))
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_in_sqlite_keeps_the_contract() {
    contract::all(&OnOneMachine::new()).await;
}

#[async_trait]
impl DeadLettersUnderTest for OnOneMachine {
    fn letters(&self) -> &dyn DeadLetters {
        self.queue.as_ref()
    }

    async fn bury(&self, job: &Job, reason: &str) {
        self.queue.send(job, Duration::ZERO).await.unwrap();
        let reason = reason.to_owned();
        let dead = ScriptedHandler::new(move |_, _| Err(JobError::Dead { reason: reason.clone() }));
        self.deliver_due(dead).await;
    }

    async fn drain(&self) -> Vec<String> {
        let jobs = |connection: &Connection| {
            let mut statement = connection.prepare("SELECT body FROM jobs")?;
            let bodies = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            Ok::<_, DatabaseError>(bodies)
        };
        let bodies = self.queue.database.read(jobs).await.unwrap();
        self.deliver_due(ScriptedHandler::done()).await;
        bodies
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dead_letters_in_sqlite_keep_the_contract() {
    dead_letters_contract::all(&OnOneMachine::new()).await;
}

#[tokio::test]
async fn a_job_of_another_process_is_found_without_a_bell() {
    let (dir, clock) = (TempDir::new().unwrap(), Arc::new(FixedClock::default()));
    let queue = open(&dir, clock.clone());
    let (told, mut deliveries) = mpsc::unbounded_channel();
    let worker = LocalWorker::new(queue).looking_every(Duration::from_millis(10));
    let run = tokio::spawn(async move { worker.run(Arc::new(NeverEnds(told)), 10, pending()).await });
    let database = Arc::new(Database::open(&dir.path().join("hark.sqlite3"), None).unwrap());
    let other = SqliteQueue::new(database, clock, Arc::new(SeededIds::new(2)));
    other.send(&job(1), Duration::ZERO).await.unwrap();
    assert_eq!(deliveries.recv().await, Some(1));
    run.abort();
}

#[tokio::test]
async fn b13_b24_what_is_no_job_is_given_up_at_once_and_delivered_to_nobody() {
    let machine = OnOneMachine::new();
    let work = |connection: &Connection| {
        for body in
            ["", "{\"kind\":\"note_received\"", "{\"kind\":\"note_received\",\"v\":99,\"words\":\"CANARY\"}"]
        {
            insert(connection, body, "?", 0, 0)?;
        }
        Ok::<(), DatabaseError>(())
    };
    machine.queue.database.write(work).await.unwrap();
    let handler = ScriptedHandler::done();
    machine.deliver_due(handler.clone()).await;
    assert!(handler.delivered().is_empty());
    let letters = letters(&machine.queue).await;
    assert_eq!(letters.len(), 3);
    assert!(letters.iter().any(|letter| letter.reason == "unknown job kind or version: note_received v99"));
    assert!(!format!("{letters:?}").contains("CANARY"));
    assert_eq!(machine.queue.depth().await.unwrap(), 0);
}

#[tokio::test]
async fn b16_a_dead_letter_can_be_sent_again_as_if_for_the_first_time() {
    let machine = OnOneMachine::new();
    machine.queue.send(&job(1), Duration::ZERO).await.unwrap();
    let dead = ScriptedHandler::new(|_, _| Err(JobError::Dead { reason: "no".to_owned() }));
    machine.deliver_due(dead).await;
    let letter = letters(&machine.queue).await.remove(0);
    assert_eq!(letter.at, samples::now());
    for _ in 0..2 {
        machine.queue.send_again(&letter).await.unwrap();
    }
    assert_eq!(machine.queue.depth().await.unwrap(), 1, "once");
    let done = ScriptedHandler::done();
    machine.deliver_due(done.clone()).await;
    assert_eq!(done.delivered(), [(samples::message_id(1), 1)]);
    assert_eq!(machine.queue.dead_letter_count().await.unwrap(), 0);
}

#[tokio::test]
async fn depth_and_age_tell_how_far_behind_the_worker_is() {
    let machine = OnOneMachine::new();
    assert_eq!((machine.queue.depth().await.unwrap(), machine.queue.oldest_age().await.unwrap()), (0, None));
    machine.queue.send(&job(1), Duration::from_secs(900)).await.unwrap();
    machine.clock.advance(Duration::from_secs(30));
    machine.queue.send(&job(2), Duration::ZERO).await.unwrap();
    let age = machine.queue.oldest_age().await.unwrap();
    assert_eq!((machine.queue.depth().await.unwrap(), age), (2, Some(Duration::from_secs(30))));
}

#[tokio::test]
async fn waits_grow_and_never_end_before_what_the_handler_asked_for() {
    let machine = OnOneMachine::new();
    let wait = |asked: u64, attempts| machine.queue.back_off(Duration::from_secs(asked), attempts);
    for (asked, attempts, least) in
        [(0, 1, 10), (0, 2, 30), (0, 3, 90), (0, 4, 90), (0, 500, 90), (60, 1, 60), (300, 1, 300)]
    {
        let (wait, least) = (wait(asked, attempts), Duration::from_secs(least));
        assert!((least..=least + least / 10).contains(&wait), "{wait:?} for {asked} s after {attempts}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b02_of_many_at_once_each_is_delivered_once_and_never_more_than_allowed() {
    struct Counting {
        now: AtomicUsize,
        most: AtomicUsize,
        seen: Mutex<Vec<MessageId>>,
    }

    #[async_trait]
    impl JobHandler for Counting {
        async fn handle(&self, job: &Job, _: Attempt) -> Result<(), JobError> {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            tokio::task::yield_now().await;
            self.seen.lock().unwrap().push(job.message_id().clone());
            self.now.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        }
    }

    let machine = OnOneMachine::new();
    join_all((0..300).map(|n| {
        let queue = machine.queue.clone();
        async move { queue.send(&job(n), Duration::ZERO).await.unwrap() }
    }))
    .await;
    let handler =
        Arc::new(Counting { now: AtomicUsize::new(0), most: AtomicUsize::new(0), seen: Mutex::default() });
    let worker = LocalWorker::new(machine.queue.clone());
    assert_eq!(worker.work_off(handler.clone(), 10).await.unwrap(), 300);
    let seen = handler.seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 300);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), ids(0..300));
    assert!(handler.most.load(Ordering::SeqCst) <= 10);
}

#[tokio::test]
async fn b22_a_company_with_few_notes_is_not_held_up_by_one_with_many() {
    let machine = OnOneMachine::new();
    for n in 0..500 {
        machine.queue.send(&job_of_company(n, "large"), Duration::ZERO).await.unwrap();
    }
    for n in 1_000..1_005 {
        machine.queue.send(&job_of_company(n, "small"), Duration::ZERO).await.unwrap();
    }
    let handler = ScriptedHandler::done();
    LocalWorker::new(machine.queue.clone()).work_off(handler.clone(), 4).await.unwrap();
    let delivered = handler.delivered();
    assert_eq!(delivered.len(), 505);
    let last_small = delivered.iter().rposition(|(id, _)| ids(1_000..1_005).contains(id)).unwrap();
    assert!(last_small < 20, "all five of the small company are among the first, not at {last_small}");
}

/// A clock that goes with tokio's own, which the test lets jump.
struct TokioClock(Instant);

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        samples::now() + self.0.elapsed()
    }
}

/// Tells each delivery, and waits in it until it may go on.
struct Gated {
    told: mpsc::UnboundedSender<(u32, oneshot::Sender<Result<(), JobError>>)>,
}

#[async_trait]
impl JobHandler for Gated {
    async fn handle(&self, _: &Job, attempt: Attempt) -> Result<(), JobError> {
        let (answer, answered) = oneshot::channel();
        self.told.send((attempt.number, answer)).unwrap();
        answered.await.unwrap_or(Ok(()))
    }
}

#[tokio::test(start_paused = true)]
async fn the_worker_sleeps_until_something_is_due_and_stops_when_told() {
    let dir = TempDir::new().unwrap();
    let start = Instant::now();
    let queue = open(&dir, Arc::new(TokioClock(start)));
    let (told, mut deliveries) = mpsc::unbounded_channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = LocalWorker::new(queue.clone()).looking_every(Duration::from_secs(60));
    let run = tokio::spawn(async move {
        worker.run(Arc::new(Gated { told }), 2, async { drop(stopped.await) }).await;
    });

    queue.send(&job(1), Duration::ZERO).await.unwrap();
    let (attempt, answer) = deliveries.recv().await.unwrap();
    assert_eq!(attempt, 1);
    let retry = JobError::Retry { after: Duration::from_secs(30), reason: "later".to_owned() };
    answer.send(Err(retry)).unwrap();
    let (attempt, answer) = deliveries.recv().await.unwrap();
    assert_eq!(attempt, 2);
    assert!(start.elapsed() >= Duration::from_secs(30));
    answer.send(Ok(())).unwrap();

    let before = start.elapsed();
    queue.send(&job(2), Duration::from_secs(600)).await.unwrap();
    let (_, answer) = deliveries.recv().await.unwrap();
    assert!(start.elapsed() >= before + Duration::from_secs(599));
    // Told to stop in mid-work: the job is finished first, and no other is begun.
    queue.send(&job(3), Duration::from_secs(1_000_000)).await.unwrap();
    stop.send(()).unwrap();
    answer.send(Ok(())).unwrap();
    run.await.unwrap();
    assert_eq!(queue.depth().await.unwrap(), 1);
    assert!(deliveries.recv().await.is_none());
}

#[tokio::test]
async fn a_tool_that_opens_the_database_beside_the_worker_does_not_take_its_jobs_away() {
    let (dir, clock) = (TempDir::new().unwrap(), Arc::new(FixedClock::default()));
    let queue = open(&dir, clock.clone());
    queue.send(&job(1), Duration::ZERO).await.unwrap();
    assert_eq!(queue.lease(Room { ordinary: 10 }, 0, Turns::default()).await.unwrap().len(), 1);
    drop(Database::open(&dir.path().join("hark.sqlite3"), None).unwrap());
    assert!(
        queue.lease(Room { ordinary: 10 }, 0, Turns::default()).await.unwrap().is_empty(),
        "it is still being worked on"
    );
}

#[tokio::test]
async fn a_job_that_is_sent_wakes_a_worker_that_has_nothing_to_do() {
    let machine = OnOneMachine::new();
    let (told, mut deliveries) = mpsc::unbounded_channel();
    let worker = LocalWorker::new(machine.queue.clone()).looking_every(Duration::from_secs(3_600));
    let run = tokio::spawn(async move { worker.run(Arc::new(NeverEnds(told)), 10, pending()).await });
    for _ in 0..50 {
        // Each goes the ways that the worker's first look goes, behind it: then the worker sleeps.
        machine.queue.database.write(|_| Ok::<(), DatabaseError>(())).await.unwrap();
        machine.queue.depth().await.unwrap();
    }
    machine.queue.send(&job(1), Duration::ZERO).await.unwrap();
    let woken = tokio::time::timeout(Duration::from_secs(30), deliveries.recv()).await;
    assert_eq!(woken, Ok(Some(1)), "it slept on");
    run.abort();
}

struct NeverEnds(mpsc::UnboundedSender<u32>);

#[async_trait]
impl JobHandler for NeverEnds {
    async fn handle(&self, _: &Job, attempt: Attempt) -> Result<(), JobError> {
        assert_eq!(attempt.is_past(), attempt.number > 5, "past its tries, it is for telling the end");
        self.0.send(attempt.number).unwrap();
        pending().await
    }
}

#[tokio::test]
async fn b07_a_job_that_was_being_worked_on_comes_again_after_a_restart() {
    let (dir, clock) = (TempDir::new().unwrap(), Arc::new(FixedClock::default()));
    for round in 1..=9 {
        let queue = open(&dir, clock.clone());
        if round == 1 {
            queue.send(&job(1), Duration::ZERO).await.unwrap();
        }
        let (told, mut deliveries) = mpsc::unbounded_channel();
        let worker = LocalWorker::new(queue.clone());
        if round <= 8 {
            let run = tokio::spawn(async move { worker.run(Arc::new(NeverEnds(told)), 10, pending()).await });
            assert_eq!(deliveries.recv().await, Some(round), "each restart delivers it again, and counts");
            // As if the process had ended: nothing is cleaned up.
            run.abort();
            assert!(run.await.unwrap_err().is_cancelled());
        } else {
            // A job that ends the process each time must not do so for ever.
            let handler = ScriptedHandler::done();
            worker.work_off(handler.clone(), 10).await.unwrap();
            assert!(handler.delivered().is_empty());
            let reason = letters(&queue).await.remove(0).reason;
            assert_eq!(reason, "the process ended during the last of 5 deliveries");
        }
    }
}
