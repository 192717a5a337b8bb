//! analysed → filed: the note's files come to where client apps find them.

use bytes::Bytes;
use shared::{
    domain::{
        artifacts::{self, PlannedFile, Source},
        note::{FailureReason, Note},
        object_key::{FileType, ObjectKey},
    },
    ports::objects::PutIfAbsent,
};

use crate::{deps::Deps, process::StepError};

/// Writes what `artifacts::plan` says, in its order. The index entry is written before `full_text`, whose
/// sight means that everything is there.
pub(crate) async fn file(deps: &Deps, note: &Note) -> Result<(), StepError> {
    let internal = StepError::Never(FailureReason::Internal);
    let place = note.place().ok_or_else(|| internal.clone())?;
    for planned in artifacts::plan(note).ok_or(internal)? {
        if planned.file == FileType::FullText {
            deps.filed
                .remember(&note.scope(), &note.message().id, &place, note.message().received_at)
                .await?;
        }
        write(deps, &planned).await?;
    }
    Ok(())
}

async fn write(deps: &Deps, planned: &PlannedFile) -> Result<(), StepError> {
    match &planned.source {
        Source::Original { key, .. } if deps.objects.head(&planned.key).await?.is_some() => {
            same_bytes(deps, key, &planned.key).await
        }
        Source::Original { key, .. } => {
            let copied = deps.writes.copy(key, &planned.key, planned.content_type).await?;
            if copied { Ok(()) } else { Err(StepError::Never(FailureReason::Internal)) }
        }
        Source::Text(text) => write_text(deps, planned, text).await,
    }
}

/// A retry meets its own copy; other bytes under this note's key are a conflict and stay.
async fn same_bytes(deps: &Deps, original: &ObjectKey, there: &ObjectKey) -> Result<(), StepError> {
    let (original, there) = (deps.objects.get(original).await?, deps.objects.get(there).await?);
    match (original, there) {
        (Some(original), Some(there)) if original.bytes == there.bytes => Ok(()),
        _ => Err(StepError::Never(FailureReason::FileConflict)),
    }
}

/// A retry meets its own file with the same bytes, which is success; other bytes are a conflict.
async fn write_text(deps: &Deps, planned: &PlannedFile, text: &str) -> Result<(), StepError> {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    match deps.writes.put_if_absent(&planned.key, bytes, planned.content_type).await? {
        PutIfAbsent::Created => Ok(()),
        PutIfAbsent::Exists => match deps.objects.get(&planned.key).await? {
            Some(object) if object.bytes == text.as_bytes() => Ok(()),
            _ => Err(StepError::Never(FailureReason::FileConflict)),
        },
    }
}
