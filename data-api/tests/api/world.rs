//! A data API with two companies, a key for each, and calls to look at.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use data_api::{Deps, router};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use shared::{
    domain::{
        api_key::{KeyId, Pepper, Scope, Scopes},
        ids::CompanyId,
        intent::Intent,
        object_key::Place,
        tag::Tag,
        tenant::TenantScope,
    },
    ports::{
        clock::Clock,
        message_sync::SyncError,
        objects::ObjectError,
        table::{TableError, TableStore},
    },
    prices::Prices,
    repositories::{
        api_keys::{ApiKeys, KeysError, NewKey},
        filed::Filed,
        glossaries::Glossaries,
    },
    testing::{
        MadeUp,
        bad_day::BadDay,
        failing::Failing,
        filing::Filing,
        fixed::{FixedClock, SeededIds},
        memory_objects::MemoryObjects,
        memory_queue::MemoryQueue,
        memory_receivers::MemoryReceivers,
        memory_table::MemoryTable,
        said_sync::SaidSync,
    },
    use_cases::authorise::{Authoriser, CustomKeys},
};
use tower::ServiceExt;

pub(crate) struct World {
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) files: Arc<MemoryObjects>,
    /// The files as the API sees them: counts calls, and fails as the test wants.
    pub(crate) store: Arc<Failing<MemoryObjects, ObjectError>>,
    pub(crate) keys: ApiKeys,
    pub(crate) filed: Filed,
    pub(crate) glossaries: Glossaries,
    /// Files notes as a worker does.
    pub(crate) filing: Filing,
    pub(crate) queue: Arc<MemoryQueue>,
    /// Who listens for webhooks.
    pub(crate) receivers: Arc<MemoryReceivers>,
    ids: SeededIds,
    /// Another one than the API's, over a table that is never away.
    authoriser: Authoriser,
    router: Router,
    pub(crate) sync: Arc<SaidSync>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::failing(|_| false, |_| false)
    }

    /// With calls, by number from 1, at which the object store or the table is away.
    pub(crate) fn failing(
        objects_fail: impl Fn(usize) -> bool + Send + Sync + 'static,
        table_fails: impl Fn(usize) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self::of(objects_fail, table_fails, 0, |clock| Arc::new(MemoryTable::new(clock)))
    }

    /// With keys that may make so many requests a minute.
    pub(crate) fn limited(per_minute: u32) -> Self {
        Self::of(|_| false, |_| false, per_minute, |clock| Arc::new(MemoryTable::new(clock)))
    }

    /// On a table of which one of so many calls fails, whoever makes it.
    pub(crate) fn on_a_bad_day(fails: u64) -> Self {
        Self::of(|_| false, |_| false, 0, move |clock| BadDay::new(clock, fails, 0x5EED))
    }

    fn of(
        objects_fail: impl Fn(usize) -> bool + Send + Sync + 'static,
        table_fails: impl Fn(usize) -> bool + Send + Sync + 'static,
        per_minute: u32,
        table: impl FnOnce(Arc<FixedClock>) -> Arc<dyn TableStore>,
    ) -> Self {
        let clock = Arc::new(FixedClock::default());
        let files = Arc::new(MemoryObjects::new(clock.clone()));
        let away = || ObjectError::Unavailable(MadeUp::boxed("away, CANARY"));
        let store = Arc::new(Failing::when(objects_fail, away, files.clone()));
        let table = table(clock.clone());
        let queue = Arc::new(MemoryQueue::new(clock.clone()));
        let receivers = Arc::new(MemoryReceivers::new());
        let away = || TableError::Unavailable(MadeUp::boxed("away, CANARY"));
        let seen: Arc<dyn TableStore> = Arc::new(Failing::when(table_fails, away, table.clone()));
        let authoriser =
            Authoriser::new(ApiKeys::new(seen.clone(), pepper()), clock.clone(), CustomKeys::Refused);
        let ids = Arc::new(SeededIds::new(2));
        let stores = Deps::over(
            seen,
            store.clone(),
            queue.clone(),
            receivers.clone(),
            authoriser,
            (clock.clone(), ids),
        );
        let prices = Some(Prices { audio_minute: 0.006, input_mtok: 0.25, output_mtok: 2.0 });
        let sync = Arc::new(SaidSync::new(Err(SyncError::ComeByThemselves)));
        let deps = Deps { prices, env: "dev".to_owned(), per_minute, sync: sync.clone(), ..stores };
        let keys = ApiKeys::new(table.clone(), pepper());
        let authoriser = Authoriser::new(keys.clone(), clock.clone(), CustomKeys::Refused);
        let (filed, glossaries) = (Filed::new(table.clone()), Glossaries::new(table.clone()));
        let filing = Filing::new(table, clock.clone());
        Self {
            clock,
            files,
            store,
            keys,
            filed,
            glossaries,
            filing,
            receivers,
            queue,
            ids: SeededIds::default(),
            authoriser,
            sync,
            router: router(deps),
        }
    }

    pub(crate) async fn key(&self, company: &str) -> String {
        self.key_with(company, Scope::FilesRead).await.0
    }

    pub(crate) async fn key_until(&self, company: &str, seconds: i64) -> String {
        let end = self.clock.now().checked_add(SignedDuration::from_secs(seconds)).unwrap();
        self.make_key(company, Scope::FilesRead, Some(end)).await.0
    }

    pub(crate) async fn key_with(&self, company: &str, scope: Scope) -> (String, KeyId) {
        self.make_key(company, scope, None).await
    }

    async fn make_key(&self, company: &str, scope: Scope, expires_at: Option<Timestamp>) -> (String, KeyId) {
        let company_id = CompanyId::parse(company).unwrap();
        let new = NewKey { company_id, scopes: Scopes::from_iter([scope]), expires_at };
        // A table may be away just now.
        let issued = loop {
            match self.keys.create(new.clone(), "dev", &*self.clock, &self.ids).await {
                Err(KeysError::Table(TableError::Unavailable(_))) => {}
                issued => break issued.unwrap(),
            }
        };
        (issued.key.expose_secret().to_owned(), issued.record.id)
    }

    /// Stores a file of four bytes under `{company}/{rest}`.
    pub(crate) fn file(&self, key: &str) {
        self.files.insert_raw(key, "data", "text/plain");
    }

    pub(crate) async fn scope(&self, key: &str) -> TenantScope {
        self.authoriser.authorise(key).await.unwrap().scope
    }

    pub(crate) async fn remember(&self, key: &str, message: &str, intent: Intent, tag: &str) {
        self.remember_all(key, message, &[(intent, tag)]).await;
    }

    /// The same for a note of several records, the first one's place first.
    pub(crate) async fn remember_all(&self, key: &str, message: &str, places: &[(Intent, &str)]) {
        let scope = self.scope(key).await;
        let places = places.iter().map(|(intent, tag)| Place { intent: *intent, tag: Tag::from_words(tag) });
        let message = message.parse().unwrap();
        self.filed.remember_at(&scope, &message, places, self.clock.now()).await.unwrap();
    }

    /// A message joined or changed a note's record.
    pub(crate) async fn joins(&self, key: &str, message: &str, note: &str) {
        let scope = self.scope(key).await;
        self.filed.belongs_to(&scope, &message.parse().unwrap(), &note.parse().unwrap()).await.unwrap();
    }

    pub(crate) async fn get(&self, key: &str, path: &str) -> Answer {
        self.call("GET", path, &[("x-api-key", key)]).await
    }

    pub(crate) async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(method, path, headers, String::new()).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }
}

/// Fails unless the answer is a problem document of this status; the document.
pub(crate) fn is_problem(answer: &Answer, status: u16) -> Value {
    let problem = answer.json();
    assert_eq!(answer.status, status, "{problem}");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(problem["status"], status);
    assert!(problem["type"].as_str().unwrap().starts_with("/docs#"), "{problem}");
    assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
    problem
}

fn pepper() -> Pepper {
    Pepper::new(&SecretString::from("a pepper of at least thirty-two bytes")).unwrap()
}
