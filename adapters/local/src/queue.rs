//! The queue in SQLite: jobs wait in a table until they are due, and leave it when they are done.

mod dead_letters;
mod leases;
mod turns;
mod worker;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension};
use shared::{
    jobs::Job,
    ports::{
        clock::{Clock, Ids},
        job_queue::{JobQueue, QueueError},
    },
};
use tokio::sync::Notify;

use crate::database::{Database, DatabaseError};

pub use self::worker::LocalWorker;

/// Done when a process has the file to itself: then a lease is one of a process that has ended.
pub(crate) const FREE_ALL_LEASES: &str = "UPDATE jobs SET leased = 0 WHERE leased = 1";

/// How often a job is delivered before it goes to the dead letters.
const MOST_DELIVERIES: u32 = 5;

/// What stands before the company whose turn a job of a call is. No company's name has a space.
const CALLS_OF: &str = "calls of ";
/// Whose turn a job of a sender is who is not known yet. No company is called so.
const UNKNOWN_SENDERS: &str = "?";

/// Whose turn the states of messages are that we sent, all companies' together: each is done at once.
const MESSAGE_STATES: &str = "-";

/// The queue of one machine. Its jobs are delivered by a [`LocalWorker`].
pub struct SqliteQueue {
    database: Arc<Database>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    /// Rung whenever a job may have become due earlier than the worker thinks.
    bell: Notify,
    held: dead_letters::Held,
}

impl SqliteQueue {
    /// The queue of this database.
    #[must_use]
    pub fn new(database: Arc<Database>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { database, clock, ids, bell: Notify::new(), held: dead_letters::Held::default() }
    }

    /// How many jobs are not done: waiting or being worked on.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database cannot be read.
    pub async fn depth(&self) -> Result<u64, DatabaseError> {
        let count = |c: &Connection| Ok(c.query_row("SELECT count(*) FROM jobs", [], |row| row.get(0))?);
        self.database.read(count).await
    }

    /// How long ago the oldest job that is not done was sent. `None`: there is none.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database cannot be read.
    pub async fn oldest_age(&self) -> Result<Option<Duration>, DatabaseError> {
        let oldest = |connection: &Connection| {
            let sent_at = connection.query_row("SELECT min(sent_at) FROM jobs", [], |row| row.get(0))?;
            Ok::<Option<i64>, DatabaseError>(sent_at)
        };
        let sent_at = self.database.read(oldest).await?;
        Ok(sent_at.map(|sent_at| milliseconds(self.now().saturating_sub(sent_at))))
    }

    fn now(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    fn later(&self, after: Duration) -> i64 {
        self.now().saturating_add(i64::try_from(after.as_millis()).unwrap_or(i64::MAX))
    }

    /// How long until the next job is due that nobody has; nothing if there is none.
    async fn next_due_in(&self) -> Result<Option<Duration>, DatabaseError> {
        let next = |connection: &Connection| {
            let sql = "SELECT due_at FROM jobs WHERE leased = 0 ORDER BY due_at LIMIT 1";
            Ok::<Option<i64>, DatabaseError>(connection.query_row(sql, [], |row| row.get(0)).optional()?)
        };
        let due_at = self.database.read(next).await?;
        Ok(due_at.map(|due_at| milliseconds(due_at.saturating_sub(self.now()))))
    }
}

fn milliseconds(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

fn insert(
    connection: &Connection,
    body: &str,
    turn: &str,
    now: i64,
    due_at: i64,
) -> Result<(), DatabaseError> {
    let sql = "INSERT INTO jobs (body, turn, sent_at, due_at) VALUES (?1, ?2, ?3, ?4)";
    connection.prepare_cached(sql)?.execute((body, turn, now, due_at))?;
    Ok(())
}

/// Whose turn a job takes: companies are served in turn, so that one with ten thousand notes does not hold
/// up one with ten.
fn turn_of(job: &Job) -> String {
    match job {
        Job::NoteReceived(note) => {
            note.sender.as_ref().map_or(UNKNOWN_SENDERS, |sender| sender.company_id.as_str()).to_owned()
        }
        Job::NoteOrdered(changed) => changed.sender.company_id.to_string(),
        Job::MessageStatus(_) => MESSAGE_STATES.to_owned(),
        // Who waits on the phone waits for no note of his company.
        Job::CallAsked(asked) => format!("{}{}", CALLS_OF, asked.caller.company_id),
    }
}

#[async_trait]
impl JobQueue for SqliteQueue {
    async fn send(&self, job: &Job, delay: Duration) -> Result<(), QueueError> {
        let body = job.to_body().map_err(|e| QueueError(Box::new(e)))?;
        let (turn, now, due_at) = (turn_of(job), self.now(), self.later(delay));
        let work = move |connection: &Connection| insert(connection, &body, &turn, now, due_at);
        self.database.write(work).await.map_err(|e: DatabaseError| QueueError(Box::new(e)))?;
        self.bell.notify_one();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
