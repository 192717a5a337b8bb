//! The breaker, over scripted models and a clock that the test moves.

use std::{sync::Arc, time::Duration};

use shared::{
    domain::media::MediaKind,
    ports::{
        analyst::Analyst,
        transcriber::{Hints, ModelError, Transcriber, Transcript},
    },
    testing::{
        fixed::FixedClock,
        scripted_models::{ScriptedAnalyst, ScriptedTranscriber, transcript},
    },
};

use super::{config, question, recording, stub::Stub, transcriber};
use crate::Breaker;

const REFUSED: ModelError = ModelError::AccountRefused("no credit");
const OPEN: ModelError = ModelError::AccountRefused("breaker open");

struct Setup {
    model: Arc<ScriptedTranscriber>,
    clock: Arc<FixedClock>,
    breaker: Breaker<ScriptedTranscriber>,
}

fn setup(answers: Vec<Result<Transcript, ModelError>>) -> Setup {
    let model = Arc::new(ScriptedTranscriber::answering(answers));
    let clock = Arc::new(FixedClock::default());
    let breaker = Breaker::new(Arc::clone(&model), Arc::clone(&clock) as Arc<_>);
    Setup { model, clock, breaker }
}

impl Setup {
    async fn call(&self) -> Result<Transcript, ModelError> {
        self.breaker.transcribe(&recording(MediaKind::Ogg), &Hints::default()).await
    }
}

#[tokio::test]
async fn d09_a_refused_account_is_asked_once_a_minute() {
    let setup = setup(vec![Err(REFUSED), Err(REFUSED), Ok(transcript("two pipes")), Ok(transcript("three"))]);
    assert_eq!(setup.call().await, Err(REFUSED));
    for _ in 0..50 {
        assert_eq!(setup.call().await, Err(OPEN));
    }
    assert_eq!(setup.model.calls(), 1);
    setup.clock.advance(Duration::from_secs(59));
    assert_eq!(setup.call().await, Err(OPEN));
    setup.clock.advance(Duration::from_secs(1));
    assert_eq!(setup.call().await, Err(REFUSED), "the trial");
    assert_eq!(setup.call().await, Err(OPEN));
    setup.clock.advance(Duration::from_secs(60));
    assert_eq!(setup.call().await.unwrap().text.expose(), "two pipes");
    assert_eq!(setup.call().await.unwrap().text.expose(), "three");
    assert_eq!(setup.model.calls(), 4);
}

#[tokio::test]
async fn other_errors_open_nothing() {
    let errors = [
        ModelError::Unavailable("made up"),
        ModelError::RateLimited { after: Duration::from_secs(1) },
        ModelError::InputRefused("made up".to_owned()),
    ];
    let setup = setup(errors.iter().cloned().map(Err).chain([Ok(transcript("two pipes"))]).collect());
    for error in errors {
        assert_eq!(setup.call().await, Err(error));
    }
    setup.call().await.unwrap();
}

/// Waits for ever in its first call after the refusal.
struct Stuck(ScriptedTranscriber);

#[async_trait::async_trait]
impl Transcriber for Stuck {
    async fn transcribe(
        &self,
        audio: &shared::ports::transcriber::AudioPart,
        hints: &Hints,
    ) -> Result<Transcript, ModelError> {
        let answer = self.0.transcribe(audio, hints).await;
        if self.0.calls() == 2 { std::future::pending().await } else { answer }
    }
}

#[tokio::test]
async fn only_one_call_is_the_trial_and_a_trial_given_up_frees_the_next() {
    let answers = vec![Err(REFUSED), Ok(transcript("never")), Ok(transcript("two pipes"))];
    let clock = Arc::new(FixedClock::default());
    let breaker = Arc::new(Breaker::new(
        Arc::new(Stuck(ScriptedTranscriber::answering(answers))),
        Arc::clone(&clock) as Arc<_>,
    ));
    let audio = recording(MediaKind::Ogg);
    let hints = Hints::default();
    assert_eq!(breaker.transcribe(&audio, &hints).await, Err(REFUSED));
    clock.advance(Duration::from_secs(60));
    {
        let mut trial = breaker.transcribe(&audio, &hints);
        assert!(futures::poll!(&mut trial).is_pending());
        assert_eq!(breaker.transcribe(&audio, &hints).await, Err(OPEN), "the trial is under way");
    }
    assert_eq!(breaker.transcribe(&audio, &hints).await.unwrap().text.expose(), "two pipes");
}

#[tokio::test]
async fn it_stands_before_an_analyst_and_before_a_port_of_any_kind() {
    let analyst: Arc<dyn Analyst> = Arc::new(ScriptedAnalyst::new(|_, _| Err(REFUSED)));
    let breaker = Breaker::new(analyst, Arc::new(FixedClock::default()));
    assert_eq!(breaker.analyse(&question()).await.unwrap_err(), REFUSED);
    assert_eq!(breaker.analyse(&question()).await.unwrap_err(), OPEN);
}

#[tokio::test]
async fn d09_an_empty_account_costs_one_request_for_all_notes() {
    let body = r#"{"error": {"code": "insufficient_quota"}}"#.to_owned();
    let stub = Stub::answering(vec![(429, vec![], body)]).await;
    let breaker = Breaker::new(Arc::new(transcriber(&config(&stub.base))), Arc::new(FixedClock::default()));
    for _ in 0..5 {
        let error = breaker.transcribe(&recording(MediaKind::Ogg), &Hints::default()).await.unwrap_err();
        assert!(matches!(error, ModelError::AccountRefused(_)));
    }
    assert_eq!(stub.seen().len(), 1);
}
