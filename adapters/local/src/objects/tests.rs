//! What a folder of files keeps, beyond the contract.

use std::os::unix::fs::PermissionsExt;

use futures::future::join_all;
use shared::{
    domain::{
        ids::RecordId, intent::Intent, object_key::FileType, object_key::Place, tag::Tag, tenant::TenantScope,
    },
    ports::objects::{ObjectRemove, ObjectReplace, Replaced},
    testing::{contracts, fixed::FixedClock, fixed::SeededIds, samples},
};
use tempfile::TempDir;

use super::*;

fn store(dir: &TempDir) -> FileObjects {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::default());
    let key = dir.path().join("url-key");
    let urls = SignedUrls::open(&key, "http://127.0.0.1:1", Arc::clone(&clock), &SeededIds::new(1)).unwrap();
    FileObjects::open(dir.path(), Arc::new(urls), clock, None).unwrap()
}

fn key(n: u32) -> ObjectKey {
    let scope = TenantScope::of_customer(&samples::customer());
    let place = Place { intent: Intent::Other, tag: Tag::parse("leak").unwrap() };
    ObjectKey::artifact(&scope, &place, &RecordId::first(samples::message_id(n)), FileType::FullText, "txt")
}

fn path(dir: &TempDir, key: &ObjectKey) -> PathBuf {
    dir.path().join("objects").join(key.as_str())
}

fn left_over(dir: &TempDir) -> usize {
    fs::read_dir(dir.path().join("incoming")).unwrap().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_a_folder_keep_the_contract() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir);
    contracts::objects::all(&store).await;
    contracts::replacing::removing(&store, &key(1)).await;
    assert_eq!(left_over(&dir), 0);
}

/// What the history of a file holds, oldest first.
fn history(dir: &TempDir, key: &ObjectKey) -> Vec<Vec<u8>> {
    let folder = dir.path().join("objects/_history").join(key.as_str());
    let mut versions: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    versions.sort();
    versions.into_iter().map(|version| fs::read(version).unwrap()).collect()
}

#[tokio::test]
async fn what_was_replaced_or_removed_lies_in_the_history_until_its_file_is_erased() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir);
    let (ours, other) = (key(1), key(2));
    let replace = async |text: &'static str| {
        let etag = store.head(&ours).await.unwrap().unwrap().etag;
        store.replace(&ours, &etag, Bytes::from(text), "text/plain").await.unwrap()
    };
    for key in [&ours, &other] {
        store.put(key, Bytes::from("Miller"), "text/plain").await.unwrap();
    }
    assert_eq!(replace("Müller").await, Replaced::Yes);
    store.remove(&ours).await.unwrap();
    assert!(!path(&dir, &ours).exists());
    store.put_if_absent(&ours, Bytes::from("Möller"), "text/plain").await.unwrap();
    store.remove(&ours).await.unwrap();
    store.remove(&other).await.unwrap();
    let texts = ["Miller", "Müller", "Möller"].map(|text| text.as_bytes().to_vec());
    assert_eq!(history(&dir, &ours), texts);

    store.erase(&ours).await.unwrap();
    assert_eq!(history(&dir, &ours), Vec::<Vec<u8>>::new());
    assert_eq!(history(&dir, &other), [b"Miller"], "another's stays");
    store.erase(&other).await.unwrap();
    assert_eq!(fs::read_dir(dir.path().join("objects")).unwrap().count(), 0, "no folder is left");
}

#[tokio::test]
async fn files_are_ours_alone_and_have_their_keys_as_paths() {
    let dir = TempDir::new().unwrap();
    store(&dir).put(&key(1), Bytes::from("x"), "text/plain").await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path(&dir, &key(1))), 0o600);
    assert_eq!(mode(path(&dir, &key(1)).parent().unwrap()), 0o700);
    assert_eq!(fs::read(path(&dir, &key(1))).unwrap(), b"x");
}

