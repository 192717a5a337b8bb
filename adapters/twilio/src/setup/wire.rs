//! The resources as Twilio shows them (Twilio API reference: "Account", "IncomingPhoneNumber", "Services", "Senders API").

use serde::Deserialize;

use super::{InboundRoute, NumberRoutes};

#[derive(Deserialize)]
pub(super) struct Account {
    pub(super) status: String,
}

#[derive(Deserialize)]
pub(super) struct Numbers {
    pub(super) incoming_phone_numbers: Vec<Number>,
}

#[derive(Deserialize)]
pub(super) struct Number {
    pub(super) phone_number: String,
    sms_url: Option<String>,
    sms_method: Option<String>,
    sms_fallback_url: Option<String>,
    sms_application_sid: Option<String>,
    voice_url: Option<String>,
    voice_method: Option<String>,
    voice_fallback_url: Option<String>,
    voice_application_sid: Option<String>,
    trunk_sid: Option<String>,
    status_callback: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Service {
    inbound_request_url: Option<String>,
    inbound_method: Option<String>,
    fallback_url: Option<String>,
    #[serde(default)]
    use_inbound_webhook_on_number: bool,
}

#[derive(Deserialize)]
pub(super) struct Senders {
    pub(super) senders: Vec<Sender>,
    pub(super) meta: Meta,
}

#[derive(Deserialize)]
pub(super) struct Meta {
    pub(super) next_page_url: Option<String>,
}

/// A sender without a webhook of its own has an empty one.
#[derive(Deserialize)]
pub(super) struct Sender {
    pub(super) sender_id: String,
    status: String,
    #[serde(default)]
    webhook: Option<Webhook>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Webhook {
    callback_url: Option<String>,
    callback_method: Option<String>,
    fallback_url: Option<String>,
}

/// What is not set is null or an empty text.
fn set(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// POST is what Twilio does when nothing is said.
fn by_post(method: Option<String>) -> bool {
    set(method).is_none_or(|method| method.eq_ignore_ascii_case("POST"))
}

impl From<Number> for NumberRoutes {
    fn from(number: Number) -> Self {
        let messages = InboundRoute {
            url: set(number.sms_url),
            by_post: by_post(number.sms_method),
            fallback_url: set(number.sms_fallback_url),
            decided_elsewhere: set(number.sms_application_sid).is_some(),
            online: true,
        };
        let calls = InboundRoute {
            url: set(number.voice_url),
            by_post: by_post(number.voice_method),
            fallback_url: set(number.voice_fallback_url),
            decided_elsewhere: set(number.voice_application_sid).or(set(number.trunk_sid)).is_some(),
            online: true,
        };
        Self { messages, calls, call_ended_url: set(number.status_callback) }
    }
}

impl From<Service> for InboundRoute {
    fn from(service: Service) -> Self {
        Self {
            url: set(service.inbound_request_url),
            by_post: by_post(service.inbound_method),
            fallback_url: set(service.fallback_url),
            decided_elsewhere: service.use_inbound_webhook_on_number,
            online: true,
        }
    }
}

impl From<Sender> for InboundRoute {
    fn from(sender: Sender) -> Self {
        let webhook = sender.webhook.unwrap_or_default();
        Self {
            url: set(webhook.callback_url),
            by_post: by_post(webhook.callback_method),
            fallback_url: set(webhook.fallback_url),
            decided_elsewhere: false,
            // `ONLINE` and `ONLINE:UPDATING`.
            online: sender.status.starts_with("ONLINE"),
        }
    }
}
