//! Deliveries that are repeated, and what fails between them.

use super::*;

#[tokio::test]
async fn b01_b06_the_same_note_again_has_no_effect_and_at_once_it_waits() {
    let outside = Outside::new();
    outside.handle(message(1, WORDS)).await.unwrap();
    for _ in 0..5 {
        outside.handle(message(1, WORDS)).await.unwrap();
    }
    assert_eq!(outside.messenger.sent().len(), 1);
    assert_eq!(outside.analyst.calls(), 1);

    let mut other = message(2, WORDS);
    other.received_at = samples::now();
    let fresh = Note::received(other.clone(), customer());
    let claimed =
        outside.deps.notes.claim(fresh, &outside.deps.settings.worker, samples::now()).await.unwrap();
    assert!(matches!(claimed, Claimed::Yours(_)));
    assert!(matches!(outside.handle(other).await, Err(JobError::Busy { .. })));
    assert_eq!(outside.analyst.calls(), 1);
}

#[tokio::test]
async fn b04_another_message_under_a_known_id_changes_nothing_and_is_kept() {
    let outside = Outside::new();
    outside.handle(message(1, WORDS)).await.unwrap();
    outside.handle(message(1, "Cancel all of it")).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);
    assert!(
        outside.table.items().iter().any(|item| item.key.sort == "conflict" && item.body.contains("Cancel"))
    );
}

#[tokio::test]
async fn b18_a_sender_that_the_webhook_could_not_look_up_is_looked_up_here() {
    let outside = Outside::new();
    outside.worker().handle(&job_of(message(1, WORDS), None), FIRST).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);

    let mut stranger = message(2, WORDS);
    stranger.from = samples::address("whatsapp:+4999999999");
    outside.worker().handle(&job_of(stranger, None), FIRST).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1, "a stranger gets no answer");
    assert!(outside.deps.notes.find(&message_id(2)).await.unwrap().is_none());
}

#[tokio::test]
async fn d09_a_rate_limit_is_waited_for_and_transcription_is_not_paid_twice() {
    let limited = ScriptedAnalyst::answering(vec![
        Err(ModelError::RateLimited { after: Duration::from_secs(7) }),
        Ok(answer(Ok(pipes()))),
    ]);
    let outside =
        Outside::with(ScriptedTranscriber::saying(WORDS), limited).with_media(fixture("job-en.ogg"));
    let first = outside.handle(voice_note()).await.unwrap_err();
    assert!(matches!(first, JobError::Retry { after, .. } if after == Duration::from_secs(7)));
    assert_eq!(outside.stage().await, Stage::Transcribed);
    outside.handle(voice_note()).await.unwrap();
    assert_eq!((outside.transcriber.calls(), outside.analyst.calls()), (1, 2));
    assert_eq!(outside.messenger.sent().len(), 1);
}

#[tokio::test]
async fn d09_a_refused_account_costs_one_call_and_none_of_the_notes_tries() {
    let mut outside = Outside::new();
    let refusing = Failing::<dyn Analyst, ModelError>::on_calls(
        1..=8,
        || ModelError::AccountRefused("no credit"),
        outside.analyst.clone() as Arc<dyn Analyst>,
    );
    let refusing = Arc::new(refusing);
    outside.deps.analyst = refusing.clone();
    for tried in 1..=8 {
        let waits = outside.handle(message(1, WORDS)).await.unwrap_err();
        assert!(
            matches!(waits, JobError::Busy { after, .. } if after >= Duration::from_secs(60)),
            "{waits:?}"
        );
        assert_eq!(refusing.calls(), tried, "one call a try");
        outside.clock.advance(Duration::from_secs(60));
    }
    outside.handle(message(1, WORDS)).await.unwrap();
    let bodies = outside.messenger.bodies_to(SENDER);
    assert!(reply::is_notice(&bodies[0]) && bodies[1].contains("Filed as a job"), "{bodies:?}");
}

