//! The table in SQLite.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use shared::ports::{
    clock::Clock,
    table::{
        Condition, Item, ItemKey, Order, SortRange, TableError, TableStore, Write, refuse_beyond_limits,
    },
};

use crate::database::{Database, DatabaseError};

/// How often expired items are removed, in milliseconds. They are invisible from their end on; this frees
/// their place and forgets what they said.
const SWEEP_EVERY_MS: i64 = 60 * 60 * 1_000;

/// Most items that one write sweeps away, so that it stays short.
const SWEPT_AT_ONCE: i64 = 500;

/// Items in a SQLite table.
pub struct SqliteStore {
    database: Arc<Database>,
    clock: Arc<dyn Clock>,
    swept_at: AtomicI64,
}

/// Why a write inside the database was not done.
#[derive(Debug)]
enum Fault {
    Conflict,
    Database(DatabaseError),
}

impl From<DatabaseError> for Fault {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<Fault> for TableError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Conflict => Self::Conflict,
            Fault::Database(error @ DatabaseError::Unreadable(_)) => Self::Refused(Box::new(error)),
            Fault::Database(error) => Self::Unavailable(Box::new(error)),
        }
    }
}

impl SqliteStore {
    /// The table of this database.
    #[must_use]
    pub const fn new(database: Arc<Database>, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock, swept_at: AtomicI64::new(i64::MIN) }
    }

    fn now(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    /// All of the writes or none; answers the version of the last item put.
    async fn apply(&self, writes: Vec<Write>) -> Result<u64, TableError> {
        refuse_beyond_limits(&writes)?;
        let now = self.now();
        let sweep = self.sweep_is_due(now);
        let work = move |connection: &Connection| {
            let mut last = 0;
            for write in &writes {
                last = apply_one(connection, write, now)?;
            }
            if sweep {
                remove_expired(connection, now)?;
            }
            Ok::<u64, Fault>(last)
        };
        Ok(self.database.write(work).await?)
    }

    fn sweep_is_due(&self, now: i64) -> bool {
        let before = self.swept_at.load(Ordering::Relaxed);
        let due = now.saturating_sub(before) >= SWEEP_EVERY_MS;
        due && self.swept_at.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

const VERSION: &str = "SELECT version FROM items
    WHERE partition = :partition AND sort = :sort AND (expires_at IS NULL OR expires_at > :now)";
const PUT: &str = "INSERT INTO items (partition, sort, version, body, expires_at)
    VALUES (:partition, :sort, :version, :body, :expires_at)
    ON CONFLICT (partition, sort) DO UPDATE
    SET version = excluded.version, body = excluded.body, expires_at = excluded.expires_at";
const DELETE: &str = "DELETE FROM items WHERE partition = :partition AND sort = :sort";
const GET: &str = "SELECT sort, version, body, expires_at FROM items
    WHERE partition = :partition AND sort = :sort AND (expires_at IS NULL OR expires_at > :now)";
const SWEEP: &str = "DELETE FROM items WHERE rowid IN
    (SELECT rowid FROM items WHERE expires_at <= :now LIMIT :most)";
const ASCENDING: &str = "SELECT sort, version, body, expires_at FROM items
    WHERE partition = :partition AND sort >= :from AND sort < :to AND (expires_at IS NULL OR expires_at > :now)
    ORDER BY sort ASC LIMIT :limit";
const DESCENDING: &str = "SELECT sort, version, body, expires_at FROM items
    WHERE partition = :partition AND sort >= :from AND sort < :to AND (expires_at IS NULL OR expires_at > :now)
    ORDER BY sort DESC LIMIT :limit";

fn apply_one(connection: &Connection, write: &Write, now: i64) -> Result<u64, Fault> {
    let (key, condition) = match write {
        Write::Put { key, condition, .. } | Write::Delete { key, condition } => (key, *condition),
    };
    let (partition, sort) = (key.partition.as_bytes(), key.sort.as_bytes());
    let lives = named_params! { ":partition": partition, ":sort": sort, ":now": now };
    let version: Option<u64> =
        connection.prepare_cached(VERSION)?.query_row(lives, |row| row.get(0)).optional()?;
    let holds = match condition {
        Condition::Always => true,
        Condition::Absent => version.is_none(),
        Condition::Version(expected) => version == Some(expected),
    };
    if !holds {
        return Err(Fault::Conflict);
    }
    match write {
        Write::Put { body, expires_at, .. } => {
            let version = version.unwrap_or(0).saturating_add(1);
            connection.prepare_cached(PUT)?.execute(named_params! {
                ":partition": partition,
                ":sort": sort,
                ":version": version,
                ":body": body,
                ":expires_at": expires_at.map(Timestamp::as_millisecond),
            })?;
            Ok(version)
        }
        Write::Delete { .. } => {
            connection
                .prepare_cached(DELETE)?
                .execute(named_params! { ":partition": partition, ":sort": sort })?;
            Ok(0)
        }
    }
}

fn remove_expired(connection: &Connection, now: i64) -> Result<(), Fault> {
    connection.prepare_cached(SWEEP)?.execute(named_params! { ":now": now, ":most": SWEPT_AT_ONCE })?;
    Ok(())
}

/// The sort keys from the first (included) to the second (excluded), as bytes.
fn bounds(range: &SortRange) -> (Vec<u8>, Vec<u8>) {
    // No byte of UTF-8 is 0xFF, so this is behind every key, and the last byte of a prefix can be counted up.
    let end = vec![0xff];
    match range {
        SortRange::All => (Vec::new(), end),
        SortRange::After(after) => ([after.as_bytes(), &[0]].concat(), end),
        SortRange::Prefix(prefix) => {
            let mut behind = prefix.as_bytes().to_vec();
            match behind.last_mut() {
                Some(last) => *last = last.saturating_add(1),
                None => behind = end,
            }
            (prefix.as_bytes().to_vec(), behind)
        }
    }
}

fn item(partition: &str, row: &Row<'_>) -> Result<Item, Fault> {
    let unreadable = |what| Fault::Database(DatabaseError::Unreadable(what));
    let sort = String::from_utf8(row.get(0)?).map_err(|_| unreadable("a sort key"))?;
    let expires_at = row.get::<_, Option<i64>>(3)?.map(Timestamp::from_millisecond).transpose();
    Ok(Item {
        key: ItemKey::new(partition, sort),
        version: row.get(1)?,
        body: row.get(2)?,
        expires_at: expires_at.map_err(|_| unreadable("an end"))?,
    })
}

#[async_trait]
impl TableStore for SqliteStore {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, TableError> {
        let (key, now) = (key.clone(), self.now());
        let work = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(GET)?;
            let (partition, sort) = (key.partition.as_bytes(), key.sort.as_bytes());
            let mut rows =
                statement.query(named_params! { ":partition": partition, ":sort": sort, ":now": now })?;
            rows.next()?.map(|row| item(&key.partition, row)).transpose()
        };
        Ok(self.database.read(work).await?)
    }

    async fn put(
        &self,
        key: &ItemKey,
        body: &str,
        condition: Condition,
        expires_at: Option<Timestamp>,
    ) -> Result<u64, TableError> {
        self.apply(vec![Write::Put { key: key.clone(), body: body.to_owned(), condition, expires_at }]).await
    }

    async fn delete(&self, key: &ItemKey, condition: Condition) -> Result<(), TableError> {
        self.apply(vec![Write::Delete { key: key.clone(), condition }]).await.map(drop)
    }

    async fn query(
        &self,
        partition: &str,
        range: &SortRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Item>, TableError> {
        let (partition, (from, to), now) = (partition.to_owned(), bounds(range), self.now());
        let limit = i64::try_from(limit.clamp(1, 1_000)).unwrap_or(1_000);
        let work = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(match order {
                Order::Ascending => ASCENDING,
                Order::Descending => DESCENDING,
            })?;
            let mut rows = statement.query(named_params! {
                ":partition": partition.as_bytes(),
                ":from": from,
                ":to": to,
                ":now": now,
                ":limit": limit,
            })?;
            let mut items = Vec::new();
            while let Some(row) = rows.next()? {
                items.push(item(&partition, row)?);
            }
            Ok::<Vec<Item>, Fault>(items)
        };
        Ok(self.database.read(work).await?)
    }

    async fn write_together(&self, writes: &[Write]) -> Result<(), TableError> {
        self.apply(writes.to_vec()).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::future::join_all;
    use shared::testing::{contracts, fixed::FixedClock};
    use tempfile::TempDir;

    use super::*;

    fn store(dir: &TempDir, clock: &Arc<FixedClock>) -> SqliteStore {
        let database = Database::open(&dir.path().join("hark.sqlite3"), None).unwrap();
        let clock: Arc<dyn Clock> = clock.clone();
        SqliteStore::new(Arc::new(database), clock)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_table_in_sqlite_keeps_the_contract() {
        let (dir, clock) = (TempDir::new().unwrap(), Arc::new(FixedClock::default()));
        let store = store(&dir, &clock);
        contracts::table::all(&store).await;
        contracts::table::expiry(&store, clock.as_ref(), &|by| clock.advance(by)).await;
    }

    #[tokio::test]
    async fn client_apps_end_with_what_lies_in_sqlite() {
        let (dir, clock) = (TempDir::new().unwrap(), Arc::new(FixedClock::default()));
        let store = store(&dir, &clock);
        contracts::client_apps::all_end_with_what_the_store_has(store, clock, 5_000).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn five_hundred_writes_at_once_are_all_there_after_a_restart() {
        let (dir, clock) = (TempDir::new().unwrap(), Arc::new(FixedClock::default()));
        let first = store(&dir, &clock);
        let key = |n: usize| ItemKey::new("p", format!("{n:03}"));
        let versions = join_all((0..500).map(|n| {
            let (first, key) = (&first, key(n));
            async move { first.put(&key, &n.to_string(), Condition::Absent, None).await.unwrap() }
        }))
        .await;
        assert!(versions.iter().all(|version| *version == 1));
        drop(first);
        let items = store(&dir, &clock).query("p", &SortRange::All, Order::Ascending, 1_000).await.unwrap();
        assert_eq!(items.len(), 500);
        assert!(items.iter().enumerate().all(|(n, item)| item.key == key(n) && item.body == n.to_string()));
    }

    #[tokio::test]
    async fn expired_items_are_removed_for_good_after_a_while() {
        let (dir, clock) = (TempDir::new().unwrap(), Arc::new(FixedClock::default()));
        let store = store(&dir, &clock);
        let end = Some(clock.now() + Duration::from_secs(1));
        store.put(&ItemKey::new("p", "old"), "words", Condition::Always, end).await.unwrap();
        clock.advance(Duration::from_secs(2 * 60 * 60));
        store.put(&ItemKey::new("p", "new"), "{}", Condition::Always, None).await.unwrap();
        let rows = |c: &Connection| {
            Ok::<i64, Fault>(c.query_row("SELECT count(*) FROM items", [], |row| row.get(0))?)
        };
        assert_eq!(store.database.read(rows).await.unwrap(), 1);
    }
}
