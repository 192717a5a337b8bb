//! Stories about the directory kept current, and about its face as a function.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use customer_lookup::{CachedDirectory, Problem};
use serde_json::{Value, json};
use shared::{
    domain::{
        identity::Identity,
        object_key::{KeyPrefix, ObjectKey},
    },
    ports::{
        directory::{CustomerDirectory, DirectoryError},
        objects::{Fetched, Object, ObjectErase, ObjectError, ObjectMeta, ObjectPage, ObjectRead, Presign},
    },
    testing::{MadeUp, failing::Failing, fixed::FixedClock, memory_objects::MemoryObjects},
};

const PETRA: &str = "+4915112345678";
const NEW: &str = "+4915112345679";

fn file(people: &[(&str, &str)]) -> String {
    let entry = |(id, phone): &(&str, &str)| json!({ "customer_id": id, "phone_number": phone, "company_id": "acme", "company_name": "Acme" });
    Value::from_iter(people.iter().map(entry)).to_string()
}

struct World {
    clock: Arc<FixedClock>,
    objects: Arc<MemoryObjects>,
    store: Arc<Failing<MemoryObjects, ObjectError>>,
    directory: CachedDirectory,
}

/// `fails` says which calls of the store fail, from 1.
fn world(fails: impl Fn(usize) -> bool + Send + Sync + 'static) -> World {
    let clock = Arc::new(FixedClock::default());
    let objects = Arc::new(MemoryObjects::new(clock.clone()));
    let away = || ObjectError::Unavailable(MadeUp::boxed("away"));
    let store = Arc::new(Failing::when(fails, away, objects.clone()).only(&["get_unless"]));
    let directory = CachedDirectory::new(store.clone() as Arc<dyn ObjectRead>, clock.clone());
    World { clock, objects, store, directory }
}

impl World {
    fn write(&self, content: impl Into<String>) {
        self.objects.insert_raw("customers.json", content.into(), "application/json");
    }

    fn later(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    async fn find(&self, raw: &str) -> Result<Option<String>, DirectoryError> {
        let found = self.directory.find(&Identity::parse(raw).unwrap()).await?;
        Ok(found.map(|customer| customer.customer_id.to_string()))
    }

    async fn finds(&self, raw: &str) -> Option<String> {
        self.find(raw).await.unwrap()
    }
}

#[tokio::test]
async fn the_file_is_read_once_and_asked_for_again_after_a_minute() {
    let world = world(|_| false);
    world.write(file(&[("P-1", PETRA)]));
    for _ in 0..100 {
        assert_eq!(world.finds(PETRA).await.as_deref(), Some("P-1"));
    }
    world.later(59);
    world.write(file(&[("P-2", PETRA)]));
    assert_eq!(world.finds(PETRA).await.as_deref(), Some("P-1"));
    assert_eq!(world.store.calls(), 1);
    world.later(1);
    assert_eq!(world.finds(PETRA).await.as_deref(), Some("P-2"));
    assert_eq!(world.store.calls(), 2);
}

#[tokio::test]
async fn a_file_that_has_not_changed_is_not_sent_again() {
    let world = world(|_| false);
    world.write(file(&[("P-1", PETRA)]));
    let store = Arc::new(Asked { inner: world.objects.clone(), answers: Mutex::default() });
    let directory = CachedDirectory::new(store.clone(), world.clock.clone());
    for _ in 0..3 {
        assert!(directory.check().await.ready);
        world.later(60);
    }
    assert_eq!(*store.answers.lock().unwrap(), ["changed", "unchanged", "unchanged"]);
}

/// A store that remembers how it answered.
struct Asked {
    inner: Arc<MemoryObjects>,
    answers: Mutex<Vec<&'static str>>,
}

#[async_trait]
impl ObjectRead for Asked {
    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectError> {
        self.inner.get(key).await
    }

