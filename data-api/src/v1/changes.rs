//! `GET /v1/changes`: all that happens to a company's records, in order, each once.

use std::{sync::Arc, time::Duration};

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Serialize;
use shared::{domain::tenant::TenantScope, repositories::notes::NoteError, use_cases::follow::Told};
use utoipa::{IntoParams, ToSchema};

use super::{
    caller::{Allowed, Reads},
    openapi::Common,
    parameters::{Parameters, number},
    problem::Problem,
    reply,
    view::ChangeDto,
};
use crate::Api;

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 500;
/// Longest time that a request waits for something to happen, in seconds: API Gateway ends it after 30.
const MAX_WAIT_S: usize = 20;
/// How often it is looked.
const LOOKS_PER_S: usize = 2;
/// How long after one look the next one comes.
const BETWEEN: Duration = Duration::from_millis(500);

/// What happened.
#[derive(Serialize, ToSchema)]
#[schema(as = Changes)]
struct ChangesDto {
    /// In the order in which they became visible, oldest first.
    changes: Vec<ChangeDto>,
    /// Asks for what comes next. It does not end.
    cursor: String,
    /// Whether there is more already.
    has_more: bool,
}

/// Where to go on.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `list` takes")]
struct ChangesParams {
    /// As the answer before told; without it, from the beginning.
    #[param(max_length = 400, nullable = false)]
    cursor: Option<String>,
    /// For how many seconds the answer waits for something to happen, if nothing has.
    #[param(minimum = 0, maximum = 20, nullable = false)]
    wait: Option<u32>,
    /// Most messages that are told of at once; one of several records is told with each of them. 100 if not given.
    #[param(minimum = 1, maximum = 500, nullable = false)]
    limit: Option<u32>,
}

/// What happened since: every record that was filed, corrected, withdrawn, restored, or got another status.
///
/// Each change is told once, and none is left out, however many are written at the same time. Ask again with the cursor
/// of the answer; with `wait`, the answer comes as soon as something happens.
#[utoipa::path(
    get,
    path = "/v1/changes",
    tag = "changes",
    operation_id = "listChanges",
    params(ChangesParams),
    responses((status = 200, description = "What happened, possibly nothing.", body = ChangesDto), Common),
    security(("key" = ["records:read"])),
)]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    caller: Allowed<Reads>,
    headers: HeaderMap,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    const QUESTION: &str = "changes";
    let scope = &caller.scope;
    let wait = parameters.optional("wait", "a whole number of seconds from 0 to 20", |raw| {
        number(raw).filter(|wait| *wait <= MAX_WAIT_S)
    })?;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let cursor = parameters.optional("cursor", "a text", |raw| Some(raw.to_owned()))?;
    parameters.finish()?;
    let place = cursor.map(|cursor| api.v1_cursors.open(scope.company(), QUESTION, &cursor)).transpose()?;
    let number = place.and_then(|place| place.parse().ok()).unwrap_or(0);
    let told = waited(&api, scope, number, limit, wait.unwrap_or_default()).await?;
    let last = told.last().map_or(number, |told| told.number);
    let cursor = api.v1_cursors.close(scope.company(), QUESTION, &last.to_string()).unwrap_or_default();
    let has_more = told.len() == limit;
    let changes = told.into_iter().flat_map(|told| told.changes).map(Into::into).collect();
    reply::json(&headers, &ChangesDto { changes, cursor, has_more })
}

async fn waited(
    api: &Api,
    scope: &TenantScope,
    number: u64,
    limit: usize,
    wait_s: usize,
) -> Result<Vec<Told>, NoteError> {
    let mut told = api.deps.follow.after(scope, number, limit).await?;
    for _ in 0..wait_s * LOOKS_PER_S {
        if !told.is_empty() {
            break;
        }
        tokio::time::sleep(BETWEEN).await;
        told = api.deps.follow.after(scope, number, limit).await?;
    }
    Ok(told)
}
