//! A webhook-handler that can be posted to and looked into, and a Twilio that signs.

use std::sync::Arc;

use adapter_twilio::keys::{PreviousToken, SharedKey, SigningKeys};
use axum::{
    Router,
    body::{Body, to_bytes},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Method, Request, StatusCode};
use secrecy::SecretString;
use serde_json::Value;
use sha1::Sha1;
use shared::{
    config::Settings,
    domain::message::InboundMessage,
    jobs::{Job, MessageStatusV1, NoteReceivedV1},
    ports::{directory::CustomerDirectory, job_queue::JobQueue},
    testing::{
        fixed::FixedClock, log::ThreadLog, map_directory::MapDirectory, memory_queue::MemoryQueue,
        recorded_metrics::RecordedMetrics, samples,
    },
};
use tower::ServiceExt;
use webhook_handler::{Config, Deps, FixedKeys, WebhookKeySource, router};

pub(crate) const BASE: &str = "https://hark.example";
pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(crate) const TOKEN: &str = "TOKENCANARY12345";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const XML: &str = "<Response/>";

/// Everything around the handler.
pub(crate) struct World {
    pub(crate) router: Router,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) directory: Arc<MapDirectory>,
    pub(crate) queue: Arc<MemoryQueue>,
    pub(crate) metrics: Arc<RecordedMetrics>,
    log: ThreadLog,
}

/// What is different in a test's world.
#[derive(Default)]
pub(crate) struct Different {
    pub(crate) base: Option<&'static str>,
    pub(crate) directory: Option<Arc<dyn CustomerDirectory>>,
    pub(crate) queue: Option<Arc<dyn JobQueue>>,
    pub(crate) keys: Option<Arc<dyn WebhookKeySource>>,
}

/// An answer, whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
}

impl World {
    /// One customer, two numbers of ours, the token [`TOKEN`].
    pub(crate) fn new() -> Self {
        Self::with(Different::default())
    }

    pub(crate) fn with(different: Different) -> Self {
        let clock = Arc::new(FixedClock::default());
        let directory = Arc::new(MapDirectory::of([(samples::SENDER, samples::customer())]));
        let queue = Arc::new(MemoryQueue::new(clock.clone()));
        let metrics = Arc::new(RecordedMetrics::new());
        let base = different.base.unwrap_or(BASE);
        let mut settings = Settings::new(move |name| {
            let value = match name {
                "PUBLIC_BASE_URL" => base,
                "TWILIO_ACCOUNT_SID" => ACCOUNT,
                "TWILIO_WHATSAPP_NUMBER" => samples::OUR_ADDRESS,
                "TWILIO_SMS_NUMBER" => "+14155238887",
                _ => return None,
            };
            Some(value.to_owned())
        });
        let config = Config::read(&mut settings);
        settings.finish().unwrap();
        let router = router(Deps {
            directory: different.directory.unwrap_or_else(|| directory.clone()),
            queue: different.queue.unwrap_or_else(|| queue.clone()),
            clock: clock.clone(),
            keys: different.keys.unwrap_or_else(|| Arc::new(FixedKeys::new(&keys(TOKEN)).unwrap())),
            metrics: metrics.clone(),
            config,
        });
        let log = ThreadLog::begin();
        Self { router, clock, directory, queue, metrics, log }
    }

