//! The API of client apps. In: requests with an API key; out: lists of a company's files, addresses from which one
//! file can be downloaded for five minutes, and the company's records with all that happens to them.
//!
//! Reading order: `caller` (who asks), `files` (the three older routes over files), `error` (every answer of theirs that
//! is no data), `v1` (the routes below `/v1`, with a caller and errors of their own), `health`. To add a route: put its
//! handler under `v1`, and add it to `v1::with_key`, which is where keys are asked for; the test `e01` walks all routes.

mod caller;
mod config;
mod error;
mod files;
mod health;
mod params;
mod v1;

use std::sync::Arc;

use adapter_search::MemorySearch;
use axum::{
    Router,
    http::{HeaderValue, Uri, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use shared::{
    domain::webhook::Loopback,
    ports::{
        clock::{Clock, Ids},
        job_queue::JobQueue,
        message_sync::{MessageSync, Never, SyncError},
        objects::{ObjectRead, ObjectWrite},
        table::TableStore,
        webhook_sender::WebhookSender,
    },
    prices::Prices,
    repositories::{
        feed::Feed, filed::Filed, glossaries::Glossaries, notes::Notes, records::Records, webhooks::Webhooks,
    },
    use_cases::{authorise::Authoriser, follow::Follow, ping_webhook::PingWebhook, search::Search},
};

pub use self::{
    config::{Config, DEFAULT_PER_MINUTE},
    health::Readiness,
    v1::description,
};
use self::{
    error::ApiError,
    files::cursor::Cursors,
    health::Probe,
    v1::{cursor::Cursors as V1Cursors, limits::KeyLimits},
};

/// Where Telegram is asked for messages now. It lies beside `/v1`, and is answered as what lies below it.
pub const SYNC_ROUTE: &str = "/telegram/sync";

/// What the API needs.
#[derive(Clone)]
pub struct Deps {
    /// The stored files; only read.
    pub objects: Arc<dyn ObjectRead>,
    /// Where notes' files lie.
    pub filed: Filed,
    /// The companies' glossaries.
    pub glossaries: Glossaries,
    /// The notes, to try one again.
    pub notes: Notes,
    /// The records, and what happens to them.
    pub follow: Follow,
    /// Finds records by their words.
    pub search: Search,
    /// Where the job of a note goes that is tried again.
    pub queue: Arc<dyn JobQueue>,
    /// Where companies' own software is told of changes, and whether it can be reached.
    pub ping: PingWebhook,
    /// Asks Telegram for messages now, where it is asked at all.
    pub sync: Arc<dyn MessageSync>,
    /// Whether it may be on this machine.
    pub loopback: Loopback,
    /// Verifies keys.
    pub authoriser: Arc<Authoriser>,
    /// What models cost, if it is known.
    pub prices: Option<Prices>,
    /// The word in the text of new keys: `local`, `dev`, `prod`.
    pub env: String,
    /// How many requests a key may make in a minute; 0: as many as come.
    pub per_minute: u32,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for new keys.
    pub ids: Arc<dyn Ids>,
}

impl Deps {
    /// Over these stores; what is not among them as it is on one machine, until [`Deps::with`]. Nobody is
    /// asked for messages.
    pub fn over<O: ObjectRead + ObjectWrite + 'static>(
        table: Arc<dyn TableStore>,
        objects: Arc<O>,
        queue: Arc<dyn JobQueue>,
        sender: Arc<dyn WebhookSender>,
        authoriser: Authoriser,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>),
    ) -> Self {
        let webhooks = Webhooks::new(table.clone(), authoriser.keys().pepper());
        let follow = Follow { feed: Feed::new(table.clone()), records: Records::new(table.clone()) };
        let engine = Arc::new(MemorySearch);
        Self {
            search: Search::new(engine, follow.clone(), objects.clone(), objects.clone(), clock.clone()),
            objects,
            filed: Filed::new(table.clone()),
            glossaries: Glossaries::new(table.clone()),
            notes: Notes::new(table),
            follow,
            queue,
            ping: PingWebhook { webhooks, sender, clock: clock.clone(), ids: ids.clone() },
            sync: Arc::new(Never(SyncError::NotAskedHere)),
            loopback: Loopback::Refused,
            authoriser: Arc::new(authoriser),
            prices: None,
            env: "local".to_owned(),
            per_minute: DEFAULT_PER_MINUTE,
            clock,
            ids,
        }
    }

    /// As the function's settings say.
    #[must_use]
    pub fn with(self, config: &Config) -> Self {
        Self { prices: config.prices, env: config.env.clone(), per_minute: config.per_minute, ..self }
    }
}

/// What handlers share.
struct Api {
    deps: Deps,
    cursors: Cursors,
    v1_cursors: V1Cursors,
    limits: KeyLimits,
    probe: Probe,
}

impl Api {
    fn new(deps: Deps) -> Arc<Self> {
        let pepper = deps.authoriser.keys().pepper();
        let cursors = Cursors::new(pepper.derive("data-api cursors 1"));
        let v1_cursors = V1Cursors::new(pepper.derive("data-api cursors 2"));
        let limits = KeyLimits::new(deps.per_minute, deps.clock.clone());
        Arc::new(Self { deps, cursors, v1_cursors, limits, probe: Probe::default() })
    }
}

/// Everything: the routes of client apps, `GET /health`, `/healthz` and `/readyz`, and JSON for whatever is no route.
pub fn router(deps: Deps) -> Router {
    let api = Api::new(deps);
    Router::new()
        .merge(routes(&api))
        .route("/health", get(health::alive))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready).with_state(api))
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
        .layer(middleware::map_response(harmless))
}

/// The routes of client apps alone, to be merged into a larger router that has its own health and fallback.
pub fn client_routes(deps: Deps) -> Router {
    routes(&Api::new(deps)).layer(middleware::map_response(harmless))
}

/// Whether the object store and the table can be reached; asks them at most once in five seconds.
pub struct DataApiReadiness(Arc<Api>);

impl DataApiReadiness {
    /// For a larger router's own `/readyz`.
    #[must_use]
    pub fn new(deps: Deps) -> Self {
        Self(Api::new(deps))
    }

    /// Asks.
    pub async fn check(&self) -> Readiness {
        self.0.probe.check(&self.0.deps).await
    }
}

/// Every route in here asks for a key before its handler runs.
fn routes(api: &Arc<Api>) -> Router {
    let files = Router::new()
        .route("/files/list", get(files::list::handle))
        .route("/files/by-message", get(files::by_message::handle))
        .route("/files/get-download-url", get(files::download::handle))
        .route_layer(middleware::from_fn_with_state(Arc::clone(api), caller::require_key));
    files.merge(v1::routes(api)).with_state(Arc::clone(api))
}

/// A method that a path does not know, in the form of its neighbours.
async fn not_so(uri: Uri) -> Response {
    if v1::is_below(uri.path()) {
        v1::problem::Problem::MethodNotAllowed.into_response()
    } else {
        ApiError::MethodNotAllowed.into_response()
    }
}

/// What is no route, in the form of its neighbours.
async fn nothing(uri: Uri) -> Response {
    if v1::is_below(uri.path()) {
        v1::problem::Problem::NotFound.into_response()
    } else {
        ApiError::NotFound.into_response()
    }
}

/// Answers hold people's words: no browser may take them for anything but JSON, and nobody may keep them.
async fn harmless(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
