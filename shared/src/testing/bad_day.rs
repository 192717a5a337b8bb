//! A table on a bad day: of its calls some fail, made or not, and it shows a part of what was written together.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::{sync::watch, task::yield_now};

use super::{MadeUp, memory_table::MemoryTable};
use crate::ports::{
    clock::Clock,
    table::{Condition, Item, ItemKey, Order, SortRange, TableError, TableStore, Write},
};

/// A table of which any call may fail, made or not, and which shows a part of what was written together.
pub struct BadDay<T = MemoryTable> {
    table: T,
    /// One of so many calls fails; 0: none.
    fails: u64,
    random: AtomicU64,
    calls: watch::Sender<u64>,
}

impl BadDay {
    /// Of a table in memory: one of `fails` calls fails (0: none), half of them after it was made; which ones, `seed`
    /// says. It must not be 0.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, fails: u64, seed: u64) -> Arc<Self> {
        Self::over(MemoryTable::new(clock), fails, seed)
    }

    /// What is in it, without any failure.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        self.table.items()
    }
}

impl<T: TableStore> BadDay<T> {
    /// The same of another table.
    #[must_use]
    pub fn over(table: T, fails: u64, seed: u64) -> Arc<Self> {
        Arc::new(Self { table, fails, random: AtomicU64::new(seed), calls: watch::Sender::new(0) })
    }

    /// Waits until so many further calls were begun, by whomever.
    pub async fn further_calls(&self, count: u64) {
        let until = *self.calls.borrow() + count;
        // The sender is this table's own.
        drop(self.calls.subscribe().wait_for(|calls| *calls >= until).await);
    }

    /// xorshift64*
    fn one_of(&self, n: u64) -> bool {
        if n == 0 {
            return false;
        }
        let mut x = self.random.load(Ordering::Relaxed);
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.random.store(x, Ordering::Relaxed);
        (x.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).is_multiple_of(n)
    }

    async fn around<A>(
        &self,
        call: impl Future<Output = Result<A, TableError>> + Send,
    ) -> Result<A, TableError> {
        self.calls.send_modify(|calls| *calls += 1);
        let away = || Err(TableError::Unavailable(MadeUp::boxed("away")));
        yield_now().await;
        if self.one_of(self.fails * 2) {
            return away();
        }
        let answer = call.await;
        yield_now().await;
        if self.one_of(self.fails * 2) { away() } else { answer }
    }
}

#[async_trait]
impl<T: TableStore> TableStore for BadDay<T> {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, TableError> {
        self.around(self.table.get(key)).await
    }

    async fn put(
        &self,
        key: &ItemKey,
        body: &str,
        condition: Condition,
        expires_at: Option<Timestamp>,
    ) -> Result<u64, TableError> {
        self.around(self.table.put(key, body, condition, expires_at)).await
    }

    async fn delete(&self, key: &ItemKey, condition: Condition) -> Result<(), TableError> {
        self.around(self.table.delete(key, condition)).await
    }

    async fn query(
        &self,
        partition: &str,
        range: &SortRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Item>, TableError> {
        let mut found = self.around(self.table.query(partition, range, order, limit)).await?;
        if partition.starts_with("changes#") && self.one_of(4) {
            let middle = found.len() / 2;
            found =
                found.into_iter().enumerate().filter(|(n, _)| *n != middle).map(|(_, item)| item).collect();
        }
        Ok(found)
    }

    async fn write_together(&self, writes: &[Write]) -> Result<(), TableError> {
        self.around(self.table.write_together(writes)).await
    }
}
