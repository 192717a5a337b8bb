//! `/v1/webhooks/{webhook_id}/dead-letters`: messages that were not accepted for three days.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shared::{
    domain::webhook::type_of,
    repositories::webhooks::{DeadLetter, MAX_DEAD_LISTED},
};
use utoipa::{IntoParams, ToSchema};

use super::found;
use crate::{
    Api,
    files::rfc3339,
    v1::{
        caller::{Administers, Allowed},
        openapi::OfOne,
        parameters::{NoParameters, Parameters},
        problem::Problem,
        reply,
    },
};

const DEFAULT_LIMIT: usize = 50;

/// A page of dead letters.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadLetters)]
struct DeadLettersDto {
    /// The oldest first. They are kept for 30 days.
    dead_letters: Vec<DeadLetterDto>,
    /// Asks for the next page; `null`: there are no more.
    cursor: Option<String>,
}

/// A message that was given up.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadLetter)]
struct DeadLetterDto {
    /// Names it among those of its webhook.
    number: u64,
    /// Whose record it tells of.
    message_id: String,
    /// Of what it tells.
    r#type: &'static str,
    /// How often it was sent.
    failures: u32,
    /// When it was given up.
    #[schema(format = DateTime)]
    died_at: String,
    /// Why it was not accepted the last time, in words.
    #[schema(required = true)]
    detail: Option<String>,
}

/// What goes out again.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadLettersReplayed)]
struct ReplayedDto {
    /// How many.
    replayed: u32,
    /// Whether there are more: ask again.
    has_more: bool,
}

/// Which.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `list` takes")]
struct DeadLettersParams {
    /// Most of a page; 50 if not given.
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<u32>,
    /// Where the page begins: as the page before answered.
    #[param(max_length = 400, nullable = false)]
    cursor: Option<String>,
}

impl From<&DeadLetter> for DeadLetterDto {
    fn from(letter: &DeadLetter) -> Self {
        Self {
            number: letter.entry.number,
            message_id: letter.entry.note.to_string(),
            r#type: type_of(letter.entry.kind),
            failures: letter.failures,
            died_at: rfc3339(letter.died_at),
            detail: letter.why.map(|why| why.to_string()),
        }
    }
}

/// Messages that were not accepted for three days.
#[utoipa::path(
    get,
    path = "/v1/webhooks/{webhook_id}/dead-letters",
    tag = "webhooks",
    operation_id = "listDeadLetters",
    params(("webhook_id" = String, Path, description = "The webhook's id.", pattern = "^wh_[a-z]{16}$"), DeadLettersParams),
    responses((status = 200, description = "A page of them.", body = DeadLettersDto), OfOne),
    security(("key" = ["admin"])),
)]
pub(in crate::v1) async fn list(
    State(api): State<Arc<Api>>,
    caller: Allowed<Administers>,
    Path(webhook_id): Path<String>,
    headers: HeaderMap,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_DEAD_LISTED)?;
    let cursor = parameters.optional("cursor", "a text", |raw| Some(raw.to_owned()))?;
    parameters.finish()?;
    let webhook = found(&api, scope, &webhook_id).await?;
    let question = format!("dead letters of {}", webhook.id);
    let place = cursor.map(|cursor| api.v1_cursors.open(scope.company(), &question, &cursor)).transpose()?;
    let after = place.and_then(|place| place.parse().ok()).unwrap_or(0);
    let page = api.deps.ping.webhooks.dead_letters(scope, &webhook.id, after, limit).await?;
    let next = page.next.and_then(|next| api.v1_cursors.close(scope.company(), &question, &next.to_string()));
    let dead_letters = page.letters.iter().map(Into::into).collect();
    reply::json(&headers, &DeadLettersDto { dead_letters, cursor: next })
}

/// Sends all of them again, in their order: at most 500 with one request.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{webhook_id}/dead-letters/replay",
    tag = "webhooks",
    operation_id = "replayDeadLetters",
    params(("webhook_id" = String, Path, description = "The webhook's id.", pattern = "^wh_[a-z]{16}$")),
    responses((status = 200, description = "They go out again.", body = ReplayedDto), OfOne),
    security(("key" = ["admin"])),
)]
pub(in crate::v1) async fn replay_all(
    State(api): State<Arc<Api>>,
    caller: Allowed<Administers>,
    Path(webhook_id): Path<String>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let webhook = found(&api, scope, &webhook_id).await?;
    let replayed = api.deps.ping.webhooks.replay_all(scope, &webhook.id, api.deps.clock.now()).await?;
    Ok(Json(ReplayedDto { replayed: replayed.letters, has_more: replayed.more }).into_response())
}

/// Sends one of them again.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{webhook_id}/dead-letters/{number}/replay",
    tag = "webhooks",
    operation_id = "replayDeadLetter",
    params(
        ("webhook_id" = String, Path, description = "The webhook's id.", pattern = "^wh_[a-z]{16}$"),
        ("number" = u64, Path, description = "The letter's number."),
    ),
    responses((status = 200, description = "It goes out again.", body = ReplayedDto), OfOne),
    security(("key" = ["admin"])),
)]
pub(in crate::v1) async fn replay_one(
    State(api): State<Arc<Api>>,
    caller: Allowed<Administers>,
    Path((webhook_id, number)): Path<(String, String)>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let webhook = found(&api, scope, &webhook_id).await?;
    let number = number.parse().map_err(|_| Problem::NotFound)?;
    let webhooks = &api.deps.ping.webhooks;
    if !webhooks.replay(scope, &webhook.id, number, api.deps.clock.now()).await? {
        return Err(Problem::NotFound);
    }
    Ok(Json(ReplayedDto { replayed: 1, has_more: false }).into_response())
}
