//! Stories of people who send much and of companies that spend much.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

use std::time::Duration;

use futures::future::join_all;

use super::*;
use crate::{
    ports::clock::Clock,
    testing::{
        MadeUp,
        failing::Failing,
        fixed::FixedClock,
        memory_table::MemoryTable,
        racing::Racing,
        samples::{COMPANY, SENDER, address, message_id},
    },
};

struct World {
    clock: Arc<FixedClock>,
    table: Arc<MemoryTable>,
    used: UsedBudgets,
}

impl World {
    fn new(budgets: Budgets) -> Self {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let used = UsedBudgets::new(table.clone(), budgets);
        Self { clock, table, used }
    }

    fn over(&self, table: impl TableStore + 'static) -> UsedBudgets {
        UsedBudgets::new(Arc::new(table), self.used.budgets)
    }

    fn after(&self, seconds: u64) -> Timestamp {
        self.clock.now() + Duration::from_secs(seconds)
    }

    async fn admit(&self, n: u32) -> Admission {
        self.used.admit(&person(), &message_id(n), self.clock.now()).await.unwrap()
    }

    async fn says(&self, n: u32, text: &str) -> bool {
        self.used.is_loop(&person(), &message_id(n), text, self.clock.now()).await.unwrap()
    }

    async fn spend(&self, n: u32, step: &str, audio_seconds: u64, tokens: u64) {
        let usage = Usage { input_tokens: tokens, output_tokens: 0, audio_seconds };
        self.used.spend(&company(), &message_id(n), step, usage, self.clock.now()).await.unwrap();
    }

    async fn may_spend(&self) -> Admission {
        self.used.may_spend(&company(), self.clock.now()).await.unwrap()
    }
}

fn person() -> Identity {
    address(SENDER).identity().clone()
}

fn company() -> CompanyId {
    CompanyId::parse(COMPANY).unwrap()
}

#[tokio::test]
async fn d11_a_senders_seventh_note_in_a_minute_waits_and_then_passes() {
    let world = World::new(Budgets::USUAL);
    for n in 1..=6 {
        assert_eq!(world.admit(n).await, Admission::Yes);
    }
    let end = world.after(60);
    assert_eq!(world.admit(7).await, Admission::NotBefore(end));
    assert_eq!(world.admit(3).await, Admission::Yes, "asked again after a crash");
    let other = address("+4915112345679");
    let others = world.used.admit(other.identity(), &message_id(7), world.clock.now()).await.unwrap();
    assert_eq!(others, Admission::Yes, "nobody waits for another");
    let sms = address("+4915112345678");
    let on_sms = world.used.admit(sms.identity(), &message_id(8), world.clock.now()).await.unwrap();
    assert_eq!(on_sms, Admission::NotBefore(end), "the same person on another channel");
    world.clock.set(end);
    assert_eq!(world.admit(7).await, Admission::Yes);
}

#[tokio::test]
async fn d11_of_many_notes_at_once_no_more_pass_than_may() {
    let world = World::new(Budgets::USUAL);
    let used = world.over(Racing::over(world.table.clone()));
    let now = world.clock.now();
    let ask = |n: u32| {
        let used = used.clone();
        async move { used.admit(&person(), &message_id(n), now).await.unwrap() }
    };
    let answers = join_all((0..10).map(ask)).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Admission::Yes).count(), 6);
}

#[tokio::test]
async fn the_window_is_gone_after_an_hour_and_holds_no_number_and_no_word() {
    let world = World::new(Budgets::USUAL);
    world.admit(1).await;
    world.says(1, "call Mrs Miller").await;
    let items = format!("{:?}", world.table.items());
    assert!(!items.contains("4915112345678") && !items.to_lowercase().contains("miller"), "{items}");
    world.clock.advance(Duration::from_secs(3_600));
    assert!(world.table.items().is_empty());
}

