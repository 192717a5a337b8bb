//! The API of client apps. In: GET requests with an API key; out: lists of a company's files and addresses
//! from which one file can be downloaded for five minutes. Nothing is ever written.
//!
//! Reading order: `caller` (who asks), `files` (the three routes), `error` (every answer that is no data),
//! `health`. To add a route: put its handler under `files`, and add it to [`file_routes`], which is where
//! keys are asked for; the test `e01` walks all routes.

mod caller;
mod config;
mod error;
mod files;
mod health;
mod params;

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderValue, header},
    middleware,
    response::Response,
    routing::get,
};
use shared::{
    ports::{clock::Clock, objects::ObjectRead},
    repositories::filed::Filed,
    use_cases::authorise::Authoriser,
};

pub use self::{config::Config, health::Readiness};
use self::{error::ApiError, files::cursor::Cursors, health::Probe};

/// What the API needs.
#[derive(Clone)]
pub struct Deps {
    /// The stored files; only read.
    pub objects: Arc<dyn ObjectRead>,
    /// Where notes' files lie.
    pub filed: Filed,
    /// Verifies keys.
    pub authoriser: Arc<Authoriser>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What handlers share.
struct Api {
    deps: Deps,
    cursors: Cursors,
    probe: Probe,
}

impl Api {
    fn new(deps: Deps) -> Arc<Self> {
        let cursors = Cursors::new(deps.authoriser.keys().pepper().derive("data-api cursors 1"));
        Arc::new(Self { deps, cursors, probe: Probe::default() })
    }
}

/// Everything: the file routes, `GET /health`, `/healthz` and `/readyz`, and JSON for whatever is no route.
pub fn router(deps: Deps) -> Router {
    let api = Api::new(deps);
    Router::new()
        .merge(routes(&api))
        .route("/health", get(health::alive))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready).with_state(api))
        .fallback(|| async { ApiError::NotFound })
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(middleware::map_response(harmless))
}

/// The file routes alone, to be merged into a larger router that has its own health and fallback.
pub fn file_routes(deps: Deps) -> Router {
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
    Router::new()
        .route("/files/list", get(files::list::handle))
        .route("/files/by-message", get(files::by_message::handle))
        .route("/files/get-download-url", get(files::download::handle))
        .route_layer(middleware::from_fn_with_state(Arc::clone(api), caller::require_key))
        .with_state(Arc::clone(api))
}

/// Answers hold people's words: no browser may take them for anything but JSON, and nobody may keep them.
async fn harmless(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
