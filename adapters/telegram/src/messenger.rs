//! Sending messages (Telegram, "sendMessage", "sendPhoto", "sendDocument"). Choices are buttons below the message; a tap
//! comes back as an update.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::{
    domain::{
        choice::Choices,
        identity::{Channel, Identity},
        text::twilio_len,
    },
    ports::messenger::{Messenger, OutboundMessage, SendError, SentMessage},
};

use crate::{
    api::{CallError, TelegramApi},
    updates::MAX_PAYLOAD,
    wire::Sent,
};

/// Longest time for one request and its answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The same for a file, which Telegram fetches from where it is before it answers.
const FILE_TIMEOUT: Duration = Duration::from_secs(60);

/// Longest text (Telegram, "sendMessage"), counted in UTF-16 units, which are never fewer than characters.
const MAX_TEXT: usize = 4_096;

/// Longest text below a file (Telegram, "sendPhoto"), counted likewise.
const MAX_CAPTION: usize = 1_024;

/// What Telegram answers to what it will not take.
const BAD_REQUEST: u32 = 400;

/// The wait after a connection that was not made.
const UNREACHABLE: Duration = Duration::from_secs(5);

/// The wait until somebody has looked at the token.
const ACCOUNT: Duration = Duration::from_secs(60);

/// The method of a text alone; every other one sends a file.
const TEXT: &str = "sendMessage";

/// Sends as our bot.
pub struct TelegramMessenger {
    api: Arc<TelegramApi>,
    timeout: Duration,
    file_timeout: Duration,
}

impl TelegramMessenger {
    /// Sends through this API.
    #[must_use]
    pub const fn new(api: Arc<TelegramApi>) -> Self {
        Self { api, timeout: TIMEOUT, file_timeout: FILE_TIMEOUT }
    }

    async fn post(&self, method: &str, parameters: &Value) -> Result<SentMessage, SendError> {
        let within = if method == TEXT { self.timeout } else { self.file_timeout };
        let sent: Sent = self.api.call(method, parameters, within).await.map_err(|error| outcome(&error))?;
        let id = self.api.bot().message_id(sent.chat.id, sent.message_id).map_err(|_| SendError::Unknown)?;
        let created_at = Timestamp::from_second(sent.date).map_err(|_| SendError::Unknown)?;
        Ok(SentMessage { id, created_at })
    }

    /// A file that Telegram fetches: a picture, or else a document. What is too long to stand below it follows it.
    async fn post_file(
        &self,
        chat: i64,
        url: &str,
        message: &OutboundMessage,
    ) -> Result<SentMessage, SendError> {
        let (method, field) =
            if is_picture(url) { ("sendPhoto", "photo") } else { ("sendDocument", "document") };
        let body = message.body.expose();
        let mut file = json!({ "chat_id": chat, (field): url });
        if twilio_len(body) > MAX_CAPTION {
            self.post(method, &file).await?;
            return self.post(TEXT, &text(chat, message)).await;
        }
        if !body.is_empty() {
            put(&mut file, "caption", json!(body));
        }
        put_buttons(&mut file, message.choices.as_ref());
        self.post(method, &file).await
    }
}

#[async_trait]
impl Messenger for TelegramMessenger {
    async fn send(&self, message: &OutboundMessage) -> Result<SentMessage, SendError> {
        let (Channel::Telegram, Identity::Telegram(chat)) = (message.to.channel(), message.to.identity())
        else {
            return Err(SendError::Refused { code: BAD_REQUEST });
        };
        if twilio_len(message.body.expose()) > MAX_TEXT {
            return Err(SendError::Refused { code: BAD_REQUEST });
        }
        match &message.media {
            Some(url) => self.post_file(*chat, url.expose(), message).await,
            None => self.post(TEXT, &text(*chat, message)).await,
        }
    }

    /// Nothing is ever found: Telegram tells a bot nothing of what it sent.
    async fn find_sent(&self, _: &OutboundMessage, _: Timestamp) -> Result<Vec<SentMessage>, SendError> {
        Ok(Vec::new())
    }

    fn can_look_up(&self, _: Channel) -> bool {
        false
    }
}

/// The message as Telegram takes it. It is plain text: whatever a person said stays as it was said.
fn text(chat: i64, message: &OutboundMessage) -> Value {
    let mut parameters = json!({
        "chat_id": chat,
        "text": message.body.expose(),
        // Nothing is fetched from where a person's words lead.
        "link_preview_options": { "is_disabled": true },
    });
    put_buttons(&mut parameters, message.choices.as_ref());
    parameters
}

/// Buttons stand beside each other in one row. What does not fit below a message is said in words.
fn put_buttons(parameters: &mut Value, choices: Option<&Choices>) {
    let Some(choices) = choices else { return };
    let fits = |id: &str| (1..=MAX_PAYLOAD).contains(&id.len());
    if choices.buttons.is_empty() || !choices.buttons.iter().all(|button| fits(button.choice.button_id())) {
        let name = if parameters.get("text").is_some() { "text" } else { "caption" };
        let body = parameters.get(name).and_then(Value::as_str).unwrap_or_default();
        let below = choices.below(body).into_inner();
        put(parameters, name, json!(below));
        return;
    }
    let key = |button: &shared::domain::choice::Button| json!({ "text": button.title, "callback_data": button.choice.button_id() });
    let row: Vec<Value> = choices.buttons.iter().map(key).collect();
    put(parameters, "reply_markup", json!({ "inline_keyboard": [row] }));
}

fn put(parameters: &mut Value, name: &str, value: Value) {
    if let Some(parameters) = parameters.as_object_mut() {
        parameters.insert(name.to_owned(), value);
    }
}

/// By the ending of its path, which is ours.
fn is_picture(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    [".jpg", ".png"].iter().any(|ending| path.ends_with(ending))
}

/// What a call that has no result means for a message. All that is doubtful is unknown.
fn outcome(error: &CallError) -> SendError {
    tracing::warn!(counter = "telegram_not_sent", %error, "A message was not sent through Telegram");
    match error {
        CallError::NotReached(_) => SendError::NotTaken { after: UNREACHABLE },
        CallError::Busy(wait) => SendError::NotTaken { after: *wait },
        CallError::Unauthorised => {
            tracing::error!(
                counter = "telegram_bot_refused",
                alarm = true,
                "Telegram refuses the bot's token; check it"
            );
            SendError::NotTaken { after: ACCOUNT }
        }
        // Blocked by its reader, no such chat, no such address of a file: it was not sent and never will be.
        CallError::Refused { code, .. } => SendError::Refused { code: u32::from(*code) },
        CallError::Lost(_) | CallError::Failed(_) => SendError::Unknown,
    }
}

#[cfg(test)]
mod tests;
