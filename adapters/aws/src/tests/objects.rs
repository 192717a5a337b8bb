//! What goes to S3, and what becomes of its answers.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use shared::{
    domain::{
        customer::Customer,
        ids::{MessageId, RecordId},
        intent::Intent,
        object_key::{FileType, KeyPrefix, ObjectKey, Place},
        tag::Tag,
        tenant::TenantScope,
    },
    ports::objects::{
        Fetched, ObjectErase, ObjectError, ObjectMeta, ObjectRead, ObjectRemove, ObjectReplace, ObjectWrite,
        Presign, PutIfAbsent, Replaced,
    },
};

use super::stub::{Answer, Stub};
use crate::S3Objects;

const MODIFIED: &str = "Fri, 20 Nov 2026 10:00:00 GMT";

fn scope() -> TenantScope {
    let customer = json!({ "customer_id": "c1", "company_id": "acme", "company_name": "Acme" });
    TenantScope::of_customer(&serde_json::from_value::<Customer>(customer).unwrap())
}

fn key() -> ObjectKey {
    let place = Place { intent: Intent::JobToBeDone, tag: Tag::parse("leak").unwrap() };
    let record = RecordId::first(MessageId::parse("SM123456").unwrap());
    ObjectKey::artifact(&scope(), &place, &record, FileType::FullText, "txt")
}

const PATH: &str = "/data/acme/job-to-be-done/leak_SM123456_full_text.txt";

async fn stub(answers: impl IntoIterator<Item = Answer>) -> (Stub, S3Objects) {
    let stub = Stub::answering(answers).await;
    let objects = S3Objects::new(&stub.base, "data");
    (stub, objects)
}

fn is_unavailable<T>(result: &Result<T, ObjectError>) -> bool {
    matches!(result, Err(ObjectError::Unavailable(_)))
}

fn is_refused<T>(result: &Result<T, ObjectError>) -> bool {
    matches!(result, Err(ObjectError::Refused(_)))
}

#[tokio::test]
async fn a_file_is_written_signed_with_its_type_and_a_checksum() {
    let (stub, objects) = stub([Answer::new(200, "")]).await;
    objects.put(&key(), Bytes::from_static(b"Order pipes"), "text/plain; charset=utf-8").await.unwrap();
    let seen = stub.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].text()), ("PUT", "Order pipes"));
    assert!(seen[0].target.starts_with(PATH), "{}", seen[0].target);
    assert_eq!(seen[0].header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(seen[0].header("content-length"), "11");
    assert_eq!(seen[0].header("x-amz-checksum-crc32").len(), 8);
    assert_eq!(seen[0].header("if-none-match"), "");
    assert!(seen[0].header("authorization").starts_with("AWS4-HMAC-SHA256 Credential=test/"));
}

#[tokio::test]
async fn b11_a_file_that_exists_is_left_alone() {
    let (stub, objects) = stub([Answer::new(200, ""), Answer::s3_error(412, "PreconditionFailed")]).await;
    let put = async || objects.put_if_absent(&key(), Bytes::from_static(b"x"), "text/plain").await.unwrap();
    assert_eq!(put().await, PutIfAbsent::Created);
    assert_eq!(put().await, PutIfAbsent::Exists);
    assert!(stub.seen().iter().all(|seen| seen.header("if-none-match") == "*"));
}

#[tokio::test]
async fn only_the_file_that_was_read_is_replaced() {
    let (stub, objects) = stub([
        Answer::new(200, ""),
        Answer::s3_error(412, "PreconditionFailed"),
        Answer::s3_error(404, "NoSuchKey"),
        Answer::s3_error(404, "NoSuchBucket"),
        Answer::s3_error(409, "ConditionalRequestConflict"),
    ])
    .await;
    let replace = async || objects.replace(&key(), "\"e1\"", Bytes::from_static(b"x"), "text/plain").await;
    assert_eq!(replace().await.unwrap(), Replaced::Yes);
    for _ in 0..2 {
        assert_eq!(replace().await.unwrap(), Replaced::Changed);
    }
    assert!(is_refused(&replace().await), "another fault is no change");
    assert!(is_unavailable(&replace().await), "two at once");
    assert!(stub.seen().iter().all(|seen| seen.header("if-match") == "\"e1\""));
}

#[tokio::test]
async fn removing_a_file_names_no_version_so_that_all_of_them_stay() {
    let (stub, objects) = stub([Answer::new(204, ""), Answer::s3_error(403, "AccessDenied")]).await;
    objects.remove(&key()).await.unwrap();
    assert!(is_refused(&objects.remove(&key()).await), "without the permission");
    let seen = stub.seen();
    assert_eq!(seen[0].method, "DELETE");
    assert!(seen[0].target.starts_with(PATH) && !seen[0].target.contains("versionId"), "{}", seen[0].target);
}

