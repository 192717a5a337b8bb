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

use super::show::replace_text;
use crate::{deps::Deps, process::StepError};

/// Writes the files of a note that has none yet.
pub(crate) async fn file(deps: &Deps, note: &Note) -> Result<(), StepError> {
    in_order(deps, note, Texts::New).await
}

/// What is done with a text whose place is taken.
#[derive(Debug, Clone, Copy)]
pub(super) enum Texts {
    /// It must be the same: nothing was ever changed there.
    New,
    /// It is replaced; the store keeps the old version.
    Replaced,
}

/// Brings what `artifacts::plan` says, in its order. The index entry, by which the message is found,
/// is written before the last file, the first record's `full_text`, whose sight means that everything is there.
pub(super) async fn in_order(deps: &Deps, note: &Note, texts: Texts) -> Result<(), StepError> {
    let planned = artifacts::plan(note).ok_or(StepError::Never(FailureReason::Internal))?;
    let last = planned.len().saturating_sub(1);
    for (n, file) in planned.iter().enumerate() {
        if n == last {
            deps.filed.remember(note).await?;
        }
        match &file.source {
            Source::Original { key, .. } => copied(deps, key, file).await?,
            Source::Text(text) => match texts {
                Texts::New => write_text(deps, file, text).await?,
                Texts::Replaced => replace_text(deps, file, text).await?,
            },
        }
    }
    Ok(())
}

/// An original comes to its place; the file that is there already must be the same.
async fn copied(deps: &Deps, original: &ObjectKey, planned: &PlannedFile) -> Result<(), StepError> {
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
