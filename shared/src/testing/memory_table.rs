//! The table in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use jiff::Timestamp;

use super::locked;
use crate::ports::{
    clock::Clock,
    table::{
        Condition, Item, ItemKey, Order, SortRange, TableError, TableStore, Write, refuse_beyond_limits,
    },
};

/// Items in a map; expired ones are gone as soon as the clock says so.
pub struct MemoryTable {
    clock: Arc<dyn Clock>,
    items: Mutex<BTreeMap<ItemKey, Item>>,
}

impl MemoryTable {
    /// An empty table.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, items: Mutex::default() }
    }

    /// All items that have not expired, by their keys.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        let now = self.clock.now();
        locked(&self.items).values().filter(|item| lives(item, now)).cloned().collect()
    }
}

fn lives(item: &Item, now: Timestamp) -> bool {
    item.expires_at.is_none_or(|end| now < end)
}

fn holds(condition: Condition, version: Option<u64>) -> bool {
    match condition {
        Condition::Always => true,
        Condition::Absent => version.is_none(),
        Condition::Version(expected) => version == Some(expected),
    }
}

fn key_and_condition(write: &Write) -> (&ItemKey, Condition) {
    match write {
        Write::Put { key, condition, .. } | Write::Delete { key, condition } => (key, *condition),
    }
}

/// Writes all or nothing; answers the version of the last item put.
fn apply(items: &mut BTreeMap<ItemKey, Item>, writes: &[Write], now: Timestamp) -> Result<u64, TableError> {
    refuse_beyond_limits(writes)?;
    let version = |items: &BTreeMap<ItemKey, Item>, key: &ItemKey| {
        items.get(key).filter(|item| lives(item, now)).map(|item| item.version)
    };
    for write in writes {
        let (key, condition) = key_and_condition(write);
        if !holds(condition, version(items, key)) {
            return Err(TableError::Conflict);
        }
    }
    let mut last = 0;
    for write in writes {
        match write.clone() {
            Write::Put { key, body, expires_at, .. } => {
                last = version(items, &key).unwrap_or(0) + 1;
                items.insert(key.clone(), Item { key, version: last, body, expires_at });
            }
            Write::Delete { key, .. } => {
                items.remove(&key);
            }
        }
    }
    Ok(last)
}

#[async_trait]
impl TableStore for MemoryTable {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, TableError> {
        let now = self.clock.now();
        Ok(locked(&self.items).get(key).filter(|item| lives(item, now)).cloned())
    }

    async fn put(
        &self,
        key: &ItemKey,
        body: &str,
        condition: Condition,
        expires_at: Option<Timestamp>,
    ) -> Result<u64, TableError> {
        let write = Write::Put { key: key.clone(), body: body.to_owned(), condition, expires_at };
        apply(&mut locked(&self.items), &[write], self.clock.now())
    }

    async fn delete(&self, key: &ItemKey, condition: Condition) -> Result<(), TableError> {
        let write = Write::Delete { key: key.clone(), condition };
        apply(&mut locked(&self.items), &[write], self.clock.now()).map(drop)
    }

    async fn query(
        &self,
        partition: &str,
        range: &SortRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Item>, TableError> {
        let in_range = |item: &&Item| match range {
            SortRange::All => true,
            SortRange::Prefix(prefix) => item.key.sort.starts_with(prefix.as_str()),
            SortRange::After(after) => item.key.sort.as_str() > after.as_str(),
        };
        let now = self.clock.now();
        let items = locked(&self.items);
        // Of the partition alone: tests of many items ask often. No key is as small as an empty one, and none of the
        // partition is as large as one of the next.
        let of_partition = ItemKey::new(partition, "")..ItemKey::new(format!("{partition}\0"), "");
        let found = items.range(of_partition).map(|(_, item)| item);
        let found = found.filter(in_range).filter(|item| lives(item, now));
        let limit = limit.clamp(1, 1_000);
        Ok(match order {
            Order::Ascending => found.take(limit).cloned().collect(),
            Order::Descending => found.rev().take(limit).cloned().collect(),
        })
    }

    async fn write_together(&self, writes: &[Write]) -> Result<(), TableError> {
        apply(&mut locked(&self.items), writes, self.clock.now()).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{contracts, fixed::FixedClock};

    #[tokio::test]
    async fn the_table_in_memory_keeps_the_contract() {
        let clock = Arc::new(FixedClock::default());
        let table = MemoryTable::new(clock.clone());
        contracts::table::all(&table).await;
        contracts::table::expiry(&table, clock.as_ref(), &|by| clock.advance(by)).await;
    }
}