#[tokio::test]
async fn b12_a_conflict_of_writers_is_tried_again_a_few_times() {
    let conflict = Answer::s3_error(409, "ConditionalRequestConflict");
    let (stub, objects) = stub([conflict.clone(), conflict.clone(), Answer::new(200, "")]).await;
    let put = objects.put_if_absent(&key(), Bytes::from_static(b"x"), "text/plain").await;
    assert_eq!(put.unwrap(), PutIfAbsent::Created);
    assert_eq!(stub.seen().len(), 3);

    let (stub, objects) = self::stub(vec![conflict; 9]).await;
    assert!(is_unavailable(&objects.put_if_absent(&key(), Bytes::from_static(b"x"), "text/plain").await));
    assert_eq!(stub.seen().len(), 4);
}

#[tokio::test]
async fn b12_throttling_and_faults_are_tried_three_times_and_then_passed_on() {
    for (status, code, tries) in
        [(503, "SlowDown", 3), (500, "InternalError", 3), (307, "TemporaryRedirect", 1)]
    {
        let (stub, objects) = stub(vec![Answer::s3_error(status, code); 9]).await;
        assert!(is_unavailable(&objects.put(&key(), Bytes::from_static(b"x"), "text/plain").await), "{code}");
        assert_eq!(stub.seen().len(), tries, "{code}");
    }
}

#[tokio::test]
async fn g02_a_refusal_tells_the_code_and_no_word_of_the_answer() {
    let (_stub, objects) = stub([Answer::s3_error(403, "AccessDenied")]).await;
    let Err(ObjectError::Refused(why)) = objects.get(&key()).await else { panic!("expected a refusal") };
    assert_eq!(why.to_string(), "GetObject: refused 403 AccessDenied (request 4442587FB7D0A2F9)");
    assert!(!format!("{why:?}").contains("CANARY"));
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let objects = S3Objects::new(&super::stub::base(&endpoint), "data");
    let Err(ObjectError::Unavailable(why)) = objects.get(&key()).await else {
        panic!("expected no connection")
    };
    assert_eq!(why.to_string(), "GetObject: not reachable");
}

#[tokio::test]
async fn an_answer_that_ends_too_early_is_no_file() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        assert!(connection.read(&mut [0; 4_096]).await.unwrap() > 0);
        let half = format!("HTTP/1.1 200 OK\r\nlast-modified: {MODIFIED}\r\ncontent-length: 10\r\n\r\nOrder");
        connection.write_all(half.as_bytes()).await.unwrap();
    });
    let objects = S3Objects::new(&super::stub::base(&endpoint), "data");
    let Err(ObjectError::Unavailable(why)) = objects.get(&key()).await else {
        panic!("expected half a file")
    };
    assert_eq!(why.to_string(), "GetObject: the answer could not be read");
}

#[tokio::test]
async fn a_file_is_read_with_what_the_store_tells_of_it() {
    let found = Answer::new(200, "Order pipes")
        .with("etag", "\"e1\"")
        .with("content-type", "text/plain")
        .with("last-modified", MODIFIED);
    let (_stub, objects) = stub([found]).await;
    let object = objects.get(&key()).await.unwrap().unwrap();
    assert_eq!(object.bytes.as_ref(), b"Order pipes");
    assert_eq!(
        object.meta,
        ObjectMeta {
            key: key().to_string(),
            etag: "\"e1\"".to_owned(),
            size: 11,
            last_modified: "2026-11-20T10:00:00Z".parse().unwrap(),
            content_type: "text/plain".to_owned(),
        }
    );
}

#[tokio::test]
async fn missing_and_unchanged_are_no_errors() {
    let (stub, objects) =
        stub([Answer::s3_error(404, "NoSuchKey"), Answer::new(404, ""), Answer::new(304, "")]).await;
    assert_eq!(objects.get(&key()).await.unwrap(), None);
    assert_eq!(objects.head(&key()).await.unwrap(), None);
    assert_eq!(objects.get_unless(&key(), Some("\"e1\"")).await.unwrap(), Fetched::Unchanged);
    assert_eq!(stub.seen()[2].header("if-none-match"), "\"e1\"");

    let (_stub, objects) = self::stub([Answer::s3_error(404, "NoSuchBucket")]).await;
    assert!(is_refused(&objects.get(&key()).await));
}

