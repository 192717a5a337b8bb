//! Keys that end, change, or are missing.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use shared::testing::{fixed::FixedSecrets, samples};
use webhook_handler::{FixedKeys, KeysUnavailable, SigningKeySource, StoredKeys, WebhookKeySource};

use crate::world::{BASE, Different, World, keys, keys_with_previous, request, sign_form, text};

const SECRET: &str = "hark/twilio";

fn with_keys(keys: impl WebhookKeySource + 'static) -> World {
    World::with(Different { keys: Some(Arc::new(keys)), ..Different::default() })
}

async fn status_of(world: &World, token: &str) -> StatusCode {
    let body = text("hi");
    let signature = sign_form(token, &format!("{BASE}/webhook"), body.as_bytes());
    world.send(request("/webhook", &signature, &body)).await.status
}

fn secret(token: &str) -> String {
    serde_json::json!({ "TWILIO_AUTH_TOKEN": token, "OTHER": null }).to_string()
}

#[tokio::test]
async fn a20_there_are_no_keys_without_a_token() {
    for token in ["", "   ", "changeme"] {
        assert!(FixedKeys::new(&keys(token)).is_err());
        let secrets = Arc::new(FixedSecrets::of([(SECRET, secret(token).as_str())]));
        let stored = StoredKeys::new(secrets, SECRET.to_owned());
        assert!(matches!(stored.verifier().await, Err(KeysUnavailable::Unusable(_))));
    }
    assert!(FixedKeys::new(&keys_with_previous("a-token", " ", samples::now())).is_err());
}

#[tokio::test]
async fn a20_without_the_secret_nothing_is_acknowledged_and_the_function_is_not_ready() {
    let world = with_keys(StoredKeys::new(Arc::new(FixedSecrets::of([])), SECRET.to_owned()));
    let signature = sign_form("", &format!("{BASE}/webhook"), text("hi").as_bytes());
    let answered = world.send(request("/webhook", &signature, &text("hi"))).await;
    assert_eq!(answered.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((world.directory.lookups(), world.queue.depth()), (0, 0));
    let ready = http::Request::get("/readyz").body(axum::body::Body::empty()).unwrap();
    assert_eq!(world.send(ready).await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a21_the_token_before_is_accepted_until_its_end() {
    let until = samples::now() + jiff::SignedDuration::from_secs(60);
    let keys = keys_with_previous("new-token", "old-token", until);
    let world = with_keys(FixedKeys::new(&keys).unwrap());
    assert_eq!(status_of(&world, "old-token").await, StatusCode::OK);
    assert_eq!(status_of(&world, "new-token").await, StatusCode::OK);
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(status_of(&world, "old-token").await, StatusCode::FORBIDDEN);
    assert_eq!(status_of(&world, "new-token").await, StatusCode::OK);
}

#[tokio::test]
async fn g10_a_rotated_secret_is_used_as_soon_as_the_store_has_it() {
    let secrets = Arc::new(FixedSecrets::of([(SECRET, secret("first-token").as_str())]));
    let world = with_keys(StoredKeys::new(secrets.clone(), SECRET.to_owned()));
    assert_eq!(status_of(&world, "first-token").await, StatusCode::OK);
    secrets.set(SECRET, &secret("second-token"));
    assert_eq!(status_of(&world, "second-token").await, StatusCode::OK);
    assert_eq!(status_of(&world, "first-token").await, StatusCode::FORBIDDEN);

    // What cannot be used does not replace what can.
    secrets.set(SECRET, "CANARY");
    assert_eq!(status_of(&world, "second-token").await, StatusCode::OK);
    secrets.set_unavailable(true);
    assert_eq!(status_of(&world, "second-token").await, StatusCode::OK);
    assert_eq!(world.counted("signing_keys_stale").len(), 2);
    assert!(!world.log_text().contains("CANARY"));
}

#[tokio::test]
async fn g13_a_store_that_is_down_at_the_start_is_asked_again() {
    let secrets = Arc::new(FixedSecrets::of([(SECRET, secret("a-token").as_str())]));
    secrets.set_unavailable(true);
    let world = with_keys(StoredKeys::new(secrets.clone(), SECRET.to_owned()));
    assert_eq!(status_of(&world, "a-token").await, StatusCode::SERVICE_UNAVAILABLE);
    secrets.set_unavailable(false);
    assert_eq!(world.post(&text("hi")).await.status, StatusCode::FORBIDDEN, "signed with another token");
    assert_eq!(status_of(&world, "a-token").await, StatusCode::OK);
}

#[tokio::test]
async fn shared_keys_come_from_the_secret_as_text_or_as_json() {
    let list = serde_json::json!([{ "id": "SK1", "algorithm": "HMAC_SHA256", "secret": "a-shared-secret" }]);
    for shared in [list.clone(), list.to_string().into()] {
        let value =
            serde_json::json!({ "TWILIO_AUTH_TOKEN": "a-token", "TWILIO_SHARED_KEYS": shared }).to_string();
        let stored =
            StoredKeys::new(Arc::new(FixedSecrets::of([(SECRET, value.as_str())])), SECRET.to_owned());
        assert_eq!(format!("{:?}", stored.verifier().await.unwrap()), "SignatureVerifier(2 keys)");
    }
}