#[tokio::test]
async fn after_a_restart_files_are_there_and_unfinished_ones_are_not() {
    let dir = TempDir::new().unwrap();
    store(&dir).put(&key(1), Bytes::from("first"), "text/plain").await.unwrap();
    fs::write(dir.path().join("incoming").join("7"), "half a fi").unwrap();
    let again = store(&dir);
    assert_eq!(left_over(&dir), 0);
    assert_eq!(again.get(&key(1)).await.unwrap().unwrap().bytes, "first");
    let prefix = KeyPrefix::intent(&TenantScope::of_customer(&samples::customer()), Intent::Other);
    assert_eq!(again.list(&prefix, None, 10).await.unwrap().objects.len(), 1);
}

#[tokio::test]
async fn an_etag_stays_over_a_restart_for_as_long_as_the_bytes_do() {
    let dir = TempDir::new().unwrap();
    let first = store(&dir);
    first.put(&key(1), Bytes::from("words"), "text/plain").await.unwrap();
    let known = first.head(&key(1)).await.unwrap().unwrap().etag;
    drop(first);
    let again = store(&dir);
    assert_eq!(again.get_unless(&key(1), Some(&known)).await.unwrap(), Fetched::Unchanged);
    again.put(&key(1), Bytes::from("words"), "text/plain").await.unwrap();
    again.put(&key(1), Bytes::from("other"), "text/plain").await.unwrap();
    assert!(matches!(again.get_unless(&key(1), Some(&known)).await.unwrap(), Fetched::Changed(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn writing_and_erasing_the_same_file_at_once_ends_in_one_or_the_other() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir);
    let scope = TenantScope::of_customer(&samples::customer());
    let key = ObjectKey::inbox(&scope, &samples::message_id(1), 0, MediaKind::Ogg);
    let (store, key) = (&store, &key);
    join_all((0..200_u32).map(|n| async move {
        if n % 2 == 0 {
            store.put(key, Bytes::from("sound"), "audio/ogg").await.unwrap();
        } else {
            store.erase(key).await.unwrap();
        }
    }))
    .await;
    let object = store.get(key).await.unwrap();
    assert!(object.is_none_or(|object| object.bytes == "sound"));
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_that_come_and_go_under_many_writers_lose_no_file() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir);
    let store = &store;
    let scope = TenantScope::of_customer(&samples::customer());
    let results = join_all((0..40_u32).map(|n| {
        // Four messages share a folder of their own each, so folders empty while others write into them.
        let key = ObjectKey::inbox(&scope, &samples::message_id(n % 4), n as usize, MediaKind::Ogg);
        async move {
            for _ in 0..10 {
                store.put(&key, Bytes::from("sound"), "audio/ogg").await?;
                store.erase(&key).await?;
            }
            store.put(&key, Bytes::from("sound"), "audio/ogg").await?;
            Ok::<_, ObjectError>(key)
        }
    }))
    .await;
    for key in results {
        assert!(store.get(&key.unwrap()).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn g04_an_erased_message_leaves_not_even_a_folder() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir);
    let scope = TenantScope::of_customer(&samples::customer());
    let original = ObjectKey::inbox(&scope, &samples::message_id(1), 0, MediaKind::Ogg);
    store.put(&original, Bytes::from("sound"), "audio/ogg").await.unwrap();
    store.erase(&original).await.unwrap();
    assert_eq!(fs::read_dir(dir.path().join("objects")).unwrap().count(), 0);
    assert_eq!(left_over(&dir), 0);
}

#[test]
fn e03_a_key_that_leads_out_of_the_folder_is_refused() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir);
    for bad in
        ["", "/", "a//b", "../x", "a/../b", "a/./b", "/etc/passwd", "a/", "a\0b", "a\\b", ".hidden", "ä"]
    {
        assert!(matches!(store.files.path(bad), Err(FileStoreError::UnsafeKey)), "{bad:?}");
    }
    assert!(matches!(store.files.path(&"x".repeat(513)), Err(FileStoreError::UnsafeKey)));
}

