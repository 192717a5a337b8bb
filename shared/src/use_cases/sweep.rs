//! Looking after notes that nothing else comes back to: whose job the queue has lost, or that were to wait until now.
//! Their job is sent again; a worker's claim decides whether there is anything to do. So a sweep can run at any time,
//! twice at once, and break off anywhere: at worst a job is sent twice.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tracing::{error, info, warn};

use crate::{
    domain::note::Note,
    jobs::Job,
    ports::{
        clock::Clock,
        job_queue::{JobQueue, QueueError},
        metrics::{Measurement, Metrics},
    },
    repositories::notes::{NoteError, Notes, OpenNote},
};

/// How many shards are gone through at the same time.
const AT_ONCE: usize = 4;
/// How many notes are asked for at once.
const PAGE: usize = 50;
/// How many notes of one shard are looked at in one run; the next run goes on.
const MOST_OF_A_SHARD: usize = 200;
/// For how long a run begins with further notes.
const PATIENCE: SignedDuration = SignedDuration::from_secs(40);
/// How long a job that was sent again has.
const NEXT_LOOK: SignedDuration = SignedDuration::from_mins(30);
/// After a lease the queue has this long to deliver the job by itself: longer than its messages are hidden (720 s).
const AFTER_A_LEASE: SignedDuration = SignedDuration::from_mins(15);
/// After how many jobs a note counts as stuck.
const MOST_JOBS: u32 = 20;
/// How often a stuck note is tried and told of.
const STUCK_LOOK: SignedDuration = SignedDuration::from_hours(24);

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Notes that were due.
    pub looked_at: u32,
    /// Of these: their job is in the queue again.
    pub sent_again: u32,
    /// Finished, or looked after under another time.
    pub removed: u32,
    /// Not finished after all this time: somebody must look.
    pub stuck: u32,
    /// Not to be looked after now, because the table or the queue did not answer; or a shard of them.
    pub failed: u32,
}

impl Swept {
    const fn plus(self, other: Self) -> Self {
        Self {
            looked_at: self.looked_at + other.looked_at,
            sent_again: self.sent_again + other.sent_again,
            removed: self.removed + other.removed,
            stuck: self.stuck + other.stuck,
            failed: self.failed + other.failed,
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum SweepError {
    #[error(transparent)]
    Notes(#[from] NoteError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// See the module.
#[derive(Clone)]
pub struct Sweep {
    /// The notes.
    pub notes: Notes,
    /// Where their jobs are sent.
    pub queue: Arc<dyn JobQueue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Takes how many notes are stuck.
    pub metrics: Arc<dyn Metrics>,
}

impl Sweep {
    /// Looks after the notes that are due: at most 3,200, and for less than a minute. What fails is tried again by the
    /// next run.
    pub async fn run(&self) -> Swept {
        let until = later(self.clock.now(), PATIENCE);
        let shards = stream::iter(Notes::shards()).map(|shard| self.shard(shard, until));
        let swept =
            shards.buffer_unordered(AT_ONCE).fold(Swept::default(), async |all, one| all.plus(one)).await;
        if swept != Swept::default() {
            info!(counter = "swept", ?swept, "Notes that nothing else came back to were looked after");
        }
        swept
    }

    async fn shard(&self, shard: u32, until: Timestamp) -> Swept {
        let mut swept = Swept::default();
        let mut after = None;
        for _ in 0..MOST_OF_A_SHARD / PAGE {
            let page = match self.notes.list_due(shard, self.clock.now(), after, PAGE).await {
                Ok(page) => page,
                Err(error) => {
                    warn!(?error, "The open notes could not be listed");
                    swept.failed += 1;
                    break;
                }
            };
            for open in page.notes {
                if self.clock.now() >= until {
                    return swept;
                }
                swept.looked_at += 1;
                if let Err(error) = self.look_after(&open, &mut swept).await {
                    warn!(message.id = %open.id, ?error, "An open note could not be looked after now");
                    swept.failed += 1;
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        swept
    }

    async fn look_after(&self, open: &OpenNote, swept: &mut Swept) -> Result<(), SweepError> {
        let now = self.clock.now();
        match self.notes.find(&open.id).await {
            Ok(Some(note)) if !open.is_left_over(&note) => {
                if let Some(lease) = note.lease.as_ref().filter(|lease| lease.until > now) {
                    self.notes.postpone(open, later(lease.until, AFTER_A_LEASE), open.sent_again).await?;
                    return Ok(());
                }
                self.send_again(open, &note, now, swept).await
            }
            Ok(_) => {
                self.notes.forget_open(open).await?;
                swept.removed += 1;
                Ok(())
            }
            Err(NoteError::Unreadable) => {
                self.tell_stuck(open, swept);
                self.notes.postpone(open, later(now, STUCK_LOOK), open.sent_again).await?;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Sent first: if what follows breaks off, it is sent once more.
    async fn send_again(
        &self,
        open: &OpenNote,
        note: &Note,
        now: Timestamp,
        swept: &mut Swept,
    ) -> Result<(), SweepError> {
        self.queue.send(&Job::of(note), Duration::ZERO).await?;
        swept.sent_again += 1;
        let jobs = open.sent_again.saturating_add(1);
        let mut look = NEXT_LOOK;
        if jobs > MOST_JOBS {
            self.tell_stuck(open, swept);
            look = STUCK_LOOK;
        }
        self.notes.postpone(open, later(now, look), jobs).await?;
        Ok(())
    }

    fn tell_stuck(&self, open: &OpenNote, swept: &mut Swept) {
        error!(alarm = true, counter = "note_stuck", message.id = %open.id, jobs = open.sent_again, "Note `{}` does not come to an end", open.id);
        self.metrics.record(&Measurement::NoteStuck);
        swept.stuck += 1;
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
