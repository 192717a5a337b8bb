//! The API of client apps. In: requests with an API key; out: lists of a company's files, addresses from which one
//! file can be downloaded for five minutes, and the company's glossary, which is all that can be written.
//!
//! Reading order: `caller` (who asks), `files` (the three routes over files), `error` (every answer of theirs that is
//! no data), `v1` (the routes below `/v1`, with a caller and errors of their own), `health`. To add a route: put its
//! handler under `v1`, and add it to `v1_routes`, which is where keys are asked for; the test `e01` walks all routes.

mod caller;
mod config;
mod error;
mod files;
mod health;
mod params;
mod v1;

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderValue, Uri, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use shared::{
    ports::{clock::Clock, objects::ObjectRead},
    repositories::{filed::Filed, glossaries::Glossaries},
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
    /// The companies' glossaries.
    pub glossaries: Glossaries,
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

/// Everything: the routes of client apps, `GET /health`, `/healthz` and `/readyz`, and JSON for whatever is no route.
pub fn router(deps: Deps) -> Router {
    let api = Api::new(deps);
    Router::new()
        .merge(routes(&api))
        .route("/health", get(health::alive))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready).with_state(api))
        .fallback(nothing)
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
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
    files.merge(v1_routes(api)).with_state(Arc::clone(api))
}

fn v1_routes(api: &Arc<Api>) -> Router<Arc<Api>> {
    Router::new()
        .route("/v1/glossary", v1::glossary::methods())
        .route_layer(middleware::from_fn_with_state(Arc::clone(api), v1::caller::require_key))
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
