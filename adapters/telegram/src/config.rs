//! The settings of everything that speaks with Telegram. All of them may be missing: then there is no Telegram. Faults
//! are told by the variable's name, never its value.

use adapter_egress::check_base_url;
use shared::config::{BadSettings, Settings};

use crate::{bot::BotToken, secret::WebhookSecret};

/// Where Telegram's Bot API is (Telegram, "Making requests").
const API: &str = "https://api.telegram.org";

/// The variable of the token.
pub const TOKEN: &str = "TELEGRAM_BOT_TOKEN";

/// The variable of the webhook's secret.
pub const SECRET: &str = "TELEGRAM_WEBHOOK_SECRET";

/// Everything about Telegram.
#[derive(Clone, Debug)]
pub struct TelegramConfig {
    /// `TELEGRAM_BOT_TOKEN`, as @BotFather gives it. Without it there is no Telegram.
    pub token: Option<BotToken>,
    /// `TELEGRAM_WEBHOOK_SECRET`: with it updates come by the webhook, without it they are asked for.
    pub webhook_secret: Option<WebhookSecret>,
    /// `TELEGRAM_API_BASE_URL`, `https://api.telegram.org`: https, or http to this machine; no slash at its end.
    pub api_base: String,
}

impl TelegramConfig {
    /// Reads all of it; what is wrong is noted in `settings`, and then the value must not be used.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        let (token, webhook_secret) = read_bot(settings);
        Self { token, webhook_secret, api_base: base_url(settings) }
    }

    /// Reads all of it, where it is all that is read.
    ///
    /// # Errors
    /// [`BadSettings`] with everything that was wrong.
    pub fn read_whole(mut settings: Settings<'_>) -> Result<Self, BadSettings> {
        let config = Self::read(&mut settings);
        settings.finish().map(|()| config)
    }

    /// Reads all of it where others depend on the same secret: what is wrong stops nobody but Telegram, and is told. As long
    /// as it is wrong, Telegram keeps its updates.
    #[must_use]
    pub fn read_apart(settings: Settings<'_>) -> Self {
        match Self::read_whole(settings) {
            Ok(config) => config,
            Err(faults) => {
                tell(&faults);
                Self { token: None, webhook_secret: None, api_base: API.to_owned() }
            }
        }
    }

    /// Whether updates are asked for: there is a bot, and no webhook of it.
    #[must_use]
    pub const fn polls(&self) -> bool {
        self.token.is_some() && self.webhook_secret.is_none()
    }
}

/// The token and the webhook's secret; what is wrong is noted in `settings`.
pub(crate) fn read_bot(settings: &mut Settings<'_>) -> (Option<BotToken>, Option<WebhookSecret>) {
    let token = settings.optional(TOKEN);
    let secret = settings.optional(SECRET);
    if secret.is_some() && token.is_none() {
        settings.fault(format!("{SECRET} is set, but {TOKEN} is not"));
    }
    let token = read(
        settings,
        token,
        |raw| BotToken::parse(raw.trim()),
        || format!("{TOKEN} is not a bot's token: digits, a colon, then letters, digits, _ or -"),
    );
    let secret = read(
        settings,
        secret,
        |raw| WebhookSecret::parse(raw.trim()),
        || format!("{SECRET} must be 16 to 256 letters, digits, _ or -"),
    );
    (token, secret)
}

/// What is wrong with settings of Telegram that lie beside others stops nobody but Telegram, and is told.
pub(crate) fn tell(faults: &BadSettings) {
    tracing::error!(counter = "telegram_settings_unusable", alarm = true, %faults, "There is no Telegram until its settings are put right");
}

fn read<T>(
    settings: &mut Settings<'_>,
    raw: Option<String>,
    parse: impl Fn(&str) -> Option<T>,
    fault: impl Fn() -> String,
) -> Option<T> {
    let parsed = parse(&raw?);
    if parsed.is_none() {
        settings.fault(fault());
    }
    parsed
}

fn base_url(settings: &mut Settings<'_>) -> String {
    const NAME: &str = "TELEGRAM_API_BASE_URL";
    match check_base_url(&settings.or(NAME, API)) {
        Ok(url) => url.as_str().trim_end_matches('/').to_owned(),
        Err(fault) => {
            settings.fault(format!("{NAME} {fault}"));
            API.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "5550000:CANARY0123456789abcdef_-";

    fn read(pairs: &[(&str, &str)]) -> Result<TelegramConfig, String> {
        let mut settings = Settings::new(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
        let config = TelegramConfig::read(&mut settings);
        settings.finish().map_err(|faults| faults.to_string())?;
        Ok(config)
    }

    #[test]
    fn nothing_of_it_must_be_set() {
        let config = read(&[]).unwrap();
        assert!(config.token.is_none() && config.webhook_secret.is_none() && !config.polls());
        assert_eq!(config.api_base, "https://api.telegram.org");
    }

    #[test]
    fn a_bot_is_asked_for_its_updates_unless_it_has_a_webhook() {
        assert!(read(&[(TOKEN, GOOD)]).unwrap().polls());
        let both = read(&[(TOKEN, GOOD), (SECRET, "SECRETCANARY_0123")]).unwrap();
        assert!(!both.polls());
        let shown = format!("{both:?}");
        assert!(!shown.contains("CANARY"), "{shown}");
    }

    #[test]
    fn every_fault_is_told_by_its_name_alone() {
        for (pairs, fault) in [
            (&[(TOKEN, "CANARY")] as &[_], "TELEGRAM_BOT_TOKEN is not a bot's token"),
            (
                &[(SECRET, "SECRETCANARY_0123")],
                "TELEGRAM_WEBHOOK_SECRET is set, but TELEGRAM_BOT_TOKEN is not",
            ),
            (&[(TOKEN, GOOD), (SECRET, "CANARY")], "TELEGRAM_WEBHOOK_SECRET must be 16 to 256"),
            (&[(TOKEN, GOOD), (SECRET, "CANARY CANARY CANARY")], "TELEGRAM_WEBHOOK_SECRET must be"),
            (&[("TELEGRAM_API_BASE_URL", "http://CANARY.example")], "TELEGRAM_API_BASE_URL must be https"),
        ] {
            let told = read(pairs).unwrap_err();
            assert!(told.contains(fault) && !told.contains("CANARY"), "{told}");
        }
    }
}
