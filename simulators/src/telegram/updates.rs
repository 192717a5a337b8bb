//! Taking updates: asked for with `getUpdates`, or brought to a webhook, one of the two (Telegram, "Getting updates").

use std::time::Duration;

use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    bot::{State, Webhook},
    call::{Parameters, Refusal},
    made_in_answer,
};
use crate::{
    clock,
    world::{SharedWorld, World, locked},
};

/// Nobody waits longer in one request.
const LONGEST_WAIT_S: i64 = 50;

/// How soon an update is brought again that was not taken.
const AGAIN: Duration = Duration::from_secs(1);

/// `getUpdates`: what has a lower number than `offset` is forgotten; waits for something to tell as long as `timeout` says.
pub(super) async fn get(world: &SharedWorld, parameters: &Parameters) -> Result<Value, Refusal> {
    let limit = usize::try_from(parameters.number("limit").unwrap_or(100).clamp(1, 100)).unwrap_or(100);
    let timeout = parameters.number("timeout").unwrap_or(0).clamp(0, LONGEST_WAIT_S);
    let deadline = Instant::now() + Duration::from_secs(timeout.unsigned_abs());
    let mut news = world.telegram.news.subscribe();
    let turn = {
        let mut state = locked(&world.telegram.state);
        refuse_beside_webhook(&state)?;
        allow(&mut state, parameters);
        forget(&mut state, parameters.number("offset").unwrap_or(0));
        state.asked += 1;
        state.asked
    };
    // Who asked before is told that somebody else does.
    world.telegram.news.send_modify(|count| *count += 1);
    loop {
        news.borrow_and_update();
        {
            let state = locked(&world.telegram.state);
            refuse_beside_webhook(&state)?;
            if state.asked != turn {
                let why =
                    "terminated by other getUpdates request; make sure that only one bot instance is running";
                return Err(Refusal::conflict(why));
            }
            if !state.waiting.is_empty() || Instant::now() >= deadline || *world.ended.borrow() {
                return Ok(state.waiting.iter().take(limit).cloned().collect());
            }
        }
        tokio::select! {
            _ = news.changed() => {}
            () = tokio::time::sleep_until(deadline) => {}
            () = world.until_end() => {}
        }
    }
}

fn refuse_beside_webhook(state: &State) -> Result<(), Refusal> {
    match state.webhook {
        None => Ok(()),
        Some(_) => Err(Refusal::conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        )),
    }
}

fn allow(state: &mut State, parameters: &Parameters) {
    if let Some(Value::Array(kinds)) = parameters.value("allowed_updates") {
        state.allowed = kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
}

/// A negative offset counts from the end.
fn forget(state: &mut State, offset: i64) {
    if offset < 0 {
        let kept = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
        let over = state.waiting.len().saturating_sub(kept);
        drop(state.waiting.drain(..over));
    } else {
        state.waiting.retain(|update| number_of(update) >= offset);
    }
}

fn number_of(update: &Value) -> i64 {
    update.get("update_id").and_then(Value::as_i64).unwrap_or(i64::MAX)
}

/// `setWebhook`: an empty URL removes it. Plain http is taken for this machine, which Telegram does not.
pub(super) fn set_webhook(world: &SharedWorld, parameters: &Parameters) -> Result<Value, Refusal> {
    let Some(url) = parameters.text("url") else { return Ok(delete_webhook(world, parameters)) };
    let read = url::Url::parse(url).map_err(|_| Refusal::bad("invalid webhook URL specified"))?;
    let is_here = matches!(read.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if read.scheme() != "https" && !is_here {
        return Err(Refusal::bad("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    let secret = parameters.text("secret_token").unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if secret.len() > 256 || !secret.bytes().all(is_plain) {
        return Err(Refusal::bad("secret token contains unallowed characters"));
    }
    {
        let mut state = locked(&world.telegram.state);
        allow(&mut state, parameters);
        if parameters.is("drop_pending_updates") {
            state.waiting.clear();
        }
        state.webhook = Some(Webhook { url: url.to_owned(), secret: secret.to_owned(), failed: None });
    }
    world.telegram.news.send_modify(|count| *count += 1);
    bring_later(world, Duration::ZERO);
    Ok(json!(true))
}

/// `deleteWebhook`.
pub(super) fn delete_webhook(world: &World, parameters: &Parameters) -> Value {
    let mut state = locked(&world.telegram.state);
    state.webhook = None;
    if parameters.is("drop_pending_updates") {
        state.waiting.clear();
    }
    json!(true)
}

/// `getWebhookInfo`.
pub(super) fn webhook_info(world: &World) -> Value {
    let state = locked(&world.telegram.state);
    let webhook = state.webhook.as_ref();
    let mut info = json!({
        "url": webhook.map(|webhook| webhook.url.as_str()).unwrap_or_default(),
        "has_custom_certificate": false,
        "pending_update_count": state.waiting.len(),
    });
    let Some(fields) = info.as_object_mut() else { return info };
    if let Some((at, why)) = webhook.and_then(|webhook| webhook.failed.as_ref()) {
        fields.insert("last_error_date".to_owned(), json!(at));
        fields.insert("last_error_message".to_owned(), json!(why));
    }
    if !state.allowed.is_empty() {
        fields.insert("allowed_updates".to_owned(), json!(state.allowed));
    }
    info
}

/// Brings what waits to the webhook, oldest first, until one is not taken; that one comes again a little later. Answers
/// the status of the last one that was brought, or that there was no answer; `None` without a webhook.
pub(crate) async fn bring(world: &SharedWorld) -> Option<Result<u16, ()>> {
    let _turn = world.telegram.bringing.lock().await;
    let mut last = None;
    loop {
        let (webhook, update) = {
            let state = locked(&world.telegram.state);
            (state.webhook.clone()?, state.waiting.front().cloned())
        };
        let Some(update) = update else { return last };
        let brought = post(world, &webhook, &update).await;
        last = Some(brought);
        let taken = brought.is_ok_and(|status| (200..300).contains(&status));
        let mut state = locked(&world.telegram.state);
        if taken {
            state.waiting.pop_front();
        } else {
            if let Some(webhook) = &mut state.webhook {
                let why = match brought {
                    Ok(status) => format!("Wrong response from the webhook: {status}"),
                    Err(()) => "Connection refused (simulated)".to_owned(),
                };
                webhook.failed = Some((clock::now_ms() / 1_000, why));
            }
            drop(state);
            bring_later(world, AGAIN);
            return last;
        }
    }
}

fn bring_later(world: &SharedWorld, after: Duration) {
    let world = SharedWorld::clone(world);
    tokio::spawn(async move {
        tokio::select! {
            () = tokio::time::sleep(after) => {}
            () = world.until_end() => return,
        }
        // Boxed, since bringing leads here again.
        Box::pin(bring(&world)).await;
    });
}

async fn post(world: &SharedWorld, webhook: &Webhook, update: &Value) -> Result<u16, ()> {
    let mut request = world.client.post(&webhook.url).header(CONTENT_TYPE, "application/json");
    if !webhook.secret.is_empty() {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", &webhook.secret);
    }
    let response = request.body(update.to_string()).send().await.map_err(drop)?;
    let status = response.status();
    let body = response.text().await.map_err(drop)?;
    if status.is_success() {
        Box::pin(made_in_answer(world, &body)).await;
    }
    Ok(status.as_u16())
}
