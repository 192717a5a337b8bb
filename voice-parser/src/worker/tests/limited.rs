//! Budgets, loops, STOP and START, and what a company's glossary is for.

use shared::{
    domain::{glossary::Term, tenant::TenantScope},
    ports::{clock::Clock, metrics::Measurement},
};

use super::*;

impl Outside {
    fn limited(budgets: Budgets) -> Self {
        let mut outside = Self::new();
        outside.deps.budgets = UsedBudgets::new(outside.table.clone(), budgets);
        outside
    }

    async fn receives(&self, n: u32, words: &str) -> Result<(), JobError> {
        self.handle(InboundMessage { received_at: self.clock.now(), ..message(n, words) }).await
    }

    async fn stage_of(&self, n: u32) -> Stage {
        self.deps.notes.find(&message_id(n)).await.unwrap().expect("a note").stage()
    }

    /// What a person was told that is no answer.
    fn notices(&self) -> usize {
        self.messenger.bodies_to(SENDER).iter().filter(|body| reply::is_notice(body)).count()
    }
}

#[tokio::test]
async fn d11_beyond_the_senders_budget_notes_wait_and_the_sender_is_told_once() {
    let outside = Outside::limited(Budgets { sender_per_minute: 2, ..Budgets::NONE });
    for n in 1..=4 {
        outside.receives(n, &format!("Please order {n} pipes.")).await.unwrap();
    }
    for (n, stage) in [(1, Stage::Done), (2, Stage::Done), (3, Stage::MediaStored), (4, Stage::MediaStored)] {
        assert_eq!(outside.stage_of(n).await, stage, "{n}");
    }
    assert_eq!((outside.analyst.calls(), outside.notices()), (2, 1), "no model is asked, and once is enough");
    let due = outside.deps.notes.find(&message_id(3)).await.unwrap().unwrap().due().unwrap();
    assert!(due > outside.clock.now() && due <= outside.clock.now() + Duration::from_secs(60));

    outside.clock.advance(Duration::from_secs(61));
    for n in [3, 4] {
        outside.receives(n, &format!("Please order {n} pipes.")).await.unwrap();
        assert_eq!(outside.stage_of(n).await, Stage::Done);
    }
    assert_eq!(outside.messenger.bodies_to(SENDER).len(), 5);
}

#[tokio::test]
async fn d11_a_company_that_used_up_its_day_waits_until_tomorrow() {
    let outside = Outside::limited(Budgets { company_tokens_per_day: 15, ..Budgets::NONE });
    outside.receives(1, WORDS).await.unwrap();
    outside.receives(2, "Please order three pipes.").await.unwrap();
    assert_eq!((outside.stage_of(1).await, outside.stage_of(2).await), (Stage::Done, Stage::MediaStored));
    let due = outside.deps.notes.find(&message_id(2)).await.unwrap().unwrap().due().unwrap();
    assert_eq!(due.to_string(), "2026-11-21T00:00:00Z");
    outside.clock.advance(Duration::from_secs(14 * 3_600 + 1));
    outside.receives(2, "Please order three pipes.").await.unwrap();
    assert_eq!(outside.stage_of(2).await, Stage::Done);
    let waited = |measured: &&Measurement| matches!(measured, Measurement::BudgetWaited(_));
    assert_eq!(outside.metrics.all().iter().filter(waited).count(), 1);
}

#[tokio::test]
async fn d12_forty_copies_of_one_text_are_kept_and_two_are_answered() {
    let outside = Outside::new();
    for n in 1..=40 {
        outside.receives(n, "Filed as a job: order two copper pipes").await.unwrap();
        outside.clock.advance(Duration::from_secs(5));
        assert_eq!(outside.stage_of(n).await, Stage::Done);
    }
    assert_eq!((outside.messenger.sent().len(), outside.analyst.calls()), (2, 2));
}

#[tokio::test]
async fn p11_who_said_stop_is_sent_nothing_and_start_brings_the_answers_back() {
    let outside = Outside::new();
    outside.receives(1, "STOP").await.unwrap();
    outside.clock.advance(Duration::from_secs(5));
    outside.receives(2, WORDS).await.unwrap();
    assert!(outside.messenger.sent().is_empty());
    assert_eq!(outside.files().len(), 3, "the note is filed all the same");
    outside.clock.advance(Duration::from_secs(5));
    outside.receives(3, "Start").await.unwrap();
    outside.receives(3, "Start").await.unwrap();
    assert_eq!(outside.messenger.bodies_to(SENDER), ["You hear from me again from now on."]);
    // The STOP is delivered once more, late: the last word holds.
    outside.handle(message(1, "STOP")).await.unwrap();
    outside.clock.advance(Duration::from_secs(5));
    outside.receives(4, "Please order a boiler.").await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 2);
    assert_eq!(outside.analyst.calls(), 2, "no model reads STOP or START");
}

#[tokio::test]
async fn who_opens_the_bot_of_telegram_has_sent_no_note() {
    let outside = Outside::new();
    let (from, to) = (samples::address("telegram:1111111"), samples::address("telegram:5550000"));
    let said =
        |words: &str, n: u32| InboundMessage { from: from.clone(), to: to.clone(), ..message(n, words) };
    outside.handle(said("/start", 1)).await.unwrap();
    assert_eq!(outside.messenger.bodies_to("telegram:1111111").len(), 1);
    assert_eq!((outside.analyst.calls(), outside.files().len()), (0, 0));
    // On other channels it is what it is.
    outside.receives(2, "/start").await.unwrap();
    assert_eq!(outside.analyst.calls(), 1);
}

async fn learned(outside: &Outside) -> Vec<Term> {
    let scope = TenantScope::of_customer(&customer());
    let stored = outside.deps.glossaries.terms(&scope).await.unwrap();
    stored.glossary.entries().iter().map(|entry| entry.term.clone()).collect()
}

#[tokio::test]
async fn p9_a_correction_that_leaves_every_word_as_it_was_teaches_nothing() {
    // A model that makes the same record of everything.
    let outside = Outside::new();
    outside.receives(1, WORDS).await.unwrap();
    outside.clock.advance(Duration::from_secs(60));
    outside.receives(2, "No, not Miller, Müller.").await.unwrap();
    let changed = outside.deps.notes.find(&message_id(2)).await.unwrap().unwrap();
    let change = changed.change().expect("it is about the first");
    assert!(matches!(change.effect, shared::domain::note::Effect::Remarked), "{:?}", change.effect);
    assert_eq!(learned(&outside).await, []);
}

#[tokio::test]
async fn p9_a_corrected_name_is_heard_right_from_then_on() {
    let outside = super::changing::outside();
    outside.receives(1, WORDS).await.unwrap();
    outside.clock.advance(Duration::from_secs(60));
    outside.receives(2, "No, not Miller, Müller.").await.unwrap();
    assert_eq!(learned(&outside).await, [Term::parse("Müller").unwrap()]);

    outside.clock.advance(Duration::from_secs(3_600));
    let mut voice = message_with_media(3, "", &[(MEDIA, "audio/ogg")]);
    voice.received_at = outside.clock.now();
    outside.handle(voice).await.unwrap();
    assert_eq!(outside.transcriber.heard()[0].glossary, ["Müller"]);
    assert!(outside.analyst.asked().last().unwrap().instructions.contains("Müller"));
}
