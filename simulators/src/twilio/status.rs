//! The status callback of a message: signed, in the order in which things happen, each once. It goes to this machine only,
//! whatever was asked: a stand-in tells nobody outside.

use std::sync::Arc;

use http::header::{CONTENT_TYPE, USER_AGENT};
use url::{Host, Url};

use super::{errors::TwilioError, signature::sign};
use crate::{
    clock,
    store::Message,
    world::{SharedWorld, World, locked},
};

/// What is told of each message.
const TOLD: [&str; 2] = ["sent", "delivered"];

/// Where a message's fate is to be told: as it was asked, which is what is signed.
pub(super) struct Callback(String);

impl Callback {
    /// Reads `StatusCallback`.
    pub(super) fn read(raw: &str) -> Result<Self, TwilioError> {
        let is_callable = Url::parse(raw).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.contains('_'))
        });
        if is_callable {
            Ok(Self(raw.to_owned()))
        } else {
            Err(TwilioError::bad_request(21609, "The 'StatusCallback' URL is not a valid URL"))
        }
    }

    /// Tells what becomes of the message, beside everything else.
    pub(super) fn tell(self, world: &SharedWorld, message: Message) {
        let Some(url) = self.real_url(world) else {
            tracing::debug!("The simulator calls status callbacks on this machine only");
            return;
        };
        let world = Arc::clone(world);
        tokio::spawn(async move {
            for status in TOLD {
                tokio::select! {
                    () = self.post(&world, &url, &message, status) => {}
                    () = world.until_end() => return,
                }
            }
        });
    }

    /// The address behind the public one, as for the webhook; `None` unless it is on this machine.
    fn real_url(&self, world: &World) -> Option<Url> {
        let webhook = locked(&world.webhook).clone();
        let base = |url: &str| url.strip_suffix("/webhook").map(str::to_owned);
        let behind = base(&webhook.public_url).zip(base(&webhook.url)).and_then(|(public, real)| {
            let rest = self.0.strip_prefix(&public)?;
            rest.starts_with('/').then(|| format!("{real}{rest}"))
        });
        let url = Url::parse(&behind.unwrap_or_else(|| self.0.clone())).ok()?;
        let is_here = match url.host()? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
        };
        is_here.then_some(url)
    }

    /// What is answered changes nothing: Twilio logs it, and so it is here.
    async fn post(&self, world: &World, url: &Url, message: &Message, status: &str) {
        let fields = fields(world, message, status);
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let answered = world
            .client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
            .header(USER_AGENT, "TwilioProxy/1.1")
            .header("X-Twilio-Signature", sign(&world.config.auth_token, &self.0, &fields))
            .header("I-Twilio-Idempotency-Token", crate::random::uuid())
            .body(body)
            .send()
            .await;
        match answered {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => {
                tracing::warn!(http.status = answer.status().as_u16(), "A status callback was refused");
            }
            Err(_) => tracing::warn!("A status callback was not answered"),
        }
    }
}

fn fields(world: &World, message: &Message, status: &str) -> Vec<(String, String)> {
    let mut fields = vec![
        ("SmsSid", message.sid.clone()),
        ("SmsStatus", status.to_owned()),
        ("MessageStatus", status.to_owned()),
        ("To", message.to.clone()),
        ("MessageSid", message.sid.clone()),
        ("AccountSid", world.config.account_sid.clone()),
        ("From", message.from.clone()),
        ("ApiVersion", "2010-04-01".to_owned()),
    ];
    if let Some(service) = &message.messaging_service_sid {
        fields.push(("MessagingServiceSid", service.clone()));
    }
    if let Some(number) = message.to.strip_prefix("whatsapp:") {
        fields.push(("ChannelInstallSid", format!("XE{}", "0".repeat(32))));
        fields.push(("ChannelPrefix", "whatsapp".to_owned()));
        fields.push(("ChannelToAddress", number.to_owned()));
        fields.push(("StructuredMessage", "false".to_owned()));
        if status == "delivered" {
            fields.push(("EventType", "DELIVERED".to_owned()));
        }
    } else if status == "delivered" {
        fields.push((
            "RawDlrDoneDate",
            clock::compact(message.created_ms)
                .chars()
                .filter(char::is_ascii_digit)
                .skip(2)
                .take(10)
                .collect(),
        ));
    }
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
