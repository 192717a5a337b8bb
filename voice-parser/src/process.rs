//! Step after step. Each step's result is stored before the next begins, on the condition that nobody else
//! moved the note; whoever lost it stops there.

use std::{error::Error, time::Duration};

use jiff::Timestamp;
use shared::{
    domain::{
        note::{Answer, FailureReason, InvalidTransition, Note, Stage},
        purpose::Purpose,
    },
    ports::{job_handler::Attempt, objects::ObjectError, table::TableError},
    repositories::notes::{NoteError, StoredNote},
};
use tracing::{error, warn};

use crate::{
    deps::Deps,
    intake, limits, measure,
    notice::Turn,
    steps::{
        answer, collect, file, hear, office,
        plan::{self, Planned},
        revise::{self, Made},
        understand,
    },
};

/// How a step did not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StepError {
    /// Something outside was not to be had; another try may help.
    Again {
        /// Shortest wait.
        after: Duration,
        /// What the note fails with if no try helps.
        reason: FailureReason,
    },
    /// A budget is used up until then.
    Waits {
        /// When it may go on.
        until: Timestamp,
    },
    /// It is too early to know; come back, as often as it takes.
    NotYet {
        /// Shortest wait.
        after: Duration,
    },
    /// No try will help.
    Never(FailureReason),
    /// Another worker has the note.
    Lost,
}

impl From<NoteError> for StepError {
    fn from(error: NoteError) -> Self {
        match error {
            NoteError::Lost => Self::Lost,
            NoteError::Table(error) => error.into(),
            NoteError::Unreadable => Self::Never(FailureReason::Internal),
        }
    }
}

impl From<TableError> for StepError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Conflict => Self::Lost,
            TableError::Unavailable(source) => unavailable("The table", source.as_ref()),
            TableError::Refused(source) => refused("The table", source.as_ref()),
        }
    }
}

impl From<ObjectError> for StepError {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::Unavailable(source) => unavailable("The object store", source.as_ref()),
            ObjectError::Refused(source) => refused("The object store", source.as_ref()),
        }
    }
}

impl From<InvalidTransition> for StepError {
    fn from(_: InvalidTransition) -> Self {
        Self::Never(FailureReason::Internal)
    }
}

/// What the store said is told in the log only: from here on it is one reason of a few.
fn unavailable(store: &str, source: &dyn Error) -> StepError {
    warn!(%source, "{store} is unavailable");
    StepError::Again { after: Duration::from_secs(5), reason: FailureReason::StoreUnavailable }
}

/// The same. Mostly a right is missing, which the source names.
fn refused(store: &str, source: &dyn Error) -> StepError {
    error!(%source, "{store} refused");
    StepError::Never(FailureReason::Internal)
}

/// Takes the note from wherever it is to its end.
pub(crate) async fn run(
    deps: &Deps,
    stored: &mut StoredNote,
    attempt: Attempt,
    turn: &Turn,
) -> Result<(), StepError> {
    let mut originals = collect::Originals::default();
    intake::remember(deps, &stored.note).await?;
    loop {
        let step = measure::Begun::of(deps, &stored.note);
        let (before, used_before) = (stored.note.stage(), stored.note.usage());
        match stored.note.stage() {
            Stage::Received if *stored.note.purpose() == Purpose::Silent => {
                stored.note.kept_silently()?;
                stored.note.lease = None;
            }
            Stage::Received if !stored.note.purpose().is_heard() => stored.note.needs_no_hearing()?,
            Stage::Received => {
                let media = collect::collect(deps, &stored.note, attempt, &mut originals).await?;
                stored.note.media_stored(media)?;
            }
            Stage::MediaStored => {
                limits::admit(deps, &stored.note).await?;
                let id = &stored.note.message().id;
                let (heard, usage) = hear::hear(deps, &stored.note, &mut originals, id).await?;
                stored.note.transcribed(heard, usage)?;
            }
            Stage::Transcribed => understood(deps, &mut stored.note, attempt).await?,
            Stage::Analysed if stored.note.change().is_some() => {
                match revise::make(deps, &stored.note).await? {
                    Made::Done => stored.note.filed()?,
                    Made::PlanAnew => stored.note.plan_anew()?,
                }
            }
            Stage::Analysed => {
                file::file(deps, &stored.note).await?;
                stored.note.filed()?;
            }
            Stage::Filed | Stage::Unheard => {
                stored.note.answer = answer::settle(deps, stored, turn).await?;
                if stored.note.answer != Answer::Withheld {
                    stored.note.told_at = Some(deps.clock.now());
                }
                answer::remember(deps, &stored.note).await?;
                stored.note.answered()?;
                stored.note.done()?;
                stored.note.lease = None;
            }
            Stage::Answered => stored.note.done()?,
            Stage::Failed if matches!(stored.note.answer, Answer::Pending(_)) => {
                answer::settle_failed(deps, stored, turn).await?;
                stored.note.lease = None;
            }
            Stage::Done | Stage::Failed => return Ok(()),
        }
        if stored.note.stage() != before {
            stored.note.reached(deps.clock.now());
        }
        step.done(deps, &stored.note);
        deps.notes.save(stored).await?;
        limits::count(deps, &stored.note, before, stored.note.usage().since(used_before)).await;
    }
}

/// What a note means, or what a message about an earlier note changes there. One without anything that it could be about
/// is a note of its own after all.
async fn understood(deps: &Deps, note: &mut Note, attempt: Attempt) -> Result<(), StepError> {
    plan::reconsider(deps, note).await?;
    if note.purpose().letter().is_some() {
        office::is_still_theirs(deps, note).await?;
    }
    if matches!(note.purpose(), Purpose::Start | Purpose::Aside(_) | Purpose::Letter(_)) {
        return Ok(note.only_to_be_answered()?);
    }
    if let Some(trial) = note.purpose().trial().cloned() {
        let usage = office::try_prompt(deps, note, &trial, attempt).await?;
        return Ok(note.tried(usage)?);
    }
    if let Some(asked) = note.purpose().office().cloned() {
        let (change, usage) = office::plan(deps, note, &asked, attempt).await?;
        return Ok(note.planned(change, usage)?);
    }
    if note.purpose().target().is_some() {
        match plan::plan(deps, note, attempt).await? {
            Planned::Change(change, usage) => return Ok(note.planned(change, usage)?),
            Planned::Note if note.heard().is_none() => return Ok(note.starts_as_note()?),
            Planned::Note => {
                note.becomes(Purpose::Note);
                intake::remember_late(deps, note).await?;
            }
        }
    }
    let words = note.heard().map(|heard| heard.words.clone()).unwrap_or_default();
    let (understood, usage) = understand::understand(deps, note, note.heard(), &words, attempt).await?;
    Ok(note.analysed(understood, usage)?)
}
