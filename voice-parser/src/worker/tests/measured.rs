//! O6: what an operator sees counted of notes, and what never comes into it.

use shared::{
    domain::{note::FailureReason, usage::Usage},
    ports::metrics::{Measurement, Outcome, Step},
    prices::Prices,
    testing::{log::ThreadLog, scripted_models::transcript},
};

use super::*;

const PRICES: Prices = Prices { audio_minute: 0.006, input_mtok: 0.25, output_mtok: 2.0 };

fn step(step: Step, seconds: u64) -> Measurement {
    Measurement::StepDone { step, took: Duration::from_secs(seconds) }
}

fn used(usage: Usage, cost_micro_usd: Option<f64>) -> Measurement {
    Measurement::ModelsUsed { company: customer().company_id, usage, cost_micro_usd }
}

fn finished(outcome: Outcome, seconds: u64) -> Measurement {
    Measurement::NoteFinished { outcome, latency: Some(Duration::from_secs(seconds)) }
}

const ANALYSED: Usage = Usage { input_tokens: 10, output_tokens: 10, audio_seconds: 0 };

/// Models that take their time: three seconds to hear, two to understand.
fn slow() -> Outside {
    let mut outside = Outside::new().with_media(fixture("job-en.ogg"));
    let (clock, other) = (outside.clock.clone(), outside.clock.clone());
    outside.deps.transcriber = Arc::new(ScriptedTranscriber::new(move |_, _, _| {
        clock.advance(Duration::from_secs(3));
        Ok(transcript(WORDS))
    }));
    outside.deps.analyst = Arc::new(ScriptedAnalyst::new(move |_, _| {
        other.advance(Duration::from_secs(2));
        Ok(answer(Ok(pipes())))
    }));
    outside
}

#[tokio::test]
async fn o6_a_voice_note_counts_each_stage_its_cost_and_how_long_its_sender_waited() {
    let mut outside = slow();
    outside.deps.settings.prices = Some(PRICES);
    // It waited in the queue for a second.
    outside.clock.advance(Duration::from_secs(1));
    outside.handle(voice_note()).await.unwrap();
    let heard = Usage { audio_seconds: 1, ..Usage::default() };
    assert_eq!(
        outside.metrics.take(),
        [
            step(Step::Media, 0),
            step(Step::Transcribe, 3),
            used(heard, Some(100.0)),
            step(Step::Analyse, 2),
            used(ANALYSED, Some(22.5)),
            step(Step::File, 0),
            step(Step::Answer, 0),
            finished(Outcome::Filed(Intent::JobToBeDone), 6),
        ]
    );
    outside.handle(voice_note()).await.unwrap();
    assert_eq!(outside.metrics.all(), [], "a note that comes again is not counted again");
}

#[tokio::test]
async fn o6_a_typed_note_has_no_stages_that_it_passed_by_and_without_prices_no_cost() {
    let outside = slow();
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(
        outside.metrics.all(),
        [
            step(Step::Analyse, 2),
            used(ANALYSED, None),
            step(Step::File, 0),
            step(Step::Answer, 0),
            finished(Outcome::Filed(Intent::JobToBeDone), 2),
        ]
    );
}

#[tokio::test]
async fn o6_silence_costs_nothing_and_is_counted_as_unheard() {
    let outside = Outside::new().with_media(fixture("silence.ogg"));
    outside.handle(voice_note()).await.unwrap();
    assert_eq!(
        outside.metrics.all(),
        [step(Step::Media, 0), step(Step::Answer, 0), finished(Outcome::Unheard, 0)]
    );
}

#[tokio::test]
async fn o6_a_note_that_is_given_up_is_counted_where_it_stood_and_once() {
    let down = ScriptedTranscriber::new(|_, _, _| Err(ModelError::Unavailable("status 503")));
    let outside = Outside::with(down, ScriptedAnalyst::drafting(pipes())).with_media(fixture("job-en.ogg"));
    outside.handle(voice_note()).await.unwrap_err();
    assert_eq!(outside.metrics.take(), [step(Step::Media, 0)]);
    outside.worker().handle(&job(voice_note()), LAST).await.unwrap_err();
    assert_eq!(
        outside.metrics.take(),
        [
            Measurement::NoteFailed { step: Step::Transcribe, reason: FailureReason::ModelUnavailable },
            Measurement::NoteFinished { outcome: Outcome::Failed, latency: None },
        ]
    );
    outside.handle(voice_note()).await.unwrap();
    assert_eq!(outside.metrics.all(), []);
}

#[tokio::test]
async fn o6_a_note_whose_sender_cannot_be_told_at_once_is_finished_when_he_is() {
    let mut outside = Outside::new();
    let key = format!("demo-plumbing/job-to-be-done/copper-pipes_{}_full_text.txt", message_id(1));
    outside.objects.insert_raw(&key, "other words", "text/plain");
    outside.deps.messenger = Arc::new(Failing::<dyn Messenger, SendError>::on_call(
        1,
        || SendError::NotTaken { after: Duration::from_secs(2) },
        outside.messenger.clone() as Arc<dyn Messenger>,
    ));
    outside.handle(message(1, WORDS)).await.unwrap_err();
    let failed = Measurement::NoteFailed { step: Step::File, reason: FailureReason::FileConflict };
    assert_eq!(outside.metrics.take(), [step(Step::Analyse, 0), used(ANALYSED, None), failed]);
    outside.handle(message(1, WORDS)).await.unwrap_err();
    assert_eq!(
        outside.metrics.take(),
        [Measurement::NoteFinished { outcome: Outcome::Failed, latency: None }]
    );
}