    /// Sends any request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let content_type = parts.headers.get("content-type").map(|value| value.to_str().unwrap().to_owned());
        Answered { status: parts.status, content_type, body: to_bytes(body, usize::MAX).await.unwrap() }
    }

    /// Posts a signed form to `/webhook`.
    pub(crate) async fn post(&self, body: &str) -> Answered {
        self.send(signed("/webhook", body)).await
    }

    /// Messages that were queued, with the company of their sender if it was known.
    pub(crate) fn queued(&self) -> Vec<NoteReceivedV1> {
        let jobs = self.queue.sent().into_iter().map(|(job, delay)| {
            assert!(delay.is_zero());
            let Job::NoteReceived(note) = job else { panic!("no note") };
            *note
        });
        jobs.collect()
    }

    /// The states of sent messages that were queued.
    pub(crate) fn queued_states(&self) -> Vec<MessageStatusV1> {
        let jobs = self.queue.sent().into_iter().filter_map(|(job, _)| match job {
            Job::MessageStatus(status) => Some(*status),
            Job::NoteReceived(_) | Job::NoteOrdered(_) | Job::CallAsked(_) => None,
        });
        jobs.collect()
    }

    /// The one message that was queued.
    pub(crate) fn queued_message(&self) -> InboundMessage {
        let mut queued = self.queued();
        assert_eq!(queued.len(), 1);
        queued.remove(0).message
    }

    /// All lines of the log.
    pub(crate) fn log(&self) -> Vec<Value> {
        self.log_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn log_text(&self) -> String {
        self.log.text()
    }

    /// The reasons that a counter was given.
    pub(crate) fn counted(&self, counter: &str) -> Vec<String> {
        let counted = self.log().into_iter().filter(|line| line["fields"]["counter"] == counter);
        counted.map(|line| line["fields"]["reason"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// That the last request was refused before any work, and counted once.
    pub(crate) fn assert_refused(&self, answered: &Answered, status: StatusCode, reason: &str) {
        assert_eq!(*answered, Answered { status, content_type: None, body: Bytes::new() }, "{reason}");
        assert_eq!(self.counted("webhook_refused"), [reason]);
        assert_eq!((self.directory.lookups(), self.queue.depth()), (0, 0), "{reason}");
        self.log.clear();
    }
}

/// The answer to everybody whose message was taken or ignored.
pub(crate) fn acknowledged() -> Answered {
    Answered {
        status: StatusCode::OK,
        content_type: Some("text/xml".to_owned()),
        body: Bytes::from_static(XML.as_bytes()),
    }
}

pub(crate) fn keys(token: &str) -> SigningKeys {
    SigningKeys { auth_token: SecretString::from(token), previous: None, shared: Vec::<SharedKey>::new() }
}

pub(crate) fn keys_with_previous(token: &str, previous: &str, until: jiff::Timestamp) -> SigningKeys {
    let previous = PreviousToken { token: SecretString::from(previous), until };
    SigningKeys { previous: Some(previous), ..keys(token) }
}

/// A text from the sample customer, as Twilio posts it.
pub(crate) fn text(body: &str) -> String {
    form(&[("Body", Some(body))])
}

/// The same with fields replaced, added, or (`None`) left out. Values are encoded here.
pub(crate) fn form(changes: &[(&str, Option<&str>)]) -> String {
    let fields = [
        ("SmsMessageSid", "SM0000000000000000000000000000000a"),
        ("NumMedia", "0"),
        ("ProfileName", "Petra Sample"),
        ("MessageType", "text"),
        ("SmsSid", "SM0000000000000000000000000000000a"),
        ("WaId", "4915112345678"),
        ("SmsStatus", "received"),
        ("Body", "Order two pipes"),
        ("To", samples::OUR_ADDRESS),
        ("NumSegments", "1"),
        ("ReferralNumMedia", "0"),
        ("MessageSid", "SM0000000000000000000000000000000a"),
        ("AccountSid", ACCOUNT),
        ("From", samples::SENDER),
        ("ApiVersion", "2010-04-01"),
    ];
    let kept = fields.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let changed = changes.iter().filter_map(|(name, value)| value.map(|value| (*name, value)));
    kept.chain(changed).map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

fn encode(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte);
    value
        .bytes()
        .map(|byte| match byte {
            b' ' => "+".to_owned(),
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// A request that is signed for `BASE` and this target.
pub(crate) fn signed(target: &str, body: &str) -> Request<Body> {
    let signature = sign_form(TOKEN, &format!("{BASE}{target}"), body.as_bytes());
    request(target, &signature, body)
}

/// A form with a signature.
pub(crate) fn request(target: &str, signature: &str, body: &str) -> Request<Body> {
    Request::builder()
        .method(Method::POST)
        .uri(target)
        .header("content-type", FORM)
        .header("x-twilio-signature", signature)
        .header("i-twilio-idempotency-token", "TOKEN-1")
        .body(Body::from(body.to_owned()))
        .unwrap()
}

/// What Twilio signs: the URL, then the fields sorted. A decoder of its own, so that a fault is not shared.
pub(crate) fn sign_form(token: &str, url: &str, body: &[u8]) -> String {
    let mut fields: Vec<(Vec<u8>, Vec<u8>)> = body
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            (decode(&pair[..at]), decode(pair.get(at + 1..).unwrap_or_default()))
        })
        .collect();
    fields.sort();
    fields.dedup();
    let mut text = url.as_bytes().to_vec();
    for (name, value) in fields {
        text.extend(name);
        text.extend(value);
    }
    sign(token, &text)
}

pub(crate) fn sign(token: &str, text: &[u8]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(text);
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

fn decode(raw: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < raw.len() {
        let hex = raw.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match (raw[at], hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 2;
            }
            (b'+', _) => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
        at += 1;
    }
    decoded
}
