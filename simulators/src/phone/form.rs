//! The form of a webhook as Twilio sends it for an incoming message.

use axum::body::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value, json};

use super::{Nonsense, content_type, header_text};
use crate::{
    audio, clock, random,
    store::{Direction, InboundForm, MediaItem, Message, Store},
    world::{World, bare, locked},
};

/// What a person is about to send.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) identity: String,
    pub(super) body: String,
    pub(super) attachment: Option<Attachment>,
    /// Fields that replace the usual ones.
    pub(super) fields: Map<String, Value>,
    /// A MessageSid that a test chose; the same one sends the same webhook again.
    pub(super) message_sid: Option<String>,
    /// The message that is quoted.
    pub(super) reply_to: Option<String>,
    pub(super) profile_name: Option<String>,
}

/// A file of a message.
pub(super) struct Attachment {
    pub(super) content_type: String,
    transcript: Option<String>,
    pub(super) bytes: Bytes,
}

impl Attachment {
    /// The body of a request, with the transcript that its header may hold.
    pub(super) fn new(headers: &HeaderMap, bytes: Bytes) -> Self {
        let transcript = header_text(headers, "x-sim-transcript");
        Self { content_type: content_type(headers), transcript, bytes }
    }

    /// Keeps the file for this message and gives its URL at Twilio.
    pub(super) fn keep(&self, world: &World, message_sid: &str) -> Result<String, Nonsense> {
        let item = self.item(message_sid);
        let url = url_of(world, &item);
        self.store(&mut locked(&world.store), item)?;
        Ok(url)
    }

    pub(super) fn item(&self, message_sid: &str) -> MediaItem {
        MediaItem {
            sid: random::sid("ME"),
            message_sid: message_sid.to_owned(),
            content_type: self.content_type.clone(),
            created_ms: clock::now_ms(),
            transcript: self.transcript.clone(),
            fingerprints: audio::fingerprints(&self.bytes),
        }
    }

    pub(super) fn store(&self, store: &mut Store, item: MediaItem) -> Result<(), Nonsense> {
        store
            .add_media(item, self.bytes.clone())
            .map_err(|error| Nonsense(format!("the file cannot be kept: {error}")))
    }
}

fn url_of(world: &World, item: &MediaItem) -> String {
    let account = &world.config.account_sid;
    format!(
        "{}/2010-04-01/Accounts/{account}/Messages/{}/Media/{}",
        world.base_url, item.message_sid, item.sid
    )
}

impl Draft {
    /// Whether it goes through Telegram, and not through Twilio.
    pub(super) fn is_of_telegram(&self) -> bool {
        self.identity.starts_with("telegram:")
    }

    /// An empty message of this person, with what the headers ask for.
    pub(super) fn from_headers(identity: &str, headers: &HeaderMap) -> Result<Self, Nonsense> {
        let message_sid = header_text(headers, "x-sim-message-sid");
        let identity = identity.trim().to_owned();
        if bare(&identity).is_empty() {
            return Err(Nonsense(
                "an identity is whatsapp:+4915112345678, +4915112345678 or telegram:5550003".to_owned(),
            ));
        }
        let profile_name = header_text(headers, "x-sim-profile-name");
        let reply_to = header_text(headers, "x-sim-reply-to");
        Ok(Self { identity, message_sid, reply_to, profile_name, ..Self::default() })
    }

    /// The webhook of this message. A MessageSid that was sent before gives the webhook of that time.
    pub(super) fn into_form(self, world: &World) -> Result<InboundForm, Nonsense> {
        let prefix = if self.attachment.is_some() { "MM" } else { "SM" };
        let sid = self.message_sid.clone().unwrap_or_else(|| random::sid(prefix));
        if let Some(form) = locked(&world.store).form(&sid) {
            return Ok(form.clone());
        }
        let mut fields = self.usual_fields(world, &sid);
        if let Some(quoted) = &self.reply_to {
            let sender = locked(&world.store).message(quoted).map(|message| message.from.clone());
            let sender = sender.unwrap_or_else(|| world.own_address(&self.identity));
            set(&mut fields, "OriginalRepliedMessageSender", &sender);
            set(&mut fields, "OriginalRepliedMessageSid", quoted);
        }
        let item = self.attachment.as_ref().map(|attachment| attachment.item(&sid));
        if let Some(item) = &item {
            set(&mut fields, "MediaContentType0", &item.content_type);
            set(&mut fields, "MediaUrl0", &url_of(world, item));
        }
        for (name, value) in &self.fields {
            replace(&mut fields, name, value);
        }
        derive(&mut fields, &self.fields);

        let mut store = locked(&world.store);
        // Of several at once with the same SID the first one counts for all.
        if let Some(form) = store.form(&sid) {
            return Ok(form.clone());
        }
        if let Some((attachment, item)) = self.attachment.as_ref().zip(item) {
            attachment.store(&mut store, item)?;
        }
        let form = InboundForm { message_sid: sid, fields, idempotency_token: random::uuid() };
        store.add_message(logged(&form));
        store.add_form(form.clone());
        Ok(form)
    }

