//! Calls that end, at whatever step.

use shared::{
    jobs::Job,
    testing::samples::{self, message_id},
};
use std::time::Duration;

use crate::world::World;

const RECORDED: &str = "&RecordingSid=RE0000000000000000000000000000000b&RecordingDuration=7\
    &RecordingUrl=https%3A%2F%2Fapi.twilio.com%2Frecording";

async fn hangs_up(world: &World) {
    for _ in 0..2 {
        let answered = world.post("/twilio/voice/status", "&CallStatus=completed&CallDuration=9").await;
        assert!(answered.status.is_success());
    }
}

fn notes(world: &World) -> Vec<shared::domain::message::InboundMessage> {
    let jobs = world.queue.sent().into_iter();
    jobs.filter_map(|(job, _)| if let Job::NoteReceived(note) = job { Some(note.message) } else { None })
        .collect()
}

fn texts(world: &World) -> Vec<(String, String)> {
    let jobs = world.queue.sent().into_iter();
    jobs.filter_map(|(job, _)| {
        let Job::NoteOrdered(ordered) = job else { return None };
        let shared::domain::purpose::Purpose::Letter(letter) = &ordered.purpose else { return None };
        Some((ordered.message.from.to_wire(), letter.text.expose().clone()))
    })
    .collect()
}

#[tokio::test]
async fn who_hangs_up_while_a_message_is_read_has_not_heard_it() {
    let world = World::new();
    world.summed_up().await;
    world.turn(2, "&Digits=1").await;
    world.turn(3, "&Digits=1").await;
    hangs_up(&world).await;
    assert_eq!(world.heard().await, [message_id(1)], "the second was begun, and nobody listened any more");
    assert!(world.turn(4, "&Digits=1").await.hangs_up());
    // The next call tells of what is left.
    assert_eq!(world.heard().await.len(), 1);
}

#[tokio::test]
async fn a_gather_that_ends_with_the_call_marks_nothing() {
    let world = World::new();
    world.summed_up().await;
    world.turn(2, "&Digits=1").await;
    world.turn(3, "&CallStatus=completed").await;
    assert!(world.heard().await.is_empty());
}

#[tokio::test]
async fn a_note_that_was_said_before_hanging_up_is_filed_and_told_as_text() {
    let world = World::new();
    world.summed_up().await;
    assert!(world.turn(2, "&Digits=5").await.says("<Record"));
    let more = format!("{RECORDED}&Digits=hangup&CallStatus=completed");
    world.turn(3, &more).await;
    hangs_up(&world).await;
    let notes = notes(&world);
    let [note] = notes.as_slice() else { panic!("{notes:?}") };
    assert_eq!(note.from.to_wire(), "phone:+4915155500001");
    assert_eq!(note.media[0].content_type, "audio/wav");
    let known = world.outcomes().known(&note.id, &"Filed.".to_owned().into(), samples::now()).await.unwrap();
    assert_eq!(known, shared::repositories::outcomes::Way::Texted);
}

#[tokio::test]
async fn a_note_is_filed_though_the_end_of_its_call_was_told_before() {
    let world = World::new();
    world.summed_up().await;
    world.turn(2, "&Digits=5").await;
    hangs_up(&world).await;
    for _ in 0..2 {
        world.turn(3, &format!("{RECORDED}&Digits=hangup&CallStatus=completed")).await;
    }
    let notes = notes(&world);
    assert!(!notes.is_empty() && notes.iter().all(|note| note.id == notes[0].id), "{notes:?}");
    let text = "Filed.".to_owned().into();
    let way = world.outcomes().known(&notes[0].id, &text, samples::now()).await.unwrap();
    assert_eq!(way, shared::repositories::outcomes::Way::Texted, "nobody listens any more");
}

#[tokio::test]
async fn who_is_gone_without_a_word_gets_a_text() {
    let world = World::new();
    world.summed_up().await;
    world.turn(2, "&Digits=5").await;
    world.turn(3, RECORDED).await;
    let note = notes(&world)[0].id.clone();
    world.turn(4, "").await;
    // No request comes any more, and nobody tells that the call is over.
    let later = samples::now() + Duration::from_secs(9);
    let way = world.outcomes().known(&note, &"Filed.".to_owned().into(), later).await.unwrap();
    assert_eq!(way, shared::repositories::outcomes::Way::Texted);
}

#[tokio::test]
async fn an_outcome_that_was_known_and_not_spoken_yet_goes_as_one_text() {
    let world = World::new();
    world.summed_up().await;
    world.turn(2, "&Digits=5").await;
    world.turn(3, RECORDED).await;
    let note = notes(&world)[0].id.clone();
    world.outcomes().known(&note, &"Filed as a job.".to_owned().into(), samples::now()).await.unwrap();
    hangs_up(&world).await;
    let texts = texts(&world);
    assert!(texts.iter().all(|text| *text == ("+4915155500001".to_owned(), "Filed as a job.".to_owned())));
    assert!(!texts.is_empty());
    let ids: std::collections::HashSet<_> =
        world.queue.sent().iter().map(|(job, _)| job.message_id().clone()).collect();
    assert_eq!(ids.len(), 3, "the call, the note, and one text however often the end is told");
}

#[tokio::test]
async fn an_outcome_is_spoken_to_who_waits() {
    let world = World::new();
    world.summed_up().await;
    world.turn(2, "&Digits=5").await;
    world.turn(3, RECORDED).await;
    let note = notes(&world)[0].id.clone();
    let waiting = world.turn(4, "").await;
    assert!(waiting.says("<Redirect"), "{waiting:?}");
    world
        .outcomes()
        .known(&note, &"*Filed as a job:* Pipes".to_owned().into(), samples::now())
        .await
        .unwrap();
    assert!(world.turn(5, "").await.says("Filed as a job: Pipes."));
    world.turn(6, "&Digits=9").await;
    hangs_up(&world).await;
    assert!(texts(&world).is_empty(), "what was spoken is not written as well");
}

#[tokio::test]
async fn a_call_that_was_forgotten_is_told_to_call_again() {
    let world = World::new();
    world.summed_up().await;
    world.clock.advance(Duration::from_secs(3_601));
    let answered = world.turn(2, "&Digits=1").await;
    assert!(answered.hangs_up() && answered.says("verloren"), "{answered:?}");
}
