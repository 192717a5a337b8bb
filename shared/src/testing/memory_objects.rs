//! Stored files in memory.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::locked;
use crate::{
    domain::object_key::{KeyPrefix, ObjectKey},
    ports::{
        clock::Clock,
        objects::{
            Fetched, Object, ObjectErase, ObjectError, ObjectMeta, ObjectPage, ObjectRead, ObjectRemove,
            ObjectReplace, ObjectWrite, Presign, PutIfAbsent, Replaced,
        },
    },
};

/// Files in a map.
pub struct MemoryObjects {
    clock: Arc<dyn Clock>,
    files: Mutex<BTreeMap<String, Stored>>,
}

#[derive(Clone)]
struct Stored {
    bytes: Bytes,
    content_type: String,
    last_modified: Timestamp,
}

impl MemoryObjects {
    /// An empty store.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, files: Mutex::default() }
    }

    /// All keys, in the order of their bytes.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        locked(&self.files).keys().cloned().collect()
    }

    /// A file's bytes.
    #[must_use]
    pub fn bytes(&self, key: &str) -> Option<Bytes> {
        locked(&self.files).get(key).map(|file| file.bytes.clone())
    }

    /// A file's content as text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<String> {
        self.bytes(key).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A file's content type.
    #[must_use]
    pub fn content_type(&self, key: &str) -> Option<String> {
        locked(&self.files).get(key).map(|file| file.content_type.clone())
    }

    /// Writes a file under any key, also one that Hark would never make.
    pub fn insert_raw(&self, key: &str, bytes: impl Into<Bytes>, content_type: &str) {
        let file = self.stored(bytes.into(), content_type);
        locked(&self.files).insert(key.to_owned(), file);
    }

    fn stored(&self, bytes: Bytes, content_type: &str) -> Stored {
        Stored { bytes, content_type: content_type.to_owned(), last_modified: self.clock.now() }
    }

    fn find(&self, key: &ObjectKey) -> Option<Object> {
        let files = locked(&self.files);
        let file = files.get(key.as_str())?;
        Some(Object { meta: meta(key.as_str(), file), bytes: file.bytes.clone() })
    }
}

fn meta(key: &str, file: &Stored) -> ObjectMeta {
    let hash = hex::encode(Sha256::digest(&file.bytes));
    ObjectMeta {
        key: key.to_owned(),
        etag: format!("\"{}\"", hash.get(..32).unwrap_or_default()),
        size: u64::try_from(file.bytes.len()).unwrap_or(u64::MAX),
        last_modified: file.last_modified,
        content_type: file.content_type.clone(),
    }
}

#[async_trait]
impl ObjectRead for MemoryObjects {
    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectError> {
        Ok(self.find(key))
    }

    async fn get_unless(&self, key: &ObjectKey, etag: Option<&str>) -> Result<Fetched, ObjectError> {
        Ok(match self.find(key) {
            None => Fetched::Missing,
            Some(object) if Some(object.meta.etag.as_str()) == etag => Fetched::Unchanged,
            Some(object) => Fetched::Changed(object),
        })
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectMeta>, ObjectError> {
        Ok(self.find(key).map(|object| object.meta))
    }

    async fn list(
        &self,
        prefix: &KeyPrefix,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ObjectPage, ObjectError> {
        let files = locked(&self.files);
        let prefix = prefix.as_str();
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let mut matching = files
            .range::<str, _>((from, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, file)| ObjectMeta { content_type: String::new(), ..meta(key, file) });
        let objects: Vec<ObjectMeta> = matching.by_ref().take(limit.clamp(1, 1_000)).collect();
        let next_after = matching.next().and_then(|_| objects.last().map(|last| last.key.clone()));
        Ok(ObjectPage { objects, next_after })
    }

    async fn presign(&self, key: &ObjectKey, what: &Presign) -> Result<String, ObjectError> {
        let expires = self
            .clock
            .now()
            .as_second()
            .saturating_add(i64::try_from(what.expires_in.as_secs()).unwrap_or(300));
        Ok(format!("memory:///{key}?expires={expires}"))
    }
}

#[async_trait]
impl ObjectWrite for MemoryObjects {
    async fn put(&self, key: &ObjectKey, bytes: Bytes, content_type: &str) -> Result<(), ObjectError> {
        self.insert_raw(key.as_str(), bytes, content_type);
        Ok(())
    }

    async fn put_if_absent(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<PutIfAbsent, ObjectError> {
        let file = self.stored(bytes, content_type);
        let mut files = locked(&self.files);
        if files.contains_key(key.as_str()) {
            return Ok(PutIfAbsent::Exists);
        }
        files.insert(key.as_str().to_owned(), file);
        Ok(PutIfAbsent::Created)
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey, content_type: &str) -> Result<bool, ObjectError> {
        let Some(bytes) = self.bytes(from.as_str()) else { return Ok(false) };
        self.insert_raw(to.as_str(), bytes, content_type);
        Ok(true)
    }
}

#[async_trait]
impl ObjectReplace for MemoryObjects {
    async fn replace(
        &self,
        key: &ObjectKey,
        etag: &str,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<Replaced, ObjectError> {
        let new = self.stored(bytes, content_type);
        let mut files = locked(&self.files);
        match files.get_mut(key.as_str()) {
            Some(file) if meta(key.as_str(), file).etag == etag => {
                *file = new;
                Ok(Replaced::Yes)
            }
            _ => Ok(Replaced::Changed),
        }
    }
}

#[async_trait]
impl ObjectRemove for MemoryObjects {
    async fn remove(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        locked(&self.files).remove(key.as_str());
        Ok(())
    }
}

#[async_trait]
impl ObjectErase for MemoryObjects {
    async fn erase(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        locked(&self.files).remove(key.as_str());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{contracts, fixed::FixedClock};

    #[tokio::test]
    async fn files_in_memory_keep_the_contract() {
        let objects = MemoryObjects::new(Arc::new(FixedClock::default()));
        contracts::objects::all(&objects).await;
        contracts::replacing::removing(&objects, &ObjectKey::customers()).await;
    }
}
