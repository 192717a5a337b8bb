//! What is away, and what is slow.

use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use shared::{
    domain::{customer::Customer, identity::Identity},
    ports::{
        directory::{CustomerDirectory, DirectoryError},
        job_queue::QueueError,
        table::TableError,
    },
    testing::{MadeUp, failing::Failing, fixed::FixedClock, memory_queue::MemoryQueue},
};

use crate::world::{Different, World};

/// A lookup that does not answer.
struct Silent;

#[async_trait]
impl CustomerDirectory for Silent {
    async fn find(&self, _: &Identity) -> Result<Option<Customer>, DirectoryError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn f06_a_lookup_that_does_not_answer_is_asked_again_and_then_told() {
    let world = World::with(Different { directory: Some(Arc::new(Silent)), ..Different::default() });
    let began = tokio::time::Instant::now();
    let first = world.calls().await;
    assert!(began.elapsed() < std::time::Duration::from_secs(3), "the clock is the test's own");
    assert!(first.says("/twilio/voice/incoming?again=1</Redirect>"), "{first:?}");
    let second = world.post("/twilio/voice/incoming?again=1", "").await;
    assert!(second.says("?again=2</Redirect>"), "{second:?}");
    let last = world.post("/twilio/voice/incoming?again=2", "").await;
    assert!(last.hangs_up() && last.says("funktioniert gerade etwas nicht"), "{last:?}");
}

#[tokio::test]
async fn a_table_that_is_away_ends_in_words() {
    let away = |table| -> Arc<dyn shared::ports::table::TableStore> {
        Arc::new(Failing::always(|| TableError::Unavailable(MadeUp::boxed("away")), table))
    };
    let world = World::with(Different { through: Some(away), ..Different::default() });
    for (path, ends) in [
        ("/twilio/voice/incoming", false),
        ("/twilio/voice/followup?turn=4", false),
        ("/twilio/voice/followup?again=1&turn=4", false),
        ("/twilio/voice/followup?again=2&turn=4", true),
    ] {
        let answered = world.post(path, "").await;
        assert_eq!(answered.status, StatusCode::OK, "{path}");
        assert_eq!(answered.hangs_up(), ends, "{path}: {answered:?}");
        assert!(answered.says("<Say"), "{path}");
    }
}

#[tokio::test]
async fn a_queue_that_is_away_for_a_moment_loses_nothing() {
    let queue = Arc::new(MemoryQueue::new(Arc::new(FixedClock::default())));
    let away = || QueueError(MadeUp::boxed("away"));
    let failing = Arc::new(Failing::on_call(1, away, queue.clone()));
    let world = World::with(Different { queue: Some(failing), ..Different::default() });
    let first = world.calls().await;
    assert!(first.says("again=1"), "{first:?}");
    let second = world.post("/twilio/voice/incoming?again=1", "").await;
    assert!(second.says("Hello Anna.") && queue.sent().len() == 1, "{second:?}");
}

#[tokio::test]
async fn what_was_recorded_is_not_lost_when_the_table_is_away_for_a_moment() {
    // The table answers nothing for a while from the first read of the third turn on.
    let world = World::new();
    world.summed_up().await;
    world.turn(2, "&Digits=5").await;
    let away = |table| -> Arc<dyn shared::ports::table::TableStore> {
        Arc::new(Failing::on_call(1, || TableError::Unavailable(MadeUp::boxed("away")), table))
    };
    let again = world.through(away);
    let recorded = "&RecordingSid=RE0000000000000000000000000000000b&RecordingDuration=7\
        &RecordingUrl=https%3A%2F%2Fapi.twilio.com%2Frecording";
    let first = again.turn(3, recorded).await;
    let redirect = first.document.split("<Redirect method=\"POST\">").nth(1).unwrap();
    let redirect = redirect.split("</Redirect>").next().unwrap().replace("&amp;", "&");
    let path = redirect.strip_prefix(crate::world::BASE).unwrap();
    assert!(path.contains("recording=RE0000000000000000000000000000000b"), "{path}");
    // A redirect brings nothing of what the caller did.
    let second = again.post(path, "").await;
    assert!(second.says("Thank you. I am filing it."), "{second:?}");
    let jobs = again.queue.sent();
    assert!(jobs.iter().any(|(job, _)| matches!(job, shared::jobs::Job::NoteReceived(_))));
}

#[tokio::test]
async fn who_tells_that_a_call_is_over_is_told_to_say_so_again() {
    let away = |table| -> Arc<dyn shared::ports::table::TableStore> {
        Arc::new(Failing::always(|| TableError::Unavailable(MadeUp::boxed("away")), table))
    };
    let world = World::with(Different { through: Some(away), ..Different::default() });
    let answered = world.post("/twilio/voice/status", "&CallStatus=completed").await;
    assert_eq!(answered.status, StatusCode::SERVICE_UNAVAILABLE);
}
