//! What an operator tries again, and what becomes of it.

use async_trait::async_trait;

use super::*;
use crate::{
    domain::{
        language::Language,
        note::{Answer, FailureReason, Heard, Unheard},
        private::Private,
        usage::Usage,
    },
    ports::{
        clock::Clock,
        job_handler::{Attempt, JobError, JobHandler},
        table::TableStore,
    },
    repositories::notes::{Claimed, Worker},
    testing::{
        MadeUp, contracts::queue::ScriptedHandler, failing::Failing, fixed::FixedClock,
        memory_queue::MemoryQueue, memory_table::MemoryTable, samples,
    },
};

/// A worker that gives notes up, or finishes them, as it is told.
struct Office {
    clock: Arc<FixedClock>,
    table: Arc<MemoryTable>,
    queue: Arc<MemoryQueue>,
    notes: Notes,
}

struct TestWorker {
    notes: Notes,
    clock: Arc<FixedClock>,
    fails: bool,
}

#[async_trait]
impl JobHandler for TestWorker {
    async fn handle(&self, job: &Job, _: Attempt) -> Result<(), JobError> {
        let Job::NoteReceived(job) = job else { return Ok(()) };
        let fresh = Note::received(job.message.clone(), samples::customer());
        let worker = Worker { holder: "w".to_owned(), lease: Duration::from_secs(60), alone: true };
        let claimed = self.notes.claim(fresh, &worker, self.clock.now()).await.unwrap();
        let Claimed::Yours(mut stored) = claimed else { return Ok(()) };
        let answer = Answer::Sent { id: stored.note.message().id.clone() };
        if self.fails {
            stored.note.failed(FailureReason::ModelUnavailable, self.clock.now()).unwrap();
            stored.note.answer = answer;
            self.notes.save(&mut stored).await.unwrap();
            return Err(JobError::Dead { reason: "after received: a model was not available".to_owned() });
        }
        assert_eq!(stored.note.answer, Answer::default(), "nobody is answered twice");
        stored.note.media_stored(Vec::new()).unwrap();
        stored.note.transcribed(silence(), Usage::default()).unwrap();
        stored.note.answer = answer;
        stored.note.answered().unwrap();
        stored.note.done().unwrap();
        self.notes.save(&mut stored).await.unwrap();
        Ok(())
    }
}

fn silence() -> Heard {
    Heard {
        words: Private::new(String::new()),
        spoken: true,
        language: Language::En,
        audio: None,
        outline: None,
        unheard: vec![Unheard::Silent],
        model: None,
    }
}

impl Office {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let notes = Notes::new(table.clone());
        Self { queue: Arc::new(MemoryQueue::new(clock.clone())), clock, table, notes }
    }

    async fn receives(&self, n: u32) {
        let job = samples::job(samples::message(n, "Order two pipes"));
        self.queue.send(&job, Duration::ZERO).await.unwrap();
    }

    async fn works(&self, fails: bool) -> usize {
        let (notes, clock) = (self.notes.clone(), self.clock.clone());
        self.queue.deliver_due(&TestWorker { notes, clock, fails }).await
    }

    fn replay(&self, dry_run: bool) -> Replay {
        Replay::new(self.notes.clone(), self.queue.clone(), self.queue.clone(), dry_run)
    }

    async fn stage(&self, n: u32) -> Stage {
        self.notes.find(&samples::message_id(n)).await.unwrap().unwrap().stage()
    }

    async fn failed(&self) -> usize {
        self.notes.failed_since(samples::now(), None, 1_000).await.unwrap().len()
    }
}

async fn dead_letters(replay: &Replay) -> Vec<Replayed> {
    let mut told = Vec::new();
    replay.dead_letters(&mut |replayed| told.push(replayed)).await.unwrap();
    told
}

async fn failed_since(replay: &Replay, since: Timestamp) -> Vec<Replayed> {
    let mut told = Vec::new();
    replay.failed_since(since, &mut |replayed| told.push(replayed)).await.unwrap();
    told
}

async fn message(replay: &Replay, n: u32) -> Option<Outcome> {
    let mut told = None;
    let known = replay.message(&samples::message_id(n), &mut |replayed| told = Some(replayed)).await.unwrap();
    assert_eq!(known, told.is_some());
    told.map(|replayed| replayed.outcome)
}

fn count(told: &[Replayed], outcome: &Outcome) -> usize {
    told.iter().filter(|replayed| replayed.outcome == *outcome).count()
}

