//! The Calls resource: one call, and hanging it up.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    call::{Call, Ending},
    ending,
};
use crate::{
    clock,
    twilio::errors::TwilioError,
    world::{SharedWorld, World, bare, locked},
};

/// `GET .../Calls/{CA}.json`.
pub(super) async fn fetch(
    State(world): State<SharedWorld>,
    Path((account, file)): Path<(String, String)>,
) -> Result<Json<Value>, TwilioError> {
    let call = world.voice.get(file.trim_end_matches(".json")).ok_or_else(|| missing(&account, &file))?;
    Ok(Json(described(&world, &call)))
}

/// `POST .../Calls/{CA}.json` with `Status=completed` hangs up; a call that has ended is not found.
pub(super) async fn update(
    State(world): State<SharedWorld>,
    Path((account, file)): Path<(String, String)>,
    form: Bytes,
) -> Result<Json<Value>, TwilioError> {
    let call = world.voice.get(file.trim_end_matches(".json")).filter(|call| !call.has_ended());
    let call = call.ok_or_else(|| missing(&account, &file))?;
    let status = url::form_urlencoded::parse(&form).find(|(name, _)| name == "Status");
    match status.as_ref().map(|(_, status)| status.as_ref()) {
        Some("completed" | "canceled") => {
            ending::cut(&world, &call, Ending::Hangup);
            Ok(Json(described(&world, &call)))
        }
        Some(_) => Err(TwilioError::bad_request(21_219, "'Status' is not a valid status")),
        None => Err(TwilioError::bad_request(20_001, "Only Status=completed is simulated")),
    }
}

fn missing(account: &str, file: &str) -> TwilioError {
    TwilioError::not_found(&format!("/2010-04-01/Accounts/{account}/Calls/{file}"))
}

fn described(world: &World, call: &Call) -> Value {
    let account = &world.config.account_sid;
    let started = clock::rfc2822(call.started_ms);
    let (ended, duration) = if call.has_ended() {
        let ended = clock::rfc2822(locked(&call.journal).ended_ms);
        (Some(ended), Some(call.duration().to_string()))
    } else {
        (None, None)
    };
    let (from, to) = (bare(&call.placed.from), bare(&call.placed.to));
    json!({
        "sid": call.sid,
        "account_sid": account,
        "parent_call_sid": null,
        "from": from,
        "from_formatted": from,
        "to": to,
        "to_formatted": to,
        "status": call.status(),
        "direction": "inbound",
        "date_created": started,
        "date_updated": started,
        "start_time": started,
        "end_time": ended,
        "duration": duration,
        "price": null,
        "price_unit": "USD",
        "answered_by": null,
        "forwarded_from": call.placed.forwarded_from,
        "caller_name": null,
        "api_version": "2010-04-01",
        "uri": format!("/2010-04-01/Accounts/{account}/Calls/{}.json", call.sid),
    })
}
