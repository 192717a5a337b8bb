//! The keys that sign webhooks, and which of them are no keys at all.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use shared::config::Settings;

/// Everything that Twilio may sign our webhooks with now.
#[derive(Debug, Clone)]
pub struct SigningKeys {
    /// The account's auth token.
    pub auth_token: SecretString,
    /// The token before the last promotion, if it is still to be accepted.
    pub previous: Option<PreviousToken>,
    /// Shared keys.
    pub shared: Vec<SharedKey>,
}

/// An auth token that was replaced.
#[derive(Debug, Clone)]
pub struct PreviousToken {
    /// The token.
    pub token: SecretString,
    /// Accepted before this time.
    pub until: Timestamp,
}

/// A shared key. It signs with HMAC-SHA256, whatever a request says.
#[derive(Debug, Clone)]
pub struct SharedKey {
    /// Its id at Twilio.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
}

/// A key that must not be used: with it anybody could sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// Nothing, or blanks.
    #[error("is empty")]
    Empty,
    /// What an example file says where the key belongs.
    #[error("is a placeholder")]
    Placeholder,
    /// HMAC does not take it.
    #[error("is unusable")]
    Unusable,
}

impl SigningKeys {
    /// Reads `TWILIO_AUTH_TOKEN`, `TWILIO_AUTH_TOKEN_PREVIOUS` with `TWILIO_AUTH_TOKEN_PREVIOUS_UNTIL` (RFC
    /// 3339), and `TWILIO_SHARED_KEYS`, a JSON array of `{"id", "algorithm": "HMAC_SHA256", "secret"}`. Faults
    /// are noted in `settings`.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        let auth_token = SecretString::from(settings.required("TWILIO_AUTH_TOKEN").trim());
        if !auth_token.expose_secret().is_empty() {
            refuse_no_secret(settings, "TWILIO_AUTH_TOKEN", &auth_token);
        }
        Self { auth_token, previous: read_previous(settings), shared: read_shared(settings) }
    }

    pub(crate) fn check(&self) -> Result<(), InvalidKey> {
        let previous = self.previous.iter().map(|previous| &previous.token);
        let shared = self.shared.iter().map(|key| &key.secret);
        std::iter::once(&self.auth_token).chain(previous).chain(shared).try_for_each(check_secret)
    }
}

/// Refuses what is no secret.
pub(crate) fn check_secret(secret: &SecretString) -> Result<(), InvalidKey> {
    let secret = secret.expose_secret().trim();
    if secret.is_empty() {
        return Err(InvalidKey::Empty);
    }
    let letters: String =
        secret.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let placeholder = letters.starts_with("changeme")
        || letters.starts_with("your")
        || letters.starts_with("xxxx")
        || letters.is_empty()
        || ["secret", "token", "authtoken", "todo", "none", "null"].contains(&letters.as_str());
    if placeholder { Err(InvalidKey::Placeholder) } else { Ok(()) }
}

fn read_previous(settings: &mut Settings<'_>) -> Option<PreviousToken> {
    const TOKEN: &str = "TWILIO_AUTH_TOKEN_PREVIOUS";
    const UNTIL: &str = "TWILIO_AUTH_TOKEN_PREVIOUS_UNTIL";
    let (token, until) = match (settings.optional(TOKEN), settings.optional(UNTIL)) {
        (None, None) => return None,
        (Some(token), Some(until)) => (SecretString::from(token.trim()), until),
        _ => {
            settings.fault(format!("{TOKEN} and {UNTIL} must be set together"));
            return None;
        }
    };
    refuse_no_secret(settings, TOKEN, &token);
    match until.trim().parse::<Timestamp>() {
        Ok(until) => Some(PreviousToken { token, until }),
        Err(_) => {
            settings.fault(format!("{UNTIL} is not a time in RFC 3339"));
            None
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SharedKeyWire {
    id: String,
    algorithm: String,
    secret: String,
}

fn read_shared(settings: &mut Settings<'_>) -> Vec<SharedKey> {
    const NAME: &str = "TWILIO_SHARED_KEYS";
    let Some(raw) = settings.optional(NAME) else { return Vec::new() };
    // serde's message could quote a secret.
    let Ok(keys) = serde_json::from_str::<Vec<SharedKeyWire>>(&raw) else {
        settings.fault(format!("{NAME} is not a JSON array of objects with id, algorithm and secret"));
        return Vec::new();
    };
    keys.into_iter()
        .map(|key| {
            if key.algorithm != "HMAC_SHA256" {
                settings.fault(format!("{NAME} has an algorithm that is not HMAC_SHA256"));
            }
            let secret = SecretString::from(key.secret);
            refuse_no_secret(settings, NAME, &secret);
            SharedKey { id: key.id, secret }
        })
        .collect()
}

fn refuse_no_secret(settings: &mut Settings<'_>, name: &str, secret: &SecretString) {
    if let Err(invalid) = check_secret(secret) {
        settings.fault(format!("{name} {invalid}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a20_what_anybody_could_guess_is_no_key() {
        for (secret, fault) in [
            ("", InvalidKey::Empty),
            (" \t\n", InvalidKey::Empty),
            ("changeme", InvalidKey::Placeholder),
            ("CHANGE_ME", InvalidKey::Placeholder),
            ("change_me_in_production", InvalidKey::Placeholder),
            ("<your_auth_token>", InvalidKey::Placeholder),
            ("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", InvalidKey::Placeholder),
            ("***", InvalidKey::Placeholder),
            ("null", InvalidKey::Placeholder),
        ] {
            assert_eq!(check_secret(&SecretString::from(secret)), Err(fault), "{secret}");
        }
        for secret in ["12345", "0123456789abcdef0123456789abcdef", "demo-auth-token"] {
            assert_eq!(check_secret(&SecretString::from(secret)), Ok(()));
        }
    }
}
