//! Erasing a file for good: on a versioned bucket a plain delete only hides it.

use async_trait::async_trait;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use shared::{
    domain::object_key::ObjectKey,
    ports::objects::{ObjectErase, ObjectError},
};

use super::{S3Objects, object_error, refused, unavailable};
use crate::AwsFailure;

/// Each round erases up to 1,000 versions and markers; more than this many rounds is a writer in a loop.
const MOST_ROUNDS: usize = 50;

#[async_trait]
impl ObjectErase for S3Objects {
    /// Ends only when a listing shows no version and no delete marker of this key any more.
    async fn erase(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        for _ in 0..MOST_ROUNDS {
            let versions = self.versions(key).await?;
            if versions.is_empty() {
                return Ok(());
            }
            self.delete(versions).await?;
        }
        Err(unavailable(AwsFailure::unexpected("ListObjectVersions", "versions keep coming")))
    }
}

impl S3Objects {
    /// Versions and markers of exactly this key. The listing is in the order of the keys, and no key that
    /// begins with this one comes before it, so the first page has some if there are any.
    async fn versions(&self, key: &ObjectKey) -> Result<Vec<ObjectIdentifier>, ObjectError> {
        let page = self
            .client
            .list_object_versions()
            .bucket(&self.bucket)
            .prefix(key.as_str())
            .send()
            .await
            .map_err(|error| object_error("ListObjectVersions", &error))?;
        let versions = page.versions.unwrap_or_default().into_iter().map(|v| (v.key, v.version_id));
        let markers = page.delete_markers.unwrap_or_default().into_iter().map(|m| (m.key, m.version_id));
        versions
            .chain(markers)
            .filter(|(listed, _)| listed.as_deref() == Some(key.as_str()))
            .map(|(_, version)| {
                ObjectIdentifier::builder()
                    .key(key.as_str())
                    .set_version_id(version)
                    .build()
                    .map_err(|_| refused(AwsFailure::unexpected("ListObjectVersions", "no key")))
            })
            .collect()
    }

    async fn delete(&self, versions: Vec<ObjectIdentifier>) -> Result<(), ObjectError> {
        let all = Delete::builder()
            .set_objects(Some(versions))
            .quiet(true)
            .build()
            .map_err(|_| refused(AwsFailure::unexpected("DeleteObjects", "nothing to delete")))?;
        let answer = self
            .client
            .delete_objects()
            .bucket(&self.bucket)
            .delete(all)
            .send()
            .await
            .map_err(|error| object_error("DeleteObjects", &error))?;
        // The call succeeds even when none of its deletions did.
        match answer.errors.unwrap_or_default().first().and_then(|error| error.code.as_deref()) {
            None => Ok(()),
            Some("AccessDenied") => Err(refused(AwsFailure::unexpected("DeleteObjects", "access denied"))),
            Some(_) => Err(unavailable(AwsFailure::unexpected("DeleteObjects", "some were not deleted"))),
        }
    }
}
