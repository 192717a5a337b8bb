//! Named secrets from Secrets Manager, kept for five minutes: read at run time, so that a rotated secret
//! needs no deployment, and no secret stands in a function's configuration.

use std::{collections::HashMap, fmt, sync::Arc};

use async_trait::async_trait;
use aws_sdk_secretsmanager::{Client, operation::get_secret_value::GetSecretValueError};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use shared::ports::{
    clock::Clock,
    secrets::{Secrets, SecretsError},
};
use tokio::sync::Mutex;

use crate::{AwsBase, AwsFailure};

const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);

/// The secrets of one account and region.
pub struct AwsSecrets {
    client: Client,
    clock: Arc<dyn Clock>,
    /// Held while a secret is read, so that ten notes at once read it once.
    known: Mutex<HashMap<String, (Timestamp, SecretString)>>,
}

impl AwsSecrets {
    /// Reads with these credentials.
    #[must_use]
    pub fn new(base: &AwsBase, clock: Arc<dyn Clock>) -> Self {
        Self { client: Client::new(base.config()), clock, known: Mutex::default() }
    }
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
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some((read_at, secret)) = known.get(name)
            && now.duration_since(*read_at) < KEPT_FOR
        {
            return Ok(Some(secret.clone()));
        }
        known.remove(name);
        match self.client.get_secret_value().secret_id(name).send().await {
            Ok(found) => {
                let text = found.secret_string.ok_or_else(|| {
                    SecretsError(Box::new(AwsFailure::unexpected("GetSecretValue", "the secret is not text")))
                })?;
                let secret = SecretString::from(text);
                known.insert(name.to_owned(), (now, secret.clone()));
                Ok(Some(secret))
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(SecretsError(Box::new(AwsFailure::of("GetSecretValue", &error)))),
        }
    }
}
