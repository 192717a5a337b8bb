//! A customers.json outside of the stores (`HARK_CUSTOMERS`), read as if it lay in them.

use std::{path::PathBuf, time::UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use shared::{
    domain::object_key::{KeyPrefix, ObjectKey},
    ports::objects::{Fetched, Object, ObjectError, ObjectMeta, ObjectPage, ObjectRead, Presign},
};

/// One file, under the directory's key.
pub(super) struct CustomersFile {
    path: PathBuf,
}

impl CustomersFile {
    pub(super) const fn new(path: PathBuf) -> Self {
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
