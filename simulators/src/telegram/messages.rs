//! What the bot sends (Telegram, "sendMessage", "sendPhoto", "sendDocument", "answerCallbackQuery").

use serde_json::{Value, json};

use super::{
    bot::Bot,
    call::{Parameters, Refusal},
};
use crate::{
    clock, phone,
    store::{Button, Direction, Message},
    world::{World, locked},
};

/// Longest text, and longest text below a file, counted as Telegram counts: in UTF-16 units.
const LONGEST_TEXT: usize = 4_096;
const LONGEST_CAPTION: usize = 1_024;

/// Longest payload of a button, in bytes.
const LONGEST_DATA: usize = 64;

/// `sendMessage`.
pub(super) fn text(world: &World, parameters: &Parameters) -> Result<Value, Refusal> {
    let chat = chat(world, parameters)?;
    let text = parameters.text("text").filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| Refusal::bad("message text is empty"))?;
    if text.encode_utf16().count() > LONGEST_TEXT {
        return Err(Refusal::bad("message is too long"));
    }
    let message = send(world, chat, text, Vec::new(), buttons(parameters)?);
    Ok(shown(world, chat, &message, json!({ "text": text })))
}

/// `sendPhoto` and `sendDocument`, with the URL of a file.
pub(super) fn file(world: &World, parameters: &Parameters, kind: &str) -> Result<Value, Refusal> {
    let chat = chat(world, parameters)?;
    let url = parameters.text(kind).filter(|url| url.starts_with("http://") || url.starts_with("https://"));
    let url =
        url.ok_or_else(|| Refusal::bad("there is no file in the request (the stand-in takes URLs only)"))?;
    let caption = parameters.text("caption").unwrap_or_default();
    if caption.encode_utf16().count() > LONGEST_CAPTION {
        return Err(Refusal::bad("message caption is too long"));
    }
    let message = send(world, chat, caption, vec![url.to_owned()], buttons(parameters)?);
    Ok(shown(world, chat, &message, json!({ "caption": caption })))
}

/// `answerCallbackQuery`: each tap once.
pub(super) fn answer_tap(world: &World, parameters: &Parameters) -> Result<Value, Refusal> {
    let tap = parameters.text("callback_query_id").unwrap_or_default();
    if locked(&world.telegram.state).taps.remove(tap) {
        Ok(json!(true))
    } else {
        Err(Refusal::bad("query is too old and response timeout expired or query ID is invalid"))
    }
}

/// A bot may write to who wrote to it first.
fn chat(world: &World, parameters: &Parameters) -> Result<i64, Refusal> {
    let chat = parameters.number("chat_id").ok_or_else(|| Refusal::bad("chat_id is empty"))?;
    let person = format!("telegram:{chat}");
    let has_written = locked(&world.store).of_telegram().any(|message| message.from == person);
    has_written.then_some(chat).ok_or_else(|| Refusal::bad("chat not found"))
}

fn buttons(parameters: &Parameters) -> Result<Vec<Button>, Refusal> {
    let Some(markup) = parameters.value("reply_markup") else { return Ok(Vec::new()) };
    let rows = markup.get("inline_keyboard").and_then(Value::as_array).cloned().unwrap_or_default();
    let keys = rows.iter().filter_map(Value::as_array).flatten();
    keys.map(|key| {
        let field = |name| key.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let title = field("text").ok_or_else(|| Refusal::bad("inline keyboard button text is empty"))?;
        let data = field("callback_data").filter(|data| data.len() <= LONGEST_DATA);
        let data = data.ok_or_else(|| Refusal::bad("BUTTON_DATA_INVALID"))?;
        Ok(Button { title: title.to_owned(), id: data.to_owned() })
    })
    .collect()
}

fn send(world: &World, chat: i64, body: &str, media_urls: Vec<String>, buttons: Vec<Button>) -> Message {
    let message = Message {
        sid: world.telegram.next_message().to_string(),
        direction: Direction::OutboundApi,
        from: format!("telegram:{}", Bot::id(world)),
        to: format!("telegram:{chat}"),
        body: body.to_owned(),
        media_urls,
        messaging_service_sid: None,
        created_ms: clock::now_ms(),
        buttons,
        deleted: false,
        redacted: false,
    };
    phone::deliver(world, message.clone());
    message
}

fn shown(world: &World, chat: i64, message: &Message, content: Value) -> Value {
    let mut shown = json!({
        "message_id": message.sid.parse::<i64>().unwrap_or_default(),
        "from": world.telegram.me(world),
        "chat": { "id": chat, "type": "private", "first_name": "Demo Phone" },
        "date": message.created_ms / 1_000,
    });
    if let (Some(fields), Value::Object(content)) = (shown.as_object_mut(), content) {
        fields.extend(content);
    }
    shown
}
