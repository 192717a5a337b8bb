//! Where the keys come from that Twilio signs with: from the settings once, or from a secret store while
//! running, so that a rotated token needs no restart.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use shared::{config::Settings, ports::secrets::Secrets};
use tokio::sync::Mutex;

use crate::{
    keys::{InvalidKey, SigningKeys},
    signature::SignatureVerifier,
};

/// There are no keys to check a signature with. The request must not be acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum KeysUnavailable {
    /// The secret store does not answer.
    #[error("the signing keys cannot be read now")]
    Store(#[source] shared::ports::secrets::SecretsError),
    /// The secret is not there.
    #[error("there is no secret with the signing keys")]
    Missing,
    /// The secret does not hold usable keys. Names what is wrong, without a value.
    #[error("the secret with the signing keys is unusable: {0}")]
    Unusable(String),
}

/// Gives the verifier to use now.
#[async_trait]
pub trait SigningKeySource: Send + Sync {
    /// The current verifier. Asked for every request.
    async fn verifier(&self) -> Result<Arc<SignatureVerifier>, KeysUnavailable>;
}

/// Keys that stay as they are while the process runs.
#[derive(Debug)]
pub struct FixedKeys(Arc<SignatureVerifier>);

impl FixedKeys {
    /// # Errors
    /// For keys that anybody could guess.
    pub fn new(keys: &SigningKeys) -> Result<Self, InvalidKey> {
        SignatureVerifier::new(keys).map(|verifier| Self(Arc::new(verifier)))
    }
}

#[async_trait]
impl SigningKeySource for FixedKeys {
    async fn verifier(&self) -> Result<Arc<SignatureVerifier>, KeysUnavailable> {
        Ok(self.0.clone())
    }
}

/// Keys in a named secret: a JSON object whose members are named as the variables that
/// [`SigningKeys::read`] reads. How long a value is kept is the store's affair.
pub struct StoredKeys {
    secrets: Arc<dyn Secrets>,
    name: String,
    known: Mutex<Option<(SecretString, Arc<SignatureVerifier>)>>,
}

impl StoredKeys {
    /// Reads the secret of this name, at the first request.
    #[must_use]
    pub fn new(secrets: Arc<dyn Secrets>, name: String) -> Self {
        Self { secrets, name, known: Mutex::new(None) }
    }
}

#[async_trait]
impl SigningKeySource for StoredKeys {
    /// When the store fails later, or holds something unusable, the keys read before go on working.
    async fn verifier(&self) -> Result<Arc<SignatureVerifier>, KeysUnavailable> {
        let read = self.secrets.get(&self.name).await;
        let mut known = self.known.lock().await;
        let fresh = match (read, known.as_ref()) {
            (Ok(Some(text)), Some((same, verifier))) if text.expose_secret() == same.expose_secret() => {
                return Ok(verifier.clone());
            }
            (Ok(Some(text)), _) => read_keys(&text).map(|verifier| (text, Arc::new(verifier))),
            (Ok(None), _) => Err(KeysUnavailable::Missing),
            (Err(error), _) => Err(KeysUnavailable::Store(error)),
        };
        match (fresh, known.as_ref()) {
            (Ok((text, verifier)), _) => {
                *known = Some((text, verifier.clone()));
                Ok(verifier)
            }
            (Err(error), Some((_, verifier))) => {
                tracing::warn!(counter = "signing_keys_stale", %error, "Webhooks are checked with the keys read before");
                Ok(verifier.clone())
            }
            (Err(error), None) => Err(error),
        }
    }
}

fn read_keys(text: &SecretString) -> Result<SignatureVerifier, KeysUnavailable> {
    // serde's message could quote a secret.
    let members: Map<String, Value> = serde_json::from_str(text.expose_secret())
        .map_err(|_| KeysUnavailable::Unusable("not a JSON object".to_owned()))?;
    let mut settings = Settings::new(|name| match members.get(name)? {
        Value::String(value) => Some(value.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    });
    let keys = SigningKeys::read(&mut settings);
    settings.finish().map_err(|faults| KeysUnavailable::Unusable(faults.0.join("; ")))?;
    SignatureVerifier::new(&keys).map_err(|invalid| KeysUnavailable::Unusable(invalid.to_string()))
}