#[tokio::test]
async fn e06_a_listing_goes_on_behind_the_last_key() {
    let page = |more: bool| {
        Answer::new(
            200,
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult \
                 xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>data</Name><IsTruncated>{more}</IsTruncated>\
                 <Contents><Key>acme/other/a_SM123456_audio.ogg</Key><LastModified>2026-11-20T10:00:00.000Z</LastModified>\
                 <ETag>&quot;e1&quot;</ETag><Size>7</Size></Contents></ListBucketResult>"
            ),
        )
    };
    let (stub, objects) = stub([page(true), page(false)]).await;
    let prefix = KeyPrefix::intent(&scope(), Intent::Other);
    let first = objects.list(&prefix, None, 1_000).await.unwrap();
    assert_eq!(first.next_after.as_deref(), Some("acme/other/a_SM123456_audio.ogg"));
    assert_eq!((first.objects[0].etag.as_str(), first.objects[0].size), ("\"e1\"", 7));
    let last = objects.list(&prefix, first.next_after.as_deref(), 5).await.unwrap();
    assert_eq!(last.next_after, None);
    let seen = stub.seen();
    assert!(seen[0].target.contains("max-keys=1000") && seen[0].target.contains("prefix=acme%2Fother%2F"));
    assert!(!seen[0].target.contains("start-after"));
    assert!(seen[1].target.contains("start-after=acme%2Fother%2Fa_SM123456_audio.ogg"), "{}", seen[1].target);
    assert!(seen[1].target.contains("max-keys=5"));
}

#[tokio::test]
async fn a_signed_address_downloads_one_file_for_a_while() {
    let (stub, objects) = stub([]).await;
    let what = Presign {
        expires_in: Duration::from_secs(300),
        file_name: "leak.txt".to_owned(),
        content_type: "text/plain",
    };
    let url = objects.presign(&key(), &what).await.unwrap();
    let (address, query) = url.split_once('?').unwrap();
    assert!(address.ends_with(PATH), "{address}");
    for part in [
        "X-Amz-Expires=300",
        "X-Amz-Signature=",
        "response-content-disposition=attachment%3B%20filename%3D%22leak.txt%22",
        "response-content-type=text%2Fplain",
    ] {
        assert!(query.contains(part), "{part} in {query}");
    }
    assert!(stub.seen().is_empty());
}

#[tokio::test]
async fn a_copy_gets_its_type_anew_and_a_missing_original_is_told() {
    let copied = "<CopyObjectResult><ETag>\"e2\"</ETag></CopyObjectResult>";
    let (stub, objects) = stub([Answer::new(200, copied), Answer::s3_error(404, "NoSuchKey")]).await;
    assert!(objects.copy(&ObjectKey::customers(), &key(), "text/plain").await.unwrap());
    assert!(!objects.copy(&ObjectKey::customers(), &key(), "text/plain").await.unwrap());
    let seen = stub.seen();
    assert!(seen[0].target.starts_with(PATH));
    assert_eq!(seen[0].header("x-amz-copy-source"), "data/customers.json");
    assert_eq!(seen[0].header("x-amz-metadata-directive"), "REPLACE");
    assert_eq!(seen[0].header("content-type"), "text/plain");
}

#[tokio::test]
async fn g04_erasing_ends_when_no_version_and_no_marker_is_left() {
    let listing = |entries: &str| {
        Answer::new(
            200,
            format!("<ListVersionsResult><IsTruncated>false</IsTruncated>{entries}</ListVersionsResult>"),
        )
    };
    let of_another_key = "<Version><Key>customers.json2</Key><VersionId>v9</VersionId></Version>";
    let own = "<Version><Key>customers.json</Key><VersionId>v1</VersionId></Version>\
               <Version><Key>customers.json</Key><VersionId>v2</VersionId></Version>\
               <DeleteMarker><Key>customers.json</Key><VersionId>m1</VersionId></DeleteMarker>";
    let (stub, objects) = stub([
        listing(&format!("{own}{of_another_key}")),
        Answer::new(200, "<DeleteResult/>"),
        listing(of_another_key),
    ])
    .await;
    objects.erase(&ObjectKey::customers()).await.unwrap();
    let seen = stub.seen();
    assert_eq!(seen.len(), 3);
    let deleted = seen[1].text();
    for version in ["v1", "v2", "m1"] {
        let entry = format!("<Key>customers.json</Key><VersionId>{version}</VersionId>");
        assert!(deleted.contains(&entry), "{version} in {deleted}");
    }
    assert!(!deleted.contains("v9"));
}

#[tokio::test]
async fn g04_a_deletion_that_only_seems_to_succeed_is_no_success() {
    let listing = "<ListVersionsResult><Version><Key>customers.json</Key><VersionId>v1</VersionId></Version>\
                   </ListVersionsResult>";
    let failed =
        "<DeleteResult><Error><Key>customers.json</Key><Code>AccessDenied</Code></Error></DeleteResult>";
    let (_stub, objects) = stub([Answer::new(200, listing), Answer::new(200, failed)]).await;
    assert!(is_refused(&objects.erase(&ObjectKey::customers()).await));
}
