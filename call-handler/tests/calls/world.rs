//! A call-handler that can be called and looked into, a Twilio that signs, and a worker that answers when it is told to.

use std::sync::Arc;

use adapter_twilio::{key_source::FixedKeys, keys::SigningKeys};
use axum::{
    Router,
    body::{Body, to_bytes},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use call_handler::{Config, Deps, Trust, routes};
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, StatusCode};
use jiff::SignedDuration;
use secrecy::SecretString;
use sha1::Sha1;
use shared::{
    config::Settings,
    domain::{
        call::{Asked, Told},
        customer::Customer,
        ids::{CustomerId, MessageId},
        language::Language,
        tenant::TenantScope,
    },
    jobs::{CallAskedV1, Job},
    ports::{directory::CustomerDirectory, job_queue::JobQueue, table::TableStore},
    repositories::{calls::Calls, outcomes::Outcomes},
    testing::{
        filing::{Filing, job},
        fixed::FixedClock,
        map_directory::MapDirectory,
        memory_queue::MemoryQueue,
        memory_table::MemoryTable,
        recorded_metrics::RecordedMetrics,
        samples,
    },
    use_cases::unread::Unread,
};
use tower::ServiceExt;

pub(crate) const BASE: &str = "https://hark.example";
pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(crate) const TOKEN: &str = "TOKENCANARY12345";
pub(crate) const ANNA: &str = "+4915155500001";
pub(crate) const OURS: &str = "+15005550009";
pub(crate) const CALL: &str = "CA0000000000000000000000000000000a";
pub(crate) const PIN: &str = "4711007";

/// Everything around the handler.
pub(crate) struct World {
    router: Router,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) queue: Arc<MemoryQueue>,
    pub(crate) table: Arc<MemoryTable>,
    pub(crate) metrics: Arc<RecordedMetrics>,
}

/// How the function reaches its table.
pub(crate) type Way = fn(Arc<MemoryTable>) -> Arc<dyn TableStore>;

/// What is different in a test's world.
#[derive(Default)]
pub(crate) struct Different {
    pub(crate) attested_only: bool,
    pub(crate) directory: Option<Arc<dyn CustomerDirectory>>,
    pub(crate) queue: Option<Arc<dyn JobQueue>>,
    pub(crate) through: Option<Way>,
}

/// An answer, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) document: String,
}

impl Answered {
    pub(crate) fn says(&self, words: &str) -> bool {
        self.document.contains(words)
    }

    pub(crate) fn hangs_up(&self) -> bool {
        self.document.contains("<Hangup/>")
    }
}

