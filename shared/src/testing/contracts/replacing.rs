//! What every store keeps in which people replace what they have read. It is tried on customers.json, which must be
//! nobody else's meanwhile, and is left there.

use bytes::Bytes;

use crate::{
    domain::object_key::ObjectKey,
    ports::objects::{ObjectRead, ObjectReplace, ObjectWrite, Replaced},
};

/// A store that can do it.
pub trait ReplacingStore: ObjectRead + ObjectWrite + ObjectReplace {}

impl<T: ObjectRead + ObjectWrite + ObjectReplace> ReplacingStore for T {}

/// All promises.
pub async fn all(store: &dyn ReplacingStore) {
    a_file_is_replaced_once_by_who_has_read_it(store).await;
}

async fn etag(store: &dyn ReplacingStore) -> String {
    store.head(&ObjectKey::customers()).await.expect("head").expect("a file").etag
}

async fn replace(store: &dyn ReplacingStore, etag: &str, text: &'static str) -> Replaced {
    let bytes = Bytes::from_static(text.as_bytes());
    store.replace(&ObjectKey::customers(), etag, bytes, "application/json").await.expect("replace")
}

async fn text(store: &dyn ReplacingStore) -> String {
    let object = store.get(&ObjectKey::customers()).await.expect("get").expect("a file");
    String::from_utf8(object.bytes.to_vec()).expect("UTF-8")
}

/// Whoever read an older one changes nothing.
pub async fn a_file_is_replaced_once_by_who_has_read_it(store: &dyn ReplacingStore) {
    let key = ObjectKey::customers();
    store.put(&key, Bytes::from_static(b"[1]"), "application/json").await.expect("put");
    let read = etag(store).await;
    assert_eq!(replace(store, &read, "[1, 2]").await, Replaced::Yes);
    assert_eq!(replace(store, &read, "[1, 2, 3]").await, Replaced::Changed);
    assert_eq!(text(store).await, "[1, 2]");
    let newer = etag(store).await;
    assert_eq!(replace(store, &newer, "[1, 2, 3]").await, Replaced::Yes);
    assert_eq!(text(store).await, "[1, 2, 3]");
}
