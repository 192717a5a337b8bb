//! analysed → filed: the note's files come to where client apps find them.

use bytes::Bytes;
use shared::{
    domain::{
        artifacts::{self, PlannedFile, Source},
        note::{FailureReason, Note},
        object_key::ObjectKey,
    },
    ports::objects::PutIfAbsent,
};

use crate::{deps::Deps, process::StepError};

/// Writes what `artifacts::plan` says, in its order. The index entry is written before the last file, the first
/// record's `full_text`, whose sight means that everything is there.
pub(crate) async fn file(deps: &Deps, note: &Note) -> Result<(), StepError> {
    let planned = artifacts::plan(note).ok_or(StepError::Never(FailureReason::Internal))?;
    let last = planned.len().saturating_sub(1);
    for (n, file) in planned.iter().enumerate() {
        if n == last {
            remember(deps, note).await?;
        }
        match &file.source {
            Source::Original { key, .. } => copied(deps, key, file).await?,
            Source::Text(text) => write_text(deps, file, text).await?,
        }
    }
    Ok(())
}

/// Notes where the files lie, for whoever looks for the message.
pub(super) async fn remember(deps: &Deps, note: &Note) -> Result<(), StepError> {
    Ok(deps.filed.remember(note).await?)
}

/// An original comes to its place; the file that is there already must be the same.
pub(super) async fn copied(
    deps: &Deps,
    original: &ObjectKey,
    planned: &PlannedFile,
) -> Result<(), StepError> {
    if deps.objects.head(&planned.key).await?.is_some() {
        return same_bytes(deps, original, &planned.key).await;
    }
    let copied = deps.writes.copy(original, &planned.key, planned.content_type).await?;
    if copied { Ok(()) } else { Err(StepError::Never(FailureReason::Internal)) }
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
