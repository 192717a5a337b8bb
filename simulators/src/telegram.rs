//! Telegram's Bot API, from its documentation (<https://core.telegram.org/bots/api>): one bot, its updates, and the files
//! of what it was sent. Updates that nobody took are forgotten when the stand-in ends; Telegram keeps them for a day.
//!
//! Reading order: `bot` (what is known of the bot), `call` (a request, its parameters, its answer), `updates` (taking
//! them, and the webhook), `messages`, `files`.

mod bot;
mod call;
mod files;
mod messages;
mod updates;

use axum::{
    Router,
    routing::{get, post},
};
use serde_json::Value;

pub(crate) use bot::Bot;
pub(crate) use call::planned;
pub(crate) use updates::bring;

use crate::world::SharedWorld;
use call::{Parameters, Refusal};

/// `/bot{token}/{method}` and `/file/bot{token}/{path}`.
pub(crate) fn router() -> Router<SharedWorld> {
    Router::new()
        .route("/{bot}/{method}", post(call::handle).get(call::handle))
        .route("/file/{bot}/{folder}/{name}", get(files::serve))
}

/// A path without the token in it, for the log of calls and the plan of faults.
pub(crate) fn without_token(path: &str) -> String {
    let (before, rest) = match path.strip_prefix("/file/bot") {
        Some(rest) => ("/file/bot", rest),
        None => match path.strip_prefix("/bot") {
            Some(rest) => ("/bot", rest),
            None => return path.to_owned(),
        },
    };
    let method = rest.split_once('/').map_or("", |(_, method)| method);
    format!("{before}<token>/{method}")
}

/// Does what a method asks for.
async fn answer(world: &SharedWorld, method: &str, parameters: &Parameters) -> Result<Value, Refusal> {
    match method.to_ascii_lowercase().as_str() {
        "getme" => Ok(world.telegram.me(world)),
        "getupdates" => updates::get(world, parameters).await,
        "setwebhook" => updates::set_webhook(world, parameters),
        "deletewebhook" => Ok(updates::delete_webhook(world, parameters)),
        "getwebhookinfo" => Ok(updates::webhook_info(world)),
        "sendmessage" => messages::text(world, parameters),
        "sendphoto" => messages::file(world, parameters, "photo"),
        "senddocument" => messages::file(world, parameters, "document"),
        "answercallbackquery" => messages::answer_tap(world, parameters),
        "getfile" => files::find(world, parameters),
        _ => Err(Refusal::not_found()),
    }
}

/// A call that came in the answer to a webhook; what comes of it nobody is told.
async fn made_in_answer(world: &SharedWorld, body: &str) {
    let Ok(Value::Object(mut call)) = serde_json::from_str(body) else { return };
    if let Some(Value::String(method)) = call.remove("method") {
        drop(answer(world, &method, &Parameters::of(call)).await);
    }
}
