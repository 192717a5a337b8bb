//! Where the keys come from that Twilio signs with: from the settings once, or from a secret store while
//! running, so that a rotated token needs no restart.

use std::sync::Arc;

use async_trait::async_trait;
use shared::{ports::secrets::Secrets, use_cases::stored_keys::Stored};

pub use shared::use_cases::stored_keys::KeysUnavailable;

use crate::{
    keys::{InvalidKey, SigningKeys},
    signature::SignatureVerifier,
};

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
pub struct StoredKeys(Stored<Arc<SignatureVerifier>>);

impl StoredKeys {
    /// Reads the secret of this name, at the first request.
    #[must_use]
    pub fn new(secrets: Arc<dyn Secrets>, name: String) -> Self {
        Self(Stored::new(secrets, name, |settings| SignatureVerifier::read(settings()).map(Arc::new)))
    }
}

#[async_trait]
impl SigningKeySource for StoredKeys {
    async fn verifier(&self) -> Result<Arc<SignatureVerifier>, KeysUnavailable> {
        self.0.current().await
    }
}