#[tokio::test]
async fn a_clock_that_is_set_back_is_over_with_after_a_minute() {
    let world = World::new(Budgets { sender_per_minute: 1, ..Budgets::NONE });
    let now = world.clock.now();
    world.clock.advance(Duration::from_secs(1_800));
    assert_eq!(world.admit(1).await, Admission::Yes);
    world.clock.set(now);
    assert_eq!(world.admit(2).await, Admission::NotBefore(world.after(60)));
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(world.admit(2).await, Admission::Yes);
}

#[tokio::test]
async fn without_budgets_nothing_is_asked_of_the_table() {
    let world = World::new(Budgets::NONE);
    let away = || TableError::Unavailable(MadeUp::boxed("away"));
    let used = world.over(Failing::always(away, world.table.clone()));
    let now = world.clock.now();
    assert_eq!(used.admit(&person(), &message_id(1), now).await.unwrap(), Admission::Yes);
    assert_eq!(used.may_spend(&company(), now).await.unwrap(), Admission::Yes);
    let usage = Usage { audio_seconds: 9, ..Usage::default() };
    used.spend(&company(), &message_id(1), "hear", usage, now).await.unwrap();
    // The loop guard is no budget.
    assert!(used.is_loop(&person(), &message_id(1), "hello", now).await.is_err());
}

#[tokio::test]
async fn d12_of_forty_copies_two_pass_and_it_passes_again_after_ten_quiet_minutes() {
    let world = World::new(Budgets::NONE);
    let mut silent = 0;
    for n in 0..40 {
        silent += usize::from(world.says(n, "*Filed as a job:* pipes").await);
        world.clock.advance(Duration::from_secs(3));
    }
    assert_eq!(silent, 38);
    assert!(
        world.says(39, "*Filed as a job:* pipes").await && !world.says(0, "*Filed as a job:* pipes").await
    );
    assert!(!world.says(50, "Order two pipes").await, "other words pass");
    world.clock.advance(Duration::from_secs(600));
    assert!(!world.says(51, "*Filed as a job:* pipes").await);
}

#[tokio::test]
async fn d12_of_copies_that_come_at_once_two_pass() {
    let world = World::new(Budgets::NONE);
    let used = world.over(Racing::over(world.table.clone()));
    let now = world.clock.now();
    let ask = |n: u32| {
        let used = used.clone();
        async move { used.is_loop(&person(), &message_id(n), "hello", now).await.unwrap() }
    };
    let answers = join_all((0..10).map(ask)).await;
    assert_eq!(answers.iter().filter(|is_loop| !**is_loop).count(), 2);
}

#[tokio::test]
async fn d12_messages_without_words_are_never_a_loop() {
    let world = World::new(Budgets::NONE);
    for n in 0..40 {
        assert!(!world.says(n, "").await && !world.says(n, " \n").await);
    }
    assert!(world.table.items().is_empty());
}

#[tokio::test]
async fn d11_a_company_that_used_its_minutes_waits_until_midnight() {
    let world = World::new(Budgets { company_audio_minutes_per_day: 1, ..Budgets::NONE });
    world.spend(1, "hear", 59, 1_000_000).await;
    assert_eq!(world.may_spend().await, Admission::Yes);
    world.spend(2, "hear", 1, 0).await;
    let midnight: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
    assert_eq!(world.may_spend().await, Admission::NotBefore(midnight));
    let other = CompanyId::parse("acme-2").unwrap();
    assert_eq!(world.used.may_spend(&other, world.clock.now()).await.unwrap(), Admission::Yes);
    world.clock.set(midnight - Duration::from_millis(1));
    assert_eq!(world.may_spend().await, Admission::NotBefore(midnight));
    world.clock.set(midnight);
    assert_eq!(world.may_spend().await, Admission::Yes);
}

#[tokio::test]
async fn d11_tokens_have_a_budget_of_their_own() {
    let world = World::new(Budgets { company_tokens_per_day: 1_000, ..Budgets::NONE });
    world.spend(1, "understand", 100_000, 0).await;
    let usage = Usage { input_tokens: 600, output_tokens: 400, audio_seconds: 0 };
    assert_eq!(world.may_spend().await, Admission::Yes);
    world.used.spend(&company(), &message_id(2), "understand", usage, world.clock.now()).await.unwrap();
    assert!(matches!(world.may_spend().await, Admission::NotBefore(_)));
}

