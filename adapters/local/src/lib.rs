//! One machine in earnest: what `hark serve` and `hark dev` store and queue with, in one folder.
//!
//! In comes a folder, a clock and a source of randomness; out come the table and the queue (SQLite), the
//! stored files (a folder, with signed addresses and the route that serves them), and the worker that
//! delivers the queue's jobs. Everything that is acknowledged is on the disk.
//!
//! To add a store: 1. its tables as the next step of `database::schema`; 2. a type over [`Database`], given
//! out by [`DataDir`]; 3. the contract suite of its port as a test.

mod data_dir;
mod database;
mod objects;
mod queue;
mod signed_urls;
mod table;

pub use data_dir::{DataDir, DataDirError, DirLock};
pub use database::{Database, DatabaseError};
pub use objects::{FileObjects, FileStoreError};
pub use queue::{LocalWorker, SqliteQueue};
pub use signed_urls::{SignedUrls, UrlError, router::files_router};
pub use table::SqliteStore;