#[tokio::test]
async fn b16_of_a_hundred_dead_letters_forty_are_done_and_sixty_that_had_succeeded_have_no_effect() {
    let office = Office::new();
    for n in 0..100 {
        office.receives(n).await;
    }
    office.works(true).await;
    let all = office.queue.dead_letters();
    assert_eq!((all.len(), office.failed().await), (100, 100));
    // Sixty succeed by another way; their letters stay.
    for n in 0..60 {
        let reopened = office.notes.reopen(&samples::message_id(n), None).await.unwrap().unwrap();
        office.notes.forget_failed(&reopened.had_failed.unwrap()).await.unwrap();
        office.receives(n).await;
    }
    assert_eq!(office.works(false).await, 60);

    let told = dead_letters(&office.replay(false)).await;
    assert_eq!((count(&told, &Outcome::SentAgain), count(&told, &Outcome::DoneAlready)), (40, 60));
    assert!(office.queue.dead_letters().is_empty());
    assert_eq!(office.works(false).await, 40);
    for n in 0..100 {
        assert_eq!(office.stage(n).await, Stage::Done);
    }
    assert_eq!(office.failed().await, 0);
    assert!(dead_letters(&office.replay(false)).await.is_empty(), "a second replay finds nothing");
}

#[tokio::test]
async fn a_dry_run_lists_the_reasons_and_changes_nothing() {
    let office = Office::new();
    for n in 0..12 {
        office.receives(n).await;
    }
    office.works(true).await;
    for _ in 0..2 {
        let told = dead_letters(&office.replay(true)).await;
        assert_eq!((told.len(), count(&told, &Outcome::Listed)), (12, 12));
        assert_eq!(told[0].reason.as_deref(), Some("after received: a model was not available"));
        assert_eq!(failed_since(&office.replay(true), samples::now()).await.len(), 12);
        assert_eq!(message(&office.replay(true), 3).await, Some(Outcome::Listed));
    }
    assert_eq!((office.queue.depth(), office.queue.dead_letters().len()), (0, 12));
    assert_eq!(office.stage(3).await, Stage::Failed);
}

#[tokio::test]
async fn what_fails_again_is_sent_once_by_one_replay() {
    struct AtOnce(Office);

    // A worker that is faster than the replay: what is sent again is a dead letter at once.
    #[async_trait]
    impl DeadLetters for AtOnce {
        async fn take(&self) -> Result<Vec<DeadLetter>, QueueError> {
            self.0.queue.take().await
        }
        async fn send_again(&self, letter: &DeadLetter) -> Result<(), QueueError> {
            self.0.queue.send_again(letter).await?;
            self.0.works(true).await;
            Ok(())
        }
        async fn let_go(&self, letter: &DeadLetter) -> Result<(), QueueError> {
            self.0.queue.let_go(letter).await
        }
        async fn delete(&self, letter: &DeadLetter) -> Result<(), QueueError> {
            self.0.queue.delete(letter).await
        }
    }

    let office = Office::new();
    for n in 0..25 {
        office.receives(n).await;
    }
    office.works(true).await;
    let (notes, queue) = (office.notes.clone(), office.queue.clone());
    let replay = Replay::new(notes, queue.clone(), Arc::new(AtOnce(office)), false);
    let told = dead_letters(&replay).await;
    assert_eq!((told.len(), queue.dead_letters().len()), (25, 25));
    assert!(!queue.take().await.unwrap().is_empty(), "they are let go");
}

#[tokio::test]
async fn failed_notes_of_a_time_are_sent_again_with_their_letters_or_without() {
    let office = Office::new();
    for n in 0..15 {
        office.receives(n).await;
        office.works(true).await;
        office.clock.advance(Duration::from_secs(60));
    }
    // The queue forgets its dead letters after a while; the notes do not.
    for letter in office.queue.take().await.unwrap().iter().take(5) {
        office.queue.delete(letter).await.unwrap();
    }
    let other = samples::job(samples::message(99, "of another trouble"));
    office.queue.bury(other, "unknown".to_owned());

    let told = failed_since(&office.replay(false), samples::now() + Duration::from_secs(120)).await;
    assert_eq!(count(&told, &Outcome::SentAgain), 13);
    assert_eq!(told[0].message_id, Some(samples::message_id(2)));
    assert_eq!(told[0].reason.as_deref(), Some("after received: a model was not available"));
    assert_eq!(office.works(false).await, 13);
    assert_eq!(
        (office.stage(1).await, office.stage(2).await, office.stage(14).await),
        (Stage::Failed, Stage::Done, Stage::Done)
    );
    assert_eq!(office.failed().await, 2);
    let left: Vec<_> = office.queue.dead_letters().into_iter().map(|(_, reason)| reason).collect();
    assert!(left.contains(&"unknown".to_owned()), "{left:?}");
}

