//! The one folder of a one-machine Hark: locked for one process, with everything in it.
//!
//! `hark.sqlite3` (table and queue), `objects/` (files), `incoming/` (files being written), `url-key` (signs
//! addresses), `lock`.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use shared::ports::clock::{Clock, Ids};

use crate::{
    database::{Database, DatabaseError},
    objects::{FileObjects, FileStoreError},
    queue::SqliteQueue,
    signed_urls::{SignedUrls, UrlError},
    table::SqliteStore,
};

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another process has it.
    #[error("another hark uses this folder: {}", .0.display())]
    InUse(PathBuf),
    /// It could not be made, read or locked.
    #[error("the data folder {} cannot be used", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Its database could not be opened.
    #[error("the database of the data folder cannot be used")]
    Database(#[from] DatabaseError),
    /// Its files could not be opened.
    #[error("the files of the data folder cannot be used")]
    Files(#[from] FileStoreError),
    /// Its key for signed addresses could not be read or made.
    #[error("the key for signed addresses cannot be used")]
    UrlKey(#[from] UrlError),
}

/// The lock of a folder, held for as long as anything of it is in use and released by the system when the
/// process ends, however it ends.
#[derive(Debug)]
pub struct DirLock {
    _file: File,
}

/// An open data folder.
pub struct DataDir {
    path: PathBuf,
    store: Arc<SqliteStore>,
    queue: Arc<SqliteQueue>,
    objects: Arc<FileObjects>,
    urls: Arc<SignedUrls>,
}

impl DataDir {
    /// Opens the folder, making it (0700) and what belongs in it if need be. Jobs that were being worked on
    /// when the last process ended are free again. `public_base` is how clients reach this process
    /// (`https://hark.example`), for signed addresses; empty until [`SignedUrls::set_public_base`].
    ///
    /// Blocks while it reads the database; call it at start, before there is anything to serve.
    ///
    /// # Errors
    /// [`DataDirError`]; nothing was changed in a folder that another process uses.
    pub fn open(
        path: &Path,
        public_base: &str,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, DataDirError> {
        let failed = |source| DataDirError::Folder { path: path.to_owned(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        let lock = Arc::new(lock(path)?);
        let database = Arc::new(Database::open(&path.join("hark.sqlite3"), Some(Arc::clone(&lock)))?);
        let urls =
            Arc::new(SignedUrls::open(&path.join("url-key"), public_base, Arc::clone(&clock), ids.as_ref())?);
        let objects = FileObjects::open(path, Arc::clone(&urls), Arc::clone(&clock), Some(lock))?;
        let queue = SqliteQueue::new(Arc::clone(&database), Arc::clone(&clock), ids);
        // The names of what was just made must survive a power cut as well.
        File::open(path).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            store: Arc::new(SqliteStore::new(database, clock)),
            queue: Arc::new(queue),
            objects: Arc::new(objects),
            urls,
        })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The table.
    #[must_use]
    pub fn store(&self) -> Arc<SqliteStore> {
        Arc::clone(&self.store)
    }

    /// The queue.
    #[must_use]
    pub fn queue(&self) -> Arc<SqliteQueue> {
        Arc::clone(&self.queue)
    }

    /// The stored files.
    #[must_use]
    pub fn objects(&self) -> Arc<FileObjects> {
        Arc::clone(&self.objects)
    }

    /// The signer of addresses.
    #[must_use]
    pub fn urls(&self) -> Arc<SignedUrls> {
        Arc::clone(&self.urls)
    }
}

pub(crate) fn lock(path: &Path) -> Result<DirLock, DataDirError> {
    let failed = |source| DataDirError::Folder { path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(0o600);
    let file = options.open(path.join("lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(DirLock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(DataDirError::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

#[cfg(test)]
mod tests;
