//! Files that people tend: each is replaced only over what was there when it was read, so that of two who store at once one
//! is told.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    domain::object_key::ObjectKey,
    ports::objects::{Object, ObjectError, ObjectRead, ObjectReplace, ObjectWrite, PutIfAbsent, Replaced},
};

/// A store of such files.
#[derive(Clone)]
pub struct TendedFiles {
    reads: Arc<dyn ObjectRead>,
    writes: Arc<dyn ObjectWrite>,
    replaces: Arc<dyn ObjectReplace>,
}

impl TendedFiles {
    /// In this store.
    #[must_use]
    pub fn new<S: ObjectRead + ObjectWrite + ObjectReplace + 'static>(store: Arc<S>) -> Self {
        Self::over(store.clone(), store.clone(), store)
    }

    /// The same where each is held by itself.
    #[must_use]
    pub fn over(
        reads: Arc<dyn ObjectRead>,
        writes: Arc<dyn ObjectWrite>,
        replaces: Arc<dyn ObjectReplace>,
    ) -> Self {
        Self { reads, writes, replaces }
    }

    /// The file as it is now.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub async fn fetch(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectError> {
        self.reads.get(key).await
    }

    /// Stores a file over what had this `ETag`; `None`: where there was none. [`Replaced::Changed`]: somebody else has
    /// stored meanwhile, and nothing was changed.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub async fn store(
        &self,
        key: &ObjectKey,
        over: Option<&str>,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<Replaced, ObjectError> {
        let is_stored = match over {
            None => {
                self.writes.put_if_absent(key, bytes.clone(), content_type).await? == PutIfAbsent::Created
            }
            Some(etag) => {
                self.replaces.replace(key, etag, bytes.clone(), content_type).await? == Replaced::Yes
            }
        };
        // A store's client may repeat a write whose answer was lost, and then meets its own.
        let is_there = is_stored || self.fetch(key).await?.is_some_and(|there| there.bytes == bytes);
        Ok(if is_there { Replaced::Yes } else { Replaced::Changed })
    }
}
