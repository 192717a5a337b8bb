//! Named secrets from Secrets Manager, kept for five minutes: read at run time, so that a rotated secret
//! needs no deployment, and no secret stands in a function's configuration.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use aws_sdk_secretsmanager::{Client, operation::get_secret_value::GetSecretValueError};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use shared::{
    config::Settings,
    ports::{
        clock::Clock,
        secrets::{Secrets, SecretsError},
    },
};

use crate::{AwsBase, AwsFailure};

const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);

/// A secret and when it was read. The lock is held while it is read, so that ten notes at once read it once.
type Known = Arc<tokio::sync::Mutex<Option<(Timestamp, SecretString)>>>;

/// The secrets of one account and region.
pub struct AwsSecrets {
    client: Client,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<String, Known>>,
}

impl AwsSecrets {
    /// Reads with these credentials.
    #[must_use]
    pub fn new(base: &AwsBase, clock: Arc<dyn Clock>) -> Self {
        Self { client: Client::new(base.config()), clock, known: Mutex::default() }
    }

    /// Settings from these secrets, as [`settings_of`] reads them. All of them are read at the same time.
    ///
    /// # Errors
    /// [`SecretsError`] when one of them does not exist, is no JSON object, or cannot be read now.
    pub async fn settings(&self, names: &[String]) -> Result<Settings<'static>, SecretsError> {
        let existing = async |name: &String| {
            let missing = || unusable("there is no such secret");
            self.get(name).await?.ok_or_else(missing)
        };
        settings_of(&try_join_all(names.iter().map(existing)).await?)
    }

    async fn read(&self, name: &str) -> Result<Option<SecretString>, AwsFailure> {
        match self.client.get_secret_value().secret_id(name).send().await {
            Ok(found) => found
                .secret_string
                .map(|text| Some(SecretString::from(text)))
                .ok_or_else(|| AwsFailure::unexpected("GetSecretValue", "the secret is not text")),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(AwsFailure::of("GetSecretValue", &error)),
        }
    }
}

/// Settings from secrets that are JSON objects, each member named as the variable that it stands for, and behind
/// them the environment. Of two secrets with the same member, the later one counts.
///
/// # Errors
/// [`SecretsError`] when one of them is no JSON object.
pub fn settings_of(secrets: &[SecretString]) -> Result<Settings<'static>, SecretsError> {
    let mut members = Map::new();
    for secret in secrets {
        // serde's message could quote the secret.
        let read: Map<String, Value> = serde_json::from_str(secret.expose_secret())
            .map_err(|_| unusable("the secret is no JSON object"))?;
        members.extend(read);
    }
    let environment = Settings::from_environment();
    Ok(Settings::new(move |name| match members.get(name) {
        None | Some(Value::Null) => environment.optional(name),
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    }))
}

fn unusable(what: &'static str) -> SecretsError {
    SecretsError(Box::new(AwsFailure::unexpected("GetSecretValue", what)))
}

impl fmt::Debug for AwsSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AwsSecrets")
    }
}

#[async_trait]
impl Secrets for AwsSecrets {
    /// `name` is the secret's name or ARN. Its value must be text.
    async fn get(&self, name: &str) -> Result<Option<SecretString>, SecretsError> {
        let known = self
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(name.to_owned())
            .or_default()
            .clone();
        let mut known = known.lock().await;
        let now = self.clock.now();
        if let Some((read_at, secret)) = known.as_ref()
            && now.duration_since(*read_at) < KEPT_FOR
        {
            return Ok(Some(secret.clone()));
        }
        let secret = self.read(name).await.map_err(|failure| SecretsError(Box::new(failure)))?;
        *known = secret.clone().map(|secret| (now, secret));
        Ok(secret)
    }
}
