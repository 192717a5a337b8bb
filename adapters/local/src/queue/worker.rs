//! Delivers the queue's jobs to their handler, several at once, each on its own.

use std::{future::Future, panic::AssertUnwindSafe, pin::pin, sync::Arc, time::Duration};

use futures::FutureExt;
use shared::{
    jobs::Job,
    ports::job_handler::{Attempt, JobError, JobHandler},
};
use tokio::{task::JoinSet, time::sleep};

use super::{
    MOST_DELIVERIES, SqliteQueue,
    leases::Lease,
    turns::{Room, Turns},
};
use crate::database::DatabaseError;

/// How long to wait when the database does not answer.
const DATABASE_PAUSE: Duration = Duration::from_secs(1);

/// How often the queue is looked at without a reason: another process, such as `hark replay`, may have put a job
/// there, and the machine's clock may have been set.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How long a job that is sent waits at most for its look into a queue with no ordinary room. Not at all would be a look for
/// each of the jobs of a company that sends very many.
const LOOK_WHEN_FULL: Duration = Duration::from_millis(20);

/// Works off a [`SqliteQueue`].
pub struct LocalWorker {
    queue: Arc<SqliteQueue>,
    look_every: Duration,
}

/// The jobs being worked on; each task ends with its job's turn.
#[derive(Default)]
struct Running {
    tasks: JoinSet<String>,
    turns: Turns,
}

impl Running {
    /// Waits for one of them to end; `None` when there is none.
    async fn next(&mut self) -> Option<()> {
        match self.tasks.join_next().await? {
            Ok(turn) => self.turns.ends(&turn),
            // A task catches its handler's panics; what remains is a fault of ours. Its job stays leased
            // until the next start, and the fairness count is a little off.
            Err(error) => tracing::error!(panicked = error.is_panic(), "A worker task did not end by itself"),
        }
        Some(())
    }
}

impl LocalWorker {
    /// Works off this queue.
    #[must_use]
    pub const fn new(queue: Arc<SqliteQueue>) -> Self {
        Self { queue, look_every: LOOK_EVERY }
    }

    /// Looks for jobs of other processes this often instead of every five seconds.
    #[must_use]
    pub const fn looking_every(mut self, period: Duration) -> Self {
        self.look_every = period;
        self
    }

    /// Delivers jobs as they become due, `concurrency` at once, and as many more of companies that have few, until `shutdown` ends; then waits
    /// for those that are being worked on. When the future is dropped they end where they stand, and are
    /// delivered again after the next start.
    ///
    /// A job is done when its handler says so, delivered again when it says that or panics, and given up
    /// after five deliveries.
    pub async fn run(
        &self,
        handler: Arc<dyn JobHandler>,
        concurrency: usize,
        shutdown: impl Future<Output = ()> + Send,
    ) {
        let mut shutdown = pin!(shutdown);
        let mut running = Running::default();
        loop {
            let wait = self.fill(&mut running, &handler, concurrency).await.unwrap_or_else(|error| {
                tracing::error!(error = ?error, "The queue cannot be read; trying again in a second");
                Some(DATABASE_PAUSE)
            });
            let has_room = running.tasks.len() < concurrency;
            tokio::select! {
                () = &mut shutdown => break,
                Some(()) = running.next() => {}
                () = self.rung(has_room) => {}
                () = sleep(wait.unwrap_or(self.look_every)), if has_room => {}
            }
        }
        while running.next().await.is_some() {}
    }

    /// Delivers what is due now until nothing is due any more, then answers how many deliveries there were.
    /// For tests and tools.
    pub async fn work_off(
        &self,
        handler: Arc<dyn JobHandler>,
        concurrency: usize,
    ) -> Result<usize, DatabaseError> {
        let mut running = Running::default();
        let mut deliveries = 0;
        loop {
            let before = running.tasks.len();
            self.fill(&mut running, &handler, concurrency).await?;
            deliveries += running.tasks.len().saturating_sub(before);
            if running.next().await.is_none() {
                return Ok(deliveries);
            }
        }
    }

    /// Waits for a job to be sent, and where there is no ordinary room a moment longer, for others that come with it.
    async fn rung(&self, has_room: bool) {
        self.queue.bell.notified().await;
        if !has_room {
            sleep(LOOK_WHEN_FULL).await;
        }
    }

    /// Starts due jobs while there is room. Answers how long to wait for the next, if there is one and room.
    async fn fill(
        &self,
        running: &mut Running,
        handler: &Arc<dyn JobHandler>,
        concurrency: usize,
    ) -> Result<Option<Duration>, DatabaseError> {
        let (room, now_running) = (Room { ordinary: concurrency }, running.tasks.len());
        if now_running >= room.most() {
            return Ok(None);
        }
        for lease in self.queue.lease(room, now_running, running.turns.clone()).await? {
            running.turns.begins(&lease.turn);
            running.tasks.spawn(deliver(Arc::clone(&self.queue), Arc::clone(handler), lease));
        }
        let wait = self.queue.next_due_in().await?;
        // One more: a sleep may end just before the millisecond that it was meant for.
        Ok(wait.map(|wait| wait.saturating_add(Duration::from_millis(1)).min(self.look_every)))
    }
}

/// How often more a job is delivered whose last delivery ended with the process, so that its end is told.
const LAST_CHANCES: u32 = 3;

/// One delivery, from the lease to the stored outcome.
async fn deliver(queue: Arc<SqliteQueue>, handler: Arc<dyn JobHandler>, lease: Lease) -> String {
    let ended = handle(handler.as_ref(), &lease).await;
    match &ended {
        Ok(()) => {}
        Err(error @ JobError::Busy { .. }) => {
            tracing::debug!(job.id = lease.id, job.attempt = lease.attempts, error = %error, "Job {} waits", lease.id);
        }
        Err(error) => {
            tracing::warn!(job.id = lease.id, job.attempt = lease.attempts, error = %error, "Job {} was not done this time", lease.id);
        }
    }
    while let Err(error) = queue.settle(&lease, ended.clone()).await {
        tracing::error!(job.id = lease.id, error = ?error, "The outcome of job {} is not stored yet", lease.id);
        sleep(DATABASE_PAUSE).await;
    }
    lease.turn
}

async fn handle(handler: &dyn JobHandler, lease: &Lease) -> Result<(), JobError> {
    if lease.attempts > MOST_DELIVERIES + LAST_CHANCES {
        let reason = format!("the process ended during the last of {MOST_DELIVERIES} deliveries");
        return Err(JobError::Dead { reason });
    }
    let job = Job::from_body(&lease.body)
        .map_err(|unreadable| JobError::Dead { reason: unreadable.to_string() })?;
    // Past its tries if the process ended during the last of them: then it is for telling that it is given up.
    let attempt = Attempt { number: lease.attempts, most: MOST_DELIVERIES };
    let handled = AssertUnwindSafe(handler.handle(&job, attempt)).catch_unwind().await;
    // The panic's own words may hold a person's; the panic hook has said where it was.
    let panicked =
        |_| Err(JobError::Retry { after: Duration::ZERO, reason: "the handler panicked".to_owned() });
    handled.unwrap_or_else(panicked)
}
