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
        objects::{ObjectError, ObjectRead},
        table::{TableError, TableStore},
    },
    repositories::{
        api_keys::{ApiKeys, NewKey},
        filed::Filed,
        glossaries::Glossaries,
    },
    testing::{
        MadeUp,
        failing::Failing,
        fixed::{FixedClock, SeededIds},
        memory_objects::MemoryObjects,
        memory_table::MemoryTable,
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
    ids: SeededIds,
    /// Another one than the API's, over a table that is never away.
    authoriser: Authoriser,
    router: Router,
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
        let clock = Arc::new(FixedClock::default());
        let files = Arc::new(MemoryObjects::new(clock.clone()));
        let away = || ObjectError::Unavailable(MadeUp::boxed("away, CANARY"));
        let store = Arc::new(Failing::when(objects_fail, away, files.clone()));
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let away = || TableError::Unavailable(MadeUp::boxed("away, CANARY"));
        let seen: Arc<dyn TableStore> = Arc::new(Failing::when(table_fails, away, table.clone()));
        let deps = Deps {
            objects: store.clone() as Arc<dyn ObjectRead>,
            filed: Filed::new(seen.clone()),
            glossaries: Glossaries::new(seen.clone()),
            authoriser: Arc::new(Authoriser::new(
                ApiKeys::new(seen, pepper()),
                clock.clone(),
                CustomKeys::Refused,
            )),
            clock: clock.clone(),
        };
        let keys = ApiKeys::new(table.clone(), pepper());
        let authoriser = Authoriser::new(keys.clone(), clock.clone(), CustomKeys::Refused);
        let (filed, glossaries) = (Filed::new(table.clone()), Glossaries::new(table));
        Self {
            clock,
            files,
            store,
            keys,
            filed,
            glossaries,
            ids: SeededIds::default(),
            authoriser,
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
        let issued = self.keys.create(new, "dev", &*self.clock, &self.ids).await.unwrap();
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
        let scope = self.scope(key).await;
        let place = Place { intent, tag: Tag::from_words(tag) };
        let message = message.parse().unwrap();
        self.filed.remember(&scope, &message, &place, self.clock.now()).await.unwrap();
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

fn pepper() -> Pepper {
    Pepper::new(&SecretString::from("a pepper of at least thirty-two bytes")).unwrap()
}
