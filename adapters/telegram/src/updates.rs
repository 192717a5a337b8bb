//! An update, read: a person's message or tap in a chat with our bot becomes a `shared` message; anything else is told
//! apart by why it is none. Each update is read on its own, so that one that cannot be read stops no other.

mod command;
mod content;
mod edited;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use shared::{
    domain::{
        aside::{Command, START_COMMAND},
        choice::Choice,
        identity::Address,
        ids::MessageId,
        language::Language,
        message::InboundMessage,
        private::Private,
    },
    ports::metrics::{Measurement, Metrics, RefusedFor},
};

use crate::{
    bot::BotId,
    secret::VerifiedUpdate,
    wire::{Message, Quoted, Tap, Update, User},
};

/// The kinds of updates that are read (Telegram, "Update"): Telegram is told to send no others.
pub const KINDS: [&str; 3] = ["message", "edited_message", "callback_query"];

/// How long Telegram keeps what nobody took (Telegram, "Getting updates").
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What is no older came at once.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(2);

/// Longest id of a tap that is taken, in bytes; nothing is documented.
const MAX_TAP: usize = 256;

/// Longest payload of a button (Telegram, "InlineKeyboardButton"), in bytes.
pub(crate) const MAX_PAYLOAD: usize = 64;

/// Why an update is no message to work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoMessage {
    /// It has not the form of an update. To be acknowledged all the same: it would be the same the next time.
    #[error("the update cannot be read")]
    Unreadable,
    /// A message was edited, and not what was typed in it: a place that moves, another picture.
    #[error("the update is of an edited message, and not of its words")]
    Edited,
    /// It is about something that is no message to the bot.
    #[error("the update is of another kind")]
    OtherKind,
    /// It was written in a group or a channel, where others read along.
    #[error("the message is from a chat that is not allowed")]
    ChatNotAllowed,
    /// A bot wrote it.
    #[error("the sender is no person")]
    FromBot,
    /// Telegram notes something in the chat, and nobody said anything.
    #[error("nobody said anything")]
    Noted,
    /// There is nothing in it.
    #[error("the message has no content")]
    Empty,
}

impl NoMessage {
    /// A word for a counter; the set is closed.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Unreadable => "update_unreadable",
            Self::Edited => "update_edited",
            Self::OtherKind => "update_of_another_kind",
            Self::ChatNotAllowed => "chat_not_allowed",
            Self::FromBot => "from_a_bot",
            Self::Noted => "noted_by_telegram",
            Self::Empty => "no_content",
        }
    }

    /// Whether it was meant as a message and is broken, and is not just none.
    #[must_use]
    pub const fn is_broken(self) -> bool {
        matches!(self, Self::Unreadable | Self::Empty)
    }

    /// Counts it. An update that is no message is acknowledged whatever it is: it would be the same the next time.
    pub fn count(self, metrics: &dyn Metrics) {
        let reason = self.reason();
        if self.is_broken() {
            tracing::warn!(counter = "webhook_refused", reason, "Refused an update of Telegram: {self}");
            metrics.record(&Measurement::WebhookRefused(RefusedFor::Shape));
        } else {
            tracing::info!(counter = "webhook_ignored", reason, "Ignored an update of Telegram: {self}");
        }
    }
}

/// What an update says.
#[derive(Debug)]
pub struct ReadUpdate {
    /// The message that it is.
    pub message: InboundMessage,
    /// The tap that waits for a word: a phone shows that it waits until `answerCallbackQuery` was called with it.
    pub tap: Option<Private<String>>,
}

/// Reads an update that comes in now. A message that waited at Telegram was received when it was written.
///
/// # Errors
/// [`NoMessage`].
pub fn read_update(update: &VerifiedUpdate, received_at: Timestamp) -> Result<ReadUpdate, NoMessage> {
    // serde's own message would quote what it met.
    let read: Update = serde_json::from_slice(&update.body).map_err(|_| NoMessage::Unreadable)?;
    let untapped = |message| ReadUpdate { message, tap: None };
    match (read.message, read.edited_message, read.callback_query) {
        (Some(message), _, _) => read_message(update.bot, message, received_at).map(untapped),
        (None, Some(message), _) => edited::read(update.bot, message, received_at).map(untapped),
        (None, None, Some(tap)) => read_tap(update.bot, tap, received_at),
        (None, None, None) => Err(NoMessage::OtherKind),
    }
}

