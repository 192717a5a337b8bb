//! One job: whose it is, one step after the other, and what becomes of it when a step fails.

use std::time::Duration;

use async_trait::async_trait;
use shared::{
    domain::{
        customer::Customer,
        ids::MessageId,
        note::{FailureReason, Note, Stage},
    },
    jobs::{Job, NoteReceivedV1},
    ports::job_handler::{Attempt, JobError, JobHandler},
    repositories::notes::{Claimed, NoteError, StoredNote},
};
use tracing::{info, warn};

use crate::{
    deps::Deps,
    notice,
    process::{self, StepError},
    steps::answer,
};

/// How soon a job whose note somebody else works on comes back.
const BUSY_AT_MOST: Duration = Duration::from_secs(5);

/// The queue worker.
pub struct VoiceParser {
    deps: Deps,
}

impl VoiceParser {
    /// A worker over these ports.
    #[must_use]
    pub const fn new(deps: Deps) -> Self {
        Self { deps }
    }

    /// The sender that the webhook found, or finds it now. `None`: nobody we know.
    async fn sender(&self, job: &NoteReceivedV1) -> Result<Option<Customer>, JobError> {
        if let Some(sender) = &job.sender {
            return Ok(Some(sender.clone()));
        }
        self.deps.directory.find(job.message.from.identity()).await.map_err(|_| JobError::Retry {
            after: Duration::from_secs(5),
            reason: "customer lookup is unavailable".to_owned(),
        })
    }

    async fn note_received(&self, job: &NoteReceivedV1, attempt: Attempt) -> Result<(), JobError> {
        let id = &job.message.id;
        let Some(sender) = self.sender(job).await? else {
            info!(counter = "unknown_sender", message.id = %id, "A message of an unknown sender was dropped");
            return Ok(());
        };
        let fresh = Note::received(job.message.clone(), sender);
        let now = self.deps.clock.now();
        match self.deps.notes.claim(fresh, &self.deps.settings.worker, now).await {
            Ok(Claimed::Finished) => Ok(()),
            Ok(Claimed::Busy { until }) => {
                let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                Err(busy(left.min(BUSY_AT_MOST)))
            }
            Ok(Claimed::Yours(mut stored)) => self.work(id, &mut stored, attempt).await,
            Err(NoteError::Lost) => Err(busy(Duration::from_secs(1))),
            Err(NoteError::Table(_)) => Err(JobError::Retry {
                after: Duration::from_secs(5),
                reason: "the table is unavailable".to_owned(),
            }),
            Err(NoteError::Unreadable) => {
                Err(JobError::Dead { reason: "the stored note cannot be read by this build".to_owned() })
            }
        }
    }

    async fn work(&self, id: &MessageId, stored: &mut StoredNote, attempt: Attempt) -> Result<(), JobError> {
        let patience = notice::patience(&self.deps, &stored.note);
        let tell = notice::tell(&self.deps, &stored.note);
        let result = notice::alongside(process::run(&self.deps, stored), patience, tell).await;
        match result {
            Ok(()) => {
                info!(message.id = %id, stage = stored.note.stage().as_str(), "Note `{id}` is finished");
                Ok(())
            }
            Err(StepError::Lost) => Err(busy(BUSY_AT_MOST)),
            Err(StepError::NotYet { after }) => {
                self.release(stored).await;
                Err(busy(after))
            }
            Err(StepError::Again { after, reason }) if !attempt.is_last() => {
                warn!(message.id = %id, stage = stored.note.stage().as_str(), %reason, "Note `{id}` is tried again");
                self.release(stored).await;
                Err(JobError::Retry { after, reason: reason.to_string() })
            }
            Err(StepError::Again { reason, .. } | StepError::Never(reason)) => {
                self.give_up(stored, reason).await
            }
        }
    }

    /// The sender is told, and the job goes to the dead letters, from where an engineer can replay it.
    async fn give_up(&self, stored: &mut StoredNote, reason: FailureReason) -> Result<(), JobError> {
        let id = stored.note.message().id.clone();
        let after = stored.note.stage();
        warn!(counter = "note_failed", message.id = %id, stage = after.as_str(), %reason, "Note `{id}` is given up");
        let dead = JobError::Dead { reason: format!("after {}: {reason}", after.as_str()) };
        if matches!(after, Stage::Filed | Stage::Unheard) {
            // Only its answer is missing; an apology for the note itself would be untrue. A replay goes on here.
            self.release(stored).await;
            return Err(dead);
        }
        if stored.note.failed(reason).is_err() || self.deps.notes.save(stored).await.is_err() {
            return Err(dead);
        }
        if let Err(error) = answer::settle_failed(&self.deps, stored).await {
            warn!(message.id = %id, ?error, "The sender of note `{id}` could not be told that it failed");
        }
        self.release(stored).await;
        Err(dead)
    }

    /// Lets others have the note at once. If that cannot be stored, the lease ends by itself.
    async fn release(&self, stored: &mut StoredNote) {
        stored.note.lease = None;
        if let Err(error) = self.deps.notes.save(stored).await {
            warn!(message.id = %stored.note.message().id, ?error, "A note's lease was left to end by itself");
        }
    }
}

fn busy(after: Duration) -> JobError {
    JobError::Busy { after, reason: "the note is being worked on".to_owned() }
}

#[async_trait]
impl JobHandler for VoiceParser {
    async fn handle(&self, job: &Job, attempt: Attempt) -> Result<(), JobError> {
        match job {
            Job::NoteReceived(received) => self.note_received(received, attempt).await,
        }
    }
}

#[cfg(test)]
mod tests;