    fn usual_fields(&self, world: &World, sid: &str) -> Vec<(String, String)> {
        let to = world.own_address(&self.identity);
        let account = &world.config.account_sid;
        let name = self.profile_name.as_deref().unwrap_or("Demo Phone");
        let common = [
            ("SmsMessageSid", sid),
            ("NumMedia", "0"),
            ("SmsSid", sid),
            ("SmsStatus", "received"),
            ("Body", &self.body),
            ("To", &to),
            ("NumSegments", "1"),
            ("MessageSid", sid),
            ("AccountSid", account),
            ("From", &self.identity),
            ("ApiVersion", "2010-04-01"),
        ];
        let mut fields: Vec<_> =
            common.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        if let Some(user) = self.identity.strip_prefix("whatsapp:") {
            set(&mut fields, "ProfileName", name);
            set(&mut fields, "MessageType", "text");
            set(&mut fields, "ReferralNumMedia", "0");
            let mut data = json!({ "context": { "ProfileName": name } });
            if let Some(number) = user.strip_prefix('+') {
                set(&mut fields, "WaId", number);
                data = json!({ "context": { "ProfileName": name, "WaId": number } });
            } else {
                set(&mut fields, "ExternalUserId", user);
            }
            set(&mut fields, "ChannelMetadata", &json!({ "type": "whatsapp", "data": data }).to_string());
        } else {
            for end in ["From", "To"] {
                for part in ["City", "State", "Zip", "Country"] {
                    set(&mut fields, &format!("{end}{part}"), "");
                }
            }
        }
        fields
    }
}

/// Fields that follow from others, unless the test set them itself.
fn derive(fields: &mut Vec<(String, String)>, given: &Map<String, Value>) {
    if !given.contains_key("NumMedia") {
        let media = fields.iter().filter(|(name, _)| name.starts_with("MediaUrl")).count();
        set(fields, "NumMedia", &media.to_string());
    }
    if !given.contains_key("MessageType") && get(fields, "MessageType").is_some() {
        let kind = match get(fields, "MediaContentType0")
            .map(|kind| kind.split('/').next().unwrap_or_default())
        {
            Some(kind @ ("audio" | "image" | "video")) => kind.to_owned(),
            Some("text") if get(fields, "MediaContentType0").is_some_and(|kind| kind.contains("vcard")) => {
                "contacts".to_owned()
            }
            Some(_) => "document".to_owned(),
            None if get(fields, "Latitude").is_some() => "location".to_owned(),
            None if get(fields, "ButtonPayload").is_some() => "button".to_owned(),
            None => "text".to_owned(),
        };
        set(fields, "MessageType", &kind);
    }
}

/// The message as it stands in Twilio's log.
fn logged(form: &InboundForm) -> Message {
    let field = |name| get(&form.fields, name).unwrap_or_default().to_owned();
    Message {
        sid: form.message_sid.clone(),
        direction: Direction::Inbound,
        from: field("From"),
        to: field("To"),
        body: field("Body"),
        media_urls: Vec::new(),
        messaging_service_sid: None,
        created_ms: clock::now_ms(),
        buttons: Vec::new(),
        deleted: false,
        redacted: false,
    }
}

fn get<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Sets a field, in its place if it is there.
fn set(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    match fields.iter_mut().find(|(key, _)| key == name) {
        Some(field) => value.clone_into(&mut field.1),
        None => fields.push((name.to_owned(), value.to_owned())),
    }
}

fn replace(fields: &mut Vec<(String, String)>, name: &str, value: &Value) {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Null => fields.retain(|(key, _)| key != name),
        Value::Array(values) => {
            fields.retain(|(key, _)| key != name);
            fields.extend(values.iter().map(|value| (name.to_owned(), text(value))));
        }
        value => set(fields, name, &text(value)),
    }
    if name == "MessageSid" && value.is_string() {
        replace(fields, "SmsSid", value);
        replace(fields, "SmsMessageSid", value);
    }
}
