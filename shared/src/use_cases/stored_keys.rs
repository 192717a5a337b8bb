//! What is made of the settings in a named secret, and made anew when the secret changed: a rotated key needs no restart.
//! How long a value is kept is the store's affair.

use std::sync::Arc;

use futures::lock::Mutex;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::{
    config::Settings,
    ports::secrets::{Secrets, SecretsError},
};

/// There are no keys to check a request with. It must not be acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum KeysUnavailable {
    /// The secret store does not answer.
    #[error("the signing keys cannot be read now")]
    Store(#[source] SecretsError),
    /// The secret is not there.
    #[error("there is no secret with the signing keys")]
    Missing,
    /// The secret does not hold usable keys. Names what is wrong, without a value.
    #[error("the secret with the signing keys is unusable: {0}")]
    Unusable(String),
}

/// Makes keys of the members of a secret, which are named as variables are; else says what is wrong, without a value.
pub type Make<T> = fn(&dyn Fn() -> Settings<'static>) -> Result<T, String>;

/// Keys in a named secret: a JSON object whose members are named as the variables that are read of it.
pub struct Stored<T> {
    secrets: Arc<dyn Secrets>,
    name: String,
    make: Make<T>,
    known: Mutex<Option<(SecretString, T)>>,
}

impl<T: Clone + Send> Stored<T> {
    /// Reads the secret of this name, at the first request.
    #[must_use]
    pub fn new(secrets: Arc<dyn Secrets>, name: String, make: Make<T>) -> Self {
        Self { secrets, name, make, known: Mutex::new(None) }
    }

    /// The keys to use now. When the store fails later, or holds something unusable, those read before go on working.
    ///
    /// # Errors
    /// [`KeysUnavailable`] while there have been none.
    pub async fn current(&self) -> Result<T, KeysUnavailable> {
        let read = self.secrets.get(&self.name).await;
        let mut known = self.known.lock().await;
        let fresh = match (read, known.as_ref()) {
            (Ok(Some(text)), Some((same, keys))) if text.expose_secret() == same.expose_secret() => {
                return Ok(keys.clone());
            }
            (Ok(Some(text)), _) => self.read(&text).map(|keys| (text, keys)),
            (Ok(None), _) => Err(KeysUnavailable::Missing),
            (Err(error), _) => Err(KeysUnavailable::Store(error)),
        };
        match (fresh, known.as_ref()) {
            (Ok((text, keys)), _) => {
                *known = Some((text, keys.clone()));
                Ok(keys)
            }
            (Err(error), Some((_, keys))) => {
                tracing::warn!(counter = "signing_keys_stale", %error, "Webhooks are checked with the keys read before");
                Ok(keys.clone())
            }
            (Err(error), None) => Err(error),
        }
    }

    fn read(&self, text: &SecretString) -> Result<T, KeysUnavailable> {
        // serde's message could quote a secret.
        let members: Map<String, Value> = serde_json::from_str(text.expose_secret())
            .map_err(|_| KeysUnavailable::Unusable("not a JSON object".to_owned()))?;
        let members = Arc::new(members);
        let settings = || {
            let members = members.clone();
            Settings::new(move |name| match members.get(name)? {
                Value::String(value) => Some(value.clone()),
                Value::Null => None,
                other => Some(other.to_string()),
            })
        };
        (self.make)(&settings).map_err(KeysUnavailable::Unusable)
    }
}
