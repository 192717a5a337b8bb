//! The messenger on the phone: Twilio asks what to do in a call, and is told in TwiML. Who calls hears what is unread, asks
//! about it, answers it, and leaves notes. All that takes long is a job for voice-parser; a call waits for it in words.
//!
//! Reading order: `receive` (a request, checked, and its answer in time), `talk` (one turn of a call), `who` (who calls),
//! `step` (what is said next, pure), `command` (what a caller wants), `effects` (what is done besides), `render` and `speech`
//! (how it is said), `texts` (in which words), `config`.
//!
//! To add something that callers can say: a variant in `command` with its phrases in each language, its answer in `step`, a
//! story in `tests/`.

mod command;
mod config;
mod effects;
mod receive;
mod render;
mod speech;
mod step;
mod talk;
mod texts;
mod who;

use std::sync::Arc;

use adapter_twilio::key_source::SigningKeySource;
use axum::{
    Json, Router,
    extract::Request,
    routing::{get, post},
};
use serde_json::json;
use shared::{
    ports::{
        clock::Clock, directory::CustomerDirectory, job_queue::JobQueue, metrics::Metrics, table::TableStore,
    },
    repositories::{calls::Calls, contacts::Contacts, outcomes::Outcomes, threads::Threads},
    use_cases::unread::Unread,
};

pub use config::{Config, TalkSettings, Trust, Voices};
pub use step::Limits;

/// Where Twilio asks what to do with a call that comes in. The second is another name for it.
pub const INCOMING_ROUTES: [&str; 2] = ["/twilio/voice/incoming", "/twilio/voice"];

/// Where it tells what the caller did, and asks what is next.
pub const FOLLOWUP_ROUTE: &str = "/twilio/voice/followup";

/// Where it tells that a call is over.
pub const STATUS_ROUTE: &str = "/twilio/voice/status";

/// Everything that this function works with.
#[derive(Clone)]
pub struct Deps {
    /// Identity to customer.
    pub directory: Arc<dyn CustomerDirectory>,
    /// Where wrong PINs are counted.
    pub table: Arc<dyn TableStore>,
    /// The calls.
    pub calls: Calls,
    /// What people have not heard.
    pub unread: Unread,
    /// Who waits for what becomes of a note.
    pub outcomes: Outcomes,
    /// Who may be written to.
    pub contacts: Contacts,
    /// All that was said with people.
    pub threads: Threads,
    /// Where notes and letters go.
    pub queue: Arc<dyn JobQueue>,
    /// Where what a caller waits for is asked, so that it stands behind no note. It may be the same queue, if that gives calls
    /// a turn of their own.
    pub asking: Arc<dyn JobQueue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The keys that Twilio signs with.
    pub keys: Arc<dyn SigningKeySource>,
    /// What is counted.
    pub metrics: Arc<dyn Metrics>,
    /// The settings.
    pub config: Config,
}

impl Deps {
    /// Over these stores; of the two queues the second is the one where callers wait.
    pub fn over(
        table: &Arc<dyn TableStore>,
        (queue, asking): (Arc<dyn JobQueue>, Arc<dyn JobQueue>),
        (directory, keys): (Arc<dyn CustomerDirectory>, Arc<dyn SigningKeySource>),
        (clock, metrics): (Arc<dyn Clock>, Arc<dyn Metrics>),
        config: Config,
    ) -> Self {
        Self {
            directory,
            calls: Calls::new(table.clone()),
            unread: Unread::new(table),
            outcomes: Outcomes::new(table.clone()),
            contacts: Contacts::new(table.clone()),
            threads: Threads::new(table.clone()),
            table: table.clone(),
            queue,
            asking,
            clock,
            keys,
            metrics,
            config,
        }
    }
}

/// The deployable: Twilio's routes, and `/health` and `/healthz`.
pub fn router(deps: Deps) -> Router {
    let alive = || get(async || Json(json!({ "status": "ok" })));
    let base = deps.config.public_base.clone();
    let places =
        base.prefixes().flat_map(|prefix| ["/health", "/healthz"].map(|route| format!("{prefix}{route}")));
    places.fold(routes(deps), |router, place| router.route(&place, alive()))
}

/// Twilio's routes for calls, each also under the path of `PUBLIC_BASE_URL`.
pub fn routes(deps: Deps) -> Router {
    let deps = Arc::new(deps);
    let mut router = Router::new();
    let base = deps.config.public_base.clone();
    let all = INCOMING_ROUTES.into_iter().chain([FOLLOWUP_ROUTE, STATUS_ROUTE]);
    for (prefix, route) in base.prefixes().flat_map(|prefix| all.clone().map(move |route| (prefix, route))) {
        let (deps, url) = (deps.clone(), Arc::new(base.url_of(route)));
        let receive = async move |request: Request| receive::receive(&deps, &url, route, request).await;
        router = router.route(&format!("{prefix}{route}"), post(receive));
    }
    router
}