#[tokio::test]
async fn a_recording_that_no_try_helps_ends_in_one_apology_and_in_the_dead_letters() {
    let down = ScriptedTranscriber::new(|_, _, _| Err(ModelError::Unavailable("status 503")));
    let outside = Outside::with(down, ScriptedAnalyst::drafting(pipes())).with_media(fixture("job-en.ogg"));
    outside.handle(voice_note()).await.unwrap_err();
    assert!(outside.messenger.sent().is_empty());
    let end = outside.worker().handle(&job(voice_note()), LAST).await;
    assert!(matches!(&end, Err(JobError::Dead { reason }) if reason.contains("media_stored")), "{end:?}");
    assert!(outside.messenger.bodies_to(SENDER)[0].contains("Please send it again"));
    outside.handle(voice_note()).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1, "a redrive does not apologise again");
}

#[tokio::test]
async fn words_that_no_model_could_read_are_filed_all_the_same() {
    let down = ScriptedAnalyst::new(|_, _| Err(ModelError::Unavailable("status 503")));
    let outside = Outside::with(ScriptedTranscriber::saying(WORDS), down);
    outside.handle(message(1, WORDS)).await.unwrap_err();
    outside.worker().handle(&job(message(1, WORDS)), LAST).await.unwrap();
    let id = message_id(1);
    let words = outside.objects.text(&format!("demo-plumbing/other/untagged_{id}_full_text.txt"));
    assert_eq!(words.as_deref(), Some(WORDS));
    assert!(outside.messenger.bodies_to(SENDER)[0].contains("somebody there will read it"));
}

#[tokio::test]
async fn c07_words_are_filed_although_their_photo_stays_away() {
    let mut outside = Outside::new();
    let away = shared::ports::media_source::FetchError::Unavailable { after: Duration::from_secs(3) };
    outside.deps.media = Arc::new(MapMedia::new().with_answers(MEDIA, [Err(away)]));
    let note = || message_with_media(1, WORDS, &[(MEDIA, "image/jpeg")]);
    assert!(matches!(outside.handle(note()).await, Err(JobError::Retry { .. })));
    outside.worker().handle(&job(note()), LAST).await.unwrap();
    assert_eq!(outside.files().len(), 3);
    let told = &outside.messenger.bodies_to(SENDER)[0];
    assert!(told.contains("could not be fetched") && told.contains("Filed as a job"), "{told}");
}

#[tokio::test]
async fn a_panic_ends_one_try_and_not_the_note() {
    let analyst = ScriptedAnalyst::new(|call, _| {
        assert!(call > 1, "a fault of ours");
        Ok(answer(Ok(pipes())))
    });
    let outside = Outside::with(ScriptedTranscriber::saying(WORDS), analyst);
    assert!(matches!(outside.handle(message(1, WORDS)).await, Err(JobError::Retry { .. })));
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);
}

#[tokio::test]
async fn b07_a_write_that_the_stores_client_repeated_is_known_again() {
    // The first is that of the entry by which an open note is found, which has no condition.
    for call in 2..=8 {
        let mut outside = Outside::new();
        let table =
            Failing::<dyn TableStore, _>::on_call(call, || TableError::Conflict, outside.table.clone());
        let table: Arc<dyn TableStore> = Arc::new(table.only(&["put"]).losing_answers());
        outside.deps.notes = Notes::new(table);
        outside.handle(message(1, WORDS)).await.unwrap();
        assert_eq!(outside.stage().await, Stage::Done, "call {call}");
        assert_eq!(outside.messenger.sent().len(), 1);
    }
}

