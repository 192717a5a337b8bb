//! Stores that remember what was written through them, so that a test leaves nothing behind in a stack that others
//! use too.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, resume_unwind},
    sync::Mutex,
    time::Duration,
};

use adapter_aws::{
    AwsBase, DynamoTable, S3Objects,
    testing::{BucketView, Version},
};
use async_trait::async_trait;
use bytes::Bytes;
use futures::{FutureExt, StreamExt, stream};
use jiff::Timestamp;
use shared::{
    domain::object_key::{KeyPrefix, ObjectKey},
    ports::{
        objects::{
            Fetched, Object, ObjectErase, ObjectError, ObjectMeta, ObjectPage, ObjectRead, ObjectRemove,
            ObjectReplace, ObjectWrite, Presign, PutIfAbsent, Replaced,
        },
        table::{Condition, Item, ItemKey, Order, SortRange, TableError, TableStore, Write},
    },
};

/// Does the work, then tidies up, and only then tells that the work failed.
pub(crate) async fn tidied(work: impl Future<Output = ()>, tidy_up: impl Future<Output = ()>) {
    let ended = AssertUnwindSafe(work).catch_unwind().await;
    tidy_up.await;
    if let Err(panic) = ended {
        resume_unwind(panic);
    }
}

/// Looks every fifth of a second until there is something to see.
pub(crate) async fn until<T>(patience: Duration, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let mut moments = tokio::time::interval(Duration::from_millis(200));
    let seen = async {
        loop {
            moments.tick().await;
            if let Some(seen) = look().await {
                return seen;
            }
        }
    };
    tokio::time::timeout(patience, seen).await.unwrap_or_else(|_| panic!("{what}: not within {patience:?}"))
}

/// The files of a bucket.
pub(crate) struct TracedObjects {
    inner: S3Objects,
    view: BucketView,
    folders: Mutex<BTreeSet<String>>,
}

impl TracedObjects {
    pub(crate) fn new(base: &AwsBase, bucket: &str) -> Self {
        Self {
            inner: S3Objects::new(base, bucket),
            view: BucketView::new(base, bucket),
            folders: Mutex::default(),
        }
    }

    fn trace(&self, key: &ObjectKey) {
        // `{company}/`, or `_inbox/{company}/`. A test's companies have names that nobody else uses.
        let parts = if key.as_str().starts_with('_') { 2 } else { 1 };
        let folder: String = key.as_str().split_inclusive('/').take(parts).collect();
        assert!(folder.ends_with('/'), "only files of a test's own company are written: {key}");
        self.folders.lock().expect("the traces").insert(folder);
    }

    /// All versions and markers of a file.
    pub(crate) async fn versions(&self, key: &ObjectKey) -> Vec<Version> {
        self.view.versions(key.as_str()).await.expect("versions")
    }

    /// Removes all versions of all files of all companies that were written for.
    pub(crate) async fn tidy_up(&self) {
        let folders = self.folders.lock().expect("the traces").clone();
        for folder in folders {
            self.view.clear(&folder).await.expect("what a test wrote is removed");
            assert_eq!(self.view.versions(&folder).await.expect("versions"), [], "{folder}");
        }
    }
}

#[async_trait]
impl ObjectRead for TracedObjects {
    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectError> {
        self.inner.get(key).await
    }

    async fn get_unless(&self, key: &ObjectKey, etag: Option<&str>) -> Result<Fetched, ObjectError> {
        self.inner.get_unless(key, etag).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectMeta>, ObjectError> {
        self.inner.head(key).await
    }

    async fn list(
        &self,
        prefix: &KeyPrefix,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ObjectPage, ObjectError> {
        self.inner.list(prefix, after, limit).await
    }

    async fn presign(&self, key: &ObjectKey, what: &Presign) -> Result<String, ObjectError> {
        self.inner.presign(key, what).await
    }
}

#[async_trait]
impl ObjectWrite for TracedObjects {
    async fn put(&self, key: &ObjectKey, bytes: Bytes, content_type: &str) -> Result<(), ObjectError> {
        self.trace(key);
        self.inner.put(key, bytes, content_type).await
    }

    async fn put_if_absent(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<PutIfAbsent, ObjectError> {
        self.trace(key);
        self.inner.put_if_absent(key, bytes, content_type).await
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey, content_type: &str) -> Result<bool, ObjectError> {
        self.trace(to);
        self.inner.copy(from, to, content_type).await
    }
}

#[async_trait]
impl ObjectReplace for TracedObjects {
    async fn replace(
        &self,
        key: &ObjectKey,
        etag: &str,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<Replaced, ObjectError> {
        self.trace(key);
        self.inner.replace(key, etag, bytes, content_type).await
    }
}

#[async_trait]
impl ObjectRemove for TracedObjects {
    async fn remove(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        self.trace(key);
        self.inner.remove(key).await
    }
}

#[async_trait]
impl ObjectErase for TracedObjects {
    async fn erase(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        self.inner.erase(key).await
    }
}

/// The items of a table.
pub(crate) struct TracedTable {
    inner: DynamoTable,
    keys: Mutex<BTreeSet<ItemKey>>,
}

impl TracedTable {
    pub(crate) fn new(inner: DynamoTable) -> Self {
        Self { inner, keys: Mutex::default() }
    }

    fn trace(&self, key: &ItemKey) {
        self.keys.lock().expect("the traces").insert(key.clone());
    }

    /// Removes every item that was written.
    pub(crate) async fn tidy_up(&self) {
        let keys = self.keys.lock().expect("the traces").clone();
        let removed = stream::iter(keys)
            // What was refused for its key was never there.
            .filter(|key| std::future::ready(!key.sort.is_empty() && key.sort.len() <= 512))
            .for_each_concurrent(10, |key| async move {
                self.inner.delete(&key, Condition::Always).await.expect("what a test wrote is removed");
            });
        removed.await;
    }
}

#[async_trait]
impl TableStore for TracedTable {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, TableError> {
        self.inner.get(key).await
    }

    async fn put(
        &self,
        key: &ItemKey,
        body: &str,
        condition: Condition,
        expires_at: Option<Timestamp>,
    ) -> Result<u64, TableError> {
        self.trace(key);
        self.inner.put(key, body, condition, expires_at).await
    }

    async fn delete(&self, key: &ItemKey, condition: Condition) -> Result<(), TableError> {
        self.inner.delete(key, condition).await
    }

    async fn query(
        &self,
        partition: &str,
        range: &SortRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Item>, TableError> {
        self.inner.query(partition, range, order, limit).await
    }

    async fn write_together(&self, writes: &[Write]) -> Result<(), TableError> {
        for write in writes {
            if let Write::Put { key, .. } = write {
                self.trace(key);
            }
        }
        self.inner.write_together(writes).await
    }
}
