//! Stories of receivers: some are down, some are slow, some are gone. In the end each has what the store has.

mod worlds;

use self::worlds::records_of;
use super::*;
use crate::{
    domain::{
        feed::ChangeKind,
        note::Effect,
        webhook::{Kinds, Refusal},
    },
    ports::webhook_sender::{Received, SendFailure},
    repositories::webhooks::{FORMER_SIGNS_FOR, WebhookChange},
    testing::{
        bad_day::BadDay,
        contracts,
        filing::{job, understood},
        memory_receivers::answers,
        memory_table::MemoryTable,
        samples,
        webhook_world::World,
    },
};

const DAY: Duration = Duration::from_secs(24 * 3_600);

#[tokio::test]
async fn a_change_is_told_once_signed_and_whole() {
    let world = World::new().await;
    world.receivers.listen(&world.endpoint, |_| answers(200));
    world.files(1).await;
    let delivered = world.run().await;
    assert_eq!(delivered, Delivered { accepted: 1, ..Delivered::default() });
    assert_eq!(world.run().await, Delivered::default());
    let received = world.receivers.received(&world.endpoint);
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].id(), format!("{}_1-1", world.webhook.id));
    assert!(received[0].is_signed_with(&world.secret));
    let document: serde_json::Value = serde_json::from_str(received[0].body()).unwrap();
    assert_eq!((&document["type"], &document["data"]["kind"]), (&"record.created".into(), &"created".into()));
    assert_eq!(document["data"]["message_id"], samples::message_id(1).as_str());
    assert!(document["data"]["record"]["title"].is_string() || document["data"]["record"].is_object());
}

#[tokio::test]
async fn of_one_note_the_next_message_waits_for_the_one_before_and_other_notes_go_on() {
    let world = World::new().await;
    world.files(1).await;
    world.changes(2, 1, Effect::Confirmed).await;
    world.files(3).await;
    let first = samples::message_id(1).to_string();
    world.receivers.listen(&world.endpoint, move |request| {
        if request.body().contains(&first) { answers(500) } else { answers(200) }
    });
    let delivered = world.run().await;
    assert_eq!((delivered.accepted, delivered.refused, delivered.waiting), (1, 1, 2));
    world.receivers.listen(&world.endpoint, |_| answers(200));
    assert_eq!(world.run().await, Delivered { waiting: 2, ..Delivered::default() }, "not due yet");
    world.clock.advance(Duration::from_secs(6));
    assert_eq!(world.run().await.accepted, 2);
    let ids: Vec<_> = world.numbers();
    assert_eq!(ids, ["1-1", "3-1", "1-1", "2-1"]);
}

#[tokio::test]
async fn a_receiver_that_was_down_for_two_days_gets_everything_and_was_left_in_peace() {
    let world = World::new().await;
    world.receivers.listen(&world.endpoint, |_| Err(SendFailure::TimedOut));
    for n in 1..=60 {
        world.files(n).await;
    }
    for _ in 0..2 * 24 * 12 {
        world.clock.advance(Duration::from_secs(300));
        world.run().await;
    }
    let tries = world.receivers.received(&world.endpoint).len();
    assert!((100..3_000).contains(&tries), "{tries}");
    world.receivers.listen(&world.endpoint, |_| answers(204));
    // At the latest when the longest hold is over, and a quarter of an hour is that.
    let mut accepted = 0;
    for _ in 0..16 {
        world.clock.advance(Duration::from_secs(60));
        accepted += world.run().await.accepted;
    }
    assert_eq!(accepted, 60);
    assert_eq!(world.dead().await, []);
}

