//! The plan of faults and the log of calls.

use axum::{Json, extract::State};
use http::StatusCode;
use serde_json::{Value, json};

use super::Nonsense;
use crate::{
    calls::Call,
    faults::{FaultPlan, FaultSpec},
    world::{SharedWorld, locked},
};

/// Sets the plan; an empty one clears it.
pub(super) async fn plan_faults(
    State(world): State<SharedWorld>,
    body: String,
) -> Result<Json<Value>, Nonsense> {
    let specs: Vec<FaultSpec> = serde_json::from_str(&body).map_err(|error| Nonsense(error.to_string()))?;
    let count = specs.len();
    *locked(&world.faults) = FaultPlan::new(specs).map_err(Nonsense)?;
    Ok(Json(json!({ "faults": count, "simulated": true })))
}

/// The plan in force.
pub(super) async fn faults(State(world): State<SharedWorld>) -> Json<Vec<FaultSpec>> {
    Json(locked(&world.faults).specs())
}

/// Every vendor call, oldest first.
pub(super) async fn calls(State(world): State<SharedWorld>) -> Json<Vec<Call>> {
    Json(locked(&world.calls).all())
}

/// Forgets the calls so far.
pub(super) async fn clear_calls(State(world): State<SharedWorld>) -> StatusCode {
    locked(&world.calls).clear();
    StatusCode::NO_CONTENT
}
