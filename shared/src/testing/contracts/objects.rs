//! What every object store keeps.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, future::join_all, stream};

use super::fresh;
use crate::{
    domain::{
        ids::RecordId,
        intent::Intent,
        media::MediaKind,
        object_key::{FileType, KeyPrefix, ObjectKey, Place},
        tag::Tag,
        tenant::TenantScope,
    },
    ports::objects::{Fetched, ObjectErase, ObjectMeta, ObjectRead, ObjectWrite, PutIfAbsent},
    testing::samples::{customer_of, message_id},
};

/// A store with all three permissions.
pub trait WholeStore: ObjectRead + ObjectWrite + ObjectErase {}

impl<T: ObjectRead + ObjectWrite + ObjectErase + ?Sized> WholeStore for T {}

const TEXT: &str = "text/plain; charset=utf-8";

/// All promises.
pub async fn all(store: &dyn WholeStore) {
    what_is_not_there_is_no_error(store).await;
    a_file_comes_back_as_it_was_put(store).await;
    the_etag_changes_whenever_the_bytes_do(store).await;
    a_file_is_sent_only_when_it_changed(store).await;
    put_if_absent_never_replaces(store).await;
    of_twenty_writers_exactly_one_wins(store).await;
    a_copy_is_a_file_of_its_own(store).await;
    what_is_erased_is_gone(store).await;
    a_reader_never_sees_half_a_file(store).await;
    a_listing_is_in_byte_order_and_ends(store).await;
    a_prefix_ends_where_it_says(store).await;
    e06_a_listing_beyond_a_thousand_is_complete(store).await;
    an_address_can_be_signed_for_any_key(store).await;
}

fn scope() -> TenantScope {
    scope_of(&fresh("acme"))
}

fn scope_of(company: &str) -> TenantScope {
    TenantScope::of_customer(&customer_of(company))
}

fn place(tag: &str) -> Place {
    Place { intent: Intent::Other, tag: Tag::parse(tag).expect("a tag") }
}

fn key(scope: &TenantScope, n: u32, file: FileType, extension: &str) -> ObjectKey {
    ObjectKey::artifact(scope, &place("leak"), &RecordId::first(message_id(n)), file, extension)
}

fn text_key(scope: &TenantScope, n: u32) -> ObjectKey {
    key(scope, n, FileType::FullText, "txt")
}

async fn put(store: &dyn WholeStore, key: &ObjectKey, text: impl Into<Bytes>) {
    store.put(key, text.into(), TEXT).await.expect("put");
}

async fn bytes(store: &dyn WholeStore, key: &ObjectKey) -> Option<Bytes> {
    store.get(key).await.expect("get").map(|object| object.bytes)
}

async fn etag(store: &dyn WholeStore, key: &ObjectKey) -> String {
    store.head(key).await.expect("head").expect("a file").etag
}

/// "Not found" is an answer.
pub async fn what_is_not_there_is_no_error(store: &dyn WholeStore) {
    let scope = scope();
    let absent = text_key(&scope, 1);
    assert!(store.get(&absent).await.expect("get").is_none());
    assert!(store.head(&absent).await.expect("head").is_none());
    assert_eq!(store.get_unless(&absent, Some("\"x\"")).await.expect("get_unless"), Fetched::Missing);
    assert!(!store.copy(&absent, &text_key(&scope, 2), TEXT).await.expect("copy"));
    store.erase(&absent).await.expect("erasing what is not there is success");
    let page = store.list(&KeyPrefix::intent(&scope, Intent::Other), None, 10).await.expect("list");
    assert!(page.objects.is_empty() && page.next_after.is_none());
}

