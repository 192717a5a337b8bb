//! Row E08: what a signed address gives, and that nothing else does.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::Request;
use shared::{
    domain::{
        ids::RecordId,
        intent::Intent,
        object_key::{FileType, ObjectKey, Place},
        tag::Tag,
        tenant::TenantScope,
    },
    ports::{
        clock::Clock,
        objects::{ObjectErase, ObjectRead, ObjectWrite, Presign},
    },
    testing::{
        fixed::{FixedClock, SeededIds},
        samples,
    },
};
use tempfile::TempDir;
use tower::ServiceExt;

use super::*;

struct World {
    _dir: TempDir,
    clock: Arc<FixedClock>,
    objects: Arc<FileObjects>,
    router: Router,
}

fn world() -> World {
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(FixedClock::default());
    let shared_clock: Arc<dyn Clock> = clock.clone();
    let key_file = dir.path().join("url-key");
    let urls =
        SignedUrls::open(&key_file, "https://h", Arc::clone(&shared_clock), &SeededIds::new(1)).unwrap();
    let urls = Arc::new(urls);
    let objects = Arc::new(FileObjects::open(dir.path(), Arc::clone(&urls), shared_clock, None).unwrap());
    let router = files_router(urls, Arc::clone(&objects));
    World { _dir: dir, clock, objects, router }
}

fn key(n: u32) -> ObjectKey {
    let place = Place { intent: Intent::Other, tag: Tag::parse("leak").unwrap() };
    let scope = TenantScope::of_customer(&samples::customer());
    ObjectKey::artifact(&scope, &place, &RecordId::first(samples::message_id(n)), FileType::Audio, "ogg")
}

impl World {
    /// Stores a file and signs its address, from the path on.
    async fn signed(&self, n: u32) -> String {
        self.objects.put(&key(n), Bytes::from(format!("sound {n}")), "audio/ogg").await.unwrap();
        let what = Presign {
            expires_in: Duration::from_secs(300),
            file_name: "leak audio.ogg".to_owned(),
            content_type: "audio/ogg",
        };
        let url = self.objects.presign(&key(n), &what).await.unwrap();
        url.strip_prefix("https://h").unwrap().to_owned()
    }

    async fn send(&self, method: &str, uri: &str) -> Response {
        let request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn status(&self, method: &str, uri: &str) -> u16 {
        self.send(method, uri).await.status().as_u16()
    }
}

#[tokio::test]
async fn e08_a_signed_address_gives_the_file_as_a_download() {
    let world = world();
    let url = world.signed(1).await;
    let response = world.send("GET", &url).await;
    assert_eq!(response.status(), 200);
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("content-type").as_deref(), Some("audio/ogg"));
    assert_eq!(header("content-disposition").as_deref(), Some("attachment; filename=\"leak audio.ogg\""));
    assert_eq!(header("content-length").as_deref(), Some("7"));
    assert_eq!(header("cache-control").as_deref(), Some("private, no-store"));
    assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
    assert_eq!(header("etag"), world.objects.head(&key(1)).await.unwrap().map(|meta| meta.etag));
    assert_eq!(to_bytes(response.into_body(), 100).await.unwrap(), "sound 1");
}

#[tokio::test]
async fn e08_it_works_for_300_seconds_and_not_after() {
    let world = world();
    let url = world.signed(1).await;
    world.clock.advance(Duration::from_secs(299));
    assert_eq!(world.status("GET", &url).await, 200);
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(world.status("GET", &url).await, 403);
}

#[tokio::test]
async fn e08_any_change_to_it_is_refused() {
    let world = world();
    let url = world.signed(1).await;
    let other = world.signed(2).await;
    let (path, query) = url.split_once('?').unwrap();
    let (other_path, other_query) = other.split_once('?').unwrap();
    let expires = samples::now().as_second() + 300;
    let signature = query.split_once("signature=").unwrap().1;
    let changed = [
        format!("{other_path}?{query}"),
        format!("{path}?{other_query}"),
        url.replace("audio%2Fogg", "text%2Fhtml"),
        url.replace("leak%20audio.ogg", "evil.exe"),
        url.replace(&expires.to_string(), &(expires + 1).to_string()),
        url.replace(&expires.to_string(), "never"),
        url.replace(&expires.to_string(), &format!("%2B{expires}")),
        url.replace(&expires.to_string(), &format!("0{expires}")),
        url.replace(signature, &signature.to_uppercase()),
        url.replace(signature, &"0".repeat(64)),
        url.replace(signature, ""),
        url.replace(signature, signature.trim_end_matches(|c| signature.ends_with(c))),
        format!("{url}00"),
        format!("{url}&x=1"),
        format!("{url}&type=text%2Fhtml"),
        path.to_owned(),
        format!("{path}?signature={signature}"),
        format!("/_files/customers.json?{query}"),
        format!("/_files/%ff?{query}"),
        format!("/_files/..%2furl-key?{query}"),
    ];
    for uri in changed {
        assert_ne!(uri, url);
        assert_eq!(world.status("GET", &uri).await, 403, "{uri}");
    }
    assert_eq!(world.status("GET", &url).await, 200, "the true one still works");
}

#[tokio::test]
async fn e08_it_is_for_get_alone() {
    let world = world();
    let url = world.signed(1).await;
    for method in ["PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS"] {
        assert_eq!(world.status(method, &url).await, 403, "{method}");
    }
    assert_eq!(world.objects.get(&key(1)).await.unwrap().unwrap().bytes, "sound 1");
}

#[tokio::test]
async fn e07_a_file_that_is_gone_is_not_found() {
    let world = world();
    let url = world.signed(1).await;
    world.objects.erase(&key(1)).await.unwrap();
    assert_eq!(world.status("GET", &url).await, 404);
}

#[tokio::test]
async fn an_address_of_another_installation_is_refused() {
    let (one, two) = (world(), world());
    let url = one.signed(1).await;
    two.signed(1).await;
    // Both were seeded alike, so their secrets are the same: this is the same installation.
    assert_eq!(two.status("GET", &url).await, 200);
    let dir = TempDir::new().unwrap();
    let clock: Arc<dyn Clock> = one.clock.clone();
    let other =
        SignedUrls::open(&dir.path().join("url-key"), "https://h", clock, &SeededIds::new(2)).unwrap();
    let router = files_router(Arc::new(other), Arc::clone(&one.objects));
    let request = Request::builder().uri(&url).body(Body::empty()).unwrap();
    assert_eq!(router.oneshot(request).await.unwrap().status(), 403);
}
