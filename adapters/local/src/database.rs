//! One SQLite file: one thread that writes, a few connections that read.
//!
//! Write-ahead logging with `synchronous=FULL`: a write that was answered is on the disk (SQLite, "PRAGMA
//! synchronous"). All writes that wait at one moment share one transaction, and so one wait for the disk.

mod readers;
pub(crate) mod schema;
mod writer;

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use self::{readers::Readers, writer::Writer};
use crate::data_dir::DirLock;

/// Why the database did not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DatabaseError {
    /// The file is damaged, or is no database.
    #[error("the database file is damaged: {0}")]
    Damaged(String),
    /// The file is a database, but another program's.
    #[error("the database file belongs to another program")]
    Foreign,
    /// A newer Hark has written it.
    #[error("the database has schema {found}; this hark knows schemas up to {known}: use the newer hark")]
    Newer {
        /// The schema of the file.
        found: i64,
        /// The newest that this build knows.
        known: i64,
    },
    /// The file could not be made.
    #[error("the database file cannot be opened")]
    Unopened(#[source] Arc<std::io::Error>),
    /// SQLite's own error: the disk is full, a file cannot be read, or a fault of ours.
    #[error("the database failed")]
    Sqlite(#[source] Arc<rusqlite::Error>),
    /// The transaction that this write shared was not committed.
    #[error("the write was not committed")]
    NotCommitted(#[source] Arc<rusqlite::Error>),
    /// The database is being closed.
    #[error("the database is closed")]
    Closed,
    /// A stored value is not of the form that was written.
    #[error("a stored value cannot be read: {0}")]
    Unreadable(&'static str),
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(code @ (ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)) => {
                Self::Damaged(format!("{code:?}"))
            }
            _ => Self::Sqlite(Arc::new(error)),
        }
    }
}

/// An open database. Dropping it waits for the writes that were handed in.
pub struct Database {
    writer: Writer,
    readers: Arc<Readers>,
}

impl Database {
    /// Opens the file (0600), making it if need be, checks it and brings its schema up to date. Blocks.
    ///
    /// With the folder's `lock`, which is kept for as long as any connection is open, jobs that are leased
    /// are freed: who leased them has ended. Without it (`hark keys`) another process may be at work here,
    /// so they are left alone; writes of the two wait for each other.
    ///
    /// # Errors
    /// [`DatabaseError::Damaged`], [`DatabaseError::Foreign`] or [`DatabaseError::Newer`] for a file that
    /// must not be written; otherwise as opening or migrating failed.
    pub fn open(path: &Path, lock: Option<Arc<DirLock>>) -> Result<Self, DatabaseError> {
        // SQLite gives its own files the permissions of the database file.
        let made = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
        made.map_err(|e| DatabaseError::Unopened(Arc::new(e)))?;
        let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        schema::check(&connection)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        // Erased words must not stay in free pages of the file.
        connection.pragma_update(None, "secure_delete", "on")?;
        connection.pragma_update(None, "journal_size_limit", 16 * 1_024 * 1_024)?;
        schema::migrate(&mut connection)?;
        if lock.is_some() {
            connection.execute_batch(crate::queue::FREE_ALL_LEASES)?;
        }
        Ok(Self {
            readers: Arc::new(Readers::new(path.to_owned(), lock.clone())),
            writer: Writer::start(connection, lock)?,
        })
    }

    /// Does `work` in the next transaction. When this answers, what it wrote is on the disk; when `work`
    /// fails, nothing of it is. Dropping the future does not undo the work.
    pub(crate) async fn write<T, E, W>(&self, work: W) -> Result<T, E>
    where
        W: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        self.writer.write(work).await
    }

    /// Does `work` on a connection that cannot write, which sees every write that was answered before.
    pub(crate) async fn read<T, E, W>(&self, work: W) -> Result<T, E>
    where
        W: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        Arc::clone(&self.readers).read(work).await
    }
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, DatabaseError> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // A tool beside the process that has the folder, or a backup, may hold it for a moment.
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}