#[tokio::test]
async fn what_nobody_took_in_three_days_is_a_dead_letter_and_sent_again_when_asked() {
    let world = World::new().await;
    world.files(1).await;
    world.changes(2, 1, Effect::Confirmed).await;
    let start = world.clock.now();
    while world.dead().await.is_empty() {
        world.clock.advance(Duration::from_secs(600));
        world.run().await;
    }
    let took = world.clock.now().duration_since(start);
    assert!((72..74).contains(&took.as_hours()), "{took}");
    assert_eq!(world.dead().await, [(1, Some(Refusal::Unreachable))]);
    world.receivers.listen(&world.endpoint, |_| answers(200));
    world.clock.advance(DAY);
    assert_eq!(world.run().await.accepted, 1, "the next one of the note followed");

    let (webhooks, scope, id) = (&world.webhooks, &world.scope, &world.webhook.id);
    assert!(!webhooks.replay(scope, id, 2, world.clock.now()).await.unwrap());
    assert!(webhooks.replay(scope, id, 1, world.clock.now()).await.unwrap());
    assert_eq!(world.run().await, Delivered { accepted: 1, ..Delivered::default() });
    assert_eq!(world.dead().await, []);
    assert_eq!(world.numbers(), ["2-1", "1-1"]);
}

#[tokio::test]
async fn dead_letters_of_a_receiver_that_is_wholly_down_are_all_sent_again() {
    let world = World::new().await;
    for n in 1..=30 {
        world.files(n).await;
    }
    for _ in 0..5 * 24 * 6 {
        world.clock.advance(Duration::from_secs(600));
        world.run().await;
    }
    assert_eq!(world.dead().await.len(), 30);
    let (webhooks, scope, id) = (&world.webhooks, &world.scope, &world.webhook.id);
    let page = webhooks.dead_letters(scope, id, 0, 20).await.unwrap();
    assert_eq!((page.letters.len(), page.next), (20, Some(20)));
    let page = webhooks.dead_letters(scope, id, 20, 20).await.unwrap();
    assert_eq!((page.letters.len(), page.next), (10, None));
    let replayed = webhooks.replay_all(scope, id, world.clock.now()).await.unwrap();
    assert_eq!((replayed.letters, replayed.more), (30, false));
    world.receivers.listen(&world.endpoint, |_| answers(200));
    assert_eq!(world.run().await.accepted, 30);
    assert_eq!(world.dead().await, []);
}

#[tokio::test]
async fn while_a_secret_is_rotated_both_verify() {
    let world = World::new().await;
    world.receivers.listen(&world.endpoint, |_| answers(200));
    let rotated =
        world.webhooks.rotate_secret(&world.scope, (&world.webhook.id, None), &*world.clock, &*world.ids);
    let (_, new) = rotated.await.unwrap().unwrap();
    world.files(1).await;
    world.run().await;
    world.clock.advance(FORMER_SIGNS_FOR.try_into().unwrap());
    world.files(2).await;
    world.run().await;
    let received = world.receivers.received(&world.endpoint);
    let by = |n: usize| (received[n].is_signed_with(&world.secret), received[n].is_signed_with(&new));
    assert_eq!((by(0), by(1)), ((true, true), (false, true)));
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_sent_nothing_until_it_is_switched_on_again() {
    let world = World::new().await;
    world.receivers.listen(&world.endpoint, |_| answers(410));
    for n in 1..=20 {
        world.files(n).await;
    }
    world.run().await;
    let asked = world.receivers.received(&world.endpoint).len();
    assert!(asked <= 8, "{asked}");
    let gone = world.webhooks.get(&world.scope, &world.webhook.id).await.unwrap().unwrap();
    assert_eq!((gone.activity, gone.version), (Activity::Gone, 2));
    world.receivers.listen(&world.endpoint, |_| answers(200));
    world.clock.advance(4 * DAY);
    assert_eq!(world.run().await, Delivered::default());
    let on = WebhookChange { active: Some(true), ..WebhookChange::default() };
    let now = world.clock.now();
    world.webhooks.update(&world.scope, &gone.id, &on, 2, now).await.unwrap();
    assert_eq!(world.run().await.accepted, 20);
}

#[tokio::test]
async fn a_paused_webhook_misses_nothing_and_a_new_address_is_tried_at_once() {
    let world = World::new().await;
    for n in 1..=10 {
        world.files(n).await;
    }
    assert_eq!(world.run().await.waiting, 10, "nobody listens there");
    let elsewhere = World::at("https://erp.example/elsewhere");
    world.receivers.listen(&elsewhere, |_| answers(200));
    let change = WebhookChange { endpoint: Some(elsewhere), active: Some(false), kinds: None };
    let now = world.clock.now();
    let (webhooks, scope, id) = (&world.webhooks, &world.scope, &world.webhook.id);
    world.clock.advance(Duration::from_secs(1));
    webhooks.update(scope, id, &change, 1, world.clock.now()).await.unwrap();
    world.files(11).await;
    assert_eq!(world.run().await, Delivered::default());
    let on = WebhookChange { active: Some(true), ..WebhookChange::default() };
    webhooks.update(scope, id, &on, 2, world.clock.now()).await.unwrap();
    assert_eq!(world.run().await.accepted, 11);
    let standing = webhooks.standing(scope, id, now).await.unwrap().unwrap();
    assert_eq!((standing.failing_since, standing.held_until), (None, None));
    assert_eq!(standing.last_accepted_at, Some(world.clock.now()));
}

#[tokio::test]
async fn a_receiver_that_asks_for_it_is_left_in_peace() {
    let world = World::new().await;
    let slow = Received { status: 429, retry_after: Some(Duration::from_secs(1_800)) };
    world.receivers.listen(&world.endpoint, move |_| Ok(slow));
    world.files(1).await;
    world.run().await;
    world.receivers.listen(&world.endpoint, |_| answers(200));
    world.files(2).await;
    world.clock.advance(Duration::from_secs(1_799));
    assert_eq!(world.run().await.accepted, 0);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.run().await.accepted, 2);
}

