//! One job: whose it is, one step after the other, and what becomes of it when a step fails.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};
use shared::{
    domain::{
        customer::Customer,
        ids::MessageId,
        note::{Answer, Failure, FailureReason, Note, Stage},
    },
    jobs::{Job, NoteOrderedV1, NoteReceivedV1},
    ports::{
        job_handler::{Attempt, JobError, JobHandler},
        metrics::Measurement,
        table::TableError,
    },
    repositories::notes::{Claimed, NoteError, StoredNote},
    use_cases::{consented::Consented, spoken_first::SpokenFirst},
};
use tracing::{Instrument, error_span, info, warn};

use crate::{
    calls, delivery,
    deps::Deps,
    intake, limits, measure,
    notice::{self, Turn},
    process::{self, StepError},
    steps::answer,
};

/// How soon a job whose note somebody else works on comes back.
const BUSY_AT_MOST: Duration = Duration::from_secs(5);
/// How soon what should not have happened is tried again.
const SOON: Duration = Duration::from_secs(1);
/// WhatsApp delivers free-form messages for 24 hours after a person's last one (Twilio docs, "WhatsApp key concepts").
const ANSWERS_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// How long the last delivery waits for what it only has to wait for.
const WAITED_OUT: Duration = Duration::from_secs(20);

/// The queue worker.
pub struct VoiceParser {
    deps: Deps,
}

impl VoiceParser {
    /// A worker over these ports.
    #[must_use]
    pub fn new(mut deps: Deps) -> Self {
        // Whatever the worker sends, it sends nothing to who said STOP; who calls himself may hear what became of his note.
        let consented = Consented::new(deps.contacts.clone(), deps.messenger);
        let phone = &deps.phone;
        deps.messenger = Arc::new(SpokenFirst::new(
            phone.outcomes.clone(),
            deps.clock.clone(),
            phone.texts_from.clone(),
            Arc::new(consented),
        ));
        Self { deps }
    }

    /// The sender that the webhook found, or finds it now. `None`: nobody we know.
    async fn sender(&self, job: &NoteReceivedV1) -> Result<Option<Customer>, JobError> {
        if let Some(sender) = &job.sender {
            return Ok(Some(sender.clone()));
        }
        let found = self.deps.directory.find(job.message.from.identity()).await;
        found.map_err(|_| {
            self.deps.metrics.record(&Measurement::LookupFailed);
            busy(BUSY_AT_MOST, "customer lookup is unavailable")
        })
    }

    async fn note_received(&self, job: &NoteReceivedV1, attempt: Attempt) -> Result<(), JobError> {
        let Some(sender) = self.sender(job).await? else {
            info!(counter = "unknown_sender", message.id = %job.message.id, "A message of an unknown sender was dropped");
            self.deps.metrics.record(&Measurement::UnknownSender);
            return Ok(());
        };
        let fresh = match self.fresh(job, sender).await {
            Ok(fresh) => fresh,
            Err(error) => return Err(not_claimed(&error)),
        };
        self.claimed(fresh, attempt).await
    }

    /// What somebody at the office wants done goes the way of a message.
    async fn note_ordered(&self, job: &NoteOrderedV1, attempt: Attempt) -> Result<(), JobError> {
        let fresh = Note::received(job.message.clone(), job.sender.clone());
        let fresh = fresh.about(job.purpose.clone(), None);
        self.claimed(fresh, attempt).await
    }

    /// What is left to do of a note, if nobody else does it.
    async fn claimed(&self, fresh: Note, attempt: Attempt) -> Result<(), JobError> {
        let id = &fresh.message().id.clone();
        let now = self.deps.clock.now();
        match self.deps.notes.claim(fresh, &self.deps.settings.worker, now).await {
            Ok(Claimed::Finished) => Ok(()),
            Ok(Claimed::Busy { until }) => {
                let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                Err(busy(left.min(BUSY_AT_MOST), "another worker has the note"))
            }
            Ok(Claimed::Yours(mut stored)) => self.work(id, &mut stored, attempt).await,
            Err(error) => Err(not_claimed(&error)),
        }
    }

    /// The message as a note. What it is about is decided once: a note that is there already knows it.
    async fn fresh(&self, job: &NoteReceivedV1, sender: Customer) -> Result<Note, NoteError> {
        if self.deps.notes.find(&job.message.id).await?.is_some() {
            return Ok(Note::received(job.message.clone(), sender));
        }
        intake::note_of(&self.deps, &job.message, sender).await
    }

