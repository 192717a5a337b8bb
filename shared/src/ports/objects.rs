//! Stored files. Split by permission: a component takes only what it may do.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use crate::domain::object_key::{KeyPrefix, ObjectKey};

/// What a store tells of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMeta {
    /// The file's key.
    pub key: String,
    /// Changes whenever the bytes do. With the quotes that HTTP puts around it.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// When it was last written.
    pub last_modified: Timestamp,
    /// The content type that it was stored with; empty where a listing does not tell.
    pub content_type: String,
}

/// A file with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What the store tells of it.
    pub meta: ObjectMeta,
    /// All of its bytes.
    pub bytes: Bytes,
}

/// The answer to "give it to me unless I have it already".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// It still has the `ETag` that the caller knows.
    Unchanged,
    /// It is another now.
    Changed(Object),
    /// There is none.
    Missing,
}

/// One page of a listing, in the byte order of the keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectPage {
    /// The files of this page.
    pub objects: Vec<ObjectMeta>,
    /// The last key of this page, when there are more behind it: pass it as `after`.
    pub next_after: Option<String>,
}

/// Why a store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// It may do it later: throttled, unreachable, a conflict of writers. Try again.
    #[error("the object store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It will not do it: no right, or a fault of ours. Trying again does not help.
    #[error("the object store refused")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What a signed address allows: one `GET` of one file, for a while.
#[derive(Debug, Clone)]
pub struct Presign {
    /// How long it works, at most 300 s.
    pub expires_in: Duration,
    /// The name that a download is saved under; ASCII without quotes.
    pub file_name: String,
    /// The content type that it is served with.
    pub content_type: &'static str,
}

/// Reading.
#[async_trait]
pub trait ObjectRead: Send + Sync {
    /// The file and its bytes.
    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectError>;

    /// The file, unless it still has this `ETag`.
    async fn get_unless(&self, key: &ObjectKey, etag: Option<&str>) -> Result<Fetched, ObjectError>;

    /// What the store tells of the file.
    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectMeta>, ObjectError>;

    /// Files whose keys begin with `prefix`, strictly behind `after`, at most `limit` (1 to 1,000).
    async fn list(
        &self,
        prefix: &KeyPrefix,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ObjectPage, ObjectError>;

    /// An address from which anyone can download the file for a while. Does not look whether it exists.
    async fn presign(&self, key: &ObjectKey, what: &Presign) -> Result<String, ObjectError>;
}

/// The result of a write that must not replace anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutIfAbsent {
    /// It was written.
    Created,
    /// There is a file under this key already; nothing was changed.
    Exists,
}

/// Writing.
#[async_trait]
pub trait ObjectWrite: Send + Sync {
    /// Writes the file, replacing an older one. It is seen whole or not at all.
    async fn put(&self, key: &ObjectKey, bytes: Bytes, content_type: &str) -> Result<(), ObjectError>;

    /// Writes the file only if there is none. Of several writers at once exactly one gets `Created`.
    async fn put_if_absent(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<PutIfAbsent, ObjectError>;

    /// Copies a file within the store, replacing an older one at `to`, with its content type set anew.
    /// `false`: there is no file at `from`.
    async fn copy(&self, from: &ObjectKey, to: &ObjectKey, content_type: &str) -> Result<bool, ObjectError>;
}

/// The result of a write that may replace only what its writer has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// It was written.
    Yes,
    /// Somebody else has written or removed the file since; nothing was changed.
    Changed,
}

/// Replacing what was read, for files that people tend.
#[async_trait]
pub trait ObjectReplace: Send + Sync {
    /// Writes the file if it still has this `ETag`; the store keeps what it was as an old version. `Changed` may also mean that an earlier try of this very call, whose
    /// answer was lost, wrote it: look at its bytes before calling it another's.
    async fn replace(
        &self,
        key: &ObjectKey,
        etag: &str,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<Replaced, ObjectError>;
}

/// Taking away what readers shall not see any more.
#[async_trait]
pub trait ObjectRemove: Send + Sync {
    /// Removes the file for all readers; the store keeps what it was as an old version, as it does with what is
    /// replaced. Removing what is not there is success.
    async fn remove(&self, key: &ObjectKey) -> Result<(), ObjectError>;
}

/// Erasing.
#[async_trait]
pub trait ObjectErase: Send + Sync {
    /// Removes the file with all of its versions. Removing what is not there is success.
    async fn erase(&self, key: &ObjectKey) -> Result<(), ObjectError>;
}
