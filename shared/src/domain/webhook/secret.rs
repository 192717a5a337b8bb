//! The secret that a webhook's messages are signed with: shown once, and stored encrypted.

use std::fmt;

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::WebhookId;
use crate::domain::{api_key::Pepper, ids::CompanyId};

/// What a secret's text begins with (Standard Webhooks, "Signature scheme").
const PREFIX: &str = "whsec_";
/// How long a secret is, in bytes (the same).
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;
const NONCE_BYTES: usize = 12;

/// Why a text is no secret. Holds nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecret {
    /// Nothing: what is signed with it, anybody can sign.
    #[error("the secret of a webhook is empty")]
    Empty,
    /// Not `whsec_` and base64.
    #[error("the secret of a webhook is whsec_ and base64")]
    Malformed,
    /// Not 24 to 64 bytes.
    #[error("the secret of a webhook has 24 to 64 bytes")]
    Length,
}

/// A secret. `Debug` shows none of it.
#[derive(Clone)]
pub struct WebhookSecret(SecretSlice<u8>);

impl WebhookSecret {
    /// A new one, of 32 random bytes.
    #[must_use]
    pub fn of_random(random: &[u8; 32]) -> Self {
        Self(random.to_vec().into())
    }

    /// Reads `whsec_` and base64 of 24 to 64 bytes; the prefix may be left out.
    ///
    /// # Errors
    /// [`InvalidSecret`].
    pub fn parse(raw: &str) -> Result<Self, InvalidSecret> {
        let encoded = raw.strip_prefix(PREFIX).unwrap_or(raw);
        if encoded.is_empty() {
            return Err(InvalidSecret::Empty);
        }
        let bytes = STANDARD.decode(encoded).map_err(|_| InvalidSecret::Malformed)?;
        Self::of_bytes(bytes)
    }

    fn of_bytes(bytes: Vec<u8>) -> Result<Self, InvalidSecret> {
        match bytes.len() {
            0 => Err(InvalidSecret::Empty),
            length if BYTES.contains(&length) => Ok(Self(bytes.into())),
            _ => Err(InvalidSecret::Length),
        }
    }

    /// The text that its owner is shown once: `whsec_` and base64.
    #[must_use]
    pub fn text(&self) -> SecretString {
        format!("{PREFIX}{}", STANDARD.encode(self.0.expose_secret())).into()
    }

    /// `v1,` and the base64 of HMAC-SHA-256 over `{id}.{timestamp}.{body}`; the timestamp in seconds.
    ///
    /// # Errors
    /// [`InvalidSecret::Empty`], which no secret that was read or made can be.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> Result<String, InvalidSecret> {
        if self.0.expose_secret().is_empty() {
            return Err(InvalidSecret::Empty);
        }
        let mac =
            Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).map_err(|_| InvalidSecret::Length)?;
        let mac = mac.chain_update(format!("{id}.{timestamp}.")).chain_update(body);
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret([secret])")
    }
}

/// A secret as it is stored: base64 of a nonce and what AES-256-GCM made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

/// Encrypts secrets, each for one webhook of one company: put into another one's item it cannot be read. Who reads the
/// table alone cannot sign.
#[derive(Clone)]
pub struct Sealer(Aes256Gcm);

impl Sealer {
    /// With the installation's pepper. Another pepper makes all stored secrets unreadable.
    #[must_use]
    pub fn of(pepper: &Pepper) -> Self {
        Self(Aes256Gcm::new(&pepper.derive("webhook secrets 1").into()))
    }

    /// Encrypts; `random` must never be the same twice. `None`: the cipher refuses, which is not known to happen.
    #[must_use]
    pub fn seal(
        &self,
        company: &CompanyId,
        webhook: &WebhookId,
        secret: &WebhookSecret,
        random: &[u8; 32],
    ) -> Option<Sealed> {
        let nonce: [u8; NONCE_BYTES] = *random.first_chunk()?;
        let aad = bound_to(company, webhook);
        let payload = Payload { msg: secret.0.expose_secret(), aad: aad.as_bytes() };
        let sealed = self.0.encrypt(&nonce.into(), payload).ok()?;
        Some(Sealed(STANDARD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// Decrypts. `None`: sealed for another webhook, under another pepper, or damaged.
    #[must_use]
    pub fn open(&self, company: &CompanyId, webhook: &WebhookId, sealed: &Sealed) -> Option<WebhookSecret> {
        let bytes = STANDARD.decode(&sealed.0).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let aad = bound_to(company, webhook);
        let opened = self.0.decrypt(&(*nonce).into(), Payload { msg: sealed, aad: aad.as_bytes() }).ok()?;
        WebhookSecret::of_bytes(opened).ok()
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer([secret])")
    }
}

fn bound_to(company: &CompanyId, webhook: &WebhookId) -> String {
    format!("{company}/{webhook}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_of_the_specification() {
        // The example of the Standard Webhooks specification and of its libraries' tests.
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body).unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn a_secret_is_read_as_it_was_shown() {
        let secret = WebhookSecret::of_random(&[7; 32]);
        let text = secret.text();
        assert!(text.expose_secret().starts_with("whsec_"));
        let again = WebhookSecret::parse(text.expose_secret()).unwrap();
        assert_eq!(again.sign("id", 1, b"x"), secret.sign("id", 1, b"x"));
        let of = |bytes: usize| WebhookSecret::parse(&format!("whsec_{}", STANDARD.encode(vec![1; bytes])));
        assert!(of(24).is_ok() && of(64).is_ok());
        for (bad, why) in [
            ("", InvalidSecret::Empty),
            ("whsec_", InvalidSecret::Empty),
            ("whsec_?", InvalidSecret::Malformed),
            ("whsec_AAAA", InvalidSecret::Length),
        ] {
            assert_eq!(WebhookSecret::parse(bad).unwrap_err(), why, "{bad}");
        }
        assert_eq!(of(65).unwrap_err(), InvalidSecret::Length);
    }

    #[test]
    fn a_stored_secret_is_of_use_to_its_own_webhook_only() {
        let pepper = |seed: &str| Pepper::new(&seed.repeat(32).into()).unwrap();
        let sealer = Sealer::of(&pepper("p"));
        let (acme, other) = (CompanyId::parse("acme").unwrap(), CompanyId::parse("other").unwrap());
        let (id, another) = (WebhookId::of_random(&[1; 32]), WebhookId::of_random(&[2; 32]));
        let secret = WebhookSecret::of_random(&[7; 32]);
        let sealed = sealer.seal(&acme, &id, &secret, &[9; 32]).unwrap();
        let opened = sealer.open(&acme, &id, &sealed).unwrap();
        assert_eq!(opened.text().expose_secret(), secret.text().expose_secret());
        assert!(sealer.open(&other, &id, &sealed).is_none());
        assert!(sealer.open(&acme, &another, &sealed).is_none());
        assert!(Sealer::of(&pepper("q")).open(&acme, &id, &sealed).is_none());
        for damaged in ["", "?", "AAAA", &format!("AAAA{}", sealed.0)] {
            assert!(sealer.open(&acme, &id, &Sealed(damaged.to_owned())).is_none());
        }
        assert!(!sealed.0.contains(STANDARD.encode([7; 32]).trim_end_matches('=')));
    }

    #[test]
    fn g01_debug_shows_no_secret() {
        let sealer = Sealer::of(&Pepper::new(&"p".repeat(32).into()).unwrap());
        let shown = format!("{:?} {sealer:?}", WebhookSecret::of_random(&[7; 32]));
        assert_eq!(shown, "WebhookSecret([secret]) Sealer([secret])");
    }
}
