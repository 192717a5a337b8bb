//! Telegram: whether the bot's token works, and whether its messages come to us.

use adapter_telegram::{
    api::CallError,
    config::TelegramConfig,
    setup::{TelegramSetup, Webhook, webhook_url},
    updates::KINDS,
};

use super::finding::{Finding, Found};

const BOT: &str = "telegram bot";
const WEBHOOK: &str = "telegram webhook";

/// What is said of a stack without a webhook's secret.
pub(crate) const NOBODY: &str =
    "no message comes: there is no TELEGRAM_WEBHOOK_SECRET, and a stack asks for none";
pub(crate) const SECRET_FIRST: &str = "set TELEGRAM_WEBHOOK_SECRET, then: hark telegram webhook set";

/// So many messages wait only where something is wrong.
const MANY: u64 = 20;

/// Both.
pub(super) async fn check(
    setup: &TelegramSetup,
    config: &TelegramConfig,
    base: &str,
    is_asked: bool,
) -> Found {
    let bot = match setup.bot().await {
        Ok(_) => Finding::ok(BOT, "the token works"),
        Err(error) => return refused(BOT, &error).into(),
    };
    let webhook = match setup.webhook().await {
        Ok(webhook) => judge(&webhook, way(config, is_asked), &webhook_url(base)),
        Err(error) => refused(WEBHOOK, &error),
    };
    vec![bot, webhook].into()
}

/// How messages are to come.
#[derive(Clone, Copy)]
enum Way {
    Brought,
    Asked,
    /// On a stack nobody asks.
    None,
}

const fn way(config: &TelegramConfig, is_asked: bool) -> Way {
    match (config.webhook_secret.is_some(), is_asked) {
        (true, _) => Way::Brought,
        (false, true) => Way::Asked,
        (false, false) => Way::None,
    }
}

/// Whether a webhook that is set tells of taps, too. Where no kinds are named it tells of all that matter.
fn tells_all(webhook: &Webhook) -> bool {
    webhook.kinds.is_empty() || KINDS.iter().all(|kind| webhook.kinds.iter().any(|told| told == kind))
}

/// With a secret messages are to be brought here, without one they are asked for, and no webhook may be set.
fn judge(webhook: &Webhook, way: Way, expected: &str) -> Finding {
    const SET: &str = "hark telegram webhook set";
    let waiting = webhook.pending;
    match (&webhook.url, way) {
        (_, Way::None) => Finding::fail(WEBHOOK, NOBODY, SECRET_FIRST),
        (None, Way::Asked) if waiting > MANY => Finding::warn(
            WEBHOOK,
            format!("{waiting} messages wait to be asked for"),
            "is Hark running? They are kept for 24 hours",
        ),
        (None, Way::Asked) => Finding::ok(WEBHOOK, "none is set: messages are asked for"),
        (None, Way::Brought) => Finding::fail(WEBHOOK, "none is set, so no message comes", SET),
        (Some(_), Way::Asked) => Finding::fail(
            WEBHOOK,
            "one is set, so messages cannot be asked for",
            "set TELEGRAM_WEBHOOK_SECRET, or: hark telegram webhook remove",
        ),
        (Some(url), Way::Brought) if url != expected => {
            Finding::fail(WEBHOOK, format!("it is another one than {expected}"), SET)
        }
        (Some(_), Way::Brought) if !tells_all(webhook) => {
            Finding::warn(WEBHOOK, "it was set elsewhere and does not tell of all that people do", SET)
        }
        (Some(_), Way::Brought) => match &webhook.failed_why {
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
        let of_kinds = |kinds: &[&str]| Webhook {
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            ..set(Some(URL), 0, None)
        };
        for (webhook, way, state) in [
            (set(None, 0, None), Way::None, State::Fail),
            (set(Some(URL), 0, None), Way::None, State::Fail),
            (of_kinds(&["message", "callback_query"]), Way::Brought, State::Warn),
            (of_kinds(&["callback_query", "message", "edited_message", "poll"]), Way::Brought, State::Ok),
            (set(None, 0, None), Way::Asked, State::Ok),
            (set(None, 21, None), Way::Asked, State::Warn),
            (set(None, 0, None), Way::Brought, State::Fail),
            (set(Some(URL), 0, None), Way::Asked, State::Fail),
            (set(Some(URL), 0, Some("an old one")), Way::Brought, State::Ok),
            (set(Some(URL), 1, Some("Wrong response from the webhook: 403")), Way::Brought, State::Warn),
            (set(Some(URL), 21, None), Way::Brought, State::Warn),
            (set(Some("https://other.example/telegram/webhook"), 0, None), Way::Brought, State::Fail),
        ] {
            let finding = judge(&webhook, way, URL);
            assert_eq!(finding.state, state, "{finding:?}");
            assert_eq!(finding.remedy.is_none(), state == State::Ok, "{finding:?}");
        }
    }
}
