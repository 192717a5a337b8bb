//! What lies in a bucket, with all that a plain read does not show.

use aws_sdk_s3::{
    Client,
    types::{Delete, ObjectIdentifier},
};

use crate::{AwsBase, AwsFailure, objects};

/// One version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The object's key.
    pub key: String,
    /// S3's name for this version.
    pub id: String,
    /// Whether it is a delete marker, which hides the versions before it.
    pub is_marker: bool,
    /// Whether it is the one that a plain read meets.
    pub is_latest: bool,
}

/// A bucket, looked at and tidied up by a test.
#[derive(Debug, Clone)]
pub struct BucketView {
    client: Client,
    bucket: String,
}

impl BucketView {
    /// The bucket of this name.
    #[must_use]
    pub fn new(base: &AwsBase, bucket: impl Into<String>) -> Self {
        Self { client: objects::client(base), bucket: bucket.into() }
    }

    /// All versions and delete markers of the keys that begin with `prefix`.
    ///
    /// # Errors
    /// [`AwsFailure`] when S3 does not answer, or not with keys and versions.
    pub async fn versions(&self, prefix: &str) -> Result<Vec<Version>, AwsFailure> {
        const OPERATION: &str = "ListObjectVersions";
        let mut all = Vec::new();
        let (mut after_key, mut after_version) = (None, None);
        loop {
            let page = self
                .client
                .list_object_versions()
                .bucket(&self.bucket)
                .prefix(prefix)
                .set_key_marker(after_key)
                .set_version_id_marker(after_version)
                .send()
                .await
                .map_err(|error| AwsFailure::of(OPERATION, &error))?;
            let versions = page.versions.unwrap_or_default().into_iter();
            let versions = versions.map(|v| (v.key, v.version_id, false, v.is_latest));
            let markers = page.delete_markers.unwrap_or_default().into_iter();
            let markers = markers.map(|m| (m.key, m.version_id, true, m.is_latest));
            for (key, id, is_marker, is_latest) in versions.chain(markers) {
                let (Some(key), Some(id)) = (key, id) else {
                    return Err(AwsFailure::unexpected(OPERATION, "a version without key or id"));
                };
                all.push(Version { key, id, is_marker, is_latest: is_latest.unwrap_or(false) });
            }
            if !page.is_truncated.unwrap_or(false) {
                return Ok(all);
            }
            (after_key, after_version) = (page.next_key_marker, page.next_version_id_marker);
        }
    }

    /// Deletes as most tools do: on a versioned bucket this writes a delete marker, and the versions stay.
    ///
    /// # Errors
    /// [`AwsFailure`] when S3 refuses or is away.
    pub async fn delete_plainly(&self, key: &str) -> Result<(), AwsFailure> {
        let answer = self.client.delete_object().bucket(&self.bucket).key(key).send().await;
        answer.map(drop).map_err(|error| AwsFailure::of("DeleteObject", &error))
    }

    /// How S3 says that it keeps this object: the algorithm, and the key's ARN where it is a key of KMS.
    ///
    /// # Errors
    /// [`AwsFailure`] when there is no such object, or S3 refuses or is away.
    pub async fn encryption(&self, key: &str) -> Result<(String, Option<String>), AwsFailure> {
        let answer = self.client.head_object().bucket(&self.bucket).key(key).send().await;
        let found = answer.map_err(|error| AwsFailure::of("HeadObject", &error))?;
        let algorithm = found.server_side_encryption.map(|used| used.as_str().to_owned());
        Ok((algorithm.unwrap_or_default(), found.ssekms_key_id))
    }

    /// Removes every version and marker below `prefix`, which is a folder: it ends with a slash.
    ///
    /// # Errors
    /// [`AwsFailure`] when `prefix` is no folder, or S3 refuses or is away.
    pub async fn clear(&self, prefix: &str) -> Result<(), AwsFailure> {
        const OPERATION: &str = "DeleteObjects";
        if !prefix.ends_with('/') || prefix == "/" {
            return Err(AwsFailure::unexpected(OPERATION, "not a folder"));
        }
        for some in self.versions(prefix).await?.chunks(1_000) {
            let identifiers = some
                .iter()
                .map(|version| ObjectIdentifier::builder().key(&version.key).version_id(&version.id).build());
            let incomplete = |_| AwsFailure::unexpected(OPERATION, "an incomplete request");
            let identifiers = identifiers.collect::<Result<Vec<_>, _>>().map_err(incomplete)?;
            let all = Delete::builder().set_objects(Some(identifiers)).quiet(true).build();
            let answer = self
                .client
                .delete_objects()
                .bucket(&self.bucket)
                .delete(all.map_err(incomplete)?)
                .send()
                .await
                .map_err(|error| AwsFailure::of(OPERATION, &error))?;
            if !answer.errors.unwrap_or_default().is_empty() {
                return Err(AwsFailure::unexpected(OPERATION, "some were not deleted"));
            }
        }
        Ok(())
    }
}
