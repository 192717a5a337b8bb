//! analysed → filed, for a message that is about an earlier note: its change is made there, once. The record is changed
//! in the table first, on condition of the version that the change was planned for; then the files follow.

use std::time::Duration;

use shared::{
    domain::{
        glossary::learned_from,
        note::{Change, Effect, FailureReason, Note},
        purpose::CORRECTS_WITHIN,
    },
    repositories::{
        conversations::{Expected, LastChanged},
        notes::{NoteError, StoredNote, ToChange},
    },
};
use tracing::{info, warn};

use super::show;
use crate::{deps::Deps, process::StepError};

/// How soon a message comes back whose note somebody else works on, at most.
const BUSY_AT_MOST: Duration = Duration::from_secs(5);

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// The change is made and its files are in place.
    Done,
    /// The record was changed by another message meanwhile.
    PlanAnew,
}

/// Makes a planned change. It is never given up because something was not to be had: whether the record was changed
/// already may not be known, and its files must follow it. What was lost meanwhile is the record, not the message.
pub(crate) async fn make(deps: &Deps, note: &Note) -> Result<Made, StepError> {
    try_to_make(deps, note).await.map_err(|error| match error {
        StepError::Again { after, reason } => {
            warn!(message.id = %note.message().id, %reason, "A change could not be made wholly yet");
            StepError::NotYet { after }
        }
        StepError::Lost => StepError::NotYet { after: BUSY_AT_MOST },
        other => other,
    })
}

async fn try_to_make(deps: &Deps, note: &Note) -> Result<Made, StepError> {
    let internal = StepError::Never(FailureReason::Internal);
    let change = note.change().ok_or(internal.clone())?;
    let message = note.message();
    if !change.effect.touches_record() {
        let until = message.received_at.checked_add(CORRECTS_WITHIN).unwrap_or(message.received_at);
        let expected = Expected { of: change.of.clone(), by: message.id.clone(), until };
        deps.conversations.expect(message.from.identity(), &expected).await?;
        return Ok(Made::Done);
    }
    let now = deps.clock.now();
    let mut target = match deps.notes.claim_to_change(&change.of, &deps.settings.worker, now).await? {
        ToChange::Yours(target) => target,
        ToChange::Busy { until } => {
            let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            return Err(StepError::NotYet { after: left.min(BUSY_AT_MOST) });
        }
        ToChange::Missing => return Err(internal),
    };
    let made = change_record(deps, note, change, &mut target).await;
    let made = match made {
        Ok(Made::Done) => show::bring(deps, &target.note).await.map(|()| Made::Done),
        other => other,
    };
    let_go(deps, &mut target, &made).await?;
    // Who was told nothing of it does not speak of it next.
    if made == Ok(Made::Done) && !note.tells_nobody() {
        let changed = LastChanged { of: change.of.clone(), at: message.received_at };
        deps.conversations.changed(message.from.identity(), &changed).await?;
        // What left every word as it was has put no name right.
        if matches!(change.effect, Effect::Corrected(_)) && !change.lines.is_empty() {
            learn(deps, note).await?;
        }
    }
    made
}

/// Names that a correction puts right are heard right from now on.
async fn learn(deps: &Deps, note: &Note) -> Result<(), StepError> {
    let Some(heard) = note.heard() else { return Ok(()) };
    let (terms, id) = (learned_from(heard.words.expose()), &note.message().id);
    if deps.glossaries.learn(&note.scope(), &terms, id, deps.clock.now()).await? {
        info!(counter = "term_learned", message.id = %id, "A correction taught a name");
    }
    Ok(())
}

/// Lets others have the record. Somebody who had it meanwhile, by a clock that is ahead, may have brought its files
/// before this worker did: then they have to be brought once more, to what it says now.
async fn let_go(
    deps: &Deps,
    target: &mut StoredNote,
    made: &Result<Made, StepError>,
) -> Result<(), StepError> {
    target.note.lease = None;
    match deps.notes.save(target).await {
        Ok(()) => Ok(()),
        Err(NoteError::Lost) if *made == Ok(Made::Done) => Err(StepError::Lost),
        Err(error) => {
            let id = &target.note.message().id;
            warn!(message.id = %id, ?error, "A note's lease was left to end by itself");
            Ok(())
        }
    }
}

/// What could not be stored must not be left in the note: whoever lets go of it would store it by halves.
async fn store(deps: &Deps, note: &Note, change: &Change, target: &mut StoredNote) -> Result<(), StepError> {
    let claimed = target.note.clone();
    let mut before = claimed.clone();
    before.lease = None;
    target.note.changed_by(note)?;
    if !note.tells_nobody() {
        target.note.told_at = Some(deps.clock.now());
    }
    let stored = deps.notes.save_changed(target, &before, &note.message().id).await;
    if stored.is_err() {
        info!(message.id = %change.of, "A change could not be stored just now");
        target.note = claimed;
    }
    Ok(stored?)
}

async fn change_record(
    deps: &Deps,
    note: &Note,
    change: &Change,
    target: &mut StoredNote,
) -> Result<Made, StepError> {
    let by = &note.message().id;
    if !deps.notes.was_changed_by(&change.of, by).await? {
        if target.note.revised().version != change.base {
            info!(message.id = %by, "The record was changed meanwhile; the change is planned anew");
            return Ok(Made::PlanAnew);
        }
        store(deps, note, change, target).await?;
    }
    deps.filed.belongs_to(&note.scope(), by, &change.of).await?;
    Ok(Made::Done)
}
