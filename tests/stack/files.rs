//! What is promised of stored files beyond the contract of the port: addresses that end, versions, erasure, encryption.
//! On the stand-in these tests show as well that it is as strict as S3 where Hark relies on it.

use std::time::Duration;

use adapter_aws::testing::BucketView;
use bytes::Bytes;
use reqwest::StatusCode;
use shared::{
    domain::{
        ids::RecordId,
        intent::Intent,
        object_key::{FileType, KeyPrefix, ObjectKey, Place},
        tag::Tag,
        tenant::TenantScope,
    },
    ports::objects::{ObjectErase, ObjectRead, ObjectWrite, Presign, PutIfAbsent},
    testing::{
        contracts::fresh,
        samples::{customer_of, message_id},
    },
};
use system_tests::{Stack, client};

use crate::traces::{TracedObjects, tidied, until};

const TEXT: &str = "text/plain; charset=utf-8";

/// The stack's own bucket, and a company in it that exists for one test.
struct Bucket {
    objects: TracedObjects,
    view: BucketView,
    scope: TenantScope,
}

impl Bucket {
    fn open() -> Self {
        let stack = Stack::open();
        let (base, bucket) = (stack.aws(), stack.get("DATA_BUCKET"));
        Self {
            objects: TracedObjects::new(&base, &bucket),
            view: BucketView::new(&base, &bucket),
            scope: TenantScope::of_customer(&customer_of(&fresh("acme"))),
        }
    }

    fn key(&self, n: u32) -> ObjectKey {
        let place = Place { intent: Intent::Other, tag: Tag::parse("leak").expect("a tag") };
        ObjectKey::artifact(&self.scope, &place, &RecordId::first(message_id(n)), FileType::FullText, "txt")
    }

    async fn put(&self, key: &ObjectKey, text: &'static str) {
        self.objects.put(key, Bytes::from(text), TEXT).await.expect("put");
    }

    async fn read(&self, key: &ObjectKey) -> Option<Bytes> {
        self.objects.get(key).await.expect("get").map(|object| object.bytes)
    }

    async fn address(&self, key: &ObjectKey, expires_in: Duration) -> String {
        let what = Presign { expires_in, file_name: "leak.txt".to_owned(), content_type: TEXT };
        self.objects.presign(key, &what).await.expect("presign")
    }

    /// How many versions and how many delete markers there are of a key.
    async fn history(&self, key: &ObjectKey) -> (usize, usize) {
        let all = self.view.versions(key.as_str()).await.expect("versions");
        let markers = all.iter().filter(|version| version.is_marker).count();
        (all.len() - markers, markers)
    }
}

async fn status(url: &str) -> StatusCode {
    client().get(url).send().await.expect("an answer").status()
}

#[tokio::test]
async fn e08_a_signed_address_downloads_its_one_file() {
    let bucket = Bucket::open();
    let story = async {
        let key = bucket.key(1);
        bucket.put(&key, "Order two pipes").await;
        let address = bucket.address(&key, Duration::from_secs(300)).await;
        let answer = client().get(&address).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        let header = |name: &str| answer.headers()[name].to_str().expect("text").to_owned();
        assert_eq!(header("content-type"), TEXT);
        assert_eq!(header("content-disposition"), "attachment; filename=\"leak.txt\"");
        assert_eq!(answer.text().await.expect("a body"), "Order two pipes");
    };
    tidied(story, bucket.objects.tidy_up()).await;
}

#[tokio::test]
async fn e08_a_signed_address_is_good_for_nothing_else() {
    let bucket = Bucket::open();
    let story = async {
        let (key, other) = (bucket.key(1), bucket.key(2));
        bucket.put(&key, "first").await;
        bucket.put(&other, "second").await;
        let address = bucket.address(&key, Duration::from_secs(300)).await;

        let another_file = address.replace(key.as_str(), other.as_str());
        let another_type = address.replace("text%2Fplain", "text%2Fhtml");
        let (without_signature, _) = address.split_once('?').expect("a query");
        for changed in [another_file.as_str(), &another_type, without_signature] {
            assert_ne!(changed, address);
            assert_eq!(status(changed).await, StatusCode::FORBIDDEN);
        }
        for request in [client().put(&address).body("mine"), client().delete(&address)] {
            assert_eq!(request.send().await.expect("an answer").status(), StatusCode::FORBIDDEN);
        }
        assert_eq!(bucket.read(&key).await.expect("the file"), "first");
    };
    tidied(story, bucket.objects.tidy_up()).await;
}

