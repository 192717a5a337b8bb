//! Commands: what somebody says to the bot itself (Telegram, "Commands"). A text is one only where Telegram says so, by an
//! entity of the type `bot_command` at its very beginning (Telegram, "MessageEntity"); any other slash is a person's own.

use serde_json::Value;
use shared::domain::aside::{Command, START_COMMAND};

/// Longest payload of a link to the bot (Telegram, "Deep linking").
const MAX_PAYLOAD: usize = 64;

/// What a text asks of the bot. `entities` is as it came: whatever it is, it makes no message unreadable.
pub(super) fn of(text: &str, entities: Option<&Value>) -> Option<Command> {
    let Some((name, rest)) = split(text, entities) else {
        // Some programs that speak for a person send no entities.
        return text.strip_prefix(START_COMMAND).filter(|rest| is_opening(rest)).map(|_| Command::Start);
    };
    // With words of a person behind it, it is what that person says: "/stop the leak at Miller's" is a note.
    let is_alone = !rest.chars().any(char::is_alphanumeric);
    match name.to_ascii_lowercase().as_str() {
        "start" => is_opening(rest).then_some(Command::Start),
        "stop" => is_alone.then_some(Command::Stop),
        "help" => is_alone.then_some(Command::Help),
        _ => is_alone.then_some(Command::Unknown),
    }
}

/// The command's name, without its slash and without the bot that it is meant for, and what stands behind it.
fn split<'a>(text: &'a str, entities: Option<&Value>) -> Option<(&'a str, &'a str)> {
    let number = |entity: &Value, name: &str| entity.get(name).and_then(Value::as_u64);
    let is_first_command = |entity: &&Value| {
        entity.get("type").and_then(Value::as_str) == Some("bot_command")
            && number(entity, "offset") == Some(0)
    };
    let entity = entities?.as_array()?.iter().find(is_first_command)?;
    // Counted in UTF-16 units, of which a command's characters have one each, as they have one byte each.
    let length = usize::try_from(number(entity, "length")?).ok()?;
    let (command, rest) = text.split_at_checked(length).filter(|(command, _)| command.is_ascii())?;
    let name = command.strip_prefix('/')?;
    Some((name.split('@').next().unwrap_or(name), rest))
}

/// Nothing behind the command, or what a link to the bot gives along.
fn is_opening(rest: &str) -> bool {
    let is_payload = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let payload = rest.trim();
    let stands_apart = rest.is_empty() || rest.starts_with(char::is_whitespace);
    stands_apart && payload.len() <= MAX_PAYLOAD && payload.bytes().all(is_payload)
}
