//! Brings a changed record's files to where they belong: new versions under the same keys, other keys if it became
//! something else, out of sight if it was withdrawn. Doing it again changes nothing.

use bytes::Bytes;
use shared::{
    domain::{
        artifacts::PlannedFile,
        note::Note,
        object_key::{Artifact, FileType, KeyPrefix, ObjectKey, Place},
    },
    ports::objects::{PutIfAbsent, Replaced},
};

use super::file::{Texts, in_order};
use crate::{deps::Deps, process::StepError};

/// Files that the store is asked for at once.
const PAGE: usize = 1_000;
/// How often a file is written anew that somebody else wrote at the same time.
const TRIES: usize = 3;

/// Brings the files of a note that this worker has claimed to where its present version says.
pub(crate) async fn bring(deps: &Deps, note: &Note) -> Result<(), StepError> {
    let places = note.places().into_iter().map(|(id, place)| (id.part(), place));
    if note.revised().withdrawn {
        let left = note.revised().left.iter().map(|left| (left.part, left.place.clone()));
        for (part, place) in places.chain(left) {
            withdraw(deps, note, part, &place).await?;
        }
        return Ok(());
    }
    in_order(deps, note, Texts::Replaced).await?;
    for (part, place) in places {
        forget_withdrawn(deps, note, part, &place).await?;
    }
    for left in &note.revised().left {
        for key in files_at(deps, note, left.part, &left.place).await? {
            deps.removes.remove(&key).await?;
        }
        forget_withdrawn(deps, note, left.part, &left.place).await?;
    }
    Ok(())
}

/// On condition of the version that was read: a worker that lost the note meanwhile changes nothing.
pub(super) async fn replace_text(deps: &Deps, planned: &PlannedFile, text: &str) -> Result<(), StepError> {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    for _ in 0..TRIES {
        let is_written = match deps.objects.get(&planned.key).await? {
            Some(there) if there.bytes == bytes => true,
            Some(there) => {
                let (etag, content_type) = (&there.meta.etag, planned.content_type);
                deps.replaces.replace(&planned.key, etag, bytes.clone(), content_type).await? == Replaced::Yes
            }
            None => {
                let put = deps.writes.put_if_absent(&planned.key, bytes.clone(), planned.content_type);
                put.await? == PutIfAbsent::Created
            }
        };
        if is_written {
            return Ok(());
        }
    }
    Err(StepError::Lost)
}

/// A withdrawn file is copied first and then removed: it is never nowhere.
async fn withdraw(deps: &Deps, note: &Note, part: u8, place: &Place) -> Result<(), StepError> {
    for key in files_at(deps, note, part, place).await? {
        let Some(there) = deps.objects.head(&key).await? else { continue };
        deps.writes.copy(&key, &key.withdrawn(), &there.content_type).await?;
        deps.removes.remove(&key).await?;
    }
    Ok(())
}

/// Copies of what is in sight again need not be kept beside it.
async fn forget_withdrawn(deps: &Deps, note: &Note, part: u8, place: &Place) -> Result<(), StepError> {
    let prefix = KeyPrefix::note(&note.scope(), place, &note.message().id).withdrawn();
    for key in listed(deps, note, part, &prefix).await? {
        deps.removes.remove(&key.withdrawn()).await?;
    }
    Ok(())
}

async fn files_at(deps: &Deps, note: &Note, part: u8, place: &Place) -> Result<Vec<ObjectKey>, StepError> {
    listed(deps, note, part, &KeyPrefix::note(&note.scope(), place, &note.message().id)).await
}

/// The keys of one record's files as client apps see them, `full_text` first: when that one goes, the set is gone.
async fn listed(deps: &Deps, note: &Note, part: u8, prefix: &KeyPrefix) -> Result<Vec<ObjectKey>, StepError> {
    let scope = note.scope();
    let page = deps.objects.list(prefix, None, PAGE).await?;
    let read = page.objects.iter().filter_map(|meta| {
        let raw = meta.key.strip_prefix(ObjectKey::WITHDRAWN).unwrap_or(&meta.key);
        ObjectKey::artifact_in(&scope, raw)
    });
    let is_own = |artifact: &Artifact| {
        artifact.record.part() == part && *artifact.record.message() == note.message().id
    };
    let mut keys: Vec<_> = read.filter(|(_, artifact)| is_own(artifact)).collect();
    keys.sort_by_key(|(_, artifact)| artifact.file != FileType::FullText);
    Ok(keys.into_iter().map(|(key, _)| key).collect())
}