#[tokio::test]
async fn e08_a_signed_address_ends() {
    let bucket = Bucket::open();
    let story = async {
        let key = bucket.key(1);
        bucket.put(&key, "Order two pipes").await;
        let address = bucket.address(&key, Duration::from_secs(5)).await;
        assert_eq!(status(&address).await, StatusCode::OK);
        let ended = async || match status(&address).await {
            StatusCode::OK => None,
            refused => Some(refused),
        };
        assert_eq!(until(Duration::from_secs(60), "the address ends", ended).await, StatusCode::FORBIDDEN);
    };
    tidied(story, bucket.objects.tidy_up()).await;
}

#[tokio::test]
async fn e07_a_deleted_file_is_gone_for_every_reader_while_its_versions_stay() {
    let bucket = Bucket::open();
    let story = async {
        let key = bucket.key(1);
        bucket.put(&key, "first").await;
        bucket.put(&key, "second").await;
        let address = bucket.address(&key, Duration::from_secs(300)).await;
        assert_eq!(bucket.history(&key).await, (2, 0), "both versions are kept");

        bucket.view.delete_plainly(key.as_str()).await.expect("deleted");
        assert_eq!(bucket.history(&key).await, (2, 1), "the versions hide behind a marker");
        assert_eq!(bucket.read(&key).await, None);
        assert_eq!(bucket.objects.head(&key).await.expect("head"), None);
        let listed = bucket.objects.list(&KeyPrefix::intent(&bucket.scope, Intent::Other), None, 10).await;
        assert_eq!(listed.expect("list").objects, []);
        assert_eq!(status(&address).await, StatusCode::NOT_FOUND, "deleted after it was signed for");

        let again = bucket.objects.put_if_absent(&key, Bytes::from("third"), TEXT).await.expect("put");
        assert_eq!(again, PutIfAbsent::Created, "what is hidden does not count as there");
        assert_eq!(bucket.read(&key).await.expect("the newest"), "third");
        assert_eq!(
            client().get(&address).send().await.expect("an answer").text().await.expect("a body"),
            "third"
        );
    };
    tidied(story, bucket.objects.tidy_up()).await;
}

#[tokio::test]
async fn g04_erasing_leaves_no_version_and_no_marker_and_no_neighbour_is_touched() {
    let bucket = Bucket::open();
    let story = async {
        let (gone, kept) = (bucket.key(1), bucket.key(2));
        for text in ["first", "second", "third"] {
            bucket.put(&gone, text).await;
        }
        bucket.view.delete_plainly(gone.as_str()).await.expect("deleted");
        bucket.put(&kept, "kept").await;
        bucket.put(&kept, "kept too").await;

        bucket.objects.erase(&gone).await.expect("erase");
        assert_eq!(bucket.history(&gone).await, (0, 0));
        assert_eq!(bucket.history(&kept).await, (2, 0));
        assert_eq!(bucket.read(&kept).await.expect("the file"), "kept too");
    };
    tidied(story, bucket.objects.tidy_up()).await;
}

/// A refused write leaves no version behind that an erasure would have to find.
#[tokio::test]
async fn b11_a_write_that_comes_second_writes_nothing_at_all() {
    let bucket = Bucket::open();
    let story = async {
        let key = bucket.key(1);
        for (text, expected) in [("first", PutIfAbsent::Created), ("second", PutIfAbsent::Exists)] {
            let put = bucket.objects.put_if_absent(&key, Bytes::from(text), TEXT).await;
            assert_eq!(put.expect("put_if_absent"), expected);
        }
        assert_eq!(bucket.history(&key).await, (1, 0));
        assert_eq!(bucket.read(&key).await.expect("the file"), "first");
    };
    tidied(story, bucket.objects.tidy_up()).await;
}

/// On an account only: the stand-in's CloudFormation leaves out the encryption of a bucket.
#[tokio::test]
async fn g08_what_is_stored_is_encrypted_with_the_stacks_own_key() {
    if Stack::open().is_local() {
        println!("not tested: the stand-in encrypts nothing");
        return;
    }
    let bucket = Bucket::open();
    let story = async {
        let key = bucket.key(1);
        bucket.put(&key, "Order two pipes").await;
        let (algorithm, kms_key) = bucket.view.encryption(key.as_str()).await.expect("head");
        assert_eq!(algorithm, "aws:kms");
        assert!(kms_key.expect("a key").starts_with("arn:aws"), "a key of our own");
    };
    tidied(story, bucket.objects.tidy_up()).await;
}
