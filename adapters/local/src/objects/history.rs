//! Old versions: what was replaced or removed lies at `_history/{key}/{time}`, time in microseconds. Client apps never
//! see keys that begin with `_`, and erasing a file erases its history.

use std::{fs, path::PathBuf, sync::PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use shared::{
    domain::object_key::ObjectKey,
    ports::objects::{ObjectError, ObjectRemove, ObjectReplace, Replaced},
};

use super::{FileObjects, FileStoreError, Files, absent_as_none};

impl Files {
    fn replace(&self, key: &str, etag: &str, bytes: &[u8]) -> Result<Replaced, FileStoreError> {
        let _one_at_a_time = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.head(key)?.is_none_or(|meta| meta.etag != etag) {
            return Ok(Replaced::Changed);
        }
        let (path, old) = (self.path(key)?, self.old_version(key)?);
        self.name(&old, || fs::hard_link(&path, &old))?;
        self.put(key, bytes)?;
        Ok(Replaced::Yes)
    }

    fn remove(&self, key: &str) -> Result<(), FileStoreError> {
        let _one_at_a_time = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.head(key)?.is_none() {
            return Ok(());
        }
        let (path, old) = (self.path(key)?, self.old_version(key)?);
        self.name(&old, || fs::rename(&path, &old))?;
        self.folders.flush_folder_of(&path)?;
        self.folders.prune(&path)
    }

    /// Erases all old versions of a file.
    pub(super) fn erase_history(&self, key: &str) -> Result<(), FileStoreError> {
        let folder = self.history_of(key)?;
        if absent_as_none(fs::remove_dir_all(&folder))?.is_some() {
            self.listing.changed();
        }
        self.folders.prune(&folder)
    }

    fn old_version(&self, key: &str) -> Result<PathBuf, FileStoreError> {
        Ok(self.history_of(key)?.join(self.stamp().as_microsecond().to_string()))
    }

    /// Keys that are too long to have a history are too long for the store.
    fn history_of(&self, key: &str) -> Result<PathBuf, FileStoreError> {
        let path = self.path(key)?;
        let below = path.strip_prefix(self.folders.root()).map_err(|_| FileStoreError::UnsafeKey)?;
        Ok(self.folders.root().join("_history").join(below))
    }
}

#[async_trait]
impl ObjectReplace for FileObjects {
    async fn replace(
        &self,
        key: &ObjectKey,
        etag: &str,
        bytes: Bytes,
        _content_type: &str,
    ) -> Result<Replaced, ObjectError> {
        let (key, etag) = (key.clone(), etag.to_owned());
        Ok(self.blocking(move |files| files.replace(key.as_str(), &etag, &bytes)).await?)
    }
}

#[async_trait]
impl ObjectRemove for FileObjects {
    async fn remove(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        let key = key.clone();
        Ok(self.blocking(move |files| files.remove(key.as_str())).await?)
    }
}
