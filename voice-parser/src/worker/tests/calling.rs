//! What those hear who call.

use shared::{
    domain::{
        call::{Asked, Exchange, Told},
        customer::Customer,
        ids::{CustomerId, MessageId},
        language::Language,
        usage::Usage,
    },
    jobs::{CallAskedV1, Job},
    ports::{job_handler::JobHandler, responder::Grounded},
    testing::scripted_responder::USAGE,
};

use super::{
    outside::{FIRST, Outside},
    *,
};

fn call() -> MessageId {
    MessageId::parse("CA00000001").unwrap()
}

fn asked(asked: Asked, question: &str) -> Job {
    let caller = Customer { customer_id: CustomerId::parse("anna").unwrap(), ..customer() };
    Job::CallAsked(Box::new(CallAskedV1 {
        call: call(),
        caller,
        language: Language::De,
        asked,
        question: question.to_owned().into(),
        said: vec![Exchange { asked: "Who?".to_owned().into(), answered: "Ben.".to_owned().into() }],
        wanted_until: samples::now() + Duration::from_secs(60),
        until: samples::now() + Duration::from_secs(1_800),
    }))
}

fn responder(outside: &mut Outside, answer: Grounded) -> Arc<ScriptedResponder> {
    let responder = Arc::new(ScriptedResponder::new(move |_| Ok(answer.clone())));
    outside.deps.phone.responder = responder.clone();
    responder
}

fn grounded(text: &str, messages: &[usize]) -> Grounded {
    Grounded { text: text.to_owned().into(), messages: messages.to_vec(), jobs: Vec::new() }
}

/// Somebody has sent a note before.
async fn with_a_note(outside: &Outside) {
    let job = job_of(message(1, outside::WORDS), Some(customer()));
    outside.worker().handle(&job, FIRST).await.unwrap();
}

#[tokio::test]
async fn a_caller_gets_a_summary_of_what_colleagues_said_once() {
    let mut outside = Outside::new();
    let responder = responder(&mut outside, grounded("  Petra needs\n pipes. ", &[]));
    with_a_note(&outside).await;
    for _ in 0..2 {
        outside.worker().handle(&asked(Asked::Summary, ""), FIRST).await.unwrap();
    }
    let calls = &outside.deps.phone.calls;
    let overview = calls.overview(&call()).await.unwrap().unwrap();
    assert_eq!(overview.messages.len(), 1);
    assert_eq!(overview.messages[0].words.expose(), outside::WORDS);
    assert_eq!(overview.jobs.len(), 1);
    let text = "Petra needs pipes.".to_owned().into();
    assert_eq!(calls.told(&call(), Asked::Summary).await.unwrap(), Some(Told::Words { text, from: None }));
    let heard = responder.heard();
    assert_eq!(heard.len(), 1, "a repeated job asks no model again");
    assert!(heard[0].instructions.contains("auf Deutsch"));
    let used = outside.metrics.all().into_iter().any(|taken| {
        matches!(taken, shared::ports::metrics::Measurement::ModelsUsed { usage, .. } if usage == USAGE)
    });
    assert!(used && USAGE != Usage::default());
}

#[tokio::test]
async fn an_answer_that_rests_on_no_message_is_none() {
    for (answer, expected) in [
        (grounded("Two.", &[1]), Some(Some(0))),
        (grounded("Two.", &[9, 1]), Some(Some(0))),
        (grounded("Berlin is the capital.", &[]), None),
        (grounded("Berlin is the capital.", &[0, 2]), None),
        (grounded(" ", &[1]), None),
    ] {
        let mut outside = Outside::new();
        let responder = responder(&mut outside, answer);
        with_a_note(&outside).await;
        outside.worker().handle(&asked(Asked::Question(3), "How many pipes?"), FIRST).await.unwrap();
        let told = outside.deps.phone.calls.told(&call(), Asked::Question(3)).await.unwrap().unwrap();
        match (told, expected) {
            (Told::Words { from, .. }, Some(expected)) => assert_eq!(from, expected),
            (Told::Unknown, None) => {}
            (told, expected) => panic!("{told:?}, {expected:?}"),
        }
        let heard = responder.heard();
        assert_eq!((heard[0].question.as_deref(), heard[0].said), (Some("How many pipes?"), 1));
    }
}

#[tokio::test]
async fn what_cannot_be_had_is_told_at_once() {
    let away = |_: &shared::testing::scripted_responder::Heard| Err(ModelError::Unavailable("away"));
    let mut outside = Outside::new();
    outside.deps.phone.responder = Arc::new(ScriptedResponder::new(away));
    with_a_note(&outside).await;
    outside.worker().handle(&asked(Asked::Summary, ""), FIRST).await.unwrap();
    let calls = outside.deps.phone.calls.clone();
    assert_eq!(calls.told(&call(), Asked::Summary).await.unwrap(), Some(Told::Unavailable));
    assert!(
        calls.overview(&call()).await.unwrap().is_some(),
        "without a model messages are read all the same"
    );
    outside.deps.settings.ai = false;
    outside.worker().handle(&asked(Asked::Question(0), "Who?"), FIRST).await.unwrap();
    assert_eq!(calls.told(&call(), Asked::Question(0)).await.unwrap(), Some(Told::Off));
}

#[tokio::test]
async fn instructions_are_never_read_out() {
    let mut outside = Outside::new();
    let leak = format!("My rules are [{}]", shared::domain::analysis::INSTRUCTIONS_MARK);
    responder(&mut outside, grounded(&leak, &[1]));
    with_a_note(&outside).await;
    outside.worker().handle(&asked(Asked::Summary, ""), FIRST).await.unwrap();
    let told = outside.deps.phone.calls.told(&call(), Asked::Summary).await.unwrap();
    assert_eq!(told, Some(Told::Unavailable));
}

#[tokio::test]
async fn nobody_waits_for_a_call_that_is_over_and_nothing_is_asked_without_messages() {
    let mut outside = Outside::new();
    let responder = responder(&mut outside, grounded("x", &[1]));
    outside.worker().handle(&asked(Asked::Summary, ""), FIRST).await.unwrap();
    let calls = outside.deps.phone.calls.clone();
    assert_eq!(calls.told(&call(), Asked::Summary).await.unwrap(), Some(Told::Unknown));
    outside.clock.advance(Duration::from_secs(61));
    outside.worker().handle(&asked(Asked::Question(0), "Who?"), FIRST).await.unwrap();
    assert_eq!(calls.told(&call(), Asked::Question(0)).await.unwrap(), None);
    assert!(responder.heard().is_empty());
}

#[tokio::test]
async fn who_said_stop_to_texts_hears_what_became_of_his_note_and_gets_none() {
    for waits in [true, false] {
        let outside = Outside::new();
        let person = samples::address("phone:+4915112345678");
        let stop = shared::domain::opt_out::OptOut::Stop;
        outside.deps.contacts.note(person.identity(), stop, samples::now(), &message_id(9)).await.unwrap();
        let mut spoken = message(1, outside::WORDS);
        (spoken.from, spoken.to) = (person, samples::address("phone:+15005550009"));
        let id = spoken.id.clone();
        if waits {
            let until = samples::now() + Duration::from_secs(8);
            outside.deps.phone.outcomes.expect(&id, until).await.unwrap();
        }
        outside.worker().handle(&job_of(spoken, Some(customer())), FIRST).await.unwrap();
        let said = outside.deps.phone.outcomes.to_speak(&id).await.unwrap();
        assert_eq!(said.is_some(), waits);
        assert!(outside.messenger.sent().is_empty());
    }
}
