//! Secrets as the functions read them.

use std::{sync::Arc, time::Duration};

use adapter_aws::{AwsSecrets, testing::TestSecret};
use secrecy::ExposeSecret;
use shared::{
    ports::secrets::Secrets,
    testing::{contracts::fresh, fixed::FixedClock},
};
use system_tests::Stack;

use crate::traces::tidied;

async fn value(secrets: &AwsSecrets, name: &str) -> Option<String> {
    let secret = secrets.get(name).await.expect("an answer");
    secret.map(|secret| secret.expose_secret().to_owned())
}

#[tokio::test]
async fn a_secret_that_does_not_exist_is_no_error() {
    let secrets = AwsSecrets::new(&Stack::open().aws(), Arc::new(FixedClock::default()));
    assert_eq!(value(&secrets, &fresh("hark-test")).await, None);
}

#[tokio::test]
async fn g10_a_rotated_secret_is_seen_after_five_minutes() {
    let base = Stack::open().aws();
    let secret = TestSecret::create(&base, fresh("hark-test"), "old").await.expect("a secret");
    let clock = Arc::new(FixedClock::default());
    let secrets = AwsSecrets::new(&base, clock.clone());
    let rotation = async {
        assert_eq!(value(&secrets, secret.name()).await.as_deref(), Some("old"));
        secret.rotate("new").await.expect("another value");
        clock.advance(Duration::from_secs(299));
        assert_eq!(value(&secrets, secret.name()).await.as_deref(), Some("old"), "kept for five minutes");
        clock.advance(Duration::from_secs(1));
        assert_eq!(value(&secrets, secret.name()).await.as_deref(), Some("new"));
    };
    tidied(rotation, async { secret.delete().await.expect("it is deleted") }).await;
    clock.advance(Duration::from_secs(300));
    assert_eq!(value(&secrets, secret.name()).await, None, "a deleted secret is gone for everybody");
}

#[tokio::test]
async fn settings_are_the_members_of_a_secret() {
    let base = Stack::open().aws();
    let members = r#"{"TWILIO_AUTH_TOKEN": "of the secret", "TWILIO_SHARED_KEYS": [{"id": "SK1"}]}"#;
    let secret = TestSecret::create(&base, fresh("hark-test"), members).await.expect("a secret");
    let secrets = AwsSecrets::new(&base, Arc::new(FixedClock::default()));
    let read = async {
        let settings = secrets.settings(&[secret.name().to_owned()]).await.expect("settings");
        assert_eq!(settings.optional("TWILIO_AUTH_TOKEN").as_deref(), Some("of the secret"));
        assert_eq!(settings.optional("TWILIO_SHARED_KEYS").as_deref(), Some(r#"[{"id":"SK1"}]"#));
    };
    tidied(read, async { secret.delete().await.expect("it is deleted") }).await;
}
