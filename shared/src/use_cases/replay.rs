//! Trying again what was given up: dead letters go back into the queue, and notes that had failed go on after their
//! last step. Everything can be done again, or end in the middle, without a message being lost or answered twice:
//! the note is reopened first, its job is sent next, and only then is forgotten where the job was found.

mod held;

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures::future::join_all;
use jiff::Timestamp;
use serde::Serialize;

use self::held::Held;
use crate::{
    domain::{
        ids::MessageId,
        message::InboundMessage,
        note::{Note, Stage},
    },
    jobs::Job,
    ports::{
        dead_letters::{DeadLetter, DeadLetters},
        job_queue::{JobQueue, QueueError},
    },
    repositories::notes::{FailedNote, NoteError, Notes},
};

/// How many notes are replayed at the same time.
const AT_ONCE: usize = 10;

/// What became of one job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Its message; `None` for a dead letter that this build cannot read.
    pub message_id: Option<MessageId>,
    /// Why it had been given up, if it had.
    pub reason: Option<String>,
    /// When.
    pub given_up_at: Option<Timestamp>,
    /// What became of it now.
    pub outcome: Outcome,
}

/// See [`Replayed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was only looked at.
    Listed,
    /// It is in the queue again.
    SentAgain,
    /// Its note is done; there was nothing to try again.
    DoneAlready,
    /// It stays where it is, for this reason.
    Left(String),
}

/// Why a replay ended early.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The queue or its dead letters.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The notes.
    #[error(transparent)]
    Notes(#[from] NoteError),
}

/// Told of each job as soon as it is known what became of it.
pub type Tell<'a> = &'a mut (dyn FnMut(Replayed) + Send);

/// See the module.
pub struct Replay {
    notes: Notes,
    queue: Arc<dyn JobQueue>,
    letters: Arc<dyn DeadLetters>,
    dry_run: bool,
}

/// One job to try again.
struct Candidate {
    id: MessageId,
    /// Where it was found among the notes.
    failed: Option<FailedNote>,
    /// Where it lies among the dead letters.
    letters: Vec<DeadLetter>,
}

impl Replay {
    /// Over these notes and this queue. A dry run changes nothing.
    #[must_use]
    pub fn new(notes: Notes, queue: Arc<dyn JobQueue>, letters: Arc<dyn DeadLetters>, dry_run: bool) -> Self {
        Self { notes, queue, letters, dry_run }
    }

    /// All dead letters. One whose job is given up again meanwhile is not sent a second time.
    ///
    /// # Errors
    /// [`ReplayError`] when no letter could be had, or none of several could be sent.
    pub async fn dead_letters(&self, tell: Tell<'_>) -> Result<(), ReplayError> {
        let mut held = Held::new(self.letters.as_ref());
        let mut seen = HashSet::new();
        let ended = loop {
            let page = match self.letters.take().await {
                Ok(page) if page.is_empty() => break Ok(()),
                Ok(page) => page,
                Err(error) => break Err(error.into()),
            };
            let (new, known): (Vec<_>, Vec<_>) =
                page.into_iter().partition(|letter| seen.insert(letter.body.expose().clone()));
            held.keep(known);
            let ended = join_all(new.iter().map(|letter| self.letter(letter))).await;
            let all_failed = !new.is_empty() && ended.iter().all(Result::is_err);
            let mut last_error = None;
            for (letter, ended) in new.into_iter().zip(ended) {
                let outcome = match ended {
                    Ok(Outcome::Listed) => {
                        held.keep([letter.clone()]);
                        Outcome::Listed
                    }
                    Ok(outcome) => outcome,
                    Err(error) => {
                        held.keep([letter.clone()]);
                        Outcome::Left(last_error.insert(error).to_string())
                    }
                };
                tell(replayed(&letter, outcome));
            }
            if let (true, Some(error)) = (all_failed, last_error) {
                break Err(error);
            }
        };
        held.let_go().await;
        ended
    }

    /// One message, whatever had become of it. `false`: there is neither a note nor a dead letter of it.
    ///
    /// # Errors
    /// [`ReplayError`].
    pub async fn message(&self, id: &MessageId, tell: Tell<'_>) -> Result<bool, ReplayError> {
        let note = self.notes.find(id).await?;
        let mut held = Held::of_all(self.letters.as_ref()).await?;
        let failed = note.as_ref().and_then(FailedNote::of);
        let candidate = Candidate { id: id.clone(), failed, letters: held.of_message(id) };
        let known = note.is_some() || !candidate.letters.is_empty();
        let ended = if known { self.note(&candidate).await } else { Ok(Outcome::Listed) };
        if !matches!(ended, Ok(Outcome::SentAgain | Outcome::DoneAlready)) {
            held.keep(candidate.letters.iter().cloned());
        }
        held.let_go().await;
        let outcome = ended?;
        if known {
            tell(told_of(&candidate, outcome));
        }
        Ok(known)
    }

