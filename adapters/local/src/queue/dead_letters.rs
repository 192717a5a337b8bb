//! Jobs that were given up, kept with the reason until somebody decides.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};
use shared::{
    domain::private::Private,
    ports::{
        dead_letters::{DeadLetter, DeadLetters},
        job_queue::QueueError,
        queue_status::{Backlog, Oldest, QueueStatus},
    },
};

use super::{SqliteQueue, insert};
use crate::database::DatabaseError;

/// How many letters are taken at a time.
const PAGE: usize = 100;

/// The letters that were taken through this queue. They are held for as long as it is open: another process that
/// looks at the same letters meets them too, and whoever is second finds them gone.
#[derive(Default)]
pub(super) struct Held(Mutex<HashSet<i64>>);

impl Held {
    fn with<T>(&self, work: impl FnOnce(&mut HashSet<i64>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SqliteQueue {
    /// How many there are.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database cannot be read.
    pub async fn dead_letter_count(&self) -> Result<u64, DatabaseError> {
        let count =
            |c: &Connection| Ok(c.query_row("SELECT count(*) FROM dead_letters", [], |row| row.get(0))?);
        self.database.read(count).await
    }

    /// Those behind `after`, oldest first.
    async fn letters_behind(&self, after: i64) -> Result<Vec<(i64, DeadLetter)>, DatabaseError> {
        let page = move |connection: &Connection| {
            let sql = "SELECT id, reason, body, at FROM dead_letters WHERE id > ?1 ORDER BY id LIMIT ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let letters = statement.query_map((after, PAGE), dead_letter)?.collect::<Result<Vec<_>, _>>()?;
            Ok::<_, DatabaseError>(letters)
        };
        self.database.read(page).await
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

fn redrive(connection: &Connection, id: i64, now: i64) -> Result<(), DatabaseError> {
    let sql = "DELETE FROM dead_letters WHERE id = ?1 RETURNING body, turn";
    let found: Option<(String, String)> =
        connection.prepare_cached(sql)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    match found {
        Some((body, turn)) => insert(connection, &body, &turn, now, now),
        None => Ok(()),
    }
}

fn dead_letter(row: &Row<'_>) -> Result<(i64, DeadLetter), rusqlite::Error> {
    let id: i64 = row.get(0)?;
    let letter = DeadLetter {
        handle: id.to_string(),
        reason: row.get(1)?,
        body: Private::new(row.get(2)?),
        at: Timestamp::from_millisecond(row.get(3)?).unwrap_or(Timestamp::MAX),
    };
    Ok((id, letter))
}

fn id_of(letter: &DeadLetter) -> Result<i64, QueueError> {
    letter.handle.parse().map_err(|_| QueueError("not a letter of this queue".into()))
}

fn failed(error: DatabaseError) -> QueueError {
    QueueError(Box::new(error))
}

#[async_trait]
impl DeadLetters for SqliteQueue {
    async fn take(&self) -> Result<Vec<DeadLetter>, QueueError> {
        let mut after = 0;
        loop {
            let page = self.letters_behind(after).await.map_err(failed)?;
            let Some((last, _)) = page.last() else { return Ok(Vec::new()) };
            after = *last;
            let free = self.held.with(|held| {
                page.into_iter()
                    .filter(|(id, _)| held.insert(*id))
                    .map(|(_, letter)| letter)
                    .collect::<Vec<_>>()
            });
            if !free.is_empty() {
                return Ok(free);
            }
        }
    }

    async fn send_again(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        let (id, now) = (id_of(letter)?, self.now());
        self.database.write(move |connection| redrive(connection, id, now)).await.map_err(failed)?;
        self.bell.notify_one();
        Ok(())
    }

    async fn let_go(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        let id = id_of(letter)?;
        self.held.with(|held| held.remove(&id));
        Ok(())
    }

    async fn delete(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        let id = id_of(letter)?;
        let delete = move |connection: &Connection| {
            connection.prepare_cached("DELETE FROM dead_letters WHERE id = ?1")?.execute([id])?;
            Ok(())
        };
        self.database.write(delete).await.map_err(failed)
    }
}

#[async_trait]
impl QueueStatus for SqliteQueue {
    async fn backlog(&self) -> Result<Backlog, QueueError> {
        Ok(Backlog {
            jobs: self.depth().await.map_err(failed)?,
            oldest: self.oldest_age().await.map_err(failed)?.map_or(Oldest::Unmeasured, Oldest::Sent),
            dead_letters: self.dead_letter_count().await.map_err(failed)?,
        })
    }
}