fn read_message(bot: BotId, message: Message, received_at: Timestamp) -> Result<InboundMessage, NoMessage> {
    let from = message.from.as_ref().ok_or(NoMessage::ChatNotAllowed)?;
    let language = language_of(from);
    let from = person(from, message.chat.id, message.chat.kind.as_deref())?;
    let received_at = written_at(message.rest.get("date"), received_at).unwrap_or(received_at);
    let id = bot.message_id(message.chat.id, message.message_id).map_err(|_| NoMessage::Unreadable)?;
    let quoted = message.reply_to_message.as_ref();
    let replied_to = quoted.filter(|quoted| quoted.chat.id == message.chat.id);
    let replied_to = replied_to.and_then(|quoted| id_of(bot, quoted));
    let content = content::read(message)?;
    Ok(InboundMessage {
        id,
        from,
        to: bot.address().map_err(|_| NoMessage::Unreadable)?,
        text: Private::new(match content.command {
            // What a link gives along is nobody's words.
            Some(Command::Start) => START_COMMAND.to_owned(),
            _ => content.text.replace('\0', ""),
        }),
        media: content.media,
        location: content.location.map(Private::new),
        replied_to,
        button: None,
        command: content.command,
        edited: false,
        language,
        received_at,
    })
}

/// A tap is a message that quotes the one with the button, as on other channels.
fn read_tap(bot: BotId, tap: Tap, received_at: Timestamp) -> Result<ReadUpdate, NoMessage> {
    let message = tap.message.ok_or(NoMessage::OtherKind)?;
    let from = person(&tap.from, message.chat.id, message.chat.kind.as_deref())?;
    let data = tap.data.filter(|data| (1..=MAX_PAYLOAD).contains(&data.len()));
    let data = data.ok_or(NoMessage::OtherKind)?;
    // Two taps on one button are one decision, save where each asks anew what is to be changed.
    let anew = (Choice::of_button(&data) == Some(Choice::Change)).then_some(tap.id.as_str());
    if !(1..=MAX_TAP).contains(&tap.id.len()) {
        return Err(NoMessage::Unreadable);
    }
    let replied_to = id_of(bot, &message);
    let message = InboundMessage {
        id: bot
            .tap_id(message.chat.id, message.message_id, &data, anew)
            .map_err(|_| NoMessage::Unreadable)?,
        from,
        to: bot.address().map_err(|_| NoMessage::Unreadable)?,
        text: Private::new(title_of(&message, &data)),
        media: Vec::new(),
        location: None,
        replied_to,
        button: Some(Private::new(data)),
        command: None,
        edited: false,
        language: language_of(&tap.from),
        received_at,
    };
    Ok(ReadUpdate { message, tap: Some(Private::new(tap.id)) })
}

/// When a message was written, where Telegram can have kept it since, and it did not come at once. Then our own clock
/// counts: what follows on what within a moment is not told by two clocks.
fn written_at(date: Option<&Value>, now: Timestamp) -> Option<Timestamp> {
    let written = Timestamp::from_second(date?.as_i64()?).ok()?;
    (AT_ONCE..=KEPT).contains(&now.duration_since(written)).then_some(written)
}

/// The same for an update as it came.
pub(crate) fn waited_since(update: &str, now: Timestamp) -> Option<Timestamp> {
    let read: Value = serde_json::from_str(update).ok()?;
    let of_edit = || written_at(read.get("edited_message")?.get("edit_date"), now);
    read.get("message").map_or_else(of_edit, |message| written_at(message.get("date"), now))
}

/// What stands on the button, so that a thread shows what was tapped.
fn title_of(message: &Quoted, data: &str) -> String {
    let keys = message.reply_markup.iter().flat_map(|keyboard| keyboard.inline_keyboard.iter().flatten());
    let mut tapped = keys.filter(|key| key.callback_data.as_deref() == Some(data));
    tapped.next().map(|key| key.text.replace('\0', "")).unwrap_or_default()
}

fn id_of(bot: BotId, message: &Quoted) -> Option<MessageId> {
    bot.message_id(message.chat.id, message.message_id).ok()
}

fn language_of(from: &User) -> Option<Language> {
    Language::parse(from.language_code.as_ref()?.as_str()?)
}

/// A chat with one person has that person's own number; in any other one, others read along.
fn person(from: &User, chat: i64, kind: Option<&str>) -> Result<Address, NoMessage> {
    if from.is_bot {
        return Err(NoMessage::FromBot);
    }
    if from.id <= 0 || chat != from.id || kind.is_some_and(|kind| kind != "private") {
        return Err(NoMessage::ChatNotAllowed);
    }
    Address::parse(&format!("telegram:{}", from.id)).map_err(|_| NoMessage::Unreadable)
}

#[cfg(test)]
mod tests;