#[tokio::test]
async fn a_replay_that_died_between_two_of_its_steps_is_finished_by_the_next() {
    let office = Office::new();
    office.receives(1).await;
    office.works(true).await;
    for letter in office.queue.take().await.unwrap() {
        office.queue.delete(&letter).await.unwrap();
    }
    // It reopened the note, and then the queue was away.
    let away = || QueueError(MadeUp::boxed("the queue is away"));
    let queue: Arc<dyn JobQueue> = Arc::new(Failing::always(away, office.queue.clone()));
    let replay = Replay::new(office.notes.clone(), queue, office.queue.clone(), false);
    let told = failed_since(&replay, samples::now()).await;
    assert_eq!(told[0].outcome, Outcome::Left("the queue did not take the job".to_owned()));
    assert_eq!((office.stage(1).await, office.queue.depth()), (Stage::Received, 0));

    let told = failed_since(&office.replay(false), samples::now()).await;
    assert_eq!(told[0].outcome, Outcome::SentAgain);
    office.works(false).await;
    assert_eq!((office.stage(1).await, office.failed().await), (Stage::Done, 0));
}

#[tokio::test]
async fn one_message_is_replayed_whatever_had_become_of_it() {
    let office = Office::new();
    office.receives(1).await;
    office.works(false).await;
    office.receives(2).await;
    office.works(true).await;
    // Given up before it was a note, while the table was away.
    let never_a_note = samples::job(samples::message(3, "Order two pipes"));
    office.queue.bury(never_a_note, "after received: a store was not available".to_owned());

    for (n, outcome) in [
        (1, Some(Outcome::DoneAlready)),
        (2, Some(Outcome::SentAgain)),
        (3, Some(Outcome::SentAgain)),
        (4, None),
    ] {
        assert_eq!(message(&office.replay(false), n).await, outcome, "message {n}");
    }
    assert!(office.queue.dead_letters().is_empty());
    assert_eq!(office.works(false).await, 2);
    assert_eq!((office.stage(2).await, office.stage(3).await), (Stage::Done, Stage::Done));
}

#[tokio::test]
async fn a_note_that_cannot_be_read_holds_up_no_other() {
    let office = Office::new();
    for n in 0..3 {
        office.receives(n).await;
    }
    office.works(true).await;
    let key = crate::ports::table::ItemKey::new(format!("note#{}", samples::message_id(1)), "note");
    office
        .table
        .put(&key, "{\"of\":\"a later build\"}", crate::ports::table::Condition::Always, None)
        .await
        .unwrap();
    let told = dead_letters(&office.replay(false)).await;
    assert_eq!(count(&told, &Outcome::SentAgain), 2);
    assert_eq!(count(&told, &Outcome::Left("the stored note cannot be read".to_owned())), 1);
    assert_eq!(office.queue.dead_letters().len(), 1);
    let done = ScriptedHandler::done();
    office.queue.deliver_due(done.as_ref()).await;
    assert_eq!(done.delivered().len(), 2);
}

#[tokio::test]
async fn a_table_that_is_away_ends_the_replay_and_loses_no_letter() {
    let office = Office::new();
    for n in 0..15 {
        office.receives(n).await;
    }
    office.works(true).await;
    let away = || crate::ports::table::TableError::Unavailable(MadeUp::boxed("away"));
    let table: Arc<dyn TableStore> = Arc::new(Failing::always(away, office.table.clone()));
    let replay = Replay::new(Notes::new(table), office.queue.clone(), office.queue.clone(), false);
    let mut told = Vec::new();
    let ended = replay.dead_letters(&mut |replayed| told.push(replayed)).await;
    assert!(matches!(ended, Err(ReplayError::Notes(_))));
    assert_eq!((told.len(), office.queue.dead_letters().len()), (10, 15), "it stops after the first ten");
    assert_eq!(office.queue.take().await.unwrap().len(), 10, "they are let go");
}
