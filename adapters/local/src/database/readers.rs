//! Connections that only read, each used by one task at a time.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::{DatabaseError, connect};
use crate::data_dir::DirLock;

/// Connections at once. Reads take microseconds; more would only wait for the same disk.
const AT_ONCE: usize = 4;

/// The readers of one file.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
    _lock: Option<Arc<DirLock>>,
}

impl Readers {
    /// None is connected yet.
    pub(super) fn new(path: PathBuf, lock: Option<Arc<DirLock>>) -> Self {
        Self { path, idle: Mutex::default(), permits: Semaphore::new(AT_ONCE), _lock: lock }
    }

    /// Does `work` on the next free connection, off the runtime's own threads.
    pub(super) async fn read<T, E, W>(self: Arc<Self>, work: W) -> Result<T, E>
    where
        W: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        let readers = Arc::clone(&self);
        let Ok(_permit) = self.permits.acquire().await else { return Err(DatabaseError::Closed.into()) };
        let done = tokio::task::spawn_blocking(move || {
            let connection = readers.take()?;
            let result = work(&connection);
            readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            result
        });
        done.await.unwrap_or_else(|_| Err(DatabaseError::Closed.into()))
    }

    fn take(&self) -> Result<Connection, DatabaseError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY), Ok)
    }
}
