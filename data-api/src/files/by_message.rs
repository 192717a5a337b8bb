//! `GET /files/by-message?company_id&message_id`: all files of one note, those of its further records
//! included.

use std::{cmp::Reverse, sync::Arc};

use axum::{Extension, Json, extract::State};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        ids::MessageId,
        intent::Intent,
        object_key::{Artifact, KeyPrefix, Place},
        tenant::TenantScope,
    },
    ports::objects::{ObjectError, ObjectMeta},
    use_cases::authorise::Authorised,
};
use tracing::warn;

use super::{FileDto, all_below};
use crate::{
    Api, Deps,
    caller::own_scope,
    error::ApiError,
    params::{Params, required},
};

#[derive(Deserialize)]
pub(crate) struct ByMessageParams {
    company_id: Option<String>,
    message_id: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct NoteFilesDto {
    message_id: String,
    company_id: String,
    intent: &'static str,
    tag: String,
    files: Vec<TypedFileDto>,
}

#[derive(Serialize)]
struct TypedFileDto {
    #[serde(rename = "type")]
    file_type: String,
    #[serde(flatten)]
    file: FileDto,
}

type Files = Vec<(Artifact, ObjectMeta)>;

pub(crate) async fn handle(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Authorised>,
    Params(params): Params<ByMessageParams>,
) -> Result<Json<NoteFilesDto>, ApiError> {
    let company_id = required(params.company_id, "company_id is required")?;
    let message_id = required(params.message_id, "message_id is required")?;
    let scope = own_scope(&caller, &company_id)?;
    let message = MessageId::parse(&message_id).map_err(|_| ApiError::NotFound)?;

    let mut files = at_known_place(&api.deps, scope, &message).await?;
    if files.is_empty() {
        files = anywhere(&api.deps, scope, &message).await?;
    }
    answer(&message, files).map(Json).ok_or(ApiError::NotFound)
}

/// The files at the place that the index names. None, if it names none: the note may still be there.
async fn at_known_place(deps: &Deps, scope: &TenantScope, message: &MessageId) -> Result<Files, ObjectError> {
    let place = match deps.filed.place_of(scope, message).await {
        Ok(Some(place)) => place,
        Ok(None) => return Ok(Files::new()),
        Err(error) => {
            warn!(message.id = %message, error = %error, "The place of note `{message}` is looked for without the index");
            return Ok(Files::new());
        }
    };
    let prefix = KeyPrefix::note(scope, &place, message);
    all_below(&*deps.objects, scope, &prefix, |artifact| is_of(artifact, message)).await
}

/// The files wherever they lie, found by going through all of the company's. A note that was filed twice
/// under different names, as older software did, is answered with the newest of its places.
async fn anywhere(deps: &Deps, scope: &TenantScope, message: &MessageId) -> Result<Files, ObjectError> {
    let searches = Intent::ALL.map(|intent| async move {
        let prefix = KeyPrefix::intent(scope, intent);
        all_below(&*deps.objects, scope, &prefix, |artifact| is_of(artifact, message)).await
    });
    let mut files: Files = try_join_all(searches).await?.into_iter().flatten().collect();
    if let Some(place) = newest_place(&files) {
        files.retain(|(artifact, _)| artifact.place == place);
    }
    Ok(files)
}

fn is_of(artifact: &Artifact, message: &MessageId) -> bool {
    artifact.record.message() == message
}

fn newest_place(files: &Files) -> Option<Place> {
    let written = |(_, meta): &&(Artifact, ObjectMeta)| -> Reverse<Timestamp> { Reverse(meta.last_modified) };
    files.iter().min_by_key(written).map(|(artifact, _)| artifact.place.clone())
}

fn answer(message: &MessageId, mut files: Files) -> Option<NoteFilesDto> {
    files.sort_by(|(a, _), (b, _)| (&a.record, a.file).cmp(&(&b.record, b.file)));
    let (first, _) = files.first()?;
    Some(NoteFilesDto {
        message_id: message.to_string(),
        company_id: first.company.to_string(),
        intent: first.place.intent.as_str(),
        tag: first.place.tag.to_string(),
        files: files
            .into_iter()
            .map(|(artifact, meta)| TypedFileDto { file_type: artifact.file.name(), file: meta.into() })
            .collect(),
    })
}