    /// All notes that were given up at `since` or later, each once.
    ///
    /// # Errors
    /// [`ReplayError`] when they could not be listed.
    pub async fn failed_since(&self, since: Timestamp, tell: Tell<'_>) -> Result<(), ReplayError> {
        let mut page = self.notes.failed_since(since, None, AT_ONCE).await?;
        if page.is_empty() {
            return Ok(());
        }
        let mut held = Held::of_all(self.letters.as_ref()).await?;
        let mut seen = HashSet::new();
        let ended = loop {
            let Some(last) = page.last().cloned() else { break Ok(()) };
            page.retain(|failed| seen.insert(failed.id.clone()));
            let candidates: Vec<Candidate> = page
                .into_iter()
                .map(|failed| Candidate {
                    letters: held.of_message(&failed.id),
                    id: failed.id.clone(),
                    failed: Some(failed),
                })
                .collect();
            let ended = join_all(candidates.iter().map(|candidate| self.note(candidate))).await;
            for (candidate, ended) in candidates.into_iter().zip(ended) {
                let outcome = ended.unwrap_or_else(|error| Outcome::Left(error.to_string()));
                if matches!(outcome, Outcome::Listed | Outcome::Left(_)) {
                    held.keep(candidate.letters.iter().cloned());
                }
                tell(told_of(&candidate, outcome));
            }
            page = match self.notes.failed_since(since, Some(&last), AT_ONCE).await {
                Ok(page) => page,
                Err(error) => break Err(error.into()),
            };
        };
        held.let_go().await;
        ended
    }

    /// A dead letter goes back as it is.
    async fn letter(&self, letter: &DeadLetter) -> Result<Outcome, ReplayError> {
        if self.dry_run {
            return Ok(Outcome::Listed);
        }
        let Some(message) = message_of(letter) else {
            // What became of a message that we sent; or another build may read it.
            self.letters.send_again(letter).await?;
            return Ok(Outcome::SentAgain);
        };
        let reopened = self.notes.reopen(&message.id, None).await?;
        if reopened.as_ref().is_some_and(|reopened| is_done_with(&reopened.note, &message)) {
            self.letters.delete(letter).await?;
            return Ok(Outcome::DoneAlready);
        }
        self.letters.send_again(letter).await?;
        if let Some(failed) = reopened.and_then(|reopened| reopened.had_failed) {
            self.notes.forget_failed(&failed).await?;
        }
        Ok(Outcome::SentAgain)
    }

    /// A note goes on, with the job that lies among the dead letters or else with one that is made anew.
    async fn note(&self, candidate: &Candidate) -> Result<Outcome, ReplayError> {
        if self.dry_run {
            return Ok(Outcome::Listed);
        }
        let reopened = self.notes.reopen(&candidate.id, None).await?;
        let mut outcome = Outcome::DoneAlready;
        for letter in &candidate.letters {
            if self.letter(letter).await? == Outcome::SentAgain {
                outcome = Outcome::SentAgain;
            }
        }
        if let Some(reopened) = reopened {
            if outcome == Outcome::DoneAlready && reopened.note.stage() != Stage::Done {
                self.queue.send(&Job::of(&reopened.note), Duration::ZERO).await?;
                outcome = Outcome::SentAgain;
            }
            if let Some(failed) = &reopened.had_failed {
                self.notes.forget_failed(failed).await?;
            }
        }
        if let Some(failed) = &candidate.failed {
            self.notes.forget_failed(failed).await?;
        }
        Ok(outcome)
    }
}

/// A note that was given up goes on after its last step: it is reopened, then its job is sent, and only then is forgotten
/// by what it was found. `from`: from that step on. `None`: there is no such note.
///
/// # Errors
/// [`ReplayError`]; then it may be asked for again.
pub async fn send_again(
    notes: &Notes,
    queue: &dyn JobQueue,
    id: &MessageId,
    from: Option<Stage>,
) -> Result<Option<Note>, ReplayError> {
    let Some(reopened) = notes.reopen(id, from).await? else { return Ok(None) };
    queue.send(&Job::of(&reopened.note), Duration::ZERO).await?;
    if let Some(failed) = &reopened.had_failed {
        notes.forget_failed(failed).await?;
    }
    Ok(Some(reopened.note))
}

/// The message that a letter's note is made of, if it is to become one.
fn message_of(letter: &DeadLetter) -> Option<InboundMessage> {
    match Job::from_body(letter.body.expose()) {
        Ok(Job::NoteReceived(job)) => Some(job.message),
        Ok(Job::NoteOrdered(job)) => Some(job.message),
        Ok(Job::MessageStatus(_) | Job::CallAsked(_)) | Err(_) => None,
    }
}

fn is_done_with(note: &Note, message: &InboundMessage) -> bool {
    note.stage() == Stage::Done && note.message().says_the_same_as(message)
}

fn replayed(letter: &DeadLetter, outcome: Outcome) -> Replayed {
    Replayed {
        message_id: Job::from_body(letter.body.expose()).ok().map(|job| job.message_id().clone()),
        reason: Some(letter.reason.clone()),
        given_up_at: Some(letter.at),
        outcome,
    }
}

fn told_of(candidate: &Candidate, outcome: Outcome) -> Replayed {
    let why = candidate
        .failed
        .as_ref()
        .map(|failed| {
            (format!("after {}: {}", failed.failure.after.as_str(), failed.failure.reason), failed.at)
        })
        .or_else(|| candidate.letters.first().map(|letter| (letter.reason.clone(), letter.at)));
    let (reason, given_up_at) = why.unzip();
    Replayed { message_id: Some(candidate.id.clone()), reason, given_up_at, outcome }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