#[tokio::test]
async fn a_webhook_hears_of_the_kinds_that_it_wants() {
    let world = World::wanting(&Kinds::of(&[ChangeKind::Withdrawn]).unwrap()).await;
    world.receivers.listen(&world.endpoint, |_| answers(200));
    world.files_two(1).await;
    // The second record became superfluous, which is told as withdrawn.
    let one = Effect::Corrected(Box::new(understood(&[job("tap", "Fix the tap")])));
    world.changes(2, 1, one).await;
    world.changes(3, 1, Effect::Confirmed).await;
    world.changes(4, 1, Effect::Withdrawn).await;
    assert_eq!(world.run().await.accepted, 5);
    assert_eq!(world.run().await, Delivered::default());
}

#[tokio::test]
async fn two_dispatchers_at_once_send_everything_once() {
    let clock = World::clock();
    let table = BadDay::new(clock.clone(), 0, 1);
    let world = World::over(clock, table, &Kinds::all()).await;
    world.receivers.listen(&world.endpoint, |_| answers(200));
    for n in 1..=40 {
        world.files(n).await;
    }
    let (one, other) = tokio::join!(world.run(), world.run());
    assert_eq!(one.accepted + other.accepted, 40);
    assert_eq!(one.failed + other.failed, 0);
    assert_eq!(world.receivers.received(&world.endpoint).len(), 40);
    let expected = records_of(&world.follow, world.scope.company()).await;
    assert_eq!(expected.len(), 40);
}

#[tokio::test]
async fn no_message_is_begun_that_might_end_after_the_deadline() {
    let world = World::new().await;
    world.receivers.listen(&world.endpoint, |_| answers(200));
    world.files(1).await;
    assert_eq!(world.deliver.run(Duration::from_secs(15)).await.accepted, 0);
    assert_eq!(world.deliver.run(Duration::from_secs(16)).await.accepted, 1);
}

#[tokio::test]
async fn another_companys_receiver_that_hears_nothing_costs_nothing() {
    let world = World::new().await;
    let other = samples::customer_of("acme");
    let records = [job("tap", "Fix the tap")];
    world.filing.file(samples::message(1, "Fix the tap"), other, &records).await.unwrap();
    assert_eq!(world.run().await, Delivered::default());
    assert_eq!(world.receivers.received(&world.endpoint).len(), 0);
}

#[tokio::test]
async fn who_only_listens_and_who_only_follows_end_with_the_records_of_the_store() {
    let clock = World::clock();
    contracts::client_apps::all_end_with_what_the_store_has(MemoryTable::new(clock.clone()), clock, 5_000)
        .await;
}
