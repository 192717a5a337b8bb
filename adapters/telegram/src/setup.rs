//! What is set at Telegram, for `hark doctor` and `hark telegram`: who the bot is, and where its updates go (Telegram,
//! "getMe", "getWebhookInfo", "setWebhook", "deleteWebhook").

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    api::{CallError, TelegramApi},
    secret::WebhookSecret,
    updates::KINDS,
};

/// Longest time for one request and its answer.
const WITHIN: Duration = Duration::from_secs(10);

/// Where Telegram posts updates to, below `PUBLIC_BASE_URL`.
pub const ROUTE: &str = "/telegram/webhook";

/// Looks at the bot, and sets its webhook.
#[derive(Debug, Clone)]
pub struct TelegramSetup(Arc<TelegramApi>);

/// The bot, as Telegram knows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Bot {
    /// Its number.
    pub id: i64,
    /// Under which people find it, without the `@`.
    pub username: Option<String>,
}

/// Where updates go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The address; `None`: they wait to be asked for.
    pub url: Option<String>,
    /// How many wait.
    pub pending: u64,
    /// When the last one could not be brought.
    pub failed_at: Option<Timestamp>,
    /// Why, in Telegram's words. They hold no update, and may hold the webhook's address.
    pub failed_why: Option<String>,
    /// Which kinds are sent; empty: all but a few.
    pub kinds: Vec<String>,
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    url: String,
    #[serde(default)]
    pending_update_count: u64,
    last_error_date: Option<i64>,
    last_error_message: Option<String>,
    #[serde(default)]
    allowed_updates: Vec<String>,
}

impl TelegramSetup {
    /// Of this bot.
    #[must_use]
    pub const fn new(api: Arc<TelegramApi>) -> Self {
        Self(api)
    }

    /// Who the bot is.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn bot(&self) -> Result<Bot, CallError> {
        self.0.call("getMe", &json!({}), WITHIN).await
    }

    /// Where its updates go.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn webhook(&self) -> Result<Webhook, CallError> {
        let info: Info = self.0.call("getWebhookInfo", &json!({}), WITHIN).await?;
        Ok(Webhook {
            url: Some(info.url).filter(|url| !url.is_empty()),
            pending: info.pending_update_count,
            failed_at: info.last_error_date.and_then(|at| Timestamp::from_second(at).ok()),
            failed_why: info.last_error_message,
            kinds: info.allowed_updates,
        })
    }

    /// Has updates brought to [`ROUTE`] below this public base URL, with this secret. What waits is brought, too.
    ///
    /// # Errors
    /// [`CallError`]; Telegram takes https on the ports 443, 80, 88 and 8443 only.
    pub async fn set_webhook(&self, public_base: &str, secret: &WebhookSecret) -> Result<(), CallError> {
        let url = webhook_url(public_base);
        let parameters = json!({ "url": url, "secret_token": secret.expose(), "allowed_updates": KINDS });
        self.0.call::<Value>("setWebhook", &parameters, WITHIN).await.map(drop)
    }

    /// Has updates wait to be asked for again. None is lost.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn remove_webhook(&self) -> Result<(), CallError> {
        let parameters = json!({ "drop_pending_updates": false });
        self.0.call::<Value>("deleteWebhook", &parameters, WITHIN).await.map(drop)
    }
}

/// Where the webhook is below a public base URL.
#[must_use]
pub fn webhook_url(public_base: &str) -> String {
    format!("{}{ROUTE}", public_base.trim().trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub::{Stub, answer};

    #[tokio::test]
    async fn what_is_set_is_read_and_set() {
        let stub = Stub::start(|asked, _| {
            let result = match asked.method() {
                "getMe" => json!({"id": 5_550_000, "is_bot": true, "first_name": "Hark", "username": "hark_bot"}),
                "getWebhookInfo" => json!({"url": "https://a.example/telegram/webhook", "pending_update_count": 3,
                    "last_error_date": 1_795_168_800, "last_error_message": "Wrong response from the webhook: 503",
                    "has_custom_certificate": false, "allowed_updates": ["message", "callback_query"]}),
                _ => json!(true),
            };
            Some(answer(200, &json!({ "ok": true, "result": result })))
        })
        .await;
        let setup = TelegramSetup::new(stub.api());
        assert_eq!(setup.bot().await.unwrap().username.unwrap(), "hark_bot");
        let webhook = setup.webhook().await.unwrap();
        assert_eq!(
            (webhook.url.as_deref(), webhook.pending),
            (Some("https://a.example/telegram/webhook"), 3)
        );
        assert_eq!(webhook.failed_at.unwrap().as_second(), 1_795_168_800);
        let secret = WebhookSecret::parse("SECRETCANARY_0123").unwrap();
        setup.set_webhook("https://b.example/prod/", &secret).await.unwrap();
        setup.remove_webhook().await.unwrap();
        let set = stub.asked()[2].json();
        assert_eq!(set["url"], "https://b.example/prod/telegram/webhook");
        assert_eq!(set["secret_token"], "SECRETCANARY_0123");
        assert_eq!(set["allowed_updates"], json!(["message", "edited_message", "callback_query"]));
        assert_eq!(stub.asked()[3].json(), json!({ "drop_pending_updates": false }));
    }
}