#[tokio::test]
async fn what_a_step_used_counts_once_however_often_it_is_told() {
    let world = World::new(Budgets { company_audio_minutes_per_day: 1, ..Budgets::NONE });
    for _ in 0..5 {
        world.spend(1, "hear-1", 20, 0).await;
        world.spend(1, "hear-2", 20, 0).await;
    }
    assert_eq!(world.may_spend().await, Admission::Yes);
    // Told again after midnight, by a job that was tried again: it is in yesterday's sum.
    world.clock.advance(Duration::from_secs(86_400));
    world.spend(1, "hear-1", 60, 0).await;
    assert_eq!(world.may_spend().await, Admission::Yes);
    world.spend(2, "hear-1", 60, 0).await;
    assert!(matches!(world.may_spend().await, Admission::NotBefore(_)));
}

#[tokio::test]
async fn an_answer_that_is_lost_or_another_that_is_faster_miscounts_nothing() {
    for lost in [true, false] {
        let world = World::new(Budgets { company_audio_minutes_per_day: 1, ..Budgets::NONE });
        let failing =
            Failing::on_call(1, || TableError::Conflict, world.table.clone()).only(&["write_together"]);
        let used = world.over(if lost { failing.losing_answers() } else { failing });
        let usage = Usage { audio_seconds: 30, ..Usage::default() };
        used.spend(&company(), &message_id(1), "hear", usage, world.clock.now()).await.unwrap();
        assert_eq!(world.may_spend().await, Admission::Yes);
        world.spend(2, "hear", 30, 0).await;
        assert!(matches!(world.may_spend().await, Admission::NotBefore(_)), "lost: {lost}");
    }
}

#[tokio::test]
async fn all_that_is_used_at_once_is_counted() {
    let world = World::new(Budgets { company_audio_minutes_per_day: 1, ..Budgets::NONE });
    let used = world.over(Racing::over(world.table.clone()));
    let now = world.clock.now();
    let spend = |n: u32| {
        let used = used.clone();
        let usage = Usage { audio_seconds: 6, ..Usage::default() };
        async move { used.spend(&company(), &message_id(n), "hear", usage, now).await.unwrap() }
    };
    join_all((0..9).map(spend)).await;
    assert_eq!(world.may_spend().await, Admission::Yes);
    spend(9).await;
    assert!(matches!(world.may_spend().await, Admission::NotBefore(_)));
}

#[tokio::test]
async fn d11_a_person_is_told_once_a_day_and_by_one_message() {
    let world = World::new(Budgets::USUAL);
    let tell = async |n: u32| {
        world.used.tell_once_a_day(&person(), &message_id(n), world.clock.now()).await.unwrap()
    };
    assert!(tell(1).await);
    assert!(!tell(2).await);
    assert!(tell(1).await, "asked again after a crash");
    world.clock.advance(Duration::from_secs(86_399));
    assert!(!tell(3).await);
    world.clock.advance(Duration::from_secs(1));
    assert!(tell(3).await && !tell(1).await);
}

#[tokio::test]
async fn a_table_that_is_away_is_told_to_whoever_asks() {
    let world = World::new(Budgets::USUAL);
    let away = || TableError::Unavailable(MadeUp::boxed("away"));
    let used = world.over(Failing::always(away, world.table.clone()));
    let (now, id) = (world.clock.now(), message_id(1));
    let usage = Usage { audio_seconds: 1, ..Usage::default() };
    assert!(used.admit(&person(), &id, now).await.is_err());
    assert!(used.may_spend(&company(), now).await.is_err());
    assert!(used.spend(&company(), &id, "hear", usage, now).await.is_err());
    assert!(used.tell_once_a_day(&person(), &id, now).await.is_err());
}
