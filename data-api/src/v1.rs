//! The routes below `/v1`: the company comes from the key alone, errors are problem details (RFC 9457). The older
//! routes keep their form.
//!
//! To add a route: a handler with `#[utoipa::path]`, a line in [`routes`], and one in `infrastructure/data-api.yaml`.
//! `cargo run --package data-api --example openapi` writes the description anew; the tests say if it was forgotten.

mod body;
pub(crate) mod caller;
mod changes;
pub(crate) mod cursor;
mod described;
mod docs;
mod glossary;
mod keys;
pub(crate) mod limits;
mod openapi;
mod parameters;
mod preconditions;
pub(crate) mod problem;
mod records;
mod reply;
mod schemas;
mod search;
mod telegram;
mod view;
mod webhooks;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware, routing::get};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes as of};

use crate::{Api, SYNC_ROUTE};

/// Longest body of a request, in bytes: forty terms of forty characters, however they are written.
const MOST_BYTES: usize = 32 * 1_024;

/// Whether a path belongs here, whatever lies at it.
pub(crate) fn is_below(path: &str) -> bool {
    path.starts_with("/v1/") || path == SYNC_ROUTE
}

/// Every route in here asks for a key, and counts its requests, before its handler runs.
fn with_key() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(of!(records::list))
        .routes(of!(records::one::read, records::one::change))
        .routes(of!(records::replay::replay))
        .routes(of!(changes::list))
        .routes(of!(telegram::sync))
        .routes(of!(search::find))
        .routes(of!(glossary::read, glossary::replace))
        .routes(of!(keys::list, keys::create))
        .routes(of!(keys::revoke))
        .routes(of!(webhooks::list, webhooks::create))
        .routes(of!(webhooks::one::read, webhooks::one::change, webhooks::one::delete))
        .routes(of!(webhooks::one::rotate))
        .routes(of!(webhooks::one::ping))
        .routes(of!(webhooks::dead_letters::list))
        .routes(of!(webhooks::dead_letters::replay_all))
        .routes(of!(webhooks::dead_letters::replay_one))
}

/// What anyone may read: it says how to ask, and nothing of what is stored.
fn without_key() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(of!(schemas::record_1))
}

/// All routes.
pub(crate) fn routes(api: &Arc<Api>) -> Router<Arc<Api>> {
    let with_key = with_key()
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .route_layer(middleware::from_fn_with_state(Arc::clone(api), limits::count))
        .route_layer(middleware::from_fn_with_state(Arc::clone(api), caller::require_key));
    Router::from(with_key)
        .merge(Router::from(without_key()))
        .route("/v1/openapi.json", get(described::openapi))
        .route("/docs", get(described::docs))
}

/// The description of all routes below `/v1` (OpenAPI 3.1).
///
/// It is made when the program is built, not when it runs: what is served is the committed document.
///
/// # Errors
/// None is known to happen: a test makes it.
pub fn description() -> serde_json::Result<Value> {
    let (_, mut routes) = with_key().split_for_parts();
    routes.merge(without_key().split_for_parts().1);
    openapi::whole(routes)
}