    async fn get_unless(&self, key: &ObjectKey, etag: Option<&str>) -> Result<Fetched, ObjectError> {
        let answer = self.inner.get_unless(key, etag).await?;
        self.answers.lock().unwrap().push(match &answer {
            Fetched::Changed(_) => "changed",
            Fetched::Unchanged => "unchanged",
            Fetched::Missing => "missing",
        });
        Ok(answer)
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectMeta>, ObjectError> {
        self.inner.head(key).await
    }

    async fn list(
        &self,
        prefix: &KeyPrefix,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ObjectPage, ObjectError> {
        self.inner.list(prefix, after, limit).await
    }

    async fn presign(&self, key: &ObjectKey, what: &Presign) -> Result<String, ObjectError> {
        self.inner.presign(key, what).await
    }
}

#[tokio::test]
async fn a_new_colleague_is_found_at_once_and_a_stranger_asks_the_store_once_a_second() {
    let world = world(|_| false);
    world.write(file(&[("P-1", PETRA)]));
    for _ in 0..100 {
        assert_eq!(world.finds(NEW).await, None);
    }
    assert_eq!(world.store.calls(), 1);
    world.write(file(&[("P-1", PETRA), ("P-2", NEW)]));
    world.later(1);
    assert_eq!(world.finds(NEW).await.as_deref(), Some("P-2"));
    assert_eq!(world.store.calls(), 2);
}

#[tokio::test]
async fn a_half_written_file_leaves_the_last_good_one_in_force() {
    let world = world(|_| false);
    let good = file(&[("P-1", PETRA)]);
    world.write(&good);
    assert_eq!(world.finds(PETRA).await.as_deref(), Some("P-1"));
    world.later(60);
    world.write(good.get(..good.len() / 2).unwrap());
    assert_eq!(world.finds(PETRA).await.as_deref(), Some("P-1"));
    assert_eq!(world.finds(NEW).await, None);
    let readiness = world.directory.readiness();
    assert!(readiness.ready && readiness.customers == 1, "{readiness:?}");
    assert!(
        matches!(&readiness.problem, Some(Problem::Broken { fault }) if fault.line == 1),
        "{readiness:?}"
    );

    world.write(file(&[("P-1", PETRA), ("P-2", NEW)]));
    world.later(1);
    assert_eq!(world.finds(NEW).await.as_deref(), Some("P-2"));
    assert_eq!(world.directory.readiness().problem, None);
}

#[tokio::test]
async fn a_broken_file_stays_a_problem_over_an_outage_of_the_store() {
    let world = world(|call| call == 3);
    world.write(file(&[("P-1", PETRA)]));
    assert!(world.finds(PETRA).await.is_some());
    world.write("[");
    for expected in ["broken", "store_unavailable", "broken", "broken"] {
        world.later(60);
        let readiness = serde_json::to_value(world.directory.check().await).unwrap();
        assert_eq!(readiness["problem"]["problem"], expected, "{readiness}");
    }
}

#[tokio::test]
async fn a_faulty_entry_takes_nobody_else_down_and_is_told() {
    let world = world(|_| false);
    world.write(file(&[("P-1", PETRA), ("not an id", NEW)]));
    assert_eq!(world.finds(PETRA).await.as_deref(), Some("P-1"));
    assert_eq!(world.finds(NEW).await, None);
    let readiness = world.directory.readiness();
    assert_eq!((readiness.ready, readiness.customers, readiness.faults.len()), (true, 1, 1));
    assert_eq!(readiness.problem, None);
}

#[tokio::test]
async fn a_store_that_is_away_from_the_beginning_is_an_outage_and_not_an_answer() {
    let world = world(|call| call == 1);
    world.write(file(&[("P-1", PETRA)]));
    assert!(world.find(PETRA).await.is_err());
    assert!(world.find(PETRA).await.is_err());
    assert_eq!(world.store.calls(), 1);
    assert!(!world.directory.readiness().ready);
    world.later(1);
    assert_eq!(world.finds(PETRA).await.as_deref(), Some("P-1"));
}

#[tokio::test]
async fn a_store_that_goes_away_keeps_known_people_known_and_calls_nobody_a_stranger() {
    let world = world(|call| call >= 2);
    world.write(file(&[("P-1", PETRA)]));
    assert!(world.finds(PETRA).await.is_some());
    world.later(3_600);
    assert_eq!(world.finds(PETRA).await.as_deref(), Some("P-1"));
    assert!(world.find(NEW).await.is_err(), "the person may stand in a file that cannot be fetched");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_costs_a_moment_and_not_the_message() {
    let clock = Arc::new(FixedClock::default());
    let objects = Arc::new(MemoryObjects::new(clock.clone()));
    objects.insert_raw("customers.json", file(&[("P-1", PETRA)]), "application/json");
    let away = || ObjectError::Unavailable(MadeUp::boxed("away"));
    let store = Failing::when(|call| call >= 2, away, objects).only(&["get_unless"]).hanging();
    let directory = CachedDirectory::new(Arc::new(store), clock.clone());
    let petra = Identity::parse(PETRA).unwrap();
    assert!(directory.find(&petra).await.unwrap().is_some());
    clock.advance(Duration::from_secs(60));
    assert!(directory.find(&petra).await.unwrap().is_some());
    assert_eq!(directory.readiness().problem, Some(Problem::StoreUnavailable));
}

#[tokio::test]
async fn no_file_is_no_answer_before_and_no_change_after_there_was_one() {
    let world = world(|_| false);
    assert!(world.find(PETRA).await.is_err());
    assert_eq!(world.directory.readiness().problem, Some(Problem::Missing));
    world.write(file(&[("P-1", PETRA)]));
    world.later(1);
    assert!(world.finds(PETRA).await.is_some());
    world.objects.erase(&ObjectKey::customers()).await.unwrap();
    world.later(60);
    assert!(world.finds(PETRA).await.is_some());
    assert_eq!(world.finds(NEW).await, None);
}

#[tokio::test]
async fn a_clock_that_is_set_back_stops_nothing() {
    let world = world(|_| false);
    world.write(file(&[("P-1", PETRA)]));
    assert!(world.finds(PETRA).await.is_some());
    world.clock.set("2020-01-01T00:00:00Z".parse().unwrap());
    world.write(file(&[("P-1", PETRA), ("P-2", NEW)]));
    assert_eq!(world.finds(NEW).await.as_deref(), Some("P-2"));
}

#[tokio::test]
async fn many_callers_at_once_ask_the_store_once() {
    let world = world(|_| false);
    world.write(file(&[("P-1", PETRA)]));
    let (a, b, c) = tokio::join!(world.finds(PETRA), world.finds(PETRA), world.finds(NEW));
    assert_eq!((a.as_deref(), b.as_deref(), c), (Some("P-1"), Some("P-1"), None));
    assert_eq!(world.store.calls(), 1);
}

#[tokio::test]
async fn todays_callers_of_the_function_are_answered_as_before() {
    let world = world(|call| call >= 2);
    world.write(
        json!([{ "customer_id": "P-1", "phone_number": PETRA, "company_id": "acme", "company_name": "Acme", "language": "de" }])
            .to_string(),
    );
    let invoke = |payload: Value| world.directory.handle_invoke(payload);
    for phone in [PETRA, "whatsapp:+4915112345678"] {
        let answer = invoke(json!({ "phone_number": phone })).await;
        assert_eq!(answer["statusCode"], 200);
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        // All that there was, and since then the number.
        let expected = json!({ "customer_id": "P-1", "company_id": "acme", "company_name": "Acme", "language": "de", "phone": PETRA });
        assert_eq!(body, expected);
    }
    for stranger in [NEW, "anonymous", "+4915112345678x"] {
        let answer = invoke(json!({ "phone_number": stranger })).await;
        assert_eq!(answer, json!({ "statusCode": 404, "body": "{\"error\":\"Customer not found\"}" }));
    }
    for malformed in
        [json!({}), json!(null), json!([]), json!({ "phone_number": 49 }), json!({ "phone_number": "" })]
    {
        assert_eq!(invoke(malformed).await["statusCode"], 400);
    }
    world.later(60);
    assert_eq!(invoke(json!({ "phone_number": NEW })).await["statusCode"], 503);
}
