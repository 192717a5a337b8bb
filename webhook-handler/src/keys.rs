//! Where the keys come from that Twilio signs with, and the secret that Telegram sends: from the settings once, or from a
//! secret store while running, so that a rotated one needs no restart.

use std::sync::Arc;

use adapter_telegram::{config::TelegramConfig, secret::UpdateVerifier};
use adapter_twilio::{
    key_source::{KeysUnavailable, SigningKeySource},
    keys::{InvalidKey, SigningKeys},
    signature::SignatureVerifier,
};
use async_trait::async_trait;
use shared::{ports::secrets::Secrets, use_cases::stored_keys::Stored};

/// Gives the verifiers to use now, of both providers.
#[async_trait]
pub trait WebhookKeySource: SigningKeySource {
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
    pub fn new(keys: &SigningKeys) -> Result<Self, InvalidKey> {
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
}

#[async_trait]
impl WebhookKeySource for FixedKeys {
    async fn updates(&self) -> Result<Option<Arc<UpdateVerifier>>, KeysUnavailable> {
        Ok(self.0.telegram.clone())
    }
}

/// Keys in a named secret: a JSON object whose members are named as the variables that [`SigningKeys::read`] and, if there
/// are any of them, [`UpdateVerifier::read_apart`] read. How long a value is kept is the store's affair.
pub struct StoredKeys(Stored<Verifiers>);

impl StoredKeys {
    /// Reads the secret of this name, at the first request.
    #[must_use]
    pub fn new(secrets: Arc<dyn Secrets>, name: String) -> Self {
        Self(Stored::new(secrets, name, |settings| {
            let twilio = SignatureVerifier::read(settings())?;
            let telegram = UpdateVerifier::read_apart(settings());
            Ok(Verifiers { twilio: Arc::new(twilio), telegram: telegram.map(Arc::new) })
        }))
    }
}

#[async_trait]
impl SigningKeySource for StoredKeys {
    async fn verifier(&self) -> Result<Arc<SignatureVerifier>, KeysUnavailable> {
        Ok(self.0.current().await?.twilio)
    }
}

#[async_trait]
impl WebhookKeySource for StoredKeys {
    async fn updates(&self) -> Result<Option<Arc<UpdateVerifier>>, KeysUnavailable> {
        Ok(self.0.current().await?.telegram)
    }
}
