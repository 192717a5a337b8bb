//! One folder, one process, and nothing lost between two of them.

use std::{os::unix::fs::PermissionsExt, time::Duration};

use bytes::Bytes;
use shared::{
    domain::object_key::ObjectKey,
    ports::{
        job_queue::JobQueue,
        objects::{ObjectRead, ObjectWrite},
        table::{Condition, ItemKey, TableStore},
    },
    testing::{
        contracts::queue::ScriptedHandler,
        fixed::{FixedClock, SeededIds},
        samples,
    },
};
use tempfile::TempDir;

use super::*;
use crate::queue::LocalWorker;

fn open(path: &Path) -> Result<DataDir, DataDirError> {
    let clock = Arc::new(FixedClock::default());
    DataDir::open(path, "http://127.0.0.1:8080", clock, Arc::new(SeededIds::new(1)))
}

async fn fill(data: &DataDir) {
    let key = ItemKey::new("note", "1");
    data.store().put(&key, "{}", Condition::Absent, None).await.unwrap();
    data.queue().send(&samples::job(samples::message(1, "Order pipes")), Duration::ZERO).await.unwrap();
    data.objects().put(&ObjectKey::customers(), Bytes::from("[]"), "application/json").await.unwrap();
}

async fn assert_filled(data: &DataDir) {
    let item = data.store().get(&ItemKey::new("note", "1")).await.unwrap().unwrap();
    assert_eq!((item.version, item.body.as_str()), (1, "{}"));
    assert_eq!(data.objects().get(&ObjectKey::customers()).await.unwrap().unwrap().bytes, "[]");
    let handler = ScriptedHandler::done();
    LocalWorker::new(data.queue()).work_off(handler.clone(), 10).await.unwrap();
    assert_eq!(handler.delivered(), [(samples::message_id(1), 1)]);
}

#[tokio::test]
async fn two_processes_never_share_a_folder() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("hark");
    let first = open(&path).unwrap();
    let error = open(&path).err().unwrap();
    assert!(error.to_string().starts_with("another hark uses this folder"), "{error}");
    // One part that is still in use keeps the folder.
    let queue = first.queue();
    drop(first);
    assert!(matches!(open(&path), Err(DataDirError::InUse(_))));
    drop(queue);
    open(&path).unwrap();
}

#[tokio::test]
async fn everything_is_there_after_a_restart_and_for_us_alone() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("deep/hark");
    fill(&open(&path).unwrap()).await;
    let mode = |name: &str| fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777;
    for (name, expected) in
        [("", 0o700), ("objects", 0o700), ("hark.sqlite3", 0o600), ("url-key", 0o600), ("lock", 0o600)]
    {
        assert_eq!(mode(name), expected, "{name}");
    }
    assert_filled(&open(&path).unwrap()).await;
}

#[tokio::test]
async fn b07_everything_answered_is_in_what_a_killed_process_leaves() {
    let dir = TempDir::new().unwrap();
    let (path, left) = (dir.path().join("hark"), dir.path().join("left"));
    let running = open(&path).unwrap();
    fill(&running).await;
    // Copied while it is open: nothing was closed, and the write-ahead log was not folded in.
    copy(&path, &left);
    assert!(left.join("hark.sqlite3-wal").metadata().unwrap().len() > 0);
    fs::remove_file(left.join("hark.sqlite3-shm")).unwrap();
    assert_filled(&open(&left).unwrap()).await;
}

#[test]
fn a_folder_that_cannot_be_used_says_why() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(matches!(open(&file), Err(DataDirError::Folder { .. })));
    let damaged = dir.path().join("damaged");
    drop(open(&damaged).unwrap());
    fs::write(damaged.join("hark.sqlite3"), "x".repeat(10_000)).unwrap();
    assert!(matches!(open(&damaged), Err(DataDirError::Database(DatabaseError::Damaged(_)))));
    let no_key = dir.path().join("no-key");
    drop(open(&no_key).unwrap());
    fs::write(no_key.join("url-key"), "").unwrap();
    assert!(matches!(open(&no_key), Err(DataDirError::UrlKey(UrlError::KeyForm))));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
