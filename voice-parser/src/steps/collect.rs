//! received → media_stored: the originals come into the inbox before anything else is done with them.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use shared::{
    domain::{
        media::{MediaKind, MediaRole},
        message::MediaRef,
        note::{FailureReason, MediaLoss, Note, StoredMedia},
        object_key::ObjectKey,
    },
    ports::{job_handler::Attempt, media_source::FetchError},
};
use tracing::{error, warn};

use crate::{audio, deps::Deps, process::StepError};

/// The recordings of a message that were just fetched, so that hearing need not read them again.
#[derive(Default)]
pub(crate) struct Originals(BTreeMap<usize, Bytes>);

impl Originals {
    /// The recording's bytes, from memory, where they are held no longer, or from the inbox.
    pub(crate) async fn take(
        &mut self,
        deps: &Deps,
        note: &Note,
        index: usize,
        kind: MediaKind,
    ) -> Result<Bytes, StepError> {
        if let Some(bytes) = self.0.remove(&index) {
            return Ok(bytes);
        }
        let key = ObjectKey::inbox(&note.scope(), &note.message().id, index, kind);
        let object = deps.objects.get(&key).await?;
        object.map(|object| object.bytes).ok_or(StepError::Never(FailureReason::Internal))
    }
}

/// Fetches what the message carries, one after the other, and keeps it.
///
/// What is not to be had on the last try is lost, so that the rest of the message is not.
pub(crate) async fn collect(
    deps: &Deps,
    note: &Note,
    attempt: Attempt,
    originals: &mut Originals,
) -> Result<Vec<StoredMedia>, StepError> {
    let mut stored = Vec::new();
    for (index, media) in note.message().media.iter().enumerate() {
        stored.push(match deps.media.fetch(media).await {
            Ok(bytes) => keep(deps, note, index, media, bytes, originals).await?,
            Err(error) => StoredMedia::Lost(lost(note, &error, attempt)?),
        });
    }
    Ok(stored)
}

async fn keep(
    deps: &Deps,
    note: &Note,
    index: usize,
    media: &MediaRef,
    bytes: Bytes,
    originals: &mut Originals,
) -> Result<StoredMedia, StepError> {
    let kind = audio::sniff(&bytes);
    let role = role(kind, media);
    let key = ObjectKey::inbox(&note.scope(), &note.message().id, index, kind);
    // A retry finds its own file there; the provider's media never change.
    deps.writes.put_if_absent(&key, bytes.clone(), kind.content_type()).await?;
    let size = bytes.len() as u64;
    if role == MediaRole::Audio {
        originals.0.insert(index, bytes);
    }
    Ok(StoredMedia::Kept { kind, role, size })
}

/// What its bytes are. Only what was declared as something to hear is listened to: a recording under another
/// name is kept as it came.
fn role(kind: MediaKind, media: &MediaRef) -> MediaRole {
    let declared = audio::agrees(&media.content_type, kind) || declares_audio(media);
    match kind.role() {
        // Hearing finds out that it cannot be decoded, and the sender is told.
        _ if kind == MediaKind::Unknown && declares_audio(media) => MediaRole::Audio,
        MediaRole::Audio if !declared => MediaRole::Document,
        role => role,
    }
}

/// Whether the provider said that it is a recording.
pub(crate) fn declares_audio(media: &MediaRef) -> bool {
    media.content_type.starts_with("audio/")
}

fn lost(note: &Note, error: &FetchError, attempt: Attempt) -> Result<MediaLoss, StepError> {
    let lost = match loss(note, error) {
        Err(_) if attempt.is_last() => Ok(MediaLoss::Unavailable),
        other => other,
    };
    if let Ok(reason) = lost {
        warn!(counter = "media_lost", message.id = %note.message().id, ?reason, "A file of a message is lost");
    }
    lost
}

/// What no retry can bring back is lost; the rest of the message goes on without it.
fn loss(note: &Note, error: &FetchError) -> Result<MediaLoss, StepError> {
    let id = &note.message().id;
    let again = |after| StepError::Again { after, reason: FailureReason::MediaUnavailable };
    match error {
        FetchError::Unavailable { after } => Err(again(*after)),
        FetchError::Unauthorised => {
            error!(alarm = true, counter = "media_unauthorised", message.id = %id, "The provider refused our credentials for media; check them");
            Err(again(Duration::from_secs(60)))
        }
        FetchError::Gone => Ok(MediaLoss::Gone),
        FetchError::Forbidden(why) => {
            warn!(counter = "media_forbidden", message.id = %id, why, "A media address is none that Hark fetches from");
            Ok(MediaLoss::AddressNotAllowed)
        }
        FetchError::TooLarge { .. } => Ok(MediaLoss::TooLarge),
    }
}