#[test]
fn a_walk_over_folders_is_in_the_byte_order_of_whole_keys() {
    let dir = TempDir::new().unwrap();
    let root = dir.path();
    let mut all =
        ["acme/a", "acme/b/c", "acme-2/a", "acme.txt", "acme0", "b", "acme/b.txt", "acme/b-c", "acme/b/d/e"];
    for key in all {
        fs::create_dir_all(root.join(key).parent().unwrap()).unwrap();
        fs::write(root.join(key), "x").unwrap();
    }
    fs::write(root.join(".hidden"), "x").unwrap();
    fs::create_dir(root.join("empty")).unwrap();
    all.sort_unstable();
    let listing = Listing::new(root.to_owned());
    let afters =
        all.iter().copied().chain(["", "a", "acme", "acme-", "acme/", "acme/b", "acme/b/", "acme/b/d", "c"]);
    for after in afters {
        for prefix in
            ["", "a", "acme", "acme/", "acme/b", "acme/b/", "acme-", "b", "nothing", "nothing/here/"]
        {
            for most in [1, 2, 100] {
                let wanted = all.iter().filter(|key| key.starts_with(prefix) && **key > after).take(most);
                let wanted: Vec<&str> = wanted.copied().collect();
                assert_eq!(
                    listing.keys(prefix, Some(after), most).unwrap(),
                    wanted,
                    "{prefix:?} behind {after:?}"
                );
            }
        }
    }
    assert!(listing.keys("../", None, 100).unwrap().is_empty());
}

#[tokio::test]
async fn a_listing_knows_of_every_change_that_was_answered() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir);
    let folder = many_files(&dir, 1_500);
    let prefix = KeyPrefix::intent(&TenantScope::of_customer(&samples::customer()), Intent::Other);
    let (store, prefix) = (&store, &prefix);
    let last = |after: u32| async move {
        let page = store.list(prefix, Some(key(after).as_str()), 1_000).await.unwrap();
        page.objects.last().map(|meta| meta.key.clone())
    };
    assert_eq!(last(1_400).await.as_deref(), Some(key(1_499).as_str()));
    // With the folder's own time put back: it is as coarse as the kernel's clock, so it may not tell.
    let modified = fs::metadata(&folder).unwrap().modified().unwrap();
    let put_back = || fs::File::open(&folder).unwrap().set_modified(modified).unwrap();
    for n in 1_500..1_510 {
        store.put(&key(n), Bytes::from("x"), "text/plain").await.unwrap();
        put_back();
        assert_eq!(last(1_400).await.as_deref(), Some(key(n).as_str()));
    }
    store.erase(&key(1_509)).await.unwrap();
    put_back();
    assert_eq!(last(1_400).await.as_deref(), Some(key(1_508).as_str()));
    // By another hand, of which only the folder's time tells.
    fs::write(folder.join(key(1_600).as_str().rsplit_once('/').unwrap().1), "x").unwrap();
    fs::File::open(&folder).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(last(1_400).await.as_deref(), Some(key(1_600).as_str()));
}

/// Empty files, as if written long ago.
fn many_files(dir: &TempDir, count: u32) -> PathBuf {
    let folder = dir.path().join("objects/demo-plumbing/other");
    fs::create_dir_all(&folder).unwrap();
    for n in 0..count {
        fs::write(folder.join(format!("leak_{}_full_text.txt", samples::message_id(n))), "").unwrap();
    }
    folder
}

#[tokio::test]
async fn a_listing_of_many_files_in_one_folder_is_complete() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir);
    many_files(&dir, 20_000);
    let prefix = KeyPrefix::intent(&TenantScope::of_customer(&samples::customer()), Intent::Other);
    let (mut after, mut count): (Option<String>, u32) = (None, 0);
    loop {
        let page = store.list(&prefix, after.as_deref(), 1_000).await.unwrap();
        for meta in &page.objects {
            assert_eq!(meta.key, key(count).as_str());
            count += 1;
        }
        let Some(next) = page.next_after else { break };
        after = Some(next);
    }
    assert_eq!(count, 20_000);
}
