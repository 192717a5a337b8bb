//! Health: what a probe sees.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use shared::{
    ports::job_queue::QueueError,
    testing::{MadeUp, failing::Failing, fixed::FixedClock, memory_queue::MemoryQueue},
};

use crate::world::{Different, World, text};

async fn get(world: &World, path: &str) -> (StatusCode, Value) {
    let answered = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
    (answered.status, serde_json::from_slice(&answered.body).unwrap())
}

#[tokio::test]
async fn a_function_that_lives_says_so() {
    let world = World::with(Different { base: Some("https://a.example/prod"), ..Different::default() });
    for path in ["/health", "/healthz", "/prod/health"] {
        assert_eq!(get(&world, path).await, (StatusCode::OK, json!({ "status": "ok" })));
    }
    assert_eq!(world.log_text(), "");
}

#[tokio::test]
async fn readiness_tells_each_dependency_and_forgets_after_a_minute() {
    let full = || QueueError(MadeUp::boxed("full"));
    let queue = Arc::new(MemoryQueue::new(Arc::new(FixedClock::default())));
    let failing = Arc::new(Failing::on_calls([1, 3], full, queue));
    let world = World::with(Different { queue: Some(failing), ..Different::default() });
    let ready = |status: &str, queue: &str, lookup: &str| json!({ "status": status, "signing_keys": "ok", "queue": queue, "customer_lookup": lookup });
    assert_eq!(get(&world, "/readyz").await, (StatusCode::OK, ready("ready", "ok", "ok")));
    world.post(&text("hi")).await;
    let not_ready = (StatusCode::SERVICE_UNAVAILABLE, ready("not ready", "failing", "ok"));
    assert_eq!(get(&world, "/readyz").await, not_ready);
    world.directory.set_unavailable(true);
    world.post(&text("hi")).await;
    // Messages are kept without the lookup.
    assert_eq!(get(&world, "/readyz").await, (StatusCode::OK, ready("ready", "ok", "failing")));
    world.directory.set_unavailable(false);
    world.post(&text("hi")).await;
    assert_eq!(get(&world, "/readyz").await, not_ready);
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(get(&world, "/readyz").await, (StatusCode::OK, ready("ready", "ok", "ok")));
}
