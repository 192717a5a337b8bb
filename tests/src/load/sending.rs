//! Webhooks as Twilio sends them, each at its time. Whoever waits for the one before does not send later for it: a
//! webhook's time is counted from when it was due, so that a stalled product cannot hide its stall.

use std::{sync::Arc, time::Duration};

use adapter_system::SystemClock;
use jiff::Timestamp;
use reqwest::{Client, Url};
use shared::ports::clock::Clock;
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{Tell, notes::Note};
use crate::{client, signing::signature};

/// What `hark dev` knows when nothing is set (`.env.example`).
const ACCOUNT: &str = "AC00000000000000000000000000000000";
const TOKEN: &str = "hark-dev-token-for-the-stand-in-only";
const OUR_ADDRESS: &str = "whatsapp:+14155238886";
/// How long Twilio waits for an answer (Twilio docs, "Webhooks connection overrides": at most 15 s).
const PATIENCE: Duration = Duration::from_secs(15);
/// A client keeps this many connections.
const CONNECTIONS_OF_A_CLIENT: usize = 32;
const CLIENTS: usize = 2;

/// Connections to the webhook, which are kept.
pub struct Line {
    clients: Vec<Client>,
    webhook: Url,
    recording: String,
    free: Semaphore,
}

/// One webhook that was sent.
#[derive(Debug, Clone)]
pub struct Posted {
    /// What.
    pub note: Note,
    /// When it was due.
    pub due: Timestamp,
    /// From then until it was answered.
    pub took: Duration,
    /// Whether it was answered with 200, which is a promise.
    pub taken: bool,
}

impl Line {
    /// To the product at this address; spoken notes carry this recording.
    #[must_use]
    pub fn to(product: &str, recording: String) -> Self {
        let webhook = format!("{}/webhook", product.trim_end_matches('/')).parse().expect("an address");
        let clients = (0..CLIENTS).map(|_| client()).collect();
        Self { clients, webhook, recording, free: Semaphore::new(CLIENTS * CONNECTIONS_OF_A_CLIENT) }
    }

    /// Sends them at this rate a second.
    pub async fn at_rate(self: &Arc<Self>, notes: Vec<Note>, rate: u32, tell: Tell) -> Vec<Posted> {
        let (begin, wall, count) = (Instant::now(), SystemClock.now(), notes.len());
        let mut under_way = JoinSet::new();
        for (n, note) in (0_u32..).zip(notes) {
            let after = Duration::from_secs(1) * n / rate.max(1);
            sleep_until(begin + after).await;
            if n % rate.max(1) == 0 {
                tell(&format!("{n} of {count} webhooks sent at {rate}/s"));
            }
            self.spawn(&mut under_way, note, begin + after, wall + after);
        }
        under_way.join_all().await
    }

    /// Sends them all at once.
    pub async fn at_once(self: &Arc<Self>, notes: Vec<Note>) -> Vec<Posted> {
        let (begin, wall) = (Instant::now(), SystemClock.now());
        let mut under_way = JoinSet::new();
        for note in notes {
            self.spawn(&mut under_way, note, begin, wall);
        }
        under_way.join_all().await
    }

    fn spawn(self: &Arc<Self>, into: &mut JoinSet<Posted>, note: Note, begin: Instant, due: Timestamp) {
        let line = Arc::clone(self);
        into.spawn(async move {
            let taken = line.post(&note).await;
            Posted { note, due, took: begin.elapsed(), taken }
        });
    }

    /// Sends one. Whether it was taken.
    async fn post(&self, note: &Note) -> bool {
        let Ok(_connection) = self.free.acquire().await else { return false };
        let form = self.fields(note);
        let mut encoded = self.webhook.clone();
        encoded.query_pairs_mut().extend_pairs(&form);
        let client = usize::try_from(note.number).unwrap_or(0) % self.clients.len();
        let request = self.clients[client]
            .post(self.webhook.clone())
            .timeout(PATIENCE)
            .header("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
            .header("x-twilio-signature", signature(TOKEN, self.webhook.as_str(), &form))
            .body(encoded.query().unwrap_or_default().to_owned());
        match request.send().await {
            // Its body is read, or the connection would not be used again.
            Ok(answer) => answer.status().as_u16() == 200 && answer.bytes().await.is_ok(),
            Err(_) => false,
        }
    }

    fn fields(&self, note: &Note) -> Vec<(String, String)> {
        let (id, user) = (note.id(), note.from.trim_start_matches("whatsapp:+").to_owned());
        let media = u8::from(note.spoken).to_string();
        let kind = if note.spoken { "audio" } else { "text" };
        let mut fields = vec![
            ("AccountSid", ACCOUNT.to_owned()),
            ("ApiVersion", "2010-04-01".to_owned()),
            ("Body", note.words()),
            ("From", note.from.clone()),
            ("MessageSid", id.clone()),
            ("MessageType", kind.to_owned()),
            ("NumMedia", media),
            ("NumSegments", "1".to_owned()),
            ("ProfileName", "Load".to_owned()),
            ("SmsMessageSid", id.clone()),
            ("SmsSid", id),
            ("SmsStatus", "received".to_owned()),
            ("To", OUR_ADDRESS.to_owned()),
            ("WaId", user),
        ];
        if note.spoken {
            fields.push(("MediaContentType0", "audio/ogg".to_owned()));
            fields.push(("MediaUrl0", self.recording.clone()));
        }
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
