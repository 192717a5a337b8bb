//! `GET /health`: the process runs. `GET /readyz`: what it depends on can be reached.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;
use shared::{domain::object_key::ObjectKey, ports::objects::ObjectError};
use tracing::warn;

use crate::{Api, Deps};

/// Anyone may ask `/readyz`; the stores are asked at most this often.
const PROBE_EVERY: SignedDuration = SignedDuration::from_secs(5);

/// What can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// The object store answers.
    pub objects: bool,
    /// The table answers.
    pub table: bool,
}

impl Readiness {
    /// Whether requests can be answered.
    #[must_use]
    pub const fn is_ready(self) -> bool {
        self.objects && self.table
    }
}

/// Asks the stores, and remembers the answer for a moment.
#[derive(Default)]
pub(crate) struct Probe(Mutex<Option<(Timestamp, Readiness)>>);

impl Probe {
    pub(crate) async fn check(&self, deps: &Deps) -> Readiness {
        let now = deps.clock.now();
        if let Some(known) = self.known(now) {
            return known;
        }
        let readiness = ask(deps).await;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, readiness));
        readiness
    }

    fn known(&self, now: Timestamp) -> Option<Readiness> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .filter(|(then, _)| (now.duration_since(*then)).abs() < PROBE_EVERY)
            .map(|(_, readiness)| readiness)
    }
}

async fn ask(deps: &Deps) -> Readiness {
    let key = ObjectKey::customers();
    let (objects, table) = futures::join!(deps.objects.head(&key), deps.authoriser.keys().probe());
    // The function has no right to that file, so a refusal is as good an answer as any.
    let objects = match objects {
        Ok(_) | Err(ObjectError::Refused(_)) => true,
        Err(error @ ObjectError::Unavailable(_)) => {
            warn!(error = %error, "Not ready: the object store cannot be reached");
            false
        }
    };
    if let Err(error) = &table {
        warn!(error = %error, "Not ready: the table cannot be reached");
    }
    Readiness { objects, table: table.is_ok() }
}

pub(crate) async fn alive() -> impl IntoResponse {
    Json(json!({ "status": "healthy" }))
}

pub(crate) async fn ready(State(api): State<Arc<Api>>) -> impl IntoResponse {
    let readiness = api.probe.check(&api.deps).await;
    let (status, word) = if readiness.is_ready() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    let state = |reached: bool| if reached { "ok" } else { "unavailable" };
    let dependencies = json!({ "objects": state(readiness.objects), "table": state(readiness.table) });
    (status, Json(json!({ "status": word, "dependencies": dependencies })))
}
