//! `/health`, `/healthz` and `/readyz` of one machine.

use std::sync::Arc;

use adapter_local::SqliteQueue;
use axum::{Json, Router, http::StatusCode, response::IntoResponse, routing::get};
use customer_lookup::CachedDirectory;
use data_api::DataApiReadiness;
use serde_json::json;
use tokio::sync::watch;

/// The routes. Anyone may ask: the answers hold states and counts, and nothing personal. From the moment that `stopped`
/// says so it is not ready, though it is alive and takes what still comes.
pub(super) fn routes(
    stores: DataApiReadiness,
    directory: Arc<CachedDirectory>,
    queue: Arc<SqliteQueue>,
    stopped: watch::Receiver<bool>,
) -> Router {
    let stores = Arc::new(stores);
    let alive = || async { Json(json!({"status": "healthy"})) };
    let ready = move || {
        let (stores, directory, queue) = (stores.clone(), directory.clone(), queue.clone());
        let stopping = *stopped.borrow();
        async move { check(&stores, &directory, &queue, stopping).await }
    };
    Router::new().route("/health", get(alive)).route("/healthz", get(alive)).route("/readyz", get(ready))
}

async fn check(
    stores: &DataApiReadiness,
    directory: &CachedDirectory,
    queue: &SqliteQueue,
    stopping: bool,
) -> impl IntoResponse + use<> {
    let stores = stores.check().await;
    let customers = directory.check().await;
    let (depth, oldest, dead) = (
        queue.depth().await.ok(),
        queue.oldest_age().await.ok().flatten(),
        queue.dead_letter_count().await.ok(),
    );
    let ready = !stopping && stores.is_ready() && customers.ready && depth.is_some();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "ready": ready,
        "stopping": stopping,
        "objects": stores.objects,
        "table": stores.table,
        "customers": {
            "ready": customers.ready,
            "count": customers.customers,
            "problem": customers.problem,
            "faults": customers.faults,
        },
        "queue": {"jobs": depth, "oldest_s": oldest.map(|age| age.as_secs()), "dead_letters": dead},
    });
    (status, Json(body))
}
