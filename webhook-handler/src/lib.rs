//! Twilio's and Telegram's webhooks come in here: signed, checked, the sender looked up, and the message queued. A job
//! goes out, and an empty answer that tells the sender nothing. All work on a message happens behind the queue.
//!
//! Reading order: `keys` (who may sign; which paths are ours is in `adapter_twilio`), `receive` (what happens to a
//! request, step by step), `status` (what Twilio tells of messages that we sent), `telegram` (the same steps for an
//! update), `answer` (what they are told), `health`.
//!
//! To add a webhook: a route in `router`, a schema in the vendor's adapter, a function beside `receive`.

mod answer;
mod health;
mod keys;
mod receive;
mod status;
mod telegram;

use std::sync::Arc;

use adapter_twilio::account::OwnAccount;
use axum::{
    Router,
    extract::Request,
    routing::{get, post},
};
use shared::{
    config::Settings,
    ports::{clock::Clock, directory::CustomerDirectory, job_queue::JobQueue, metrics::Metrics},
    use_cases::take_in::TakeIn,
};

pub use adapter_twilio::{
    key_source::{KeysUnavailable, SigningKeySource},
    public_base::PublicBase,
};
use health::Health;
pub use keys::{FixedKeys, StoredKeys, WebhookKeySource};

/// Where Twilio sends messages. All three do the same: the second is the name for new setups, the third is
/// where Twilio turns when the first did not answer.
pub const ROUTES: [&str; 3] = ["/webhook", "/twilio/inbound", "/twilio/fallback"];

/// Where Twilio tells what became of a message that we sent: the route that `adapter_twilio` gives it.
pub const STATUS_ROUTE: &str = "/twilio/status";

/// Where Telegram brings updates. It is answered where a webhook secret is configured, and else it is not there.
pub const TELEGRAM_ROUTE: &str = "/telegram/webhook";

/// Everything that this function works with.
pub struct Deps {
    /// Identity to customer.
    pub directory: Arc<dyn CustomerDirectory>,
    /// Where messages go.
    pub queue: Arc<dyn JobQueue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The keys that Twilio signs with, and the secret that Telegram sends.
    pub keys: Arc<dyn WebhookKeySource>,
    /// What is counted.
    pub metrics: Arc<dyn Metrics>,
    /// The settings.
    pub config: Config,
}

impl Deps {
    fn take_in(&self) -> TakeIn {
        TakeIn { directory: self.directory.clone(), queue: self.queue.clone(), metrics: self.metrics.clone() }
    }
}

/// The settings of this function.
#[derive(Clone, Debug)]
pub struct Config {
    /// `PUBLIC_BASE_URL`.
    pub public_base: PublicBase,
    /// The account that messages must be for: see [`OwnAccount::read`].
    pub account: OwnAccount,
}

impl Config {
    /// Reads all of it; what is wrong is noted in `settings`, and then the value must not be used.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        Self { public_base: PublicBase::read(settings), account: OwnAccount::read(settings) }
    }
}

/// The deployable: the providers' routes, and `/health`, `/healthz`, `/readyz`. Each also under the path of
/// `PUBLIC_BASE_URL`, since a gateway may leave its stage in the path or take it out. Nothing else is
/// answered.
pub fn router(deps: Deps) -> Router {
    build(deps, true)
}

/// The providers' routes alone, for a process that has its own health routes.
pub fn routes(deps: Deps) -> Router {
    build(deps, false)
}

fn build(deps: Deps, with_health: bool) -> Router {
    let health = Arc::new(Health::new(deps.clock.clone()));
    let deps = Arc::new(deps);
    let mut router = Router::new();
    for prefix in deps.config.public_base.prefixes() {
        for route in ROUTES {
            let url = Arc::new(deps.config.public_base.url_of(route));
            let (deps, health) = (deps.clone(), health.clone());
            let receive = async move |request: Request| receive::receive(&deps, &health, &url, request).await;
            router = router.route(&format!("{prefix}{route}"), post(receive));
        }
        let url = Arc::new(deps.config.public_base.url_of(STATUS_ROUTE));
        let (status_deps, status_health) = (deps.clone(), health.clone());
        let receive =
            async move |request: Request| status::receive(&status_deps, &status_health, &url, request).await;
        router = router.route(&format!("{prefix}{STATUS_ROUTE}"), post(receive));
        let (update_deps, update_health) = (deps.clone(), health.clone());
        let receive =
            async move |request: Request| telegram::receive(&update_deps, &update_health, request).await;
        router = router.route(&format!("{prefix}{TELEGRAM_ROUTE}"), post(receive));
        if with_health {
            let health = health.clone();
            router = router
                .route(&format!("{prefix}/health"), get(health::alive))
                .route(&format!("{prefix}/healthz"), get(health::alive))
                .route(&format!("{prefix}/readyz"), get(async move || health.ready()));
        }
    }
    router
}