/// Bytes, size, key and content type; the same told by `get`, `head` and `list`.
pub async fn a_file_comes_back_as_it_was_put(store: &dyn WholeStore) {
    let scope = scope();
    let large: Vec<u8> = (0..300_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    for (key, content, content_type) in [
        (key(&scope, 1, FileType::Audio, "ogg"), Bytes::from(large), MediaKind::Ogg.content_type()),
        (key(&scope, 1, FileType::FullText, "txt"), Bytes::from("Küche\n"), TEXT),
        (key(&scope, 1, FileType::Record, "json"), Bytes::from("{}"), "application/json"),
        (key(&scope, 1, FileType::Document(1), "bin"), Bytes::new(), MediaKind::Unknown.content_type()),
    ] {
        store.put(&key, content.clone(), content_type).await.expect("put");
        let object = store.get(&key).await.expect("get").expect("a file");
        assert_eq!(object.bytes, content, "{key}");
        assert_eq!(object.meta.key, key.as_str());
        assert_eq!(object.meta.size, content.len() as u64, "{key}");
        assert_eq!(object.meta.content_type, content_type, "{key}");
        assert_eq!(store.head(&key).await.expect("head").as_ref(), Some(&object.meta));
        let prefix = KeyPrefix::note(&scope, &place("leak"), &message_id(1));
        let listed = store.list(&prefix, None, 100).await.expect("list").objects;
        let listed = listed.into_iter().find(|meta| meta.key == key.as_str()).expect("listed");
        assert_eq!(
            ObjectMeta { content_type: String::new(), ..listed },
            ObjectMeta { content_type: String::new(), ..object.meta }
        );
    }
}

/// Also when the length stays and the writes follow one another at once.
pub async fn the_etag_changes_whenever_the_bytes_do(store: &dyn WholeStore) {
    let key = text_key(&scope(), 1);
    let mut seen = BTreeSet::new();
    for n in 0..30 {
        put(store, &key, format!("words {n:04}")).await;
        let etag = etag(store, &key).await;
        assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 2, "{etag}");
        assert!(seen.insert(etag), "write {n} did not change the etag");
    }
}

/// `get_unless` spares the bytes.
pub async fn a_file_is_sent_only_when_it_changed(store: &dyn WholeStore) {
    let key = text_key(&scope(), 1);
    put(store, &key, "first").await;
    let known = etag(store, &key).await;
    assert_eq!(store.get_unless(&key, Some(&known)).await.expect("get_unless"), Fetched::Unchanged);
    for other in [None, Some("\"another\"")] {
        let Fetched::Changed(object) = store.get_unless(&key, other).await.expect("get_unless") else {
            panic!("the caller does not know this file");
        };
        assert_eq!((object.bytes.as_ref(), object.meta.etag.as_str()), (b"first".as_slice(), known.as_str()));
    }
    put(store, &key, "other").await;
    let Fetched::Changed(object) = store.get_unless(&key, Some(&known)).await.expect("get_unless") else {
        panic!("the file changed");
    };
    assert_eq!(object.bytes, "other");
}

/// The first stays, with its bytes and its `ETag`.
pub async fn put_if_absent_never_replaces(store: &dyn WholeStore) {
    let key = text_key(&scope(), 1);
    let put = |text: &'static str| store.put_if_absent(&key, Bytes::from(text), TEXT);
    assert_eq!(put("first").await.expect("put_if_absent"), PutIfAbsent::Created);
    let known = etag(store, &key).await;
    assert_eq!(put("second").await.expect("put_if_absent"), PutIfAbsent::Exists);
    assert_eq!(bytes(store, &key).await.expect("a file"), "first");
    assert_eq!(etag(store, &key).await, known);
}

/// And the file holds what the winner wrote.
pub async fn of_twenty_writers_exactly_one_wins(store: &dyn WholeStore) {
    let key = text_key(&scope(), 1);
    let key = &key;
    let results = join_all((0..20).map(|n| async move {
        let text = format!("writer {n}");
        // A conflict of writers may be answered as "later"; the writer then tries again, as the port says.
        for _ in 0..20 {
            if let Ok(result) = store.put_if_absent(key, Bytes::from(text.clone()), TEXT).await {
                return (text, result);
            }
        }
        panic!("twenty tries and no answer");
    }))
    .await;
    let winners: Vec<_> = results.iter().filter(|(_, result)| *result == PutIfAbsent::Created).collect();
    let [(winner, _)] = winners.as_slice() else { panic!("{} writers won", winners.len()) };
    assert_eq!(bytes(store, key).await.expect("a file"), winner.as_bytes());
}