#[tokio::test]
async fn b07_a_crash_at_every_write_leaves_one_set_of_files_and_one_answer() {
    // Every write to the table or the store fails once, before or after it happened; then the queue delivers
    // again until the note is finished.
    for lost_answer in [false, true] {
        for call in 1..=15 {
            let mut outside = Outside::new().with_media(fixture("job-en.ogg"));
            let table_error = || TableError::Unavailable("crash".into());
            let object_error = || ObjectError::Unavailable("crash".into());
            let table = Failing::<dyn TableStore, _>::on_call(call, table_error, outside.table.clone())
                .only(&["put"]);
            let writes = Failing::<dyn ObjectWrite, _>::on_call(call, object_error, outside.objects.clone());
            let (table, writes): (Arc<dyn TableStore>, Arc<dyn ObjectWrite>) = if lost_answer {
                (Arc::new(table.losing_answers()), Arc::new(writes.losing_answers()))
            } else {
                (Arc::new(table), Arc::new(writes))
            };
            outside.deps.notes = Notes::new(table.clone());
            outside.deps.sent = Sent::new(table.clone());
            outside.deps.filed = Filed::new(table);
            outside.deps.writes = writes;
            let mut tries = 0;
            while let Err(error) = outside.handle(voice_note()).await {
                assert!(
                    !matches!(error, JobError::Dead { .. }),
                    "call {call}, lost answer {lost_answer}: {error}"
                );
                outside.clock.advance(Duration::from_secs(200));
                tries += 1;
                assert!(tries < 10, "call {call}, lost answer {lost_answer}: the note hangs");
            }
            assert_eq!(
                outside.files().len(),
                4,
                "call {call}, lost answer {lost_answer}: {:?}",
                outside.files()
            );
            let answers = outside.messenger.bodies().iter().filter(|body| !reply::is_notice(body)).count();
            assert_eq!(answers, 1, "call {call}, lost answer {lost_answer}");
            assert!(
                outside.transcriber.calls() <= 2,
                "call {call}: paid {} times",
                outside.transcriber.calls()
            );
        }
    }
}

#[tokio::test]
async fn b09_a_recording_that_may_have_killed_the_process_is_not_read_again_and_its_sender_is_told() {
    let outside = Outside::new().with_media(fixture("job-en.ogg"));
    let begun = Note::received(voice_note(), customer());
    let died = Worker { holder: "a run that died".to_owned(), ..outside.deps.settings.worker.clone() };
    let long_ago = samples::now() - Duration::from_secs(3_600);
    assert!(matches!(outside.deps.notes.claim(begun, &died, long_ago).await, Ok(Claimed::Yours(_))));
    let ended = outside.worker().handle(&job(voice_note()), PAST).await;
    assert!(matches!(ended, Err(JobError::Dead { .. })), "{ended:?}");
    assert_eq!((outside.transcriber.calls(), outside.stage().await), (0, Stage::Failed));
    assert_eq!(outside.messenger.sent().len(), 1, "one apology");
    outside.worker().handle(&job(voice_note()), PAST).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1, "and no other");
}

#[tokio::test]
async fn b23_a_note_that_nobody_had_room_for_is_worked_on_at_its_last_chance() {
    let outside = Outside::new().with_media(fixture("job-en.ogg"));
    outside.worker().handle(&job(voice_note()), PAST).await.unwrap();
    assert_eq!((outside.stage().await, outside.messenger.sent().len()), (Stage::Done, 1));
}

#[tokio::test]
async fn b09_a_note_whose_words_are_known_goes_on_although_its_process_died() {
    let away = ScriptedAnalyst::answering(vec![
        Err(ModelError::RateLimited { after: Duration::from_secs(7) }),
        Ok(answer(Ok(pipes()))),
    ]);
    let outside = Outside::with(ScriptedTranscriber::saying(WORDS), away).with_media(fixture("job-en.ogg"));
    outside.handle(voice_note()).await.unwrap_err();
    assert_eq!(outside.stage().await, Stage::Transcribed);
    outside.worker().handle(&job(voice_note()), PAST).await.unwrap();
    assert_eq!((outside.stage().await, outside.messenger.sent().len()), (Stage::Done, 1));
}
