//! Where the keys come from that Twilio signs with, and the secret that Telegram sends: from the settings once, or from a
//! secret store while running, so that a rotated one needs no restart.

use std::sync::Arc;

use adapter_telegram::{config::TelegramConfig, secret::UpdateVerifier};
use adapter_twilio::{keys::SigningKeys, signature::SignatureVerifier};
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use shared::{config::Settings, ports::secrets::Secrets};
use tokio::sync::Mutex;

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

/// Gives the verifiers to use now.
#[async_trait]
pub trait SigningKeySource: Send + Sync {
    /// The current verifier. Asked for every request.
    async fn verifier(&self) -> Result<Arc<SignatureVerifier>, KeysUnavailable>;

    /// The current one for Telegram's updates. `None`: there is no webhook of Telegram.
    async fn updates(&self) -> Result<Option<Arc<UpdateVerifier>>, KeysUnavailable>;
}

/// What signatures and secrets are checked with.
#[derive(Debug, Clone)]
struct Verifiers {
    twilio: Arc<SignatureVerifier>,
    telegram: Option<Arc<UpdateVerifier>>,
}

/// Keys that stay as they are while the process runs.
#[derive(Debug)]
pub struct FixedKeys(Verifiers);

impl FixedKeys {
    /// # Errors
    /// For keys that anybody could guess.
    pub fn new(keys: &SigningKeys) -> Result<Self, adapter_twilio::keys::InvalidKey> {
        let twilio = Arc::new(SignatureVerifier::new(keys)?);
        Ok(Self(Verifiers { twilio, telegram: None }))
    }

    /// With Telegram's webhook, if these settings have one.
    #[must_use]
    pub fn with_telegram(self, config: &TelegramConfig) -> Self {
        let telegram = UpdateVerifier::of(config).map(Arc::new);
        Self(Verifiers { telegram, ..self.0 })
    }
}

#[async_trait]
impl SigningKeySource for FixedKeys {
    async fn verifier(&self) -> Result<Arc<SignatureVerifier>, KeysUnavailable> {
        Ok(self.0.twilio.clone())
    }

    async fn updates(&self) -> Result<Option<Arc<UpdateVerifier>>, KeysUnavailable> {
        Ok(self.0.telegram.clone())
    }
}

/// Keys in a named secret: a JSON object whose members are named as the variables that
/// [`SigningKeys::read`] and, if there are any of them, [`UpdateVerifier::read_apart`] read. How long a value is kept is the store's affair.
pub struct StoredKeys {
    secrets: Arc<dyn Secrets>,
    name: String,
    known: Mutex<Option<(SecretString, Verifiers)>>,
}

impl StoredKeys {
    /// Reads the secret of this name, at the first request.
    #[must_use]
    pub fn new(secrets: Arc<dyn Secrets>, name: String) -> Self {
        Self { secrets, name, known: Mutex::new(None) }
    }
}

impl StoredKeys {
    /// When the store fails later, or holds something unusable, the keys read before go on working.
    async fn current(&self) -> Result<Verifiers, KeysUnavailable> {
        let read = self.secrets.get(&self.name).await;
        let mut known = self.known.lock().await;
        let fresh = match (read, known.as_ref()) {
            (Ok(Some(text)), Some((same, verifiers))) if text.expose_secret() == same.expose_secret() => {
                return Ok(verifiers.clone());
            }
            (Ok(Some(text)), _) => read_keys(&text).map(|verifiers| (text, verifiers)),
            (Ok(None), _) => Err(KeysUnavailable::Missing),
            (Err(error), _) => Err(KeysUnavailable::Store(error)),
        };
        match (fresh, known.as_ref()) {
            (Ok((text, verifiers)), _) => {
                *known = Some((text, verifiers.clone()));
                Ok(verifiers)
            }
            (Err(error), Some((_, verifiers))) => {
                tracing::warn!(counter = "signing_keys_stale", %error, "Webhooks are checked with the keys read before");
                Ok(verifiers.clone())
            }
            (Err(error), None) => Err(error),
        }
    }
}

#[async_trait]
impl SigningKeySource for StoredKeys {
    async fn verifier(&self) -> Result<Arc<SignatureVerifier>, KeysUnavailable> {
        Ok(self.current().await?.twilio)
    }

    async fn updates(&self) -> Result<Option<Arc<UpdateVerifier>>, KeysUnavailable> {
        Ok(self.current().await?.telegram)
    }
}

fn read_keys(text: &SecretString) -> Result<Verifiers, KeysUnavailable> {
    // serde's message could quote a secret.
    let members: Map<String, Value> = serde_json::from_str(text.expose_secret())
        .map_err(|_| KeysUnavailable::Unusable("not a JSON object".to_owned()))?;
    let mut settings = of_members(&members);
    let keys = SigningKeys::read(&mut settings);
    settings.finish().map_err(|faults| KeysUnavailable::Unusable(faults.0.join("; ")))?;
    let twilio =
        SignatureVerifier::new(&keys).map_err(|invalid| KeysUnavailable::Unusable(invalid.to_string()))?;
    let telegram = UpdateVerifier::read_apart(of_members(&members));
    Ok(Verifiers { twilio: Arc::new(twilio), telegram: telegram.map(Arc::new) })
}

fn of_members(members: &Map<String, Value>) -> Settings<'_> {
    Settings::new(|name| match members.get(name)? {
        Value::String(value) => Some(value.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    })
}
