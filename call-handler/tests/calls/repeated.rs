//! Requests that come twice, late, or at the same time.

use std::sync::Arc;

use shared::testing::{racing::Racing, samples};

use crate::world::World;

#[tokio::test]
async fn a_webhook_that_comes_again_is_answered_the_same_and_asks_for_nothing_more() {
    let world = World::new();
    let first = world.calls().await;
    assert_eq!(world.calls().await, first);
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test]
async fn f07_an_old_turn_changes_nothing() {
    let world = World::new();
    world.summed_up().await;
    let read = world.turn(2, "&Digits=1").await;
    assert!(read.says("Order two pipes."));
    // The same request again, one of before, and one that is still to come.
    for turn in [2, 1, 9] {
        let again = world.turn(turn, "&Digits=9").await;
        assert_eq!(again, read, "{turn}");
    }
    assert!(world.heard().await.is_empty(), "a repeated request is no next request");
    world.turn(3, "&Digits=1").await;
    assert_eq!(world.heard().await, [samples::message_id(1)]);
}

#[tokio::test]
async fn of_two_requests_at_once_both_hear_the_same() {
    let world = World::new();
    world.summed_up().await;
    let world = world.through(|table| Arc::new(Racing::over(table)));
    let (one, other) = tokio::join!(world.turn(2, "&Digits=1"), world.turn(2, "&Digits=1"));
    assert_eq!(one, other);
    assert!(world.turn(3, "&Digits=1").await.says("Mrs Miller"));
}

#[tokio::test]
async fn a_reply_that_is_confirmed_twice_is_written_once() {
    let world = World::new();
    world.summed_up().await;
    world.turn(2, "&Digits=1").await;
    let read_back = world.turn(3, "&SpeechResult=Reply%3A+I+come+at+ten&Confidence=0.9").await;
    assert!(read_back.says("I come at ten"), "{read_back:?}");
    for _ in 0..2 {
        assert!(world.turn(4, "&SpeechResult=Yes.&Confidence=0.9").await.says("on its way"));
    }
    let letters: Vec<_> = world
        .queue
        .sent()
        .into_iter()
        .filter_map(|(job, _)| if let shared::jobs::Job::NoteOrdered(job) = job { Some(job) } else { None })
        .collect();
    let [letter] = letters.as_slice() else { panic!("{}", letters.len()) };
    let shared::domain::purpose::Purpose::Letter(written) = &letter.purpose else { panic!("no letter") };
    assert_eq!(written.text.expose(), "Anna: I come at ten");
    assert_eq!(written.said_by(&letter.sender.company_id), Some("Anna"), "and not the office");
    assert_eq!(letter.sender.customer_id.as_str(), "ben");
    assert_eq!(letter.message.from.to_wire(), samples::SENDER);
}
