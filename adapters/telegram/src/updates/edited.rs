//! A message whose sender made something else of its words (Telegram, "Update", `edited_message`). It is another message
//! about the first one, which it quotes: what was said first may be filed already. Telegram also tells that a shared place
//! moved, or that a picture was exchanged; nobody said anything by that.

use jiff::Timestamp;
use shared::domain::message::InboundMessage;

use super::{NoMessage, read_message, written_at};
use crate::{bot::BotId, wire::Message};

pub(super) fn read(bot: BotId, message: Message, now: Timestamp) -> Result<InboundMessage, NoMessage> {
    let edited_at =
        message.rest.get("edit_date").and_then(serde_json::Value::as_i64).ok_or(NoMessage::Edited)?;
    let received_at = written_at(message.rest.get("edit_date"), now).unwrap_or(now);
    let (chat, number) = (message.chat.id, message.message_id);
    let first = read_message(bot, message, now)?;
    if first.text.expose().trim().is_empty() {
        return Err(NoMessage::Edited);
    }
    let id = bot.edit_id(chat, number, edited_at, first.text.expose()).map_err(|_| NoMessage::Unreadable)?;
    // Its files and its place are where the first message put them.
    Ok(InboundMessage {
        id,
        replied_to: Some(first.id),
        media: Vec::new(),
        location: None,
        edited: true,
        received_at,
        ..first
    })
}
