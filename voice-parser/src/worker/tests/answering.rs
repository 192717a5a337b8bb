//! The one answer, and the notice before it.

use super::*;

#[tokio::test]
async fn d10_a_lost_answer_is_looked_up_and_never_sent_twice() {
    let mut outside = Outside::new();
    let lossy: Failing<dyn Messenger, SendError> =
        Failing::on_call(1, || SendError::Unknown, outside.messenger.clone() as Arc<dyn Messenger>)
            .losing_answers();
    outside.deps.messenger = Arc::new(lossy);
    let first = outside.handle(message(1, WORDS)).await.unwrap_err();
    assert!(matches!(first, JobError::Busy { .. }), "{first:?}");
    assert_eq!(outside.messenger.sent().len(), 1);
    outside.clock.advance(Duration::from_secs(20));
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);
    assert_eq!(outside.stage().await, Stage::Done);
}

#[tokio::test]
async fn d10_a_send_that_was_lost_before_it_arrived_is_sent_again() {
    let mut outside = Outside::new();
    let lossy: Failing<dyn Messenger, SendError> =
        Failing::on_call(1, || SendError::Unknown, outside.messenger.clone() as Arc<dyn Messenger>);
    outside.deps.messenger = Arc::new(lossy);
    outside.handle(message(1, WORDS)).await.unwrap_err();
    outside.clock.advance(Duration::from_secs(20));
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);
}

#[tokio::test]
async fn d10_where_nothing_can_be_looked_up_an_answer_is_sent_twice_at_most() {
    for is_put_off in [false, true] {
        let mut outside = Outside::new();
        let telegram = Arc::new(RecordedMessenger::new(outside.clock.clone()).that_finds_nothing());
        // The second sending may be put off before it is made; that changes nothing.
        let calls = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let asked = calls.clone();
        let error = move || match asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            1 if is_put_off => SendError::NotTaken { after: Duration::from_secs(4) },
            _ => SendError::Unknown,
        };
        let doubtful: Failing<dyn Messenger, SendError> =
            Failing::always(error, telegram.clone() as Arc<dyn Messenger>).only(&["send"]);
        outside.deps.messenger = Arc::new(doubtful);
        let mut deliveries = 0;
        while outside.handle(message(1, WORDS)).await.is_err() {
            outside.clock.advance(Duration::from_secs(20));
            deliveries += 1;
            assert!(deliveries < 9, "it ends");
        }
        let tries = if is_put_off { 3 } else { 2 };
        assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), tries);
        let note = outside.deps.notes.find(&message_id(1)).await.unwrap().unwrap();
        assert_eq!((note.stage(), &note.answer), (Stage::Done, &Answer::Refused { code: UNCERTAIN }));
    }
}

#[tokio::test]
async fn two_notes_with_the_same_words_and_lost_answers_get_an_answer_each() {
    let mut outside = Outside::new();
    let lossy: Failing<dyn Messenger, SendError> =
        Failing::on_calls([1], || SendError::Unknown, outside.messenger.clone() as Arc<dyn Messenger>)
            .losing_answers();
    outside.deps.messenger = Arc::new(lossy);
    outside.handle(message(1, WORDS)).await.unwrap_err();
    outside.deps.messenger = Arc::new(Failing::<dyn Messenger, SendError>::on_call(
        1,
        || SendError::Unknown,
        outside.messenger.clone() as Arc<dyn Messenger>,
    ));
    outside.handle(message(2, WORDS)).await.unwrap_err();
    outside.clock.advance(Duration::from_secs(20));
    outside.deps.messenger = outside.messenger.clone();
    outside.handle(message(2, WORDS)).await.unwrap();
    outside.clock.advance(Duration::from_secs(20));
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 2);
}

