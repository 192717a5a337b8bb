//! Secrets are read once in five minutes, and never shown.

use std::{sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use serde_json::json;
use shared::{ports::secrets::Secrets, testing::fixed::FixedClock};

use super::stub::{Answer, Stub};
use crate::AwsSecrets;

fn secret(value: &str) -> Answer {
    Answer::new(200, json!({"Name": "twilio", "SecretString": value}).to_string())
}

async fn stub(answers: impl IntoIterator<Item = Answer>) -> (Stub, Arc<FixedClock>, AwsSecrets) {
    let stub = Stub::answering(answers).await;
    let clock = Arc::new(FixedClock::default());
    let secrets = AwsSecrets::new(&stub.base, clock.clone());
    (stub, clock, secrets)
}

#[tokio::test]
async fn g10_a_rotated_secret_is_seen_after_five_minutes() {
    let (stub, clock, secrets) = stub([secret("old"), secret("new")]).await;
    let mut seen = Vec::new();
    for wait in [0, 299, 1] {
        clock.advance(Duration::from_secs(wait));
        seen.push(secrets.get("twilio").await.unwrap().unwrap().expose_secret().to_owned());
    }
    assert_eq!(seen, ["old", "old", "new"]);
    let asked = stub.seen();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].json(), json!({"SecretId": "twilio"}));
}

#[tokio::test]
async fn ten_at_once_read_it_once() {
    let (stub, _clock, secrets) = stub([secret("s")]).await;
    let all = futures::future::join_all((0..10).map(|_| secrets.get("twilio"))).await;
    assert!(all.into_iter().all(|got| got.unwrap().is_some()));
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn a_missing_secret_is_no_error_and_is_looked_for_again() {
    let missing = Answer::json_error(400, "ResourceNotFoundException");
    let (_stub, _clock, secrets) = stub([missing, secret("s")]).await;
    assert!(secrets.get("twilio").await.unwrap().is_none());
    assert!(secrets.get("twilio").await.unwrap().is_some());
}

#[tokio::test]
async fn g13_a_store_that_is_away_is_an_error_that_shows_nothing() {
    let (stub, _clock, secrets) = stub(vec![Answer::json_error(500, "InternalServiceError"); 3]).await;
    let shown = format!("{:?}", secrets.get("twilio").await.unwrap_err());
    assert!(shown.contains("InternalServiceError") && !shown.contains("CANARY"), "{shown}");
    assert_eq!(stub.seen().len(), 3);
}

#[tokio::test]
async fn settings_come_from_secrets_first_and_then_from_the_environment() {
    let twilio = secret(r#"{"TWILIO_AUTH_TOKEN": "t", "TWILIO_SHARED_KEYS": [{"id": "SK1"}], "PATH": null}"#);
    let (stub, _clock, secrets) = stub([twilio]).await;
    let settings = secrets.settings(&["twilio".to_owned()]).await.unwrap();
    assert_eq!(settings.optional("TWILIO_AUTH_TOKEN").unwrap(), "t");
    assert_eq!(settings.optional("TWILIO_SHARED_KEYS").unwrap(), r#"[{"id":"SK1"}]"#);
    assert!(settings.optional("PATH").is_some(), "null leaves it to the environment");
    assert!(settings.optional("HARK_TEST_NEVER_SET").is_none());
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn a20_a_secret_that_is_no_object_stops_the_start_and_is_not_shown() {
    for unusable in [secret("CANARY"), secret("[1]"), Answer::json_error(400, "ResourceNotFoundException")] {
        let (_stub, _clock, secrets) = stub([unusable]).await;
        let Err(error) = secrets.settings(&["twilio".to_owned()]).await else { panic!("expected an error") };
        assert!(!format!("{error:?}").contains("CANARY"));
    }
}
