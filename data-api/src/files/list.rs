//! `GET /files/list?company_id&message_intent&output_format&nextContinuationToken`: the files of a company,
//! or with `output_format=ids` its notes. Without `message_intent`, all intents one after another.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shared::{domain::intent::Intent, use_cases::authorise::Authorised};

use super::{
    FileDto,
    cursor::{Listing, Position},
    grouping::NoteDto,
    walk::Walk,
};
use crate::{
    Api,
    caller::own_scope,
    error::ApiError,
    params::{Params, required},
};

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Files.
    Full,
    /// Notes.
    Ids,
}

#[derive(Deserialize)]
pub(crate) struct ListParams {
    company_id: Option<String>,
    message_intent: Option<String>,
    output_format: Option<String>,
    #[serde(rename = "nextContinuationToken")]
    token: Option<String>,
}

/// `nextContinuationToken` is `null` on the last page.
#[derive(Serialize)]
struct FilesDto {
    files: Vec<FileDto>,
    #[serde(rename = "nextContinuationToken")]
    next: Option<String>,
}

#[derive(Serialize)]
struct NotesDto {
    message_ids: Vec<NoteDto>,
    #[serde(rename = "nextContinuationToken")]
    next: Option<String>,
}

pub(crate) async fn handle(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Authorised>,
    Params(params): Params<ListParams>,
) -> Result<Response, ApiError> {
    let company_id = required(params.company_id, "company_id is required")?;
    let intent = params.message_intent.as_deref().map(parse_intent).transpose()?;
    let format = params.output_format.as_deref().map_or(Ok(Format::Full), parse_format)?;
    let scope = own_scope(&caller, &company_id)?;
    let intents = intent.as_ref().map_or(&Intent::ALL[..], std::slice::from_ref);
    let listing = Listing { company: scope.company(), intent, format };
    let walk = Walk { objects: &*api.deps.objects, scope, intents };

    let from = match params.token.as_deref().filter(|token| !token.is_empty()) {
        None => walk.start(),
        Some(token) => Some(
            api.cursors.open(&listing, token).ok_or(ApiError::BadRequest("Invalid nextContinuationToken"))?,
        ),
    };
    let token = |next: Option<Position>| next.and_then(|position| api.cursors.seal(&listing, &position));
    match format {
        Format::Full => {
            let (files, next) = walk.files(from).await?;
            let files = files.into_iter().map(FileDto::from).collect();
            Ok(Json(FilesDto { files, next: token(next) }).into_response())
        }
        Format::Ids => {
            let (notes, next) = walk.notes(from).await?;
            Ok(Json(NotesDto { message_ids: notes.into_notes(), next: token(next) }).into_response())
        }
    }
}

fn parse_intent(raw: &str) -> Result<Intent, ApiError> {
    const COMPLAINT: &str =
        "Invalid message_intent. Must be one of: job-to-be-done, knowledge-document, other";
    Intent::parse(raw).ok_or(ApiError::BadRequest(COMPLAINT))
}

fn parse_format(raw: &str) -> Result<Format, ApiError> {
    match raw {
        "full" => Ok(Format::Full),
        "ids" => Ok(Format::Ids),
        _ => Err(ApiError::BadRequest("Invalid output_format. Must be one of: full, ids")),
    }
}