/// It replaces what was there, and neither file follows the other afterwards.
pub async fn a_copy_is_a_file_of_its_own(store: &dyn WholeStore) {
    let scope = scope();
    let original = ObjectKey::inbox(&scope, &message_id(1), 0, MediaKind::Ogg);
    let copy = key(&scope, 1, FileType::Audio, "ogg");
    let ogg = MediaKind::Ogg.content_type();
    store.put(&original, Bytes::from("sound"), ogg).await.expect("put");
    store.put(&copy, Bytes::from("older"), ogg).await.expect("put");
    for _ in 0..2 {
        assert!(store.copy(&original, &copy, ogg).await.expect("copy"));
        let object = store.get(&copy).await.expect("get").expect("the copy");
        assert_eq!((object.bytes.as_ref(), object.meta.content_type.as_str()), (b"sound".as_slice(), ogg));
    }
    assert_eq!(bytes(store, &original).await.expect("the original"), "sound");
    store.put(&original, Bytes::from("other"), ogg).await.expect("put");
    assert_eq!(bytes(store, &copy).await.expect("the copy"), "sound");
    store.erase(&original).await.expect("erase");
    assert_eq!(bytes(store, &copy).await.expect("the copy"), "sound");
}

/// Erased twice is fine, and the key is free again.
pub async fn what_is_erased_is_gone(store: &dyn WholeStore) {
    let scope = scope();
    let (gone, kept) = (text_key(&scope, 1), text_key(&scope, 2));
    put(store, &gone, "first").await;
    put(store, &gone, "second").await;
    put(store, &kept, "kept").await;
    store.erase(&gone).await.expect("erase");
    store.erase(&gone).await.expect("erase again");
    assert!(bytes(store, &gone).await.is_none());
    let page = store.list(&KeyPrefix::intent(&scope, Intent::Other), None, 10).await.expect("list");
    assert_eq!(page.objects.iter().map(|meta| meta.key.as_str()).collect::<Vec<_>>(), [kept.as_str()]);
    let again = store.put_if_absent(&gone, Bytes::from("third"), TEXT).await.expect("put_if_absent");
    assert_eq!(again, PutIfAbsent::Created);
}

/// While it is written again and again, it is the one or the other.
pub async fn a_reader_never_sees_half_a_file(store: &dyn WholeStore) {
    let key = text_key(&scope(), 1);
    let first = Bytes::from(vec![b'a'; 200_000]);
    put(store, &key, first.clone()).await;
    let versions = [first, Bytes::from(vec![b'b'; 100_000])];
    let write = async {
        for version in versions.iter().cycle().take(20) {
            put(store, &key, version.clone()).await;
        }
    };
    let read = async {
        for _ in 0..20 {
            let object = store.get(&key).await.expect("get").expect("never missing");
            assert!(versions.contains(&object.bytes), "{} bytes", object.bytes.len());
            assert_eq!(object.meta.size, object.bytes.len() as u64);
        }
    };
    futures::join!(write, read);
}

/// Pages follow one another without gap or repeat, and the last one says so.
pub async fn a_listing_is_in_byte_order_and_ends(store: &dyn WholeStore) {
    let scope = scope();
    let mut keys = Vec::new();
    for (tag, n) in [("b", 1), ("a", 2), ("a-b", 3), ("ab", 4), ("a", 1), ("0", 9)] {
        let key = ObjectKey::artifact(
            &scope,
            &place(tag),
            &RecordId::first(message_id(n)),
            FileType::FullText,
            "txt",
        );
        put(store, &key, "x").await;
        keys.push(key.as_str().to_owned());
    }
    keys.sort();
    let prefix = KeyPrefix::intent(&scope, Intent::Other);
    for limit in [1, 2, 3, 5, 6, 7] {
        assert_eq!(pages(store, &prefix, limit).await, keys, "limit {limit}");
    }
    let last = store.list(&prefix, None, 6).await.expect("list");
    assert!(last.next_after.is_none(), "nothing is behind the sixth");
    let behind =
        store.list(&prefix, Some(&format!("{prefix}a", prefix = prefix.as_str())), 100).await.expect("list");
    assert_eq!(behind.objects.len(), 5, "`after` need not be a key");
    let none = store.list(&prefix, keys.last().map(String::as_str), 100).await.expect("list");
    assert!(none.objects.is_empty() && none.next_after.is_none());
}

