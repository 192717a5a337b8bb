//! `GET /files/by-message?company_id&message_id`: all files of one note, those of its further records
//! included. The id of a further record (`{message_id}-2`) gives that one's alone; that of a message which joined or
//! changed an earlier note's record gives that note's.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Extension, Json, extract::State};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        ids::{MessageId, RecordId},
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
    let record = RecordId::parse(&message_id).map_err(|_| ApiError::NotFound)?;

    let mut wanted =
        Wanted { message: record.message().clone(), part: (record.part() > 1).then_some(record.part()) };
    let mut files = at_known_place(&api.deps, scope, &mut wanted).await?;
    if files.is_empty() {
        files = anywhere(&api.deps, scope, &wanted).await?;
    }
    answer(&wanted, files).map(Json).ok_or(ApiError::NotFound)
}

/// Whose files are asked for.
struct Wanted {
    message: MessageId,
    /// One record of the note alone; `None`: all of them.
    part: Option<u8>,
}

impl Wanted {
    fn is(&self, artifact: &Artifact) -> bool {
        *artifact.record.message() == self.message
            && self.part.is_none_or(|part| artifact.record.part() == part)
    }
}

/// The files at the places that the index names; those of a message that joined or changed another note's record are
/// that note's. None, if it names none: the note may still be there.
async fn at_known_place(deps: &Deps, scope: &TenantScope, wanted: &mut Wanted) -> Result<Files, ObjectError> {
    let filed = match deps.filed.find(scope, &wanted.message).await {
        Ok(Some(filed)) => filed,
        Ok(None) => return Ok(Files::new()),
        Err(error) => {
            warn!(message.id = %wanted.message, error = %error, "The place of a note is looked for without the index");
            return Ok(Files::new());
        }
    };
    wanted.message = filed.note;
    let mut prefixes: Vec<KeyPrefix> = Vec::new();
    for place in &filed.places {
        let prefix = KeyPrefix::note(scope, place, &wanted.message);
        if !prefixes.contains(&prefix) {
            prefixes.push(prefix);
        }
    }
    let wanted = &*wanted;
    let searches = prefixes
        .iter()
        .map(|prefix| all_below(&*deps.objects, scope, prefix, |artifact| wanted.is(artifact)));
    Ok(try_join_all(searches).await?.into_iter().flatten().collect())
}

/// The files wherever they lie, found by going through all of the company's. A record that was filed twice
/// under different names, as older software did, is answered with the newest of its places.
async fn anywhere(deps: &Deps, scope: &TenantScope, wanted: &Wanted) -> Result<Files, ObjectError> {
    let searches = Intent::ALL.map(|intent| async move {
        let prefix = KeyPrefix::intent(scope, intent);
        all_below(&*deps.objects, scope, &prefix, |artifact| wanted.is(artifact)).await
    });
    let mut files: Files = try_join_all(searches).await?.into_iter().flatten().collect();
    let newest = newest_places(&files);
    files.retain(|(artifact, _)| newest.get(&artifact.record) == Some(&artifact.place));
    Ok(files)
}

/// Where the newest file of each record lies.
fn newest_places(files: &Files) -> BTreeMap<RecordId, Place> {
    let mut newest: BTreeMap<RecordId, (Timestamp, Place)> = BTreeMap::new();
    for (artifact, meta) in files {
        let known = newest.get(&artifact.record);
        if known.is_none_or(|(written, _)| *written < meta.last_modified) {
            newest.insert(artifact.record.clone(), (meta.last_modified, artifact.place.clone()));
        }
    }
    newest.into_iter().map(|(record, (_, place))| (record, place)).collect()
}

fn answer(wanted: &Wanted, mut files: Files) -> Option<NoteFilesDto> {
    files.sort_by(|(a, _), (b, _)| (&a.record, a.file).cmp(&(&b.record, b.file)));
    let (first, _) = files.first()?;
    Some(NoteFilesDto {
        message_id: wanted.message.to_string(),
        company_id: first.company.to_string(),
        intent: first.place.intent.as_str(),
        tag: first.place.tag.to_string(),
        files: files
            .into_iter()
            .map(|(artifact, meta)| TypedFileDto { file_type: artifact.file.name(), file: meta.into() })
            .collect(),
    })
}
