//! What a phone sends through Telegram: an update as Telegram makes it of a message or a tap, brought to the webhook if one
//! is set, and else waiting to be taken.

use axum::Json;
use serde_json::{Map, Value, json};

use super::{
    Nonsense,
    form::{Attachment, Draft},
};
use crate::{
    clock, random,
    store::{Direction, MediaItem, Message},
    telegram::{Bot, bring},
    world::{SharedWorld, World, locked},
};

/// Sends the message and tells what came of it.
pub(super) async fn send(world: &SharedWorld, draft: Draft) -> Result<Json<Value>, Nonsense> {
    let (id, update) = match draft.message_sid.as_deref().and_then(|id| world.telegram.remembered(id)) {
        // As it was the first time.
        Some(update) => (draft.message_sid.unwrap_or_default(), update),
        None => make(world, &draft)?,
    };
    let mut answer = json!({ "message_sid": id, "webhook_status": null, "simulated": true });
    let update = world.telegram.add(update);
    if let Some(update) = &update {
        world.telegram.remember(&id, update);
    }
    let (name, value) = match bring(world).await {
        None => ("waits", json!(update.is_some())),
        Some(Ok(status)) => ("webhook_status", json!(status)),
        Some(Err(())) => ("webhook_error", json!("nothing answers at the webhook's address (simulated)")),
    };
    if let Some(fields) = answer.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    Ok(Json(answer))
}

/// The update, and the number of its message or tap. `update` among the fields stands for all of it; other fields are
/// those of the message.
fn make(world: &SharedWorld, draft: &Draft) -> Result<(String, Value), Nonsense> {
    let person = draft.identity.trim_start_matches("telegram:").parse::<i64>().ok().filter(|id| *id > 0);
    let person = person.ok_or_else(|| Nonsense("an identity of Telegram is telegram:5550003".to_owned()))?;
    let name = draft.profile_name.as_deref().unwrap_or("Demo Phone");
    let from = json!({ "id": person, "is_bot": false, "first_name": name });
    let chat = json!({ "id": person, "type": "private", "first_name": name });
    if let Some(update) = draft.fields.get("update") {
        return Ok((world.telegram.next_message().to_string(), update.clone()));
    }
    if let Some(data) = draft.fields.get("ButtonPayload") {
        return Ok(tap(world, draft, &from, &chat, data));
    }
    let number = match &draft.message_sid {
        Some(id) => id.parse().map_err(|_| Nonsense("a message of Telegram has a number".to_owned()))?,
        None => world.telegram.next_message(),
    };
    let mut message = json!({
        "message_id": number, "from": from, "chat": chat, "date": clock::now_ms() / 1_000,
    });
    if let Some(fields) = message.as_object_mut() {
        if let Some(quoted) = draft.reply_to.as_deref().and_then(|id| quoted(world, id, &chat)) {
            fields.insert("reply_to_message".to_owned(), quoted);
        }
        match &draft.attachment {
            Some(attachment) => fields.extend(file(world, attachment, number, &draft.body)?),
            None => {
                fields.insert("text".to_owned(), json!(draft.body));
                if let Some(command) = command(&draft.body) {
                    fields.insert("entities".to_owned(), json!([command]));
                }
            }
        }
        for (name, value) in &draft.fields {
            match value {
                Value::Null => drop(fields.remove(name)),
                value => drop(fields.insert(name.clone(), value.clone())),
            }
        }
    }
    keep(world, draft, number);
    Ok((number.to_string(), json!({ "message": message })))
}

/// The command that a text begins with, marked as Telegram marks it (Telegram, "MessageEntity"): a slash and letters,
/// digits or underscores, and perhaps the name of a bot, with neither a letter nor another slash behind it.
fn command(text: &str) -> Option<Value> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let rest = text.strip_prefix('/')?;
    let after = rest.trim_start_matches(is_name);
    let length = rest.len() - after.len();
    let behind = after.strip_prefix('@').map_or(after, |bot| bot.trim_start_matches(is_name));
    let stands_apart = !behind.starts_with(|next: char| next.is_alphanumeric() || "/<>@".contains(next));
    let whole = text.len() - behind.len();
    ((1..=64).contains(&length) && stands_apart)
        .then(|| json!({ "type": "bot_command", "offset": 0, "length": whole }))
}

/// The message stays, so that its sender is known and no number is given twice.
fn keep(world: &World, draft: &Draft, number: i64) {
    locked(&world.store).add_message(Message {
        sid: number.to_string(),
        direction: Direction::Inbound,
        from: draft.identity.clone(),
        to: format!("telegram:{}", Bot::id(world)),
        body: draft.body.clone(),
        media_urls: Vec::new(),
        messaging_service_sid: None,
        created_ms: clock::now_ms(),
        buttons: Vec::new(),
        deleted: false,
        redacted: false,
    });
}

fn tap(world: &World, draft: &Draft, from: &Value, chat: &Value, data: &Value) -> (String, Value) {
    let id = format!("q{}", random::hex32());
    world.telegram.tapped(&id);
    let message = draft.reply_to.as_deref().and_then(|message| quoted(world, message, chat));
    let query = json!({
        "id": id, "from": from, "message": message, "chat_instance": "1", "data": data,
    });
    (id, json!({ "callback_query": query }))
}

/// A message that stands in the chat, with its buttons.
fn quoted(world: &World, id: &str, chat: &Value) -> Option<Value> {
    let store = locked(&world.store);
    let message = store.of_telegram().find(|message| message.sid == id)?;
    let mut shown = json!({
        "message_id": message.sid.parse::<i64>().ok()?, "chat": chat, "date": message.created_ms / 1_000,
        "text": message.body,
    });
    if !message.buttons.is_empty() {
        let key = |button: &crate::store::Button| json!({ "text": button.title, "callback_data": button.id });
        let row: Vec<Value> = message.buttons.iter().map(key).collect();
        let keyboard = json!({ "inline_keyboard": [row] });
        shown.as_object_mut()?.insert("reply_markup".to_owned(), keyboard);
    }
    Some(shown)
}

/// The field that a file stands in, by what it is.
fn file(
    world: &World,
    attachment: &Attachment,
    number: i64,
    caption: &str,
) -> Result<Map<String, Value>, Nonsense> {
    let item = attachment.item(&number.to_string());
    let (name, value) = described(&item, attachment.bytes.len());
    attachment.store(&mut locked(&world.store), item)?;
    let mut fields = Map::from_iter([(name.to_owned(), value)]);
    if !caption.is_empty() {
        fields.insert("caption".to_owned(), json!(caption));
    }
    Ok(fields)
}

fn described(item: &MediaItem, size: usize) -> (&'static str, Value) {
    let kind = item.content_type.split(';').next().unwrap_or_default().trim();
    let unique = item.sid.get(2..12).unwrap_or_default();
    let file = json!({ "file_id": item.sid, "file_unique_id": unique, "file_size": size, "mime_type": kind });
    let timed = |mut file: Value| {
        if let Some(fields) = file.as_object_mut() {
            fields.insert("duration".to_owned(), json!(1));
        }
        file
    };
    match kind.split('/').next().unwrap_or_default() {
        "audio" if kind == "audio/ogg" => ("voice", timed(file)),
        "audio" => ("audio", timed(file)),
        "video" => ("video", timed(file)),
        "image" => {
            let sized = |width: u32, height: u32| json!({ "file_id": item.sid, "file_unique_id": unique, "file_size": size, "width": width, "height": height });
            ("photo", json!([sized(90, 67), sized(1_280, 960)]))
        }
        _ => ("document", file),
    }
}