#[tokio::test]
async fn o6_an_answer_that_may_come_twice_is_counted_and_one_that_was_found_is_not() {
    for (arrived, resent) in [(true, 0), (false, 1)] {
        let mut outside = Outside::new();
        let lost: Failing<dyn Messenger, SendError> =
            Failing::on_call(1, || SendError::Unknown, outside.messenger.clone() as Arc<dyn Messenger>);
        outside.deps.messenger = Arc::new(if arrived { lost.losing_answers() } else { lost });
        outside.handle(message(1, WORDS)).await.unwrap_err();
        outside.clock.advance(Duration::from_secs(20));
        outside.handle(message(1, WORDS)).await.unwrap();
        let all = outside.metrics.all();
        assert_eq!(all.iter().filter(|one| **one == Measurement::AnswerSentAgain).count(), resent);
        assert_eq!(all.last(), Some(&finished(Outcome::Filed(Intent::JobToBeDone), 20)));
    }
}

#[tokio::test]
async fn o6_a_sender_who_will_not_be_answered_has_no_latency() {
    let mut outside = Outside::new();
    outside.deps.messenger = Arc::new(Failing::<dyn Messenger, SendError>::always(
        || SendError::Refused { code: 21_610 },
        outside.messenger.clone() as Arc<dyn Messenger>,
    ));
    outside.handle(message(1, WORDS)).await.unwrap();
    let outcome = Outcome::Filed(Intent::JobToBeDone);
    assert_eq!(outside.metrics.all().last(), Some(&Measurement::NoteFinished { outcome, latency: None }));
}

#[tokio::test]
async fn o6_nothing_is_counted_twice_whatever_write_stumbles() {
    for call in 1..=9 {
        let mut outside = slow();
        let away = || TableError::Unavailable("away".into());
        let table = Failing::<dyn TableStore, _>::on_call(call, away, outside.table.clone()).only(&["put"]);
        outside.deps.notes = Notes::new(Arc::new(table));
        while outside.handle(voice_note()).await.is_err() {
            outside.clock.advance(Duration::from_secs(200));
        }
        let all = outside.metrics.all();
        let count = |which: &dyn Fn(&Measurement) -> bool| all.iter().filter(|one| which(one)).count();
        assert_eq!(count(&|one| matches!(one, Measurement::NoteFinished { .. })), 1, "call {call}: {all:?}");
        assert_eq!(count(&|one| matches!(one, Measurement::ModelsUsed { .. })), 2, "call {call}: {all:?}");
        for step in [Step::Media, Step::Transcribe, Step::Analyse, Step::File] {
            let of_step =
                count(&|one| matches!(one, Measurement::StepDone { step: done, .. } if *done == step));
            assert_eq!(of_step, 1, "call {call}, {step:?}: {all:?}");
        }
    }
}

#[tokio::test]
async fn o6_senders_who_are_looked_up_here_are_counted_here() {
    let mut outside = Outside::new();
    let people = Arc::new(MapDirectory::of([(SENDER, customer())]));
    outside.deps.directory = people.clone();
    let mut stranger = message(1, WORDS);
    stranger.from = samples::address("whatsapp:+4999999999");
    people.set_unavailable(true);
    outside.worker().handle(&job_of(stranger.clone(), None), FIRST).await.unwrap_err();
    assert_eq!(outside.metrics.take(), [Measurement::LookupFailed]);
    people.set_unavailable(false);
    outside.worker().handle(&job_of(stranger, None), FIRST).await.unwrap();
    assert_eq!(outside.metrics.take(), [Measurement::UnknownSender]);
}

#[tokio::test]
async fn g01_no_figure_and_no_line_of_a_note_shows_its_words_and_every_line_names_it() {
    let log = ThreadLog::begin();
    let mut outside = Outside::new().with_media(fixture("job-en.ogg"));
    outside.deps.transcriber = Arc::new(ScriptedTranscriber::new(|_, _, _| {
        tracing::warn!("a line of somebody who does not know the note");
        Ok(transcript("CANARYSPOKEN order pipes"))
    }));
    let mut note = voice_note();
    note.text = "CANARYTYPED call Mrs Miller".to_owned().into();
    outside.handle(note).await.unwrap();
    let figures = format!("{:?}", outside.metrics.all());
    let lines = log.text();
    for canary in ["CANARY", "Miller", "4915112345678", "14155238886", "Petra", "Demo Plumbing"] {
        assert!(!figures.contains(canary) && !lines.contains(canary), "{canary}: {figures}\n{lines}");
    }
    let ours = lines.lines().filter(|line| line.contains("voice_parser"));
    let ours: Vec<serde_json::Value> = ours.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(ours.len() >= 2, "{lines}");
    for line in ours {
        assert_eq!(line["spans"][0]["message.id"], message_id(1).as_str(), "{line}");
    }
}
