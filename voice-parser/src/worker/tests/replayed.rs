//! Notes that were given up and are tried again by an operator.

use shared::{
    ports::job_queue::JobQueue,
    testing::memory_queue::MemoryQueue,
    use_cases::replay::{Outcome, Replay},
};

use super::*;

/// An office whose transcription is away at first, with its queue.
struct Office {
    outside: Outside,
    queue: Arc<MemoryQueue>,
}

impl Office {
    /// The first `failures` calls of the transcription fail.
    fn new(failures: usize) -> Self {
        let outside = Outside::new().with_media(fixture("job-en.ogg"));
        Self { queue: Arc::new(MemoryQueue::new(outside.clock.clone())), outside }.away(failures)
    }

    fn away(mut self, failures: usize) -> Self {
        let away = || ModelError::Unavailable("status 503");
        let inner = self.outside.transcriber.clone() as Arc<dyn Transcriber>;
        let failing = Failing::<dyn Transcriber, ModelError>::on_calls(1..=failures, away, inner);
        self.outside.deps.transcriber = Arc::new(failing);
        self
    }

    /// Delivers until nothing is left in the queue.
    async fn works(&self) {
        while self.queue.depth() > 0 {
            self.queue.deliver_due(&self.outside.worker()).await;
            self.outside.clock.advance(Duration::from_secs(200));
        }
    }

    async fn replays_all(&self) -> Vec<Outcome> {
        let notes = self.outside.deps.notes.clone();
        let replay = Replay::new(notes, self.queue.clone(), self.queue.clone(), false);
        let mut told = Vec::new();
        replay.failed_since(samples::now(), &mut |replayed| told.push(replayed.outcome)).await.unwrap();
        told
    }

    fn answers(&self) -> Vec<String> {
        let mut bodies = self.outside.messenger.bodies_to(SENDER);
        bodies.retain(|body| !reply::is_notice(body));
        bodies
    }
}

#[tokio::test]
async fn a_failed_note_goes_on_when_it_is_replayed_and_its_sender_gets_the_outcome() {
    let office = Office::new(5);
    office.queue.send(&job(voice_note()), Duration::ZERO).await.unwrap();
    office.works().await;
    assert_eq!(office.outside.stage().await, Stage::Failed);
    assert!(office.answers()[0].contains("Please send it again"));
    assert_eq!(office.queue.dead_letters().len(), 1);

    assert_eq!(office.replays_all().await, [Outcome::SentAgain]);
    assert!(office.queue.dead_letters().is_empty());
    office.works().await;
    assert_eq!(office.outside.stage().await, Stage::Done);
    let answers = office.answers();
    assert_eq!(answers.len(), 2, "{answers:?}");
    assert!(answers[1].contains("Filed as a job"));
    assert_eq!(office.outside.files().len(), 4);
    assert_eq!(office.outside.transcriber.calls(), 1);

    for _ in 0..2 {
        assert_eq!(office.replays_all().await, []);
        office.queue.send(&job(voice_note()), Duration::ZERO).await.unwrap();
        office.works().await;
    }
    assert_eq!(office.answers().len(), 2, "nothing is answered twice");
}

#[tokio::test]
async fn a_note_that_fails_at_every_replay_apologises_once_and_is_found_each_time() {
    let office = Office::new(15);
    office.queue.send(&job(voice_note()), Duration::ZERO).await.unwrap();
    office.works().await;
    for _ in 0..2 {
        assert_eq!(office.replays_all().await, [Outcome::SentAgain]);
        office.works().await;
        assert_eq!((office.answers().len(), office.queue.dead_letters().len()), (1, 1));
    }
    assert_eq!(office.replays_all().await, [Outcome::SentAgain]);
    office.works().await;
    assert_eq!(office.answers().len(), 2);
    assert_eq!(office.outside.stage().await, Stage::Done);
}