#[tokio::test]
async fn d10_a_note_that_was_stopped_after_counting_its_answer_takes_no_other_notes() {
    let mut outside = Outside::new();
    let lossy = |outside: &Outside| -> Arc<dyn Messenger> {
        let messenger = outside.messenger.clone() as Arc<dyn Messenger>;
        Arc::new(
            Failing::<dyn Messenger, SendError>::on_call(1, || SendError::Unknown, messenger)
                .losing_answers(),
        )
    };
    for n in [2, 1] {
        outside.deps.messenger = lossy(&outside);
        outside.handle(message(n, WORDS)).await.unwrap_err();
    }
    // The first note was stopped between counting its answer and storing that it was sent; the second before.
    let its_own = outside.messenger.sent()[1].1.id.clone();
    assert!(outside.deps.sent.belongs_to(&its_own, &message_id(1)).await.unwrap());
    outside.clock.advance(Duration::from_secs(20));
    outside.deps.messenger = outside.messenger.clone();
    for n in [1, 2] {
        outside.handle(message(n, WORDS)).await.unwrap();
    }
    assert_eq!(outside.messenger.sent().len(), 2, "an answer each");
}

#[tokio::test]
async fn d10_an_opted_out_sender_is_left_alone() {
    let mut outside = Outside::new();
    outside.deps.messenger = Arc::new(Failing::<dyn Messenger, SendError>::always(
        || SendError::Refused { code: 21_610 },
        outside.messenger.clone() as Arc<dyn Messenger>,
    ));
    outside.handle(message(1, WORDS)).await.unwrap();
    let note = outside.deps.notes.find(&message_id(1)).await.unwrap().unwrap();
    assert_eq!((note.stage(), &note.answer), (Stage::Done, &Answer::Refused { code: 21_610 }));
}

#[tokio::test]
async fn d10_a_rate_limited_answer_is_sent_later_and_once() {
    let mut outside = Outside::new();
    outside.deps.messenger = Arc::new(Failing::<dyn Messenger, SendError>::on_call(
        1,
        || SendError::NotTaken { after: Duration::from_secs(4) },
        outside.messenger.clone() as Arc<dyn Messenger>,
    ));
    let waits = outside.handle(message(1, WORDS)).await.unwrap_err();
    assert!(matches!(waits, JobError::Retry { after, .. } if after == Duration::from_secs(4)), "{waits:?}");
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);
}

#[tokio::test]
async fn an_apology_that_could_not_be_sent_at_once_is_sent_later_and_once() {
    let mut outside = Outside::new();
    let key = format!("demo-plumbing/job-to-be-done/copper-pipes_{}_full_text.txt", message_id(1));
    outside.objects.insert_raw(&key, "other words", "text/plain");
    outside.deps.messenger = Arc::new(Failing::<dyn Messenger, SendError>::on_call(
        1,
        || SendError::NotTaken { after: Duration::from_secs(2) },
        outside.messenger.clone() as Arc<dyn Messenger>,
    ));
    assert!(matches!(outside.handle(message(1, WORDS)).await, Err(JobError::Busy { .. })));
    let end = outside.handle(message(1, WORDS)).await;
    assert!(matches!(&end, Err(JobError::Dead { .. })), "its job still goes to the dead letters: {end:?}");
    assert_eq!(outside.messenger.sent().len(), 1);
}

