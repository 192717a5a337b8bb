//! Named secrets.

use async_trait::async_trait;
use secrecy::SecretString;

/// A secret could not be read now.
#[derive(Debug, thiserror::Error)]
#[error("the secret store is unavailable")]
pub struct SecretsError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Reads secrets.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret's current value. `None`: there is none of this name.
    async fn get(&self, name: &str) -> Result<Option<SecretString>, SecretsError>;
}
