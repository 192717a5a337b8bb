//! Twilio with its phones: posts each message to the webhook, to the fallback when that fails, and now and then again.

use std::{sync::Arc, time::Duration};

use adapter_twilio::keys::SigningKeys;
use futures::future::join_all;
use secrecy::SecretString;
use shared::{
    config::Settings,
    testing::{recorded_metrics::RecordedMetrics, samples::OUR_ADDRESS},
};
use tower::ServiceExt;
use webhook_handler::{Config, Deps, FixedKeys, router};

use crate::signing::signature;

use super::{
    chance::Chance,
    people::{Person, Quotes, Says, Sending},
    ports::Through,
    story::{RunClock, Story},
    weather::Weather,
    world::{World, media_url, phone},
};

const BASE: &str = "https://hark.example";
const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "a-token-of-the-simulation";
/// In so many of a thousand cases a message is delivered once more, although it was taken.
const DUPLICATES: u32 = 150;
/// How long Twilio waits for an answer (Twilio docs, "Webhooks connection overrides": at most 15 s).
const PATIENCE: Duration = Duration::from_secs(15);
/// How often an operator sends again what Twilio could not deliver.
const OPERATORS_TRIES: u32 = 20;
/// How long a person waits for an answer before sending more.
const SENDERS_PATIENCE: Duration = Duration::from_secs(240);
/// How often is looked whether it is there.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// The provider's side.
pub(super) struct Twilio {
    pub(super) world: Arc<World>,
    pub(super) weather: Weather,
    pub(super) clock: RunClock,
    pub(super) chance: Chance,
    pub(super) story: Story,
}

impl Twilio {
    /// A person sends what there is to send. Answers which of it was taken when all is done.
    pub(super) async fn sends_all(&self, person: Person) -> Vec<(Sending, bool)> {
        let note = person.note;
        let more = person.more.iter().map(|more| async move {
            if more.answered {
                self.answers(note).await;
            }
            tokio::time::sleep(more.wait).await;
            (more.sending, self.sends(more.sending, note).await)
        });
        let (note, mut sent) = tokio::join!(async { (note, self.sends(note, note).await) }, join_all(more));
        sent.insert(0, note);
        sent
    }

    /// Until a message was answered, or its sender waits no longer.
    async fn answers(&self, sending: Sending) {
        let id = sending.id();
        let answered = async {
            while self.world.messenger.answer_to(&id).is_none() {
                tokio::time::sleep(LOOKS_EVERY).await;
            }
        };
        drop(tokio::time::timeout(SENDERS_PATIENCE, answered).await);
    }

    /// What a message about a note quotes.
    fn quoted(&self, sending: Sending, note: Sending) -> Option<String> {
        match sending.quotes {
            Quotes::Nothing => None,
            Quotes::Answer => self.world.messenger.answer_to(&note.id()),
            Quotes::Note => Some(note.id()),
        }
    }

    /// A person sends a message. Answers when it was taken, if it ever was.
    async fn sends(&self, sending: Sending, note: Sending) -> bool {
        let form = fields(sending, self.quoted(sending, note));
        for attempt in 0..OPERATORS_TRIES {
            for route in ["/webhook", "/twilio/fallback"] {
                if self.posts(route, &form, sending, attempt).await {
                    if self.chance.permille(DUPLICATES) {
                        tokio::time::sleep(self.chance.up_to(Duration::from_secs(40))).await;
                        self.posts(route, &form, sending, attempt).await;
                    }
                    return true;
                }
            }
            tokio::time::sleep(self.chance.up_to(Duration::from_secs(60))).await;
        }
        false
    }

    /// Posts the form to a fresh environment of the function. Whether it answered that it took it.
    async fn posts(&self, route: &str, form: &[(String, String)], sending: Sending, attempt: u32) -> bool {
        let weather = self.weather.over(&format!("webhook-{}.{attempt}", sending.number));
        let url = format!("{BASE}{route}");
        let request = http::Request::post(route)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature(TOKEN, &url, form))
            .body(axum::body::Body::from(encoded(form)))
            .expect("a request");
        let answered = tokio::spawn(self.function(&weather).oneshot(request));
        let status = tokio::select! {
            biased;
            () = weather.death() => None,
            answered = answered => answered.ok().and_then(Result::ok).map(|answer| answer.status().as_u16()),
            () = tokio::time::sleep(PATIENCE) => None,
        };
        self.story.tell(format!("{} is posted to {route}: {status:?}", sending.id()));
        status == Some(200)
    }

    fn function(&self, weather: &Weather) -> axum::Router {
        let mut settings = Settings::new(|name| {
            let value = match name {
                "PUBLIC_BASE_URL" => BASE,
                "TWILIO_ACCOUNT_SID" => ACCOUNT,
                "TWILIO_WHATSAPP_NUMBER" => OUR_ADDRESS,
                _ => return None,
            };
            Some(value.to_owned())
        });
        let config = Config::read(&mut settings);
        settings.finish().expect("complete settings");
        let keys = SigningKeys { auth_token: SecretString::from(TOKEN), previous: None, shared: Vec::new() };
        router(Deps {
            directory: Through::new(weather, self.world.directory.clone()),
            queue: Through::new(weather, self.world.queue.clone()),
            clock: Arc::new(self.clock),
            keys: Arc::new(FixedKeys::new(&keys).expect("a key")),
            metrics: Arc::new(RecordedMetrics::new()),
            config,
        })
    }
}

/// What the form of a message holds.
fn fields(sending: Sending, quoted: Option<String>) -> Vec<(String, String)> {
    let order = format!("Please order {} copper pipes. Call Mrs Miller tomorrow.", sending.person + 1);
    let (body, media) = match sending.says {
        Says::Order => (order, None),
        Says::Words(words) | Says::Tapped(_, words) => (words.to_owned(), None),
        Says::Recording => (String::new(), Some("audio/wav")),
        Says::Photo => (String::new(), Some("image/jpeg")),
    };
    let mut fields = vec![
        ("AccountSid", ACCOUNT.to_owned()),
        ("Body", body),
        ("From", format!("whatsapp:{}", phone(sending.person))),
        ("MessageSid", sending.id()),
        ("NumMedia", u8::from(media.is_some()).to_string()),
        ("To", OUR_ADDRESS.to_owned()),
    ];
    if let Some(content_type) = media {
        fields.push(("MediaContentType0", content_type.to_owned()));
        fields.push(("MediaUrl0", media_url(ACCOUNT, sending.number)));
    }
    if let Says::Tapped(id, _) = sending.says {
        fields.push(("ButtonPayload", id.to_owned()));
    }
    if let Some(quoted) = quoted {
        fields.push(("OriginalRepliedMessageSid", quoted));
    }
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn encoded(form: &[(String, String)]) -> String {
    let mut pairs = reqwest::Url::parse("http://form").expect("an address");
    pairs.query_pairs_mut().extend_pairs(form);
    pairs.query().unwrap_or_default().to_owned()
}
