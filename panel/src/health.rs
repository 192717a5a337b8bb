//! Of the function alone, since one machine has its own: `GET /panel/health`, the process runs, and `GET /panel/readyz`,
//! what it depends on can be reached.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{Json, Router, http::StatusCode, response::IntoResponse, routing::get};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use shared::{domain::object_key::ObjectKey, ports::objects::ObjectError};

use crate::Deps;

/// Anyone may ask; the stores are asked at most this often.
const PROBE_EVERY: SignedDuration = SignedDuration::from_secs(5);

/// What can be reached.
#[derive(Clone, Copy)]
struct Reached {
    objects: bool,
    table: bool,
}

/// What was reached last, and when that was.
type Known = Arc<Mutex<Option<(Timestamp, Reached)>>>;

/// The two routes. The answers hold nothing of anybody.
pub(crate) fn routes(deps: Deps) -> Router {
    let known = Known::default();
    let ready = move || {
        let (deps, known) = (deps.clone(), known.clone());
        async move { ready(&deps, &known).await }
    };
    Router::new()
        .route("/panel/health", get(async || Json(json!({ "status": "healthy" }))))
        .route("/panel/readyz", get(ready))
}

async fn ready(deps: &Deps, known: &Known) -> impl IntoResponse + use<> {
    let now = deps.clock.now();
    let last = *known.lock().unwrap_or_else(PoisonError::into_inner);
    let fresh = last.filter(|(then, _)| now.duration_since(*then).abs() < PROBE_EVERY);
    let reached = if let Some((_, reached)) = fresh {
        reached
    } else {
        let reached = ask(deps).await;
        *known.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, reached));
        reached
    };
    let (status, word) = match reached {
        Reached { objects: true, table: true } => (StatusCode::OK, "ready"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    let state = |reached: bool| if reached { "ok" } else { "unavailable" };
    let dependencies = json!({ "objects": state(reached.objects), "table": state(reached.table) });
    (status, Json(json!({ "status": word, "dependencies": dependencies })))
}

async fn ask(deps: &Deps) -> Reached {
    let key = ObjectKey::customers();
    let (objects, table) = tokio::join!(deps.objects.head(&key), deps.keys.probe());
    // The function has no right to that file, so a refusal is as good an answer as any.
    let objects = match objects {
        Ok(_) | Err(ObjectError::Refused(_)) => true,
        Err(error @ ObjectError::Unavailable(_)) => {
            tracing::warn!(%error, "Not ready: the object store cannot be reached");
            false
        }
    };
    if let Err(error) = &table {
        tracing::warn!(%error, "Not ready: the table cannot be reached");
    }
    Reached { objects, table: table.is_ok() }
}
