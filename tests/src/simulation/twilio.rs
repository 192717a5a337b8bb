//! Twilio with its phones: posts each message to the webhook, to the fallback when that fails, and now and then again.

use std::{sync::Arc, time::Duration};

use adapter_twilio::keys::SigningKeys;
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
    ports::Through,
    story::{RunClock, Story},
    weather::Weather,
    world::{World, phone, recording_url},
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

/// The provider's side.
pub(super) struct Twilio {
    pub(super) world: Arc<World>,
    pub(super) weather: Weather,
    pub(super) clock: RunClock,
    pub(super) chance: Chance,
    pub(super) story: Story,
}

/// What a person sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sending {
    pub(super) person: u32,
    pub(super) spoken: bool,
}

impl Sending {
    /// The message's id.
    pub(super) fn id(self) -> String {
        format!("MM{:032x}", self.person)
    }
}

impl Twilio {
    /// A person sends a message. Answers when it was taken, if it ever was.
    pub(super) async fn sends(&self, sending: Sending) -> bool {
        let form = fields(sending);
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
        let weather = self.weather.over(&format!("webhook-{}.{attempt}", sending.person));
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
fn fields(sending: Sending) -> Vec<(String, String)> {
    let words = format!("Please order {} copper pipes. Call Mrs Miller tomorrow.", sending.person + 1);
    let mut fields = vec![
        ("AccountSid", ACCOUNT.to_owned()),
        ("Body", if sending.spoken { String::new() } else { words }),
        ("From", format!("whatsapp:{}", phone(sending.person))),
        ("MessageSid", sending.id()),
        ("NumMedia", u8::from(sending.spoken).to_string()),
        ("To", OUR_ADDRESS.to_owned()),
    ];
    if sending.spoken {
        fields.push(("MediaContentType0", "audio/wav".to_owned()));
        fields.push(("MediaUrl0", recording_url(ACCOUNT, sending.person)));
    }
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn encoded(form: &[(String, String)]) -> String {
    let mut pairs = reqwest::Url::parse("http://form").expect("an address");
    pairs.query_pairs_mut().extend_pairs(form);
    pairs.query().unwrap_or_default().to_owned()
}