    async fn work(&self, id: &MessageId, stored: &mut StoredNote, attempt: Attempt) -> Result<(), JobError> {
        let turn = Turn::default();
        let had_failed = stored.note.failure().is_some();
        // Deliveries are lost without a fault of the note when nobody has room for it: then there is no trace of it.
        let may_have_killed = !stored.is_new() && is_dangerous(stored.note.stage());
        let ended = if attempt.is_past() && may_have_killed {
            Err(StepError::Never(FailureReason::Internal))
        } else {
            self.attended(id, stored, attempt, &turn).await
        };
        match ended {
            Ok(()) => {
                info!(message.id = %id, stage = stored.note.stage().as_str(), "Note `{id}` is finished");
                measure::finished(&self.deps, &stored.note);
                stored.note.failure().map_or(Ok(()), |failure| Err(dead(failure)))
            }
            Err(StepError::Lost) => Err(busy(BUSY_AT_MOST, "another worker has the note")),
            Err(StepError::NotYet { after }) => self.come_back(id, stored, &turn, after).await,
            Err(StepError::Waits { until }) => self.wait(stored, until).await,
            // It is given up already; only its sender is still to be told.
            Err(StepError::Again { after, .. }) if had_failed => {
                self.come_back(id, stored, &turn, after).await
            }
            Err(StepError::Again { after, reason }) if !attempt.is_last() => {
                warn!(message.id = %id, stage = stored.note.stage().as_str(), %reason, "Note `{id}` is tried again");
                drop(self.come_back(id, stored, &turn, after).await);
                Err(JobError::Retry { after, reason: reason.to_string() })
            }
            Err(StepError::Again { reason, .. } | StepError::Never(reason)) => {
                self.give_up(stored, reason, &turn).await
            }
        }
    }

    /// Does what is left of the note, with a notice beside it. A fault of ours ends this note's try and nothing
    /// else. On the last delivery a short wait is waited out here, since there is no later.
    async fn attended(
        &self,
        id: &MessageId,
        stored: &mut StoredNote,
        attempt: Attempt,
        turn: &Turn,
    ) -> Result<(), StepError> {
        let mut may_wait = attempt.is_last();
        loop {
            let (stage, patience) = (stored.note.stage(), notice::patience(&self.deps, &stored.note));
            let steps = AssertUnwindSafe(process::run(&self.deps, stored, attempt, turn)).catch_unwind();
            let ended = if only_its_answer_is_left(stage) {
                steps.await
            } else {
                notice::alongside(steps, patience, notice::tell(&self.deps, id, turn)).await
            };
            let ended =
                ended.unwrap_or(Err(StepError::Again { after: SOON, reason: FailureReason::Internal }));
            match ended {
                Err(StepError::NotYet { after }) if may_wait && after <= WAITED_OUT => {
                    may_wait = false;
                    tokio::time::sleep(after).await;
                }
                ended => return ended,
            }
        }
    }

    /// The note is stored, and its job is done with: the sweep brings it back when its time has come.
    async fn wait(&self, stored: &mut StoredNote, until: Timestamp) -> Result<(), JobError> {
        limits::tell(&self.deps, &stored.note).await;
        match self.deps.notes.wait_until(stored, until).await {
            Ok(()) => Ok(()),
            Err(_) => Err(busy(BUSY_AT_MOST, "that the note waits could not be stored yet")),
        }
    }

    /// Lets the note go until later, and tells its sender if that makes it long.
    async fn come_back(
        &self,
        id: &MessageId,
        stored: &mut StoredNote,
        turn: &Turn,
        after: Duration,
    ) -> Result<(), JobError> {
        let stage = stored.note.stage();
        if !only_its_answer_is_left(stage) && notice::will_take_long(&self.deps, &stored.note, after) {
            notice::tell(&self.deps, id, turn).await;
        }
        self.leave(stored, after).await;
        Err(busy(after, "the note has to wait"))
    }

