//! What every store keeps in which what was read is replaced, and what is not to be seen any more is removed. It is
//! tried on a key that must be nobody else's meanwhile; the file is left there.

use bytes::Bytes;

use crate::{
    domain::object_key::ObjectKey,
    ports::objects::{ObjectRead, ObjectRemove, ObjectReplace, ObjectWrite, PutIfAbsent, Replaced},
};

/// A store that can do it.
pub trait ReplacingStore: ObjectRead + ObjectWrite + ObjectReplace {}

impl<T: ObjectRead + ObjectWrite + ObjectReplace> ReplacingStore for T {}

/// All promises.
pub async fn all(store: &dyn ReplacingStore, key: &ObjectKey) {
    a_file_is_replaced_once_by_who_has_read_it(store, key).await;
}

/// All promises of a store that removes, too.
pub async fn removing<S: ReplacingStore + ObjectRemove>(store: &S, key: &ObjectKey) {
    all(store, key).await;
    what_is_removed_is_gone_for_readers_and_its_key_is_free(store, key).await;
}

async fn etag(store: &dyn ReplacingStore, key: &ObjectKey) -> String {
    store.head(key).await.expect("head").expect("a file").etag
}

async fn replace(store: &dyn ReplacingStore, key: &ObjectKey, etag: &str, text: &'static str) -> Replaced {
    let bytes = Bytes::from_static(text.as_bytes());
    store.replace(key, etag, bytes, "application/json").await.expect("replace")
}

async fn text(store: &dyn ReplacingStore, key: &ObjectKey) -> String {
    let object = store.get(key).await.expect("get").expect("a file");
    String::from_utf8(object.bytes.to_vec()).expect("UTF-8")
}

/// Whoever read an older one changes nothing.
pub async fn a_file_is_replaced_once_by_who_has_read_it(store: &dyn ReplacingStore, key: &ObjectKey) {
    store.put(key, Bytes::from_static(b"[1]"), "application/json").await.expect("put");
    let read = etag(store, key).await;
    assert_eq!(replace(store, key, &read, "[1, 2]").await, Replaced::Yes);
    assert_eq!(replace(store, key, &read, "[1, 2, 3]").await, Replaced::Changed);
    assert_eq!(text(store, key).await, "[1, 2]");
    let newer = etag(store, key).await;
    assert_eq!(replace(store, key, &newer, "[1, 2, 3]").await, Replaced::Yes);
    assert_eq!(text(store, key).await, "[1, 2, 3]");
}

/// Nobody sees it any more, nothing is replaced that is not there, and the next writer is the first.
pub async fn what_is_removed_is_gone_for_readers_and_its_key_is_free<S: ReplacingStore + ObjectRemove>(
    store: &S,
    key: &ObjectKey,
) {
    store.put(key, Bytes::from_static(b"[1]"), "application/json").await.expect("put");
    let read = etag(store, key).await;
    for _ in 0..2 {
        store.remove(key).await.expect("remove");
        assert!(store.get(key).await.expect("get").is_none());
        assert!(store.head(key).await.expect("head").is_none());
    }
    assert_eq!(replace(store, key, &read, "[1, 2]").await, Replaced::Changed);
    let again = store.put_if_absent(key, Bytes::from_static(b"[2]"), "application/json").await;
    assert_eq!(again.expect("put_if_absent"), PutIfAbsent::Created);
    assert_eq!(text(store, key).await, "[2]");
}
