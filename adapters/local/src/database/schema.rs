//! The tables, step by step: `user_version` counts the steps that a file has had.

use rusqlite::Connection;

use super::DatabaseError;

/// `Hark` in ASCII, in the file's header, so that no other program's database is taken for ours.
const APPLICATION_ID: i64 = 0x4861_726b;

/// Above this size the check of all pages at the start would take longer than people wait.
const CHECKED_UP_TO_BYTES: i64 = 1 << 30;

/// Steps are only ever added. Times are milliseconds since 1970. Keys are blobs, so that SQLite compares
/// their bytes and nothing else.
const STEPS: [&str; 1] = ["
CREATE TABLE items (
    partition  BLOB NOT NULL,
    sort       BLOB NOT NULL,
    version    INTEGER NOT NULL,
    body       TEXT NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (partition, sort)
) STRICT;
CREATE INDEX items_by_end ON items (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE jobs (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    body     TEXT NOT NULL,
    turn     TEXT NOT NULL,
    sent_at  INTEGER NOT NULL,
    due_at   INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    leased   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX jobs_by_turn ON jobs (leased, turn, due_at);
CREATE INDEX jobs_by_due ON jobs (leased, due_at);

CREATE TABLE dead_letters (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    body     TEXT NOT NULL,
    turn     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
"];

fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Looks whether the file may be written by this build at all.
pub(super) fn check(connection: &Connection) -> Result<(), DatabaseError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let (found, application) = (number("PRAGMA user_version")?, number("PRAGMA application_id")?);
    let objects = number("SELECT count(*) FROM sqlite_schema")?;
    let is_new = found == 0 && application == 0 && objects == 0;
    if !is_new && application != APPLICATION_ID {
        return Err(DatabaseError::Foreign);
    }
    if found > newest() {
        return Err(DatabaseError::Newer { found, known: newest() });
    }
    let bytes = number("PRAGMA page_count")?.saturating_mul(number("PRAGMA page_size")?);
    if bytes > CHECKED_UP_TO_BYTES {
        return Ok(());
    }
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(DatabaseError::Damaged("quick_check found damaged pages".to_owned()))
    }
}

/// Takes the steps that the file has not had, each with its count in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), DatabaseError> {
    let had: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for (step, sql) in (1..).zip(STEPS).filter(|(step, _)| *step > had) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", step)?;
        transaction.commit()?;
        tracing::info!(schema = step, "Brought the database to schema {step}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use tempfile::TempDir;

    use super::*;
    use crate::database::Database;

    fn file() -> (TempDir, PathBuf) {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("hark.sqlite3");
        (dir, path)
    }

    fn error(path: &std::path::Path) -> DatabaseError {
        match Database::open(path, None) {
            Ok(_) => panic!("it must not open"),
            Err(error) => error,
        }
    }

    #[test]
    fn a_database_is_made_once_and_opened_again() {
        let (_dir, path) = file();
        for _ in 0..2 {
            drop(Database::open(&path, None).unwrap());
        }
        let raw = Connection::open(&path).unwrap();
        let mode: String = raw.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }

    #[test]
    fn a_newer_schema_is_left_alone() {
        let (_dir, path) = file();
        drop(Database::open(&path, None).unwrap());
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let error = error(&path);
        assert!(matches!(error, DatabaseError::Newer { found: 99, known: 1 }), "{error:?}");
        assert!(error.to_string().contains("use the newer hark"));
    }

    #[test]
    fn another_programs_database_is_left_alone() {
        let (_dir, path) = file();
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
        assert!(matches!(error(&path), DatabaseError::Foreign));
    }

    #[test]
    fn what_is_no_database_is_damaged() {
        let (_dir, path) = file();
        fs::write(&path, "not a database at all, but longer than a header would be".repeat(20)).unwrap();
        assert!(matches!(error(&path), DatabaseError::Damaged(_)));
    }

    #[test]
    fn damaged_pages_are_found_at_the_start() {
        let (_dir, path) = file();
        drop(Database::open(&path, None).unwrap());
        let mut bytes = fs::read(&path).unwrap();
        let page = 4_096;
        assert!(bytes.len() > 3 * page);
        bytes[page..].fill(0xa5);
        fs::write(&path, bytes).unwrap();
        assert!(matches!(error(&path), DatabaseError::Damaged(_)));
    }
}