/// Anna, who speaks English; she has a number and a PIN.
pub(crate) fn anna() -> Customer {
    Customer {
        customer_id: CustomerId::parse("anna").unwrap(),
        name: Some("Anna".to_owned().into()),
        language: Some(Language::En),
        phone: shared::domain::identity::E164::parse(ANNA).ok(),
        ..samples::customer()
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Different::default())
    }

    pub(crate) fn with(different: Different) -> Self {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        Self::over(clock, table, different)
    }

    /// The same world, whose function reaches its table in another way from now on.
    pub(crate) fn through(&self, way: Way) -> Self {
        let different = Different { through: Some(way), ..Different::default() };
        Self::over(self.clock.clone(), self.table.clone(), different)
    }

    fn over(clock: Arc<FixedClock>, table: Arc<MemoryTable>, different: Different) -> Self {
        let queue = Arc::new(MemoryQueue::new(clock.clone()));
        let metrics = Arc::new(RecordedMetrics::new());
        let mut settings = Settings::new(|name| {
            let value = match name {
                "PUBLIC_BASE_URL" => BASE,
                "TWILIO_ACCOUNT_SID" => ACCOUNT,
                "TWILIO_SMS_NUMBER" => "+15005550006",
                "TWILIO_VOICE_NUMBER" => OURS,
                _ => return None,
            };
            Some(value.to_owned())
        });
        let trust = if different.attested_only { Trust::Attested } else { Trust::Any };
        let config = Config::read(&mut settings, trust);
        settings.finish().unwrap();
        let known = MapDirectory::of([(ANNA, anna()), (&format!("pin:{PIN}"), anna())]);
        let store: Arc<dyn TableStore> = different
            .through
            .map_or_else(|| table.clone() as Arc<dyn TableStore>, |through| through(table.clone()));
        let keys = FixedKeys::new(&SigningKeys {
            auth_token: SecretString::from(TOKEN),
            previous: None,
            shared: Vec::new(),
        });
        let who = (different.directory.unwrap_or_else(|| Arc::new(known)), Arc::new(keys.unwrap()) as _);
        let jobs = different.queue.unwrap_or_else(|| queue.clone());
        let outside = (clock.clone() as _, metrics.clone() as _);
        let router = routes(Deps::over(&store, (jobs.clone(), jobs), who, outside, config));
        Self { router, clock, queue, table, metrics }
    }

    /// Posts a form of this call that Twilio signed.
    pub(crate) async fn post(&self, path: &str, more: &str) -> Answered {
        self.post_from(ANNA, path, more).await
    }

    pub(crate) async fn post_from(&self, from: &str, path: &str, more: &str) -> Answered {
        let body = format!("{}{more}", form(from));
        self.send(path, &body, &signature(path, &body)).await
    }

    pub(crate) async fn send(&self, path: &str, body: &str, signature: &str) -> Answered {
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature)
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answered { status, document: String::from_utf8(body.to_vec()).unwrap() }
    }

    pub(crate) async fn calls(&self) -> Answered {
        self.post("/twilio/voice/incoming", "&CallStatus=ringing").await
    }

    pub(crate) async fn turn(&self, turn: u32, more: &str) -> Answered {
        self.post(&format!("/twilio/voice/followup?turn={turn}"), more).await
    }

    /// A colleague has said something.
    pub(crate) async fn colleague_says(&self, n: u32, words: &str) {
        let mut message = samples::message(n, words);
        message.received_at = samples::now() - SignedDuration::from_mins(i64::from(60 - n));
        let ben = Customer {
            customer_id: CustomerId::parse("ben").unwrap(),
            name: Some("Ben".to_owned().into()),
            ..samples::customer()
        };
        let filing = Filing::new(self.table.clone(), self.clock.clone());
        filing.file(message, ben, &[job("pipes", words)]).await.unwrap();
    }

    /// What was asked of models.
    pub(crate) fn asked(&self) -> Vec<CallAskedV1> {
        let jobs = self.queue.sent().into_iter();
        jobs.filter_map(|(job, _)| if let Job::CallAsked(asked) = job { Some(*asked) } else { None })
            .collect()
    }

    /// The worker does what was asked last, and a model says this.
    pub(crate) async fn worker_answers(&self, told: Told) {
        let asked = self.asked().pop().unwrap();
        let table: Arc<dyn TableStore> = self.table.clone();
        let calls = Calls::new(table.clone());
        let scope = TenantScope::of_customer(&asked.caller);
        let week = SignedDuration::from_hours(24 * 7);
        let unread = Unread::new(&table);
        let overview =
            unread.overview(&scope, &asked.caller.customer_id, samples::now(), week).await.unwrap();
        calls.keep_overview(&asked.call, overview, asked.until).await.unwrap();
        calls.keep_told(&asked.call, asked.asked, told, asked.until).await.unwrap();
    }

    /// A call in which the summary was told; the next turn is 3.
    pub(crate) async fn summed_up(&self) {
        self.colleague_says(1, "Order two pipes.").await;
        self.colleague_says(2, "Call Mrs Miller.").await;
        self.calls().await;
        self.worker_answers(told("Ben needs pipes.")).await;
        let answered = self.turn(1, "").await;
        assert!(answered.says("Ben needs pipes."), "{answered:?}");
    }

    /// The ids of the messages that Anna has heard.
    pub(crate) async fn heard(&self) -> Vec<MessageId> {
        let table: Arc<dyn TableStore> = self.table.clone();
        let marks = shared::repositories::heard::HeardMarks::new(table);
        let scope = TenantScope::of_customer(&anna());
        let since = samples::now() - SignedDuration::from_hours(24);
        let mut heard: Vec<_> =
            marks.since(&scope, &anna().customer_id, since).await.unwrap().into_iter().collect();
        heard.sort();
        heard
    }

    pub(crate) fn outcomes(&self) -> Outcomes {
        Outcomes::new(self.table.clone())
    }
}

pub(crate) fn told(text: &str) -> Told {
    Told::Words { text: text.to_owned().into(), from: None }
}

pub(crate) const SUMMARY: Asked = Asked::Summary;

fn form(from: &str) -> String {
    let encode = |text: &str| text.replace('+', "%2B");
    format!(
        "CallSid={CALL}&AccountSid={ACCOUNT}&From={}&To={}&Direction=inbound&ApiVersion=2010-04-01",
        encode(from),
        encode(OURS)
    )
}

/// As Twilio signs (Twilio, "Security: validating requests").
pub(crate) fn signature(path: &str, body: &str) -> String {
    let mut fields: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    fields.sort();
    let mut signed = format!("{BASE}{path}");
    for (name, value) in fields {
        signed.push_str(&name);
        signed.push_str(&value);
    }
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}