async fn pages(store: &dyn WholeStore, prefix: &KeyPrefix, limit: usize) -> Vec<String> {
    let mut keys = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = store.list(prefix, after.as_deref(), limit).await.expect("list");
        assert!(page.objects.len() <= limit, "a page is at most {limit} long");
        keys.extend(page.objects.into_iter().map(|meta| meta.key));
        match page.next_after {
            None => return keys,
            Some(next) => {
                assert_eq!(Some(&next), keys.last(), "a page goes on behind its last key");
                after = Some(next);
            }
        }
    }
}

/// `acme` never lists `acme-2`, one intent not another, one note not another.
pub async fn a_prefix_ends_where_it_says(store: &dyn WholeStore) {
    let company = fresh("acme");
    let (ours, theirs) = (scope_of(&company), scope_of(&format!("{company}-2")));
    let other_intent = Place { intent: Intent::JobToBeDone, tag: Tag::parse("leak").expect("a tag") };
    let further = RecordId::parse(&format!("{}-2", message_id(1))).expect("a record id");
    let note =
        [text_key(&ours, 1), ObjectKey::artifact(&ours, &place("leak"), &further, FileType::Record, "json")];
    let rest = [
        text_key(&ours, 2),
        text_key(&theirs, 1),
        ObjectKey::artifact(&ours, &other_intent, &RecordId::first(message_id(1)), FileType::FullText, "txt"),
        ObjectKey::inbox(&ours, &message_id(1), 0, MediaKind::Ogg),
    ];
    for key in note.iter().chain(&rest) {
        put(store, key, "x").await;
    }
    let of_note = pages(store, &KeyPrefix::note(&ours, &place("leak"), &message_id(1)), 10).await;
    let expected: BTreeSet<String> = note.iter().map(|key| key.as_str().to_owned()).collect();
    assert_eq!(of_note.into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(pages(store, &KeyPrefix::intent(&ours, Intent::Other), 10).await.len(), 3);
    assert_eq!(
        pages(store, &KeyPrefix::intent(&theirs, Intent::Other), 10).await,
        [text_key(&theirs, 1).as_str()]
    );
    assert_eq!(pages(store, &KeyPrefix::inbox(&ours, &message_id(1)), 10).await.len(), 1);
}

/// 2,500 files of one intent, in pages of a thousand.
pub async fn e06_a_listing_beyond_a_thousand_is_complete(store: &dyn WholeStore) {
    let scope = scope();
    stream::iter((0..2_500).map(|n| text_key(&scope, n)))
        .map(Ok)
        .try_for_each_concurrent(
            50,
            |key| async move { store.put(&key, Bytes::from_static(b"x"), TEXT).await },
        )
        .await
        .expect("put");
    let listed = pages(store, &KeyPrefix::intent(&scope, Intent::Other), 1_000).await;
    let expected: Vec<String> = (0..2_500).map(|n| text_key(&scope, n).as_str().to_owned()).collect();
    assert!(listed == expected, "{} of 2,500 were listed", listed.len());
}

/// Signing does not look whether the file exists, and says nothing of a secret.
pub async fn an_address_can_be_signed_for_any_key(store: &dyn WholeStore) {
    let what = crate::ports::objects::Presign {
        expires_in: std::time::Duration::from_secs(300),
        file_name: "leak_full_text.txt".to_owned(),
        content_type: TEXT,
    };
    let (one, two) = (text_key(&scope(), 1), text_key(&scope(), 2));
    let address = store.presign(&one, &what).await.expect("presign");
    assert!(address.contains("://"), "{address}");
    assert_ne!(address, store.presign(&two, &what).await.expect("presign"));
}
