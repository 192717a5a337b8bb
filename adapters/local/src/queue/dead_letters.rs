//! Jobs that were given up, kept with the reason until somebody decides.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};
use shared::domain::private::Private;

use super::{SqliteQueue, insert};
use crate::database::DatabaseError;

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Names it for [`SqliteQueue::redrive`].
    pub id: i64,
    /// Why it was given up; without personal data.
    pub reason: String,
    /// The job as it travelled.
    pub body: Private<String>,
    /// How often it had been delivered.
    pub attempts: u32,
    /// When it was given up.
    pub at: Timestamp,
}

impl SqliteQueue {
    /// All of them, oldest first.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database cannot be read.
    pub async fn dead_letters(&self) -> Result<Vec<DeadLetter>, DatabaseError> {
        let all = |connection: &Connection| {
            let sql = "SELECT id, reason, body, attempts, at FROM dead_letters ORDER BY id";
            let mut statement = connection.prepare_cached(sql)?;
            let letters = statement.query_map([], dead_letter)?.collect::<Result<Vec<_>, _>>()?;
            Ok::<_, DatabaseError>(letters)
        };
        self.database.read(all).await
    }

    /// How many there are.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database cannot be read.
    pub async fn dead_letter_count(&self) -> Result<u64, DatabaseError> {
        let count =
            |c: &Connection| Ok(c.query_row("SELECT count(*) FROM dead_letters", [], |row| row.get(0))?);
        self.database.read(count).await
    }

    /// Sends a dead letter again, as if for the first time. `false`: there is none of this id.
    ///
    /// # Errors
    /// [`DatabaseError`] when it was not done.
    pub async fn redrive(&self, id: i64) -> Result<bool, DatabaseError> {
        let now = self.now();
        let found = self.database.write(move |connection| redrive(connection, id, now)).await?;
        self.bell.notify_one();
        Ok(found)
    }
}

/// Moves a job to the dead letters.
pub(super) fn bury(connection: &Connection, id: i64, reason: &str, now: i64) -> Result<(), DatabaseError> {
    let sql = "INSERT INTO dead_letters (body, turn, reason, attempts, at)
        SELECT body, turn, ?2, attempts, ?3 FROM jobs WHERE id = ?1";
    connection.prepare_cached(sql)?.execute((id, reason, now))?;
    connection.prepare_cached("DELETE FROM jobs WHERE id = ?1")?.execute([id])?;
    Ok(())
}

fn redrive(connection: &Connection, id: i64, now: i64) -> Result<bool, DatabaseError> {
    let sql = "DELETE FROM dead_letters WHERE id = ?1 RETURNING body, turn";
    let found: Option<(String, String)> =
        connection.prepare_cached(sql)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((body, turn)) = found else { return Ok(false) };
    insert(connection, &body, &turn, now, now)?;
    Ok(true)
}

fn dead_letter(row: &Row<'_>) -> Result<DeadLetter, rusqlite::Error> {
    Ok(DeadLetter {
        id: row.get(0)?,
        reason: row.get(1)?,
        body: Private::new(row.get(2)?),
        attempts: row.get(3)?,
        at: Timestamp::from_millisecond(row.get(4)?).unwrap_or(Timestamp::MAX),
    })
}
