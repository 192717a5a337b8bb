//! Writing files: whole or not at all, and if asked, only where there is none.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::{primitives::ByteStream, types::MetadataDirective};
use bytes::Bytes;
use shared::{
    domain::object_key::ObjectKey,
    ports::objects::{ObjectError, ObjectRemove, ObjectReplace, ObjectWrite, PutIfAbsent, Replaced},
};

use super::{S3Objects, object_error, status_of};

/// Waits before a conditional write is sent again after 409: another writer was at work on the same key,
/// and S3 asks to try again (S3 user guide, "Conditional writes"). The SDK does not do that by itself.
const AFTER_CONFLICT: [Duration; 3] =
    [Duration::from_millis(25), Duration::from_millis(75), Duration::from_millis(200)];

#[async_trait]
impl ObjectWrite for S3Objects {
    async fn put(&self, key: &ObjectKey, bytes: Bytes, content_type: &str) -> Result<(), ObjectError> {
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .content_type(content_type)
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| object_error("PutObject", &error))
    }

    /// `Exists` may also mean that an earlier try of this very call, whose answer was lost, wrote the file:
    /// look at its bytes before calling it a conflict.
    async fn put_if_absent(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<PutIfAbsent, ObjectError> {
        let mut waits = AFTER_CONFLICT.into_iter();
        loop {
            let answer = self
                .client
                .put_object()
                .bucket(&self.bucket)
                .key(key.as_str())
                .content_type(content_type)
                .if_none_match("*")
                .body(ByteStream::from(bytes.clone()))
                .send()
                .await;
            let Err(error) = answer else { return Ok(PutIfAbsent::Created) };
            match (status_of(&error), waits.next()) {
                (Some(412), _) => return Ok(PutIfAbsent::Exists),
                (Some(409), Some(wait)) => tokio::time::sleep(wait).await,
                _ => return Err(object_error("PutObject", &error)),
            }
        }
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey, content_type: &str) -> Result<bool, ObjectError> {
        let answer = self
            .client
            .copy_object()
            .bucket(&self.bucket)
            // Needs no escaping: keys are made of unreserved characters and slashes only.
            .copy_source(format!("{}/{from}", self.bucket))
            .key(to.as_str())
            .metadata_directive(MetadataDirective::Replace)
            .content_type(content_type)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            // Not modelled as an error of CopyObject, so it is told by its code.
            Err(error) if aws_sdk_s3::error::ProvideErrorMetadata::code(&error) == Some("NoSuchKey") => {
                Ok(false)
            }
            Err(error) => Err(object_error("CopyObject", &error)),
        }
    }
}

#[async_trait]
impl ObjectReplace for S3Objects {
    async fn replace(
        &self,
        key: &ObjectKey,
        etag: &str,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<Replaced, ObjectError> {
        let answer = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .content_type(content_type)
            .if_match(etag)
            .body(ByteStream::from(bytes))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(Replaced::Yes),
            Err(error) if status_of(&error) == Some(412) => Ok(Replaced::Changed),
            // It was removed (S3 user guide, "Conditional writes").
            Err(error) if aws_sdk_s3::error::ProvideErrorMetadata::code(&error) == Some("NoSuchKey") => {
                Ok(Replaced::Changed)
            }
            Err(error) => Err(object_error("PutObject", &error)),
        }
    }
}

#[async_trait]
impl ObjectRemove for S3Objects {
    /// On the versioned bucket this puts a delete marker over the file's versions (S3 user guide, "Deleting object
    /// versions from a versioning-enabled bucket").
    async fn remove(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        let answer = self.client.delete_object().bucket(&self.bucket).key(key.as_str()).send().await;
        answer.map(drop).map_err(|error| object_error("DeleteObject", &error))
    }
}
