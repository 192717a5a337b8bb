//! `/health`, `/healthz`, `/readyz`.

use std::time::Duration;

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn d1_health_needs_no_key_and_no_store() {
    let world = World::failing(|_| true, |_| true);
    for path in ["/health", "/healthz"] {
        let answer = world.call("GET", path, &[]).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "{\"status\":\"healthy\"}"));
    }
    assert_eq!(world.store.calls(), 0);
}

#[tokio::test]
async fn readiness_names_each_dependency_and_asks_it_at_most_once_in_five_seconds() {
    let world = World::failing(|call| call == 1, |_| false);
    let away = json!({
        "status": "not ready",
        "dependencies": { "objects": "unavailable", "table": "ok" },
    });
    for _ in 0..10 {
        let answer = world.call("GET", "/readyz", &[]).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (503, away.clone()));
    }
    assert_eq!(world.store.calls(), 1);
    world.clock.advance(Duration::from_secs(5));
    let answer = world.call("GET", "/readyz", &[]).await;
    let ready = json!({ "status": "ready", "dependencies": { "objects": "ok", "table": "ok" } });
    assert_eq!((answer.status.as_u16(), answer.json()), (200, ready));
}

#[tokio::test]
async fn readiness_tells_of_the_table() {
    let world = World::failing(|_| false, |_| true);
    let answer = world.call("GET", "/readyz", &[]).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["dependencies"], json!({ "objects": "ok", "table": "unavailable" }));
}
