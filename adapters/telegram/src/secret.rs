//! Telegram's proof that a webhook's request comes from it: the secret that the webhook was set with, sent in a header
//! (Telegram, "setWebhook"). What passed is wrapped in a type that nothing else can make.

use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use shared::config::Settings;
use subtle::ConstantTimeEq;

use crate::{
    bot::BotId,
    config::{self, TelegramConfig},
};

/// The header (Telegram, "setWebhook": `secret_token`).
pub const HEADER: &str = "x-telegram-bot-api-secret-token";

/// Shortest secret that is taken, in bytes. Telegram takes one; that one can be guessed.
const SHORTEST: usize = 16;

/// Longest secret that Telegram takes, in bytes.
const LONGEST: usize = 256;

/// Largest body that is read. Telegram bounds a text to 4,096 characters, and a message may hold another one with it.
pub const MAX_BODY: usize = 256 * 1_024;

/// The secret of our webhook.
#[derive(Clone)]
pub struct WebhookSecret(SecretString);

impl WebhookSecret {
    /// Reads 16 to 256 letters, digits, `_` or `-`. `None` for anything else.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let well_formed = (SHORTEST..=LONGEST).contains(&raw.len()) && raw.bytes().all(plain);
        well_formed.then(|| Self(SecretString::from(raw)))
    }

    /// The secret itself: to be told to Telegram, and nobody else.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret([secret])")
    }
}

/// Why a request is not from Telegram, as far as we can tell. Never told to the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No header.
    #[error("the secret is missing")]
    Missing,
    /// More than one.
    #[error("there is more than one secret")]
    Repeated,
    /// Another one.
    #[error("the secret does not match")]
    Mismatch,
}

impl Refusal {
    /// A word for a counter; the set is closed.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Missing => "secret_missing",
            Self::Repeated => "secret_repeated",
            Self::Mismatch => "secret_mismatch",
        }
    }
}

/// Checks requests of one bot's webhook.
#[derive(Debug)]
pub struct UpdateVerifier {
    bot: BotId,
    secret: WebhookSecret,
}

impl UpdateVerifier {
    /// For these settings. `None`: there is no webhook.
    #[must_use]
    pub fn of(config: &TelegramConfig) -> Option<Self> {
        let bot = config.token.as_ref()?.bot();
        Some(Self { bot, secret: config.webhook_secret.clone()? })
    }

    /// Reads the bot's token and the webhook's secret where others depend on the same secret: what is wrong stops nobody
    /// but Telegram, and is told. `None`: there is no webhook.
    #[must_use]
    pub fn read_apart(mut settings: Settings<'_>) -> Option<Self> {
        let (token, secret) = config::read_bot(&mut settings);
        if let Err(faults) = settings.finish() {
            config::tell(&faults);
            return None;
        }
        Some(Self { bot: token?.bot(), secret: secret? })
    }

    /// Whether there is something to check, before the secret is fetched that it is checked with.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn is_borne(headers: &HeaderMap) -> Result<(), Refusal> {
        match headers.get_all(HEADER).iter().count() {
            0 => Err(Refusal::Missing),
            1 => Ok(()),
            _ => Err(Refusal::Repeated),
        }
    }

    /// Looks at the headers alone, before anything is read of the body.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn admit(&self, headers: &HeaderMap) -> Result<Admitted, Refusal> {
        let mut values = headers.get_all(HEADER).iter();
        let given = values.next().ok_or(Refusal::Missing)?;
        if values.next().is_some() {
            return Err(Refusal::Repeated);
        }
        // Constant in what is compared: two of one length take the same time, wherever they differ.
        let same = given.as_bytes().ct_eq(self.secret.expose().as_bytes());
        if bool::from(same) { Ok(Admitted(self.bot)) } else { Err(Refusal::Mismatch) }
    }
}

/// A request that came with the secret. Only [`UpdateVerifier`] can make it.
#[derive(Debug)]
pub struct Admitted(BotId);

impl Admitted {
    /// Its body.
    #[must_use]
    pub const fn with(self, body: Bytes) -> VerifiedUpdate {
        VerifiedUpdate { bot: self.0, body }
    }
}

/// An update that Telegram sent, as far as is known: with the webhook's secret, or as an answer to our own question.
/// Nothing outside of this crate can make it. No `Debug`: it holds a person's words.
pub struct VerifiedUpdate {
    pub(crate) bot: BotId,
    pub(crate) body: Bytes,
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const SECRET: &str = "SECRETCANARY_0123456789-";

    fn verifier() -> UpdateVerifier {
        let token = crate::bot::BotToken::parse("5550000:CANARY0123456789abcdef").unwrap();
        UpdateVerifier { bot: token.bot(), secret: WebhookSecret::parse(SECRET).unwrap() }
    }

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[test]
    fn f09_a_request_without_the_one_right_secret_is_refused() {
        let verifier = verifier();
        assert!(verifier.admit(&headers(&[SECRET.as_bytes()])).is_ok());
        let longer = format!("{SECRET}x");
        for (values, refusal) in [
            (&[] as &[&[u8]], Refusal::Missing),
            (&[SECRET.as_bytes(), SECRET.as_bytes()], Refusal::Repeated),
            (&[SECRET.as_bytes(), b"x"], Refusal::Repeated),
            (&[b""], Refusal::Mismatch),
            (&[longer.as_bytes()], Refusal::Mismatch),
            (&[&SECRET.as_bytes()[1..]], Refusal::Mismatch),
            (&[b"secretcanary_0123456789-"], Refusal::Mismatch),
            (&[b"SECRETCANARY_0123456789- "], Refusal::Mismatch),
            (&[b"\xff\xfe"], Refusal::Mismatch),
        ] {
            assert_eq!(verifier.admit(&headers(values)).unwrap_err(), refusal);
        }
    }

    #[test]
    fn a_secret_can_not_be_guessed_and_is_never_shown() {
        for bad in ["", "short", "SECRET CANARY 0123456789", "SECRETCANARY\u{e4}0123456789", &"x".repeat(257)]
        {
            assert!(WebhookSecret::parse(bad).is_none(), "{bad}");
        }
        assert!(WebhookSecret::parse(&"x".repeat(256)).is_some());
        assert!(!format!("{:?}", verifier()).contains("CANARY"));
    }
}