#[tokio::test]
async fn a_filed_note_is_answered_although_the_table_stumbled_on_its_last_delivery() {
    for call in 6..=9 {
        let mut outside = Outside::new();
        let away = || TableError::Unavailable("away".into());
        let table = Failing::<dyn TableStore, _>::on_call(call, away, outside.table.clone()).only(&["put"]);
        outside.deps.notes = Notes::new(Arc::new(table));
        let mut deliveries = 0;
        while !matches!(outside.worker().handle(&job(message(1, WORDS)), LAST).await, Ok(())) {
            outside.clock.advance(Duration::from_secs(200));
            deliveries += 1;
            assert!(deliveries < 5, "call {call}");
        }
        assert_eq!(
            outside.messenger.bodies_to(SENDER).iter().filter(|body| !reply::is_notice(body)).count(),
            1
        );
        assert_eq!(outside.stage().await, Stage::Done);
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_delivery_waits_out_what_only_has_to_be_waited_for() {
    let mut outside = Outside::new();
    let lossy: Failing<dyn Messenger, SendError> =
        Failing::on_call(1, || SendError::Unknown, outside.messenger.clone() as Arc<dyn Messenger>)
            .losing_answers();
    outside.deps.messenger = Arc::new(lossy);
    outside.deps.clock = Arc::new(PausedClock(tokio::time::Instant::now()));
    outside.worker().handle(&job(message(1, WORDS)), LAST).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);
    assert_eq!(outside.stage().await, Stage::Done);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_answers_holds_no_delivery_for_ever() {
    let mut outside = Outside::new();
    outside.deps.messenger = Arc::new(Failing::<dyn Messenger, SendError>::when(
        |_| true,
        || SendError::Unknown,
        outside.messenger.clone() as Arc<dyn Messenger>,
    ));
    outside.deps.clock = Arc::new(PausedClock(tokio::time::Instant::now()));
    let ended = outside.worker().handle(&job(message(1, WORDS)), LAST).await;
    assert!(matches!(ended, Err(JobError::Busy { .. } | JobError::Dead { .. })), "{ended:?}");
}

/// A clock that runs with the runtime's virtual time.
struct PausedClock(tokio::time::Instant);

impl shared::ports::clock::Clock for PausedClock {
    fn now(&self) -> jiff::Timestamp {
        samples::now() + self.0.elapsed()
    }
}

#[tokio::test]
async fn p7_a_note_that_has_to_wait_long_is_announced_once() {
    let limited = ScriptedAnalyst::new(|call, _| match call {
        1 | 2 => Err(ModelError::RateLimited { after: Duration::from_secs(30) }),
        _ => Ok(answer(Ok(pipes()))),
    });
    let outside = Outside::with(ScriptedTranscriber::saying(WORDS), limited);
    while outside.handle(message(1, WORDS)).await.is_err() {
        outside.clock.advance(Duration::from_secs(30));
    }
    let bodies = outside.messenger.bodies_to(SENDER);
    assert_eq!(bodies.len(), 2, "{bodies:?}");
    assert!(reply::is_notice(&bodies[0]) && bodies[1].contains("Filed as a job"));
}

#[tokio::test(start_paused = true)]
async fn p7_a_note_that_takes_long_is_announced_once_and_answered_once() {
    let mut outside = Outside::new();
    outside.deps.transcriber = Arc::new(Slow);
    let outside = outside.with_media(fixture("job-en.ogg"));
    outside.handle(voice_note()).await.unwrap();
    let bodies = outside.messenger.bodies_to(SENDER);
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].contains("working on your message") && bodies[1].contains("Filed as a job"));
}

struct Slow;

#[async_trait]
impl Transcriber for Slow {
    async fn transcribe(
        &self,
        _: &shared::ports::transcriber::AudioPart,
        _: &shared::ports::transcriber::Hints,
    ) -> Result<shared::ports::transcriber::Transcript, ModelError> {
        // Virtual time: the test's clock is paused and jumps.
        tokio::time::sleep(Duration::from_secs(60)).await;
        Ok(shared::testing::scripted_models::transcript(WORDS))
    }
}

#[tokio::test]
async fn d10_a_filed_note_waits_for_the_provider_as_long_as_an_answer_would_be_delivered() {
    let mut outside = Outside::new();
    outside.deps.messenger = Arc::new(Failing::<dyn Messenger, SendError>::when(
        |_| true,
        || SendError::NotTaken { after: Duration::from_secs(5) },
        outside.messenger.clone() as Arc<dyn Messenger>,
    ));
    let last = || async { outside.worker().handle(&job(message(1, WORDS)), LAST).await };
    assert!(matches!(last().await, Err(JobError::Busy { .. })));
    outside.clock.advance(Duration::from_secs(23 * 3_600));
    assert!(matches!(last().await, Err(JobError::Busy { .. })), "it is still waited for");
    assert_eq!(outside.open_notes(), 1);
    outside.clock.advance(Duration::from_secs(2 * 3_600));
    assert!(matches!(last().await, Err(JobError::Dead { .. })), "nobody would deliver it any more");
    assert_eq!(outside.stage().await, Stage::Filed);
    assert_eq!(
        outside.open_notes(),
        0,
        "only an operator brings it back: else each try would be a dead letter"
    );
}
