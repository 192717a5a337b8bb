//! The Message resource as Twilio writes it.

use serde_json::{Value, json};

use crate::{
    clock::rfc2822,
    store::{Direction, Message, Store},
    world::World,
};

/// The resource as it stands in the log.
pub(crate) fn message(world: &World, store: &Store, message: &Message) -> Value {
    let (status, media) = match message.direction {
        Direction::Inbound => ("received", store.media_of(&message.sid).count()),
        _ => ("delivered", message.media_urls.len()),
    };
    let mut resource = shape(world, message, media);
    if let Some(fields) = resource.as_object_mut() {
        fields.insert("status".to_owned(), json!(status));
        fields.insert("date_sent".to_owned(), json!(rfc2822(message.created_ms)));
    }
    resource
}

/// The resource as the answer to its creation: queued, not sent yet.
pub(crate) fn queued(world: &World, message: &Message) -> Value {
    let mut resource = shape(world, message, message.media_urls.len());
    if message.messaging_service_sid.is_some()
        && let Some(fields) = resource.as_object_mut()
    {
        // The service has not chosen a sender yet.
        fields.insert("from".to_owned(), Value::Null);
        fields.insert("status".to_owned(), json!("accepted"));
    }
    resource
}

fn shape(world: &World, message: &Message, media: usize) -> Value {
    let account = &world.config.account_sid;
    let uri = format!("/2010-04-01/Accounts/{account}/Messages/{}", message.sid);
    let date = rfc2822(message.created_ms);
    let body = if message.redacted { "" } else { &message.body };
    json!({
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": body,
        "date_created": date,
        "date_sent": null,
        "date_updated": date,
        "direction": message.direction,
        "error_code": null,
        "error_message": null,
        "from": message.from,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": media.to_string(),
        "num_segments": segments(&message.to, &message.body).to_string(),
        "price": null,
        "price_unit": "USD",
        "sid": message.sid,
        "status": "queued",
        "subresource_uris": {
            "feedback": format!("{uri}/Feedback.json"),
            "media": format!("{uri}/Media.json"),
        },
        "tags": null,
        "to": message.to,
        "uri": format!("{uri}.json"),
    })
}

/// How many SMS a body takes; a WhatsApp message is always one.
fn segments(to: &str, body: &str) -> usize {
    let (length, alone, joined) = if to.starts_with("whatsapp:") {
        return 1;
    } else if body.is_ascii() {
        (body.len(), 160, 153)
    } else {
        (body.encode_utf16().count(), 70, 67)
    };
    if length <= alone { 1 } else { length.div_ceil(joined) }
}
