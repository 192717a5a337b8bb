//! A table at which everybody reads before anybody writes.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::task::yield_now;

use crate::ports::table::{Condition, Item, ItemKey, Order, SortRange, TableError, TableStore, Write};

/// After each read others get their turn, so that of several that are joined each has read before the first one
/// writes: what is written without a condition is lost, what has one is tried again.
pub struct Racing {
    table: Arc<dyn TableStore>,
}

impl Racing {
    /// Over this table.
    #[must_use]
    pub fn over(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }
}

#[async_trait]
impl TableStore for Racing {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, TableError> {
        let found = self.table.get(key).await;
        yield_now().await;
        found
    }

    async fn put(
        &self,
        key: &ItemKey,
        body: &str,
        condition: Condition,
        expires_at: Option<Timestamp>,
    ) -> Result<u64, TableError> {
        self.table.put(key, body, condition, expires_at).await
    }

    async fn delete(&self, key: &ItemKey, condition: Condition) -> Result<(), TableError> {
        self.table.delete(key, condition).await
    }

    async fn query(
        &self,
        partition: &str,
        range: &SortRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Item>, TableError> {
        let found = self.table.query(partition, range, order, limit).await;
        yield_now().await;
        found
    }

    async fn write_together(&self, writes: &[Write]) -> Result<(), TableError> {
        self.table.write_together(writes).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{contracts, fixed::FixedClock, memory_table::MemoryTable};

    #[tokio::test]
    async fn it_is_a_table_like_any_other() {
        contracts::table::all(&Racing::over(Arc::new(MemoryTable::new(Arc::new(FixedClock::default())))))
            .await;
    }
}
