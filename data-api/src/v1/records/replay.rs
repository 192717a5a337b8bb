//! `POST /v1/records/{message_id}/replay`: a note that was given up is tried again.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shared::{
    domain::note::Stage,
    use_cases::replay::{ReplayError, send_again},
};
use utoipa::ToSchema;

use super::one::find;
use crate::{
    Api,
    v1::{
        caller::{Allowed, Writes},
        openapi::OfOne,
        parameters::NoParameters,
        problem::Problem,
    },
};

/// What was done.
#[derive(Serialize, ToSchema)]
#[schema(as = Replayed)]
struct ReplayedDto {
    /// The note's message.
    message_id: String,
    /// After which step it goes on.
    goes_on_after: &'static str,
}

/// Tries a note again that was given up.
///
/// It goes on after its last step, so nothing is paid for twice; its sender hears what comes of it. To be asked for
/// again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/records/{message_id}/replay",
    tag = "records",
    operation_id = "replayRecord",
    params(("message_id" = String, Path, description = "The record's id.", pattern = "^[A-Za-z0-9][A-Za-z0-9_]{5,63}(-[1-9][0-9]?)?$")),
    responses(
        (status = 202, description = "It is in work again.", body = ReplayedDto),
        (status = 409, description = "It was not given up.", body = super::super::problem::Document,
         content_type = "application/problem+json"),
        OfOne,
    ),
    security(("key" = ["records:write"])),
)]
pub(in crate::v1) async fn replay(
    State(api): State<Arc<Api>>,
    caller: Allowed<Writes>,
    Path(message_id): Path<String>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let found = find(&api, scope, &message_id).await?;
    if found.note.stage() != Stage::Failed {
        return Err(Problem::Conflict("Only what was given up can be tried again."));
    }
    let id = &found.note.message().id;
    let note = send_again(&api.deps.notes, &*api.deps.queue, id, None).await?.ok_or(Problem::NotFound)?;
    let body = ReplayedDto { message_id: id.to_string(), goes_on_after: note.stage().as_str() };
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Notes(error) => error.into(),
            ReplayError::Queue(error) => error.into(),
        }
    }
}
