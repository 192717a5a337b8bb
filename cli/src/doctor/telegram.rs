//! Telegram: whether the bot's token works, and whether its messages come to us.

use adapter_telegram::{
    api::CallError,
    config::TelegramConfig,
    setup::{TelegramSetup, Webhook, webhook_url},
};

use super::finding::{Finding, Found};

const BOT: &str = "telegram bot";
const WEBHOOK: &str = "telegram webhook";

/// So many messages wait only where something is wrong.
const MANY: u64 = 20;

/// Both.
pub(super) async fn check(setup: &TelegramSetup, config: &TelegramConfig, base: &str) -> Found {
    let bot = match setup.bot().await {
        Ok(_) => Finding::ok(BOT, "the token works"),
        Err(error) => return refused(BOT, &error).into(),
    };
    let webhook = match setup.webhook().await {
        Ok(webhook) => judge(&webhook, config.webhook_secret.is_some(), &webhook_url(base)),
        Err(error) => refused(WEBHOOK, &error),
    };
    vec![bot, webhook].into()
}

/// With a secret messages are to be brought here, without one they are asked for, and no webhook may be set.
fn judge(webhook: &Webhook, is_brought: bool, expected: &str) -> Finding {
    const SET: &str = "hark telegram webhook set";
    let waiting = webhook.pending;
    match (&webhook.url, is_brought) {
        (None, false) if waiting > MANY => Finding::warn(
            WEBHOOK,
            format!("{waiting} messages wait to be asked for"),
            "is Hark running? They are kept for 24 hours",
        ),
        (None, false) => Finding::ok(WEBHOOK, "none is set: messages are asked for"),
        (None, true) => Finding::fail(WEBHOOK, "none is set, so no message comes", SET),
        (Some(_), false) => Finding::fail(
            WEBHOOK,
            "one is set, so messages cannot be asked for",
            "set TELEGRAM_WEBHOOK_SECRET, or: hark telegram webhook remove",
        ),
        (Some(url), true) if url != expected => {
            Finding::fail(WEBHOOK, format!("it is another one than {expected}"), SET)
        }
        (Some(_), true) => match &webhook.failed_why {
            Some(why) if waiting > 0 => {
                let at = webhook.failed_at.map(|at| at.to_string()).unwrap_or_default();
                let told = format!("{waiting} messages wait; the last failure ({at}): {why}");
                Finding::warn(WEBHOOK, told, "see Hark's log; after a 403: hark telegram webhook set")
            }
            _ if waiting > MANY => {
                Finding::warn(WEBHOOK, format!("{waiting} messages wait"), "see Hark's log, and try again")
            }
            _ => Finding::ok(WEBHOOK, "messages are brought here"),
        },
    }
}

fn refused(check: &str, error: &CallError) -> Finding {
    let remedy = match error {
        CallError::Unauthorised => "check TELEGRAM_BOT_TOKEN: @BotFather shows it",
        _ => "check the network, and try again",
    };
    Finding::fail(check, error.to_string(), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::State;

    const URL: &str = "https://hark.example/telegram/webhook";

    fn set(url: Option<&str>, pending: u64, failed: Option<&str>) -> Webhook {
        Webhook {
            url: url.map(str::to_owned),
            pending,
            failed_at: None,
            failed_why: failed.map(str::to_owned),
            kinds: Vec::new(),
        }
    }

    #[test]
    fn messages_come_one_way_and_not_two() {
        for (webhook, is_brought, state) in [
            (set(None, 0, None), false, State::Ok),
            (set(None, 21, None), false, State::Warn),
            (set(None, 0, None), true, State::Fail),
            (set(Some(URL), 0, None), false, State::Fail),
            (set(Some(URL), 0, Some("an old one")), true, State::Ok),
            (set(Some(URL), 1, Some("Wrong response from the webhook: 403")), true, State::Warn),
            (set(Some(URL), 21, None), true, State::Warn),
            (set(Some("https://other.example/telegram/webhook"), 0, None), true, State::Fail),
        ] {
            let finding = judge(&webhook, is_brought, URL);
            assert_eq!(finding.state, state, "{finding:?}");
            assert_eq!(finding.remedy.is_none(), state == State::Ok, "{finding:?}");
        }
    }
}
