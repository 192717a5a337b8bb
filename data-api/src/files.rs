//! The three routes over stored files, and what they share: every key that a store answers with is read
//! again within the caller's scope before it is shown.

pub(crate) mod by_message;
pub(crate) mod cursor;
pub(crate) mod download;
mod grouping;
pub(crate) mod list;
mod walk;

use jiff::Timestamp;
use serde::Serialize;
use shared::{
    domain::{
        object_key::{Artifact, KeyPrefix, ObjectKey},
        tenant::TenantScope,
    },
    ports::objects::{ObjectError, ObjectMeta, ObjectRead},
};

/// Files that the store is asked for at once, which is also a page of `/files/list`.
const PAGE: usize = 1_000;

/// A file as the older routes show it.
#[derive(Serialize)]
struct FileDto {
    key: String,
    etag: String,
    size: u64,
    last_modified: String,
}

impl From<ObjectMeta> for FileDto {
    fn from(meta: ObjectMeta) -> Self {
        Self { key: meta.key, etag: meta.etag, size: meta.size, last_modified: rfc3339(meta.last_modified) }
    }
}

/// With `+00:00` for UTC: parsers of client apps (Python's before 3.11) do not all know `Z`.
pub(crate) fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// What the key says, if it is that of a file of this company.
fn artifact(scope: &TenantScope, meta: &ObjectMeta) -> Option<Artifact> {
    ObjectKey::artifact_in(scope, &meta.key).map(|(_, artifact)| artifact)
}

/// All files below a prefix for which `wanted` holds, however many pages there are.
async fn all_below(
    objects: &dyn ObjectRead,
    scope: &TenantScope,
    prefix: &KeyPrefix,
    wanted: impl Fn(&Artifact) -> bool + Send,
) -> Result<Vec<(Artifact, ObjectMeta)>, ObjectError> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = objects.list(prefix, after.as_deref(), PAGE).await?;
        let read = page.objects.into_iter().filter_map(|meta| Some((artifact(scope, &meta)?, meta)));
        found.extend(read.filter(|(artifact, _)| wanted(artifact)));
        after = page.next_after;
        if after.is_none() {
            return Ok(found);
        }
    }
}
