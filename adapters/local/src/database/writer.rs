//! The one thread that writes.

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::DatabaseError;
use crate::data_dir::DirLock;

/// Writes that may wait before those who hand in more have to.
const WAITING: usize = 1_024;

/// Most writes of one transaction, which bounds how long the first of them waits for the last.
const TOGETHER: usize = 256;

/// The writing thread's near end.
pub(super) struct Writer {
    inbox: Option<mpsc::Sender<Box<dyn PendingWrite>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(connection: Connection, lock: Option<Arc<DirLock>>) -> Result<Self, DatabaseError> {
        let (inbox, outbox) = mpsc::channel(WAITING);
        let run = move || {
            write_until_closed(connection, outbox);
            drop(lock);
        };
        let thread = thread::Builder::new().name("hark-sqlite".to_owned()).spawn(run);
        let thread = thread.map_err(|e| DatabaseError::Unopened(Arc::new(e)))?;
        Ok(Self { inbox: Some(inbox), thread: Some(thread) })
    }

    /// Hands in a piece of work and waits until it is committed.
    pub(super) async fn write<T, E, W>(&self, work: W) -> Result<T, E>
    where
        W: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let pending = Pending { work: Some(work), result: None, answer };
        let Some(inbox) = &self.inbox else { return Err(DatabaseError::Closed.into()) };
        if inbox.send(Box::new(pending)).await.is_err() {
            return Err(DatabaseError::Closed.into());
        }
        answered.await.unwrap_or_else(|_| Err(DatabaseError::Closed.into()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.inbox = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("The thread that writes the database had panicked");
        }
    }
}

fn write_until_closed(mut connection: Connection, mut outbox: mpsc::Receiver<Box<dyn PendingWrite>>) {
    let mut together = Vec::with_capacity(TOGETHER);
    while outbox.blocking_recv_many(&mut together, TOGETHER) > 0 {
        let committed = write_together(&mut connection, &mut together).map_err(Arc::new);
        for write in together.drain(..) {
            write.answer(committed.clone());
        }
    }
}

/// Does each piece of work in a savepoint of its own, then commits them all at once.
fn write_together(
    connection: &mut Connection,
    writes: &mut [Box<dyn PendingWrite>],
) -> Result<(), rusqlite::Error> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for write in writes {
        let savepoint = transaction.savepoint()?;
        // Some errors (a full disk) end the whole transaction; then ending the savepoint fails as well, and
        // nothing of this round is committed.
        if write.run(&savepoint) {
            savepoint.commit()?;
        } else {
            savepoint.finish()?;
        }
    }
    transaction.commit()
}

/// A piece of work without its types.
trait PendingWrite: Send {
    /// Does the work; `false` when it failed and must leave nothing behind.
    fn run(&mut self, connection: &Connection) -> bool;

    /// Tells the one who waits, after the commit.
    fn answer(self: Box<Self>, committed: Result<(), Arc<rusqlite::Error>>);
}

struct Pending<T, E, W> {
    work: Option<W>,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<T, E, W> PendingWrite for Pending<T, E, W>
where
    W: FnOnce(&Connection) -> Result<T, E> + Send,
    T: Send,
    E: From<DatabaseError> + Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        self.result = self.work.take().map(|work| work(connection));
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, committed: Result<(), Arc<rusqlite::Error>>) {
        let answer = match (committed, self.result) {
            (Ok(()), Some(result)) => result,
            // Its own failure says more than that of the round.
            (Err(_), Some(Err(own))) => Err(own),
            (Err(round), _) => Err(DatabaseError::NotCommitted(round).into()),
            (Ok(()), None) => Err(DatabaseError::Closed.into()),
        };
        // Who does not wait any more does not want to know.
        drop(self.answer.send(answer));
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use tempfile::TempDir;

    use super::*;
    use crate::database::Database;

    fn insert(connection: &Connection, n: usize, body: &str) -> Result<(), DatabaseError> {
        let sql = "INSERT INTO items (partition, sort, version, body) VALUES (x'01', ?1, 1, ?2)";
        connection.execute(sql, (n.to_string().as_bytes(), body))?;
        Ok(())
    }

    async fn count(database: &Database) -> i64 {
        let count = |c: &Connection| {
            Ok::<i64, DatabaseError>(c.query_row("SELECT count(*) FROM items", [], |r| r.get(0))?)
        };
        database.read(count).await.unwrap()
    }

    #[tokio::test]
    async fn a_write_that_fails_leaves_nothing_and_disturbs_no_other_of_its_round() {
        let dir = TempDir::new().unwrap();
        let database = Database::open(&dir.path().join("db"), None).unwrap();
        let write = |n: usize| {
            database.write(move |connection| {
                insert(connection, n, "x")?;
                if n.is_multiple_of(3) { Err(DatabaseError::Unreadable("made up")) } else { Ok(n) }
            })
        };
        let results = join_all((0..300).map(write)).await;
        let kept = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(kept, 200);
        assert_eq!(count(&database).await, 200);
    }

    #[tokio::test]
    async fn g14_a_full_disk_is_an_error_and_loses_nothing_that_was_answered() {
        let dir = TempDir::new().unwrap();
        let database = Database::open(&dir.path().join("db"), None).unwrap();
        let limit = |pages: i64| {
            database.write(move |c| {
                c.query_row(&format!("PRAGMA max_page_count={pages}"), [], |_| Ok(()))?;
                Ok::<(), DatabaseError>(())
            })
        };
        limit(40).await.unwrap();
        let body = "x".repeat(10_000);
        let write = |n: usize| {
            let body = body.clone();
            database.write(move |connection| insert(connection, n, &body))
        };
        let results = join_all((0..100).map(write)).await;
        let answered = results.iter().filter(|result| result.is_ok()).count();
        assert!(answered < 100, "the disk was full");
        assert_eq!(count(&database).await, i64::try_from(answered).unwrap());
        limit(1_000_000).await.unwrap();
        write(1_000).await.unwrap();
        assert_eq!(count(&database).await, i64::try_from(answered + 1).unwrap());
    }
}
