//! Asking Telegram now.

use shared::{domain::api_key::Scope, ports::message_sync::SyncError, testing::samples};

use crate::world::{World, is_problem};

const SYNC: &str = "/telegram/sync";

#[tokio::test]
async fn an_admin_asks_now_and_hears_that_it_was_done_and_nothing_of_other_companies() {
    let world = World::new();
    let key = world.key_with(samples::COMPANY, Scope::Admin).await.0;
    world.sync.says(Ok(3));
    let answer = world.call("POST", SYNC, &[("x-api-key", &key)]).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, serde_json::json!({"asked": true})));
}

#[tokio::test]
async fn where_messages_come_by_themselves_nobody_is_asked() {
    let world = World::new();
    let key = world.key_with(samples::COMPANY, Scope::Admin).await.0;
    for (said, status, detail) in [
        (SyncError::ComeByThemselves, 409, "come by themselves"),
        (SyncError::NotAskedHere, 409, "not asked for here"),
        (SyncError::NotSetUp, 409, "There is no Telegram bot"),
        (SyncError::Unavailable, 503, "Try again"),
    ] {
        world.sync.says(Err(said));
        let problem = is_problem(&world.call("POST", SYNC, &[("x-api-key", &key)]).await, status);
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{problem}");
    }
}

#[tokio::test]
async fn a_key_without_admin_asks_nobody() {
    let world = World::new();
    world.sync.says(Ok(3));
    let key = world.key_with(samples::COMPANY, Scope::RecordsWrite).await.0;
    is_problem(&world.call("POST", SYNC, &[("x-api-key", &key)]).await, 403);
    is_problem(&world.call("POST", SYNC, &[]).await, 401);
    is_problem(&world.call("GET", SYNC, &[("x-api-key", &key)]).await, 405);
}