    /// The sender is told, and the job goes to the dead letters with its reason. Until the sender is told, the
    /// job comes back.
    async fn give_up(
        &self,
        stored: &mut StoredNote,
        reason: FailureReason,
        turn: &Turn,
    ) -> Result<(), JobError> {
        let id = stored.note.message().id.clone();
        let failure = stored.note.failure().unwrap_or(Failure { after: stored.note.stage(), reason });
        match failure.after {
            // Its sender was told; only that could not be stored. An apology would be untrue.
            Stage::Answered | Stage::Done => {
                self.leave(stored, SOON).await;
                return Err(busy(SOON, "that the note is finished could not be stored yet"));
            }
            // Only its answer is missing. The provider is waited for as long as it would still deliver it.
            Stage::Filed | Stage::Unheard
                if reason == FailureReason::MessengerUnavailable && self.is_too_late_to_answer(stored) =>
            {
                warn!(counter = "note_unanswered", message.id = %id, %reason, "Note `{id}` stays without an answer");
                measure::failed(&self.deps, failure.after, reason);
                // Of a letter nothing else is left; whoever wrote it is to see that it did not go.
                if stored.note.purpose().is_ordered()
                    && stored.note.failed(reason, self.deps.clock.now()).is_ok()
                {
                    stored.note.answer = Answer::Withheld;
                    let saved = self.deps.notes.save(stored).await;
                    was_saved(stored, &saved);
                    return Err(dead(failure));
                }
                let saved = self.deps.notes.give_up_unfinished(stored).await;
                was_saved(stored, &saved);
                return Err(dead(failure));
            }
            Stage::Filed | Stage::Unheard => {
                self.release(stored, BUSY_AT_MOST).await;
                return Err(busy(BUSY_AT_MOST, "the note is filed and still to be answered"));
            }
            _ => {}
        }
        warn!(counter = "note_failed", message.id = %id, stage = failure.after.as_str(), %reason, "Note `{id}` is given up");
        if stored.note.failed(reason, self.deps.clock.now()).is_ok() {
            match self.deps.notes.save(stored).await {
                Ok(()) => measure::failed(&self.deps, failure.after, reason),
                Err(NoteError::Table(TableError::Refused(_)) | NoteError::Unreadable) => {
                    measure::failed(&self.deps, failure.after, reason);
                    return Err(dead(failure));
                }
                Err(_) => return Err(busy(BUSY_AT_MOST, "that the note failed could not be stored yet")),
            }
        }
        let told = answer::settle_failed(&self.deps, stored, turn).await;
        self.release(stored, BUSY_AT_MOST).await;
        match told {
            Ok(()) => {
                measure::finished(&self.deps, &stored.note);
                Err(dead(failure))
            }
            Err(error) => {
                warn!(message.id = %id, ?error, "The sender of note `{id}` could not be told yet that it failed");
                let after = match error {
                    StepError::Again { after, .. } | StepError::NotYet { after } => after,
                    StepError::Never(_) | StepError::Lost | StepError::Waits { .. } => BUSY_AT_MOST,
                };
                Err(busy(after, "the sender could not be told yet"))
            }
        }
    }

    fn is_too_late_to_answer(&self, stored: &StoredNote) -> bool {
        let age = self.deps.clock.now().duration_since(stored.note.message().received_at);
        age > ANSWERS_WITHIN
    }

    /// Lets others have the note at once, with its job to come back after this long; whether that is stored. If not,
    /// the lease ends by itself.
    async fn release(&self, stored: &mut StoredNote, after: Duration) -> bool {
        let saved = self.deps.notes.release(stored, self.deps.clock.now(), after).await;
        was_saved(stored, &saved)
    }

    /// The same for a note whose last step could not be stored. It may be now, and then nobody comes back to it.
    async fn leave(&self, stored: &mut StoredNote, after: Duration) {
        if self.release(stored, after).await && stored.note.is_finished() {
            measure::finished(&self.deps, &stored.note);
        }
    }
}

fn was_saved(stored: &StoredNote, saved: &Result<(), NoteError>) -> bool {
    if let Err(error) = saved {
        warn!(message.id = %stored.note.message().id, ?error, "A note's lease was left to end by itself");
    }
    saved.is_ok()
}

/// Whether what comes next reads what a stranger made: the one thing that can kill a process again and again.
const fn is_dangerous(stage: Stage) -> bool {
    matches!(stage, Stage::Received | Stage::MediaStored)
}

/// Then a notice would say nothing that the answer does not say at once.
const fn only_its_answer_is_left(stage: Stage) -> bool {
    matches!(stage, Stage::Filed | Stage::Unheard | Stage::Answered | Stage::Done | Stage::Failed)
}

fn dead(failure: Failure) -> JobError {
    JobError::Dead { reason: format!("after {}: {}", failure.after.as_str(), failure.reason) }
}

/// A note that could not be claimed just now is claimed later.
fn not_claimed(error: &NoteError) -> JobError {
    match error {
        NoteError::Lost => busy(SOON, "another worker has the note"),
        NoteError::Table(_) => busy(BUSY_AT_MOST, "the table is unavailable"),
        NoteError::Unreadable => {
            JobError::Dead { reason: "the stored note cannot be read by this build".to_owned() }
        }
    }
}

fn busy(after: Duration, reason: &str) -> JobError {
    JobError::Busy { after, reason: reason.to_owned() }
}

#[async_trait]
impl JobHandler for VoiceParser {
    async fn handle(&self, job: &Job, attempt: Attempt) -> Result<(), JobError> {
        match job {
            Job::NoteReceived(received) => {
                // Whoever logs on the way need not know whose note it is.
                let span = error_span!("note", message.id = %received.message.id);
                self.note_received(received, attempt).instrument(span).await
            }
            Job::NoteOrdered(changed) => {
                let span = error_span!("note", message.id = %changed.message.id);
                self.note_ordered(changed, attempt).instrument(span).await
            }
            Job::MessageStatus(told) => delivery::note(&self.deps, told).await,
            Job::CallAsked(asked) => calls::asked(&self.deps, asked).await,
        }
    }
}

#[cfg(test)]
mod tests;
