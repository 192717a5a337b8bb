//! A secret that lives for one test.

use aws_sdk_secretsmanager::Client;

use crate::{AwsBase, AwsFailure};

/// A secret with a value that can be rotated.
#[derive(Debug, Clone)]
pub struct TestSecret {
    client: Client,
    name: String,
}

impl TestSecret {
    /// Creates it. No other secret may have this name.
    ///
    /// # Errors
    /// [`AwsFailure`] when Secrets Manager refuses or is away.
    pub async fn create(base: &AwsBase, name: impl Into<String>, value: &str) -> Result<Self, AwsFailure> {
        let secret = Self { client: Client::new(base.config()), name: name.into() };
        let answer = secret.client.create_secret().name(&secret.name).secret_string(value).send().await;
        answer.map(|_| secret).map_err(|error| AwsFailure::of("CreateSecret", &error))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives it another value.
    ///
    /// # Errors
    /// [`AwsFailure`] when Secrets Manager refuses or is away.
    pub async fn rotate(&self, value: &str) -> Result<(), AwsFailure> {
        let answer = self.client.put_secret_value().secret_id(&self.name).secret_string(value).send().await;
        answer.map(drop).map_err(|error| AwsFailure::of("PutSecretValue", &error))
    }

    /// Deletes it at once, without the days in which a secret can be brought back and is paid for.
    ///
    /// # Errors
    /// [`AwsFailure`] when Secrets Manager refuses or is away.
    pub async fn delete(&self) -> Result<(), AwsFailure> {
        let delete = self.client.delete_secret().secret_id(&self.name).force_delete_without_recovery(true);
        delete.send().await.map(drop).map_err(|error| AwsFailure::of("DeleteSecret", &error))
    }
}
