//! Small items under two keys, each with a version. The one low-level port: repositories are written once,
//! over it.

use async_trait::async_trait;
use jiff::Timestamp;

/// Where an item lies. Both parts are at most 512 bytes and not empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemKey {
    /// Items of one partition can be queried together.
    pub partition: String,
    /// Orders the items of a partition, by bytes.
    pub sort: String,
}

impl ItemKey {
    /// A key of its two parts.
    #[must_use]
    pub fn new(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Self { partition: partition.into(), sort: sort.into() }
    }
}

/// A stored item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where it lies.
    pub key: ItemKey,
    /// 1 when first written, one more with each write.
    pub version: u64,
    /// A JSON document, at most 350 KiB.
    pub body: String,
    /// From when on it does not exist any more.
    pub expires_at: Option<Timestamp>,
}

/// What must hold for a write to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// There is no such item, or it has expired.
    Absent,
    /// The item has this version.
    Version(u64),
    /// Nothing.
    Always,
}

/// One write of several that happen together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Writes an item.
    Put {
        /// Where.
        key: ItemKey,
        /// What.
        body: String,
        /// On which condition.
        condition: Condition,
        /// From when on it does not exist any more.
        expires_at: Option<Timestamp>,
    },
    /// Removes an item.
    Delete {
        /// Which.
        key: ItemKey,
        /// On which condition.
        condition: Condition,
    },
}

/// Which part of a partition, by sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortRange {
    /// All of it.
    All,
    /// Sort keys that begin so.
    Prefix(String),
    /// Sort keys strictly behind this one.
    After(String),
}

/// In which order a query answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Smallest sort key first.
    Ascending,
    /// Largest sort key first.
    Descending,
}

/// Why the table did not do it.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The condition did not hold; nothing was written.
    #[error("the item is not in the state that the write was made for")]
    Conflict,
    /// It may do it later. Try again.
    #[error("the table is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It will not do it: too large, no right, or a fault of ours.
    #[error("the table refused")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Items under (partition, sort key).
#[async_trait]
pub trait TableStore: Send + Sync {
    /// The item, as the last finished write left it. An expired one is `None`.
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, TableError>;

    /// Writes one item on a condition; answers its new version.
    async fn put(
        &self,
        key: &ItemKey,
        body: &str,
        condition: Condition,
        expires_at: Option<Timestamp>,
    ) -> Result<u64, TableError>;

    /// Removes one item on a condition. Removing what is not there is success under `Always`.
    async fn delete(&self, key: &ItemKey, condition: Condition) -> Result<(), TableError>;

    /// Items of a partition, at most `limit` (1 to 1,000), without expired ones. Fewer than `limit` means
    /// that there are no more.
    async fn query(
        &self,
        partition: &str,
        range: &SortRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Item>, TableError>;

    /// All of these writes, or none: at most 25, no two of the same key.
    async fn write_together(&self, writes: &[Write]) -> Result<(), TableError>;
}

/// Most writes that happen together.
pub const MAX_WRITES_TOGETHER: usize = 25;

/// Longest partition or sort key, in bytes.
pub const MAX_ITEM_KEY_BYTES: usize = 512;

/// Longest body of an item, in bytes.
pub const MAX_ITEM_BODY_BYTES: usize = 350 * 1_024;

/// Writes that no table takes. Says which limit, never what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("beyond the limits of the table: {0}")]
pub struct BeyondLimits(pub &'static str);

/// Checks writes against the limits that hold for every table, so that what one takes, all take.
///
/// # Errors
/// [`TableError::Refused`] with [`BeyondLimits`].
pub fn refuse_beyond_limits(writes: &[Write]) -> Result<(), TableError> {
    let refused = |why| Err(TableError::Refused(Box::new(BeyondLimits(why))));
    if writes.is_empty() || writes.len() > MAX_WRITES_TOGETHER {
        return refused("1 to 25 writes together");
    }
    let mut keys = std::collections::HashSet::new();
    for write in writes {
        let (key, body) = match write {
            Write::Put { key, body, .. } => (key, body.as_str()),
            Write::Delete { key, .. } => (key, ""),
        };
        if [&key.partition, &key.sort].iter().any(|part| part.is_empty() || part.len() > MAX_ITEM_KEY_BYTES) {
            return refused("keys of 1 to 512 bytes");
        }
        if body.len() > MAX_ITEM_BODY_BYTES {
            return refused("a body of at most 350 KiB");
        }
        if !keys.insert(key) {
            return refused("no two writes of the same key together");
        }
    }
    Ok(())
}
