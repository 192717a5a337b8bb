//! What is set at Twilio: the account, its numbers, its messaging services and its WhatsApp senders. All of them call
//! the webhook that the simulators call. For who checks the set-up; nothing of it can be changed here.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{errors::TwilioError, voice::told_at};
use crate::world::{SharedWorld, World, bare, locked};

/// The number of Twilio's WhatsApp sandbox, which its API does not list among the senders.
const SANDBOX: &str = "+14155238886";

/// `GET /2010-04-01/Accounts/{AC}.json`.
pub(super) async fn account(
    State(world): State<SharedWorld>,
    Path(account): Path<String>,
) -> Result<Json<Value>, TwilioError> {
    let uri = format!("/2010-04-01/Accounts/{account}");
    let Some(sid) = account.strip_suffix(".json") else { return Err(TwilioError::not_found(&uri)) };
    Ok(Json(json!({
        "sid": sid,
        "owner_account_sid": sid,
        "friendly_name": "Simulated account",
        "status": "active",
        "type": "Full",
        "date_created": "Fri, 20 Nov 2026 10:00:00 +0000",
        "date_updated": "Fri, 20 Nov 2026 10:00:00 +0000",
        "uri": uri,
        "subresource_uris": {
            "messages": format!("/2010-04-01/Accounts/{}/Messages.json", world.config.account_sid),
        },
    })))
}

#[derive(Deserialize)]
pub(super) struct NumberFilter {
    #[serde(rename = "PhoneNumber", default)]
    phone_number: Option<String>,
}

/// `GET .../IncomingPhoneNumbers.json?PhoneNumber=`: our numbers for SMS and for calls. A number for
/// WhatsApp alone is none of these.
pub(super) async fn numbers(
    State(world): State<SharedWorld>,
    Query(filter): Query<NumberFilter>,
) -> Json<Value> {
    let mut own = vec![bare(&world.config.sms_number), bare(&world.config.voice_number)];
    own.dedup();
    own.retain(|own| filter.phone_number.as_ref().is_none_or(|wanted| wanted == own));
    let numbers: Vec<Value> = own.into_iter().map(|own| number(&world, own)).collect();
    let uri = format!("/2010-04-01/Accounts/{}/IncomingPhoneNumbers.json", world.config.account_sid);
    Json(json!({
        "first_page_uri": uri,
        "next_page_uri": null,
        "previous_page_uri": null,
        "uri": uri,
        "page": 0,
        "page_size": 50,
        "start": 0,
        "end": numbers.len().saturating_sub(1),
        "incoming_phone_numbers": numbers,
    }))
}

fn number(world: &World, own: &str) -> Value {
    let account = &world.config.account_sid;
    let sid = format!("PN{:0>32}", own.trim_start_matches('+'));
    let told = |path| told_at(world, path).map(String::from).unwrap_or_default();
    let (sms_url, sms_fallback) = if own == bare(&world.config.sms_number) {
        (webhook(world), fallback(world))
    } else {
        (String::new(), String::new())
    };
    let (voice_url, voice_status) = if own == bare(&world.config.voice_number) {
        (told("/twilio/voice/incoming"), told("/twilio/voice/status"))
    } else {
        (String::new(), String::new())
    };
    json!({
        "sid": sid,
        "account_sid": account,
        "friendly_name": "Simulated number",
        "phone_number": own,
        "api_version": "2010-04-01",
        "capabilities": {"voice": true, "sms": true, "mms": true},
        "sms_application_sid": "",
        "sms_url": sms_url,
        "sms_method": "POST",
        "sms_fallback_url": sms_fallback,
        "sms_fallback_method": "POST",
        "voice_application_sid": "",
        "voice_url": voice_url,
        "voice_method": "POST",
        "voice_fallback_url": voice_url,
        "voice_fallback_method": "POST",
        "trunk_sid": null,
        "status_callback": voice_status,
        "status_callback_method": "POST",
        "status": "in-use",
        "origin": "twilio",
        "uri": format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{sid}.json"),
    })
}

/// `GET /messaging/v1/Services/{MG}`: any service, since messages can be sent through any.
pub(super) async fn service(
    State(world): State<SharedWorld>,
    Path(sid): Path<String>,
) -> Result<Json<Value>, TwilioError> {
    let uri = format!("/v1/Services/{sid}");
    if !sid.starts_with("MG") {
        return Err(TwilioError::not_found(&uri));
    }
    Ok(Json(json!({
        "sid": sid,
        "account_sid": world.config.account_sid,
        "friendly_name": "Simulated service",
        "inbound_request_url": webhook(&world),
        "inbound_method": "POST",
        "fallback_url": fallback(&world),
        "fallback_method": "POST",
        "status_callback": null,
        "use_inbound_webhook_on_number": false,
        "url": format!("{}/messaging{uri}", world.base_url),
    })))
}

/// `GET /messaging/v2/Channels/Senders?Channel=whatsapp`: our WhatsApp number, unless it is the sandbox's.
pub(super) async fn senders(State(world): State<SharedWorld>) -> Json<Value> {
    let own = bare(&world.config.whatsapp_number).to_owned();
    let senders = if own == SANDBOX { Vec::new() } else { vec![sender(&world, &own)] };
    let url = format!("{}/messaging/v2/Channels/Senders?Channel=whatsapp&PageSize=50&Page=0", world.base_url);
    Json(json!({
        "senders": senders,
        "meta": {
            "page": 0,
            "page_size": 50,
            "first_page_url": url,
            "previous_page_url": null,
            "next_page_url": null,
            "url": url,
            "key": "senders",
        },
    }))
}

fn sender(world: &World, own: &str) -> Value {
    let sid = format!("XE{:0>32}", own.trim_start_matches('+'));
    json!({
        "sid": sid,
        "status": "ONLINE",
        "sender_id": format!("whatsapp:{own}"),
        "configuration": {},
        "webhook": {
            "callback_url": webhook(world),
            "callback_method": "POST",
            "fallback_url": fallback(world),
            "fallback_method": "POST",
        },
        "profile": {"name": "Simulated sender"},
        "properties": {},
        "offline_reasons": null,
        "url": format!("{}/messaging/v2/Channels/Senders/{sid}", world.base_url),
    })
}

fn webhook(world: &World) -> String {
    locked(&world.webhook).public_url.clone()
}

/// Beside the webhook, as Hark's own second route.
fn fallback(world: &World) -> String {
    let webhook = webhook(world);
    webhook.strip_suffix("/webhook").map_or(webhook.clone(), |base| format!("{base}/twilio/fallback"))
}
