//! A customers.json as a file, wherever it lies (`HARK_CUSTOMERS`), read and written as if it were a store.

use std::{path::PathBuf, time::UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use shared::{
    domain::object_key::{KeyPrefix, ObjectKey},
    ports::objects::{
        Fetched, Object, ObjectError, ObjectMeta, ObjectPage, ObjectRead, ObjectReplace, ObjectWrite,
        Presign, PutIfAbsent, Replaced,
    },
};

use super::private_file;

/// One file, under the directory's key.
pub(crate) struct CustomersFile {
    path: PathBuf,
}

impl CustomersFile {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    async fn meta(&self, key: &ObjectKey) -> Result<Option<ObjectMeta>, ObjectError> {
        if *key != ObjectKey::customers() {
            return Ok(None);
        }
        let meta = match tokio::fs::metadata(&self.path).await {
            Ok(meta) => meta,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ObjectError::Unavailable(error.into())),
        };
        let modified =
            meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        Ok(Some(ObjectMeta {
            key: key.as_str().to_owned(),
            etag: format!("\"{}-{}\"", meta.len(), modified.as_nanos()),
            size: meta.len(),
            last_modified: Timestamp::from_second(i64::try_from(modified.as_secs()).unwrap_or(0))
                .unwrap_or_default(),
            content_type: "application/json".to_owned(),
        }))
    }
}

#[async_trait]
impl ObjectRead for CustomersFile {
    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectError> {
        let Some(meta) = self.meta(key).await? else { return Ok(None) };
        let bytes =
            tokio::fs::read(&self.path).await.map_err(|error| ObjectError::Unavailable(error.into()))?;
        Ok(Some(Object { meta, bytes: Bytes::from(bytes) }))
    }

    async fn get_unless(&self, key: &ObjectKey, etag: Option<&str>) -> Result<Fetched, ObjectError> {
        match self.meta(key).await? {
            None => Ok(Fetched::Missing),
            Some(meta) if Some(meta.etag.as_str()) == etag => Ok(Fetched::Unchanged),
            Some(_) => Ok(self.get(key).await?.map_or(Fetched::Missing, Fetched::Changed)),
        }
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectMeta>, ObjectError> {
        self.meta(key).await
    }

    async fn list(&self, _: &KeyPrefix, _: Option<&str>, _: usize) -> Result<ObjectPage, ObjectError> {
        Ok(ObjectPage::default())
    }

    async fn presign(&self, _: &ObjectKey, _: &Presign) -> Result<String, ObjectError> {
        Err(ObjectError::Refused("the customer directory is never given out".into()))
    }
}

/// Nothing else is stored here.
fn refuse_others(key: &ObjectKey) -> Result<(), ObjectError> {
    if *key == ObjectKey::customers() {
        Ok(())
    } else {
        Err(ObjectError::Refused("only the customer directory is written here".into()))
    }
}

#[async_trait]
impl ObjectWrite for CustomersFile {
    async fn put(&self, key: &ObjectKey, bytes: Bytes, _: &str) -> Result<(), ObjectError> {
        refuse_others(key)?;
        let path = self.path.clone();
        let write = move || private_file::replace(&path, &bytes);
        let written = tokio::task::spawn_blocking(write).await.map_err(std::io::Error::other);
        written.and_then(|written| written).map_err(|error| ObjectError::Unavailable(error.into()))
    }

    async fn put_if_absent(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        _: &str,
    ) -> Result<PutIfAbsent, ObjectError> {
        refuse_others(key)?;
        let path = self.path.clone();
        let write = move || private_file::make_if_absent(&path, &bytes);
        let made = tokio::task::spawn_blocking(write).await.map_err(anyhow::Error::from);
        let made = made.and_then(|made| made).map_err(|error| ObjectError::Unavailable(error.into()))?;
        Ok(if made { PutIfAbsent::Created } else { PutIfAbsent::Exists })
    }

    async fn copy(&self, _: &ObjectKey, _: &ObjectKey, _: &str) -> Result<bool, ObjectError> {
        Err(ObjectError::Refused("only the customer directory is written here".into()))
    }
}

#[async_trait]
impl ObjectReplace for CustomersFile {
    /// Between the look and the write another process may still come in: a file system knows no such condition.
    async fn replace(
        &self,
        key: &ObjectKey,
        etag: &str,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<Replaced, ObjectError> {
        if self.meta(key).await?.is_none_or(|meta| meta.etag != etag) {
            return Ok(Replaced::Changed);
        }
        self.put(key, bytes, content_type).await?;
        Ok(Replaced::Yes)
    }
}

#[cfg(test)]
mod tests {
    use shared::testing::contracts::replacing;

    use super::*;

    #[tokio::test]
    async fn a_customers_file_keeps_the_contract_of_replacing_and_takes_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = CustomersFile::new(folder.path().join("customers.json"));
        let key = ObjectKey::customers();
        let put = file.put_if_absent(&key, Bytes::from_static(b"[]"), "application/json").await.unwrap();
        assert_eq!(put, PutIfAbsent::Created);
        replacing::all(&file, &key).await;
        let put = file.put_if_absent(&key, Bytes::from_static(b"[]"), "application/json").await.unwrap();
        assert_eq!(put, PutIfAbsent::Exists);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
