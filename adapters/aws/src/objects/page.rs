//! Reads a page of keys (S3 API reference, "ListObjectsV2", response syntax). The SDK's reader goes through a page twice,
//! once only to see whether it is an error, and takes most of the processor time that a listing costs; this one goes
//! through it once. All answers but a success are left to the SDK's.

use aws_sdk_s3::{
    operation::list_objects_v2::{ListObjectsV2Error, ListObjectsV2Output},
    primitives::{DateTime, DateTimeFormat},
    types::Object,
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeDeserializationInterceptorContextMut, Error, Output, OutputOrError},
            dyn_dispatch_hint,
        },
        orchestrator::{HttpResponse, OrchestratorError},
        runtime_components::RuntimeComponents,
        ser_de::{DeserializeResponse, SharedResponseDeserializer},
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use serde::Deserialize;

/// Puts the reader in the SDK's place for a success.
#[derive(Debug)]
pub(super) struct ReadsPages;

#[dyn_dispatch_hint]
impl Intercept for ReadsPages {
    fn name(&self) -> &'static str {
        "ReadsPages"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().status().as_u16() == 200 {
            config.interceptor_state().store_put(SharedResponseDeserializer::new(Reader));
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Reader;

impl DeserializeResponse for Reader {
    fn deserialize_nonstreaming_with_config(&self, response: &HttpResponse, _: &ConfigBag) -> OutputOrError {
        let body = response.body().bytes().unwrap_or_default();
        match read(body) {
            Ok(page) if response.status().is_success() => Ok(Output::erase(page)),
            Ok(_) => Err(unreadable("a page with the status of an error".into())),
            Err(fault) => Err(unreadable(fault)),
        }
    }
}

fn unreadable(fault: BoxError) -> OrchestratorError<Error> {
    OrchestratorError::operation(Error::erase(ListObjectsV2Error::unhandled(fault)))
}

#[derive(Deserialize)]
#[serde(rename = "ListBucketResult")]
struct Page {
    #[serde(rename = "IsTruncated")]
    is_truncated: bool,
    #[serde(rename = "Contents", default)]
    contents: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    key: String,
    last_modified: String,
    #[serde(rename = "ETag")]
    e_tag: String,
    size: i64,
}

fn read(body: &[u8]) -> Result<ListObjectsV2Output, BoxError> {
    let text = std::str::from_utf8(body)?;
    if !text.contains("<ListBucketResult") {
        return Err("no page of keys".into());
    }
    let page: Page = quick_xml::de::from_str(text)?;
    let objects = page.contents.into_iter().map(object).collect::<Result<Vec<_>, BoxError>>()?;
    Ok(ListObjectsV2Output::builder().is_truncated(page.is_truncated).set_contents(Some(objects)).build())
}

fn object(entry: Entry) -> Result<Object, BoxError> {
    let last_modified = DateTime::from_str(&entry.last_modified, DateTimeFormat::DateTime)?;
    let object = Object::builder().key(entry.key).e_tag(entry.e_tag).size(entry.size);
    Ok(object.last_modified(last_modified).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As MinIO and S3 send it.
    const SAMPLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>quotes</Name><Prefix/><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>
  <Contents>
    <Key>acme/other/a &amp; b &lt;&#228;&gt;_SM123456_audio.ogg</Key>
    <LastModified>2009-10-12T17:50:30.123Z</LastModified>
    <ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>
    <ChecksumAlgorithm>CRC32</ChecksumAlgorithm><Size>434234</Size>
    <Owner><ID>8a6925</ID><DisplayName>Key</DisplayName></Owner><StorageClass>STANDARD</StorageClass>
  </Contents>
  <Contents><Key> both ends </Key><LastModified>2009-10-12T17:50:30.000Z</LastModified><ETag>"e"</ETag><Size>0</Size>
  </Contents>
  <CommonPrefixes><Prefix>acme/</Prefix></CommonPrefixes>
</ListBucketResult>"#;

    #[test]
    fn a_page_is_read_to_the_letter() {
        let page = read(SAMPLE.as_bytes()).unwrap();
        assert_eq!(page.is_truncated, Some(false));
        let [first, second] = page.contents() else { panic!("{page:?}") };
        assert_eq!(first.key(), Some("acme/other/a & b <ä>_SM123456_audio.ogg"));
        assert_eq!(
            (first.e_tag(), first.size()),
            (Some("\"fba9dede5f27731c9771645a39863328\""), Some(434_234))
        );
        assert_eq!(first.last_modified().unwrap().secs(), 1_255_369_830);
        assert_eq!(second.key(), Some(" both ends "), "where a listing goes on is the key as it is");
    }

    #[test]
    fn an_empty_page_has_no_files() {
        let page = read(b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>").unwrap();
        assert!(page.contents().is_empty());
    }

    #[test]
    fn what_is_no_page_is_an_error() {
        for body in [
            "",
            "<Error><Code>SlowDown</Code></Error>",
            "<ListBucketResult><IsTruncated>perhaps</IsTruncated></ListBucketResult>",
            "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents></ListBucketResult>",
            "<ListBucketResult><IsTruncated>false</IsTruncated><Contents>",
        ] {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
        assert!(read(b"\xff").is_err());
    }
}
