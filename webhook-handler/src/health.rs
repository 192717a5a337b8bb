//! Whether this function lives, and whether what it needs has answered lately.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;
use shared::ports::clock::Clock;

/// How long a failure counts. After it the function is ready again, so that requests come and show more.
const MEMORY_MS: i64 = 60_000;

/// Liveness: it answers.
pub(crate) async fn alive() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// What was last seen of each dependency.
pub(crate) struct Health {
    clock: Arc<dyn Clock>,
    pub(crate) keys: Seen,
    pub(crate) queue: Seen,
    pub(crate) lookup: Seen,
}

/// When a dependency last failed, in milliseconds since 1970; 0 if it did not, or works again.
#[derive(Default)]
pub(crate) struct Seen(AtomicI64);

impl Health {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, keys: Seen::default(), queue: Seen::default(), lookup: Seen::default() }
    }

    /// Notes how a call went.
    pub(crate) fn note(&self, seen: &Seen, ok: bool) {
        seen.0.store(if ok { 0 } else { self.clock.now().as_millisecond() }, Ordering::Relaxed);
    }

    /// 200, or 503 while messages could not be taken. Without the lookup they can.
    pub(crate) fn ready(&self) -> Response {
        let state = |seen: &Seen| {
            let failed = seen.0.load(Ordering::Relaxed);
            let lately = failed != 0 && self.clock.now().as_millisecond() - failed < MEMORY_MS;
            if lately { "failing" } else { "ok" }
        };
        let (keys, queue, lookup) = (state(&self.keys), state(&self.queue), state(&self.lookup));
        let ready = keys == "ok" && queue == "ok";
        let (code, status) =
            if ready { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready") };
        let body =
            json!({ "status": status, "signing_keys": keys, "queue": queue, "customer_lookup": lookup });
        (code, Json(body)).into_response()
    }
}
