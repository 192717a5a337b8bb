//! Stored files in one S3 bucket. Reading is here, writing in `write`, erasing in `erase`, signed addresses in
//! `links`, reading of a listing in `page`.
//!
//! The role needs `s3:ListBucket` on the bucket even for reading single files: without it S3 answers a
//! missing key with 403 instead of 404 (S3 API reference, "GetObject", permissions).

mod erase;
mod links;
mod page;
mod write;

use async_trait::async_trait;
use aws_sdk_s3::{
    Client,
    operation::{
        get_object::{GetObjectError, GetObjectOutput},
        head_object::HeadObjectError,
    },
    primitives::{ByteStream, DateTime},
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use shared::{
    domain::object_key::{KeyPrefix, ObjectKey},
    ports::objects::{Fetched, Object, ObjectError, ObjectMeta, ObjectPage, ObjectRead, Presign},
};

use self::{links::Links, page::ReadsPages};
use crate::{AwsBase, AwsFailure};

/// The files of one bucket.
#[derive(Debug, Clone)]
pub struct S3Objects {
    client: Client,
    bucket: String,
    links: Links,
}

impl S3Objects {
    /// The bucket of this name.
    #[must_use]
    pub fn new(base: &AwsBase, bucket: impl Into<String>) -> Self {
        let bucket = bucket.into();
        Self { client: client(base), links: Links::new(base.clone(), bucket.clone()), bucket }
    }
}

pub(crate) fn client(base: &AwsBase) -> Client {
    let config =
        aws_sdk_s3::config::Builder::from(base.config()).force_path_style(base.has_own_endpoint()).build();
    Client::from_conf(config)
}

#[async_trait]
impl ObjectRead for S3Objects {
    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectError> {
        match self.get_unless(key, None).await? {
            Fetched::Changed(object) => Ok(Some(object)),
            Fetched::Missing => Ok(None),
            Fetched::Unchanged => {
                Err(refused(AwsFailure::unexpected("GetObject", "304 to an unconditional get")))
            }
        }
    }

    async fn get_unless(&self, key: &ObjectKey, etag: Option<&str>) -> Result<Fetched, ObjectError> {
        let answer = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .set_if_none_match(etag.map(str::to_owned))
            .send()
            .await;
        match answer {
            Ok(found) => {
                let meta = meta_of(key, &found)?;
                let bytes = read_all(found.body, meta.size).await?;
                Ok(Fetched::Changed(Object { meta, bytes }))
            }
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => {
                Ok(Fetched::Missing)
            }
            Err(error) if status_of(&error) == Some(304) => Ok(Fetched::Unchanged),
            Err(error) => Err(object_error("GetObject", &error)),
        }
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectMeta>, ObjectError> {
        match self.client.head_object().bucket(&self.bucket).key(key.as_str()).send().await {
            Ok(found) => Ok(Some(ObjectMeta {
                key: key.as_str().to_owned(),
                etag: found.e_tag.unwrap_or_default(),
                size: size_of("HeadObject", found.content_length)?,
                last_modified: time_of("HeadObject", found.last_modified)?,
                content_type: found.content_type.unwrap_or_default(),
            })),
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => Ok(None),
            Err(error) => Err(object_error("HeadObject", &error)),
        }
    }

    async fn list(
        &self,
        prefix: &KeyPrefix,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ObjectPage, ObjectError> {
        let page = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix.as_str())
            .set_start_after(after.map(str::to_owned))
            .max_keys(i32::try_from(limit.clamp(1, 1_000)).unwrap_or(1_000))
            .customize()
            .interceptor(ReadsPages)
            .send()
            .await
            .map_err(|error| object_error("ListObjectsV2", &error))?;
        let more = page.is_truncated.unwrap_or(false);
        let mut objects = Vec::with_capacity(page.contents.as_ref().map_or(0, Vec::len));
        for found in page.contents.unwrap_or_default() {
            objects.push(ObjectMeta {
                key: found.key.ok_or_else(|| refused(AwsFailure::unexpected("ListObjectsV2", "no key")))?,
                etag: found.e_tag.unwrap_or_default(),
                size: size_of("ListObjectsV2", found.size)?,
                last_modified: time_of("ListObjectsV2", found.last_modified)?,
                content_type: String::new(),
            });
        }
        let next_after = if more { objects.last().map(|last| last.key.clone()) } else { None };
        Ok(ObjectPage { objects, next_after })
    }

    async fn presign(&self, key: &ObjectKey, what: &Presign) -> Result<String, ObjectError> {
        self.links.sign(&self.client, key.as_str(), what).await
    }
}

fn meta_of(key: &ObjectKey, found: &GetObjectOutput) -> Result<ObjectMeta, ObjectError> {
    Ok(ObjectMeta {
        key: key.as_str().to_owned(),
        etag: found.e_tag.clone().unwrap_or_default(),
        size: size_of("GetObject", found.content_length)?,
        last_modified: time_of("GetObject", found.last_modified)?,
        content_type: found.content_type.clone().unwrap_or_default(),
    })
}

/// The body, held once: a body that came in one piece is not copied at all.
async fn read_all(mut body: ByteStream, size: u64) -> Result<Bytes, ObjectError> {
    let cut_off = |_| unavailable(AwsFailure::cut_off("GetObject"));
    let Some(first) = body.next().await.transpose().map_err(cut_off)? else { return Ok(Bytes::new()) };
    if first.len() as u64 == size {
        // The end must be read all the same: the checksum is compared there.
        if body.next().await.transpose().map_err(cut_off)?.is_none() {
            return Ok(first);
        }
        return Err(unavailable(AwsFailure::cut_off("GetObject")));
    }
    let mut bytes = BytesMut::with_capacity(usize::try_from(size).unwrap_or_default());
    bytes.extend_from_slice(&first);
    while let Some(chunk) = body.next().await.transpose().map_err(cut_off)? {
        bytes.extend_from_slice(&chunk);
    }
    if bytes.len() as u64 == size {
        Ok(bytes.freeze())
    } else {
        Err(unavailable(AwsFailure::cut_off("GetObject")))
    }
}

fn size_of(operation: &'static str, size: Option<i64>) -> Result<u64, ObjectError> {
    size.and_then(|size| u64::try_from(size).ok())
        .ok_or_else(|| refused(AwsFailure::unexpected(operation, "no size")))
}

/// In whole seconds, which is all that an HTTP header tells; a listing may tell more.
fn time_of(operation: &'static str, time: Option<DateTime>) -> Result<Timestamp, ObjectError> {
    time.and_then(|time| Timestamp::from_second(time.secs()).ok())
        .ok_or_else(|| refused(AwsFailure::unexpected(operation, "no time")))
}

fn status_of<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn object_error<E: ProvideErrorMetadata>(
    operation: &'static str,
    error: &SdkError<E, HttpResponse>,
) -> ObjectError {
    let failure = AwsFailure::of(operation, error);
    if failure.may_pass() { unavailable(failure) } else { refused(failure) }
}

fn unavailable(failure: AwsFailure) -> ObjectError {
    ObjectError::Unavailable(Box::new(failure))
}

fn refused(failure: AwsFailure) -> ObjectError {
    ObjectError::Refused(Box::new(failure))
}
