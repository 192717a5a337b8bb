//! Taking jobs that are due, and putting down what became of them.

use std::{collections::HashMap, time::Duration};

use rusqlite::{Connection, OptionalExtension};
use shared::ports::job_handler::JobError;

use super::{
    MOST_DELIVERIES, SqliteQueue,
    dead_letters::bury,
    turns::{Room, Turns, Waiting},
};
use crate::database::DatabaseError;

/// Shortest wait before another delivery that is not counted, so that nobody turns in circles.
const SHORTEST_BUSY: Duration = Duration::from_millis(100);

/// The waits after the first failures of a job.
const BACK_OFF: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(30)];
/// The wait after each further failure.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(90);

/// A job that this process has.
#[derive(Clone)]
pub(super) struct Lease {
    pub(super) id: i64,
    pub(super) body: String,
    pub(super) turn: String,
    /// Deliveries with this one.
    pub(super) attempts: u32,
}

impl SqliteQueue {
    /// Takes jobs that are due beside so many that are `running`, fairly: each from the company whose turn it is, and
    /// there the one that has been due longest.
    pub(super) async fn lease(
        &self,
        room: Room,
        running: usize,
        turns: Turns,
    ) -> Result<Vec<Lease>, DatabaseError> {
        let now = self.now();
        self.database.write(move |connection| lease(connection, now, room, running, turns)).await
    }

    /// Puts down how a delivery ended.
    pub(super) async fn settle(
        &self,
        lease: &Lease,
        ended: Result<(), JobError>,
    ) -> Result<(), DatabaseError> {
        let id = lease.id;
        match ended {
            Ok(()) => self.write(move |c| done(c, id)).await,
            Err(JobError::Busy { after, .. }) => {
                let (due_at, attempts) =
                    (self.later(after.max(SHORTEST_BUSY)), lease.attempts.saturating_sub(1));
                self.write(move |c| again(c, id, due_at, attempts)).await
            }
            Err(JobError::Retry { after, .. }) if lease.attempts < MOST_DELIVERIES => {
                let (due_at, attempts) = (self.later(self.back_off(after, lease.attempts)), lease.attempts);
                self.write(move |c| again(c, id, due_at, attempts)).await
            }
            Err(JobError::Retry { reason, .. } | JobError::Dead { reason }) => self.give_up(id, reason).await,
        }
    }

    /// Moves a job to the dead letters.
    pub(super) async fn give_up(&self, id: i64, reason: String) -> Result<(), DatabaseError> {
        let now = self.now();
        self.write(move |connection| bury(connection, id, &reason, now)).await
    }

    async fn write(
        &self,
        work: impl FnOnce(&Connection) -> Result<(), DatabaseError> + Send + 'static,
    ) -> Result<(), DatabaseError> {
        self.database.write(work).await
    }

    /// What the handler asked for, or 10 s, 30 s, then 90 s if that is longer, and up to a tenth more so that jobs
    /// that failed together do not come again together. An outage of a few minutes is outlasted.
    pub(super) fn back_off(&self, asked: Duration, attempts: u32) -> Duration {
        let step = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        let wait = asked.max(BACK_OFF.get(step).copied().unwrap_or(LONGEST_BACK_OFF));
        let [tenths, ..] = self.ids.random();
        wait.saturating_add(wait / 10 * u32::from(tenths) / 255)
    }
}

fn lease(
    connection: &Connection,
    now: i64,
    room: Room,
    running: usize,
    mut turns: Turns,
) -> Result<Vec<Lease>, DatabaseError> {
    // One more than there can be room for tells who has many.
    let mut due = due_by_turn(connection, now, room.most().saturating_add(1))?;
    let mut leases = Vec::new();
    loop {
        let waiting = due.iter().filter_map(|(turn, due)| {
            due.last().map(|(first, _)| Waiting { turn, due: *first, jobs: due.len() })
        });
        let waiting: Vec<_> = waiting.collect();
        let Some(turn) = turns.next(room, running.saturating_add(leases.len()), &waiting).cloned() else {
            return Ok(leases);
        };
        if let Some((_, id)) = due.get_mut(&turn).and_then(Vec::pop) {
            leases.push(take(connection, id, &turn)?);
            turns.begins(&turn);
        }
    }
}

/// Of each company that has any, at most `most` due jobs as (due, id), the one due longest at the end.
fn due_by_turn(
    connection: &Connection,
    now: i64,
    most: usize,
) -> Result<HashMap<String, Vec<(i64, i64)>>, DatabaseError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    // From one company to the next through the index, however many jobs each has.
    let mut next_turn = connection
        .prepare_cached("SELECT turn FROM jobs WHERE leased = 0 AND turn > ?1 ORDER BY turn LIMIT 1")?;
    let mut due_of = connection.prepare_cached(
        "SELECT due_at, id FROM jobs WHERE leased = 0 AND turn = ?1 AND due_at <= ?2 ORDER BY due_at, id LIMIT ?3",
    )?;
    let mut waiting = HashMap::new();
    let mut turn = String::new();
    while let Some(next) = next_turn.query_row([&turn], |row| row.get::<_, String>(0)).optional()? {
        turn = next;
        let rows = due_of.query_map((&turn, now, most), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut due: Vec<(i64, i64)> = rows.collect::<Result<_, _>>()?;
        due.reverse();
        if !due.is_empty() {
            waiting.insert(turn.clone(), due);
        }
    }
    Ok(waiting)
}

fn take(connection: &Connection, id: i64, turn: &str) -> Result<Lease, DatabaseError> {
    let sql = "UPDATE jobs SET leased = 1, attempts = attempts + 1 WHERE id = ?1 RETURNING body, attempts";
    let (body, attempts) =
        connection.prepare_cached(sql)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Lease { id, body, turn: turn.to_owned(), attempts })
}

fn done(connection: &Connection, id: i64) -> Result<(), DatabaseError> {
    connection.prepare_cached("DELETE FROM jobs WHERE id = ?1")?.execute([id])?;
    Ok(())
}

fn again(connection: &Connection, id: i64, due_at: i64, attempts: u32) -> Result<(), DatabaseError> {
    let sql = "UPDATE jobs SET leased = 0, due_at = ?2, attempts = ?3 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute((id, due_at, attempts))?;
    Ok(())
}
