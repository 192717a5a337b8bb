//! What a phone received, and waiting for more.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    clock,
    store::Message,
    world::{SharedWorld, World, locked},
};

/// Nobody waits longer in one request.
const LONGEST_WAIT_S: f64 = 600.0;

/// Puts a message on the phone and wakes who waits for it.
pub(crate) fn deliver(world: &World, message: Message) {
    locked(&world.store).add_message(message);
    world.arrivals.send_modify(|count| *count += 1);
}

#[derive(Deserialize)]
pub(super) struct Wait {
    wait_s: Option<f64>,
    after: Option<usize>,
}

/// All messages of a phone, oldest first; with `wait_s` as soon as there are more than `after`.
pub(super) async fn messages(
    State(world): State<SharedWorld>,
    Path(identity): Path<String>,
    Query(wait): Query<Wait>,
) -> Json<Value> {
    let patience = Duration::try_from_secs_f64(wait.wait_s.unwrap_or(0.0).clamp(0.0, LONGEST_WAIT_S));
    let deadline = Instant::now() + patience.unwrap_or_default();
    let mut arrivals = world.arrivals.subscribe();
    loop {
        // Marked as seen before looking: what arrives after the look wakes the wait below.
        arrivals.borrow_and_update();
        let received = received(&world, identity.trim());
        let enough = received.len() > wait.after.unwrap_or(0);
        if enough || Instant::now() >= deadline || *world.ended.borrow() {
            return Json(Value::Array(received));
        }
        tokio::select! {
            _ = arrivals.changed() => {}
            () = tokio::time::sleep_until(deadline) => {}
            () = world.until_end() => return Json(Value::Array(received)),
        }
    }
}

fn received(world: &World, identity: &str) -> Vec<Value> {
    let store = locked(&world.store);
    store
        .received_by(identity)
        .map(|message| {
            json!({
                "sid": message.sid,
                "from": message.from,
                "to": message.to,
                "body": message.body,
                "media_urls": message.media_urls,
                "buttons": message.buttons,
                "received_at": clock::rfc3339(message.created_ms),
                "simulated": true,
            })
        })
        .collect()
}
