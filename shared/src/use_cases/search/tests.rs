//! An index follows its company's feed, and is as good after a restart as before. The engine here is a simple one; the
//! real one has tests of its own.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

use std::{collections::BTreeMap, ops::Range, time::Duration};

use super::*;
use crate::{
    domain::{ids::RecordId, note::Effect, object_key::ObjectKey},
    ports::{
        objects::ObjectError,
        search::{Change, Found, SearchIndex, UnreadableSnapshot},
    },
    repositories::{feed::Feed, records::Records},
    testing::{
        MadeUp,
        failing::Failing,
        filing::{Filing, job},
        fixed::FixedClock,
        memory_objects::MemoryObjects,
        memory_table::MemoryTable,
        racing::Racing,
        samples,
    },
};

/// Finds texts that hold the query.
struct Contains;

#[derive(Default)]
struct Texts(BTreeMap<RecordId, String>);

impl SearchEngine for Contains {
    fn empty(&self) -> Box<dyn SearchIndex> {
        Box::new(Texts::default())
    }

    fn load(&self, snapshot: &[u8]) -> Result<Box<dyn SearchIndex>, UnreadableSnapshot> {
        let texts: BTreeMap<String, String> =
            serde_json::from_slice(snapshot).map_err(|_| UnreadableSnapshot::Damaged)?;
        Ok(Box::new(Texts(
            texts.into_iter().map(|(id, text)| (RecordId::parse(&id).unwrap(), text)).collect(),
        )))
    }

    fn highlights(&self, _: &Query, _: &str) -> Vec<Range<usize>> {
        Vec::new()
    }

    fn fragment(&self, _: &Query, text: &str, _: usize) -> Fragment {
        Fragment { text: text.to_owned().into(), highlights: Vec::new() }
    }
}

impl SearchIndex for Texts {
    fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Put(document) => drop(self.0.insert(document.id, document.text.into_inner())),
                Change::Remove(id) => drop(self.0.remove(&id)),
            }
        }
    }

    fn search(&self, query: &Query, limit: usize, _: usize) -> Found {
        let holds = |(id, text): (&RecordId, &String)| text.contains(query.expose()).then(|| id.clone());
        let all: Vec<RecordId> = self.0.iter().filter_map(holds).collect();
        let hits = all.iter().take(limit).map(|id| Hit { id: id.clone(), score: 1.0 }).collect();
        Found { hits, total: all.len() }
    }

    fn snapshot(&self) -> Vec<u8> {
        let texts: BTreeMap<String, &String> =
            self.0.iter().map(|(id, text)| (id.to_string(), text)).collect();
        serde_json::to_vec(&texts).unwrap()
    }

    fn documents(&self) -> usize {
        self.0.len()
    }
}

struct World {
    clock: Arc<FixedClock>,
    objects: Arc<MemoryObjects>,
    table: Arc<MemoryTable>,
    filing: Filing,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let filing = Filing::new(table.clone(), clock.clone());
        Self { objects: Arc::new(MemoryObjects::new(clock.clone())), filing, table, clock }
    }

    fn process(&self) -> Search {
        let follow =
            Follow { feed: Feed::new(self.table.clone()), records: Records::new(self.table.clone()) };
        let objects = self.objects.clone();
        Search::new(Arc::new(Contains), follow, objects.clone(), objects, self.clock.clone())
    }

    async fn files(&self, n: u32, text: &str) {
        self.filing.note(n, text, &[job("tap", text)]).await.unwrap();
    }
}

async fn found(search: &Search, company: &str, query: &str) -> Vec<String> {
    let scope = TenantScope::of_customer(&samples::customer_of(company));
    let answer = search.search(&scope, &Query::parse(query).unwrap(), 100, 0).await.unwrap();
    assert!(answer.total >= answer.records.len());
    answer.records.iter().map(|found| found.view.message_id.clone()).collect()
}

#[tokio::test]
async fn what_was_filed_before_the_question_is_found_by_its_company_alone() {
    let world = World::new();
    let search = world.process();
    assert_eq!(found(&search, samples::COMPANY, "roof").await, [""; 0]);
    world.files(1, "Fix the roof").await;
    assert_eq!(found(&search, samples::COMPANY, "roof").await, [samples::message_id(1).as_str()]);
    assert_eq!(found(&search, "acme", "roof").await, [""; 0]);
    world.filing.change(2, &samples::message_id(1), Effect::Withdrawn).await.unwrap();
    assert_eq!(found(&search, samples::COMPANY, "roof").await, [""; 0]);
    world.filing.change(3, &samples::message_id(1), Effect::Restored).await.unwrap();
    assert_eq!(found(&search, samples::COMPANY, "roof").await.len(), 1);
}

#[tokio::test]
async fn a_large_index_is_stored_and_the_next_process_goes_on_with_it() {
    let world = World::new();
    for n in 1..=1_200 {
        world.files(n, if n % 100 == 0 { "Fix the roof" } else { "Fix the tap" }).await;
    }
    let key = ObjectKey::search_index(&TenantScope::of_customer(&samples::customer()));
    assert_eq!(found(&world.process(), samples::COMPANY, "roof").await.len(), 12);
    let stored = world.objects.get(&key).await.unwrap().expect("a stored index").bytes;
    world.files(1_201, "Fix the roof").await;
    world.filing.change(1_300, &samples::message_id(100), Effect::Withdrawn).await.unwrap();
    assert_eq!(found(&world.process(), samples::COMPANY, "roof").await.len(), 12);

    // Cut off, of another kind, or of a feed that went farther: made anew.
    let mut farther = stored.to_vec();
    farther[..8].copy_from_slice(&9_999_u64.to_be_bytes());
    for damaged in [&stored[..stored.len() - 1], &stored[..4], b"something else", &farther] {
        world.objects.put(&key, bytes::Bytes::copy_from_slice(damaged), "text/plain").await.unwrap();
        assert_eq!(found(&world.process(), samples::COMPANY, "roof").await.len(), 12);
    }
}

#[tokio::test]
async fn who_goes_away_while_the_index_follows_loses_nothing_of_it() {
    let world = World::new();
    for n in 1..=10 {
        world.files(n, "Fix the tap").await;
    }
    let reads = Arc::new(Failing::when(
        |_| false,
        || ObjectError::Unavailable(MadeUp::boxed("away")),
        world.objects.clone(),
    ));
    let table = Arc::new(Racing::over(world.table.clone()));
    let follow = Follow { feed: Feed::new(table.clone()), records: Records::new(table) };
    let search = Search::new(Arc::new(Contains), follow, reads.clone(), reads.clone(), world.clock.clone());
    let scope = TenantScope::of_customer(&samples::customer());
    let query = Query::parse("tap").unwrap();
    for turns in 1..40 {
        let asked = search.search(&scope, &query, 100, 0);
        let leaves = async {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! { biased; _ = asked => {}, () = leaves => {} }
    }
    assert_eq!(found(&search, samples::COMPANY, "tap").await.len(), 10);
    assert_eq!(reads.calls(), 1, "it was loaded once");
}

#[tokio::test]
async fn an_index_that_cannot_be_stored_answers_all_the_same() {
    let world = World::new();
    for n in 1..=1_000 {
        world.files(n, "Fix the tap").await;
    }
    let away = || ObjectError::Unavailable(MadeUp::boxed("away"));
    let failing = Arc::new(Failing::when(|call| call > 1, away, world.objects.clone()));
    let follow = Follow { feed: Feed::new(world.table.clone()), records: Records::new(world.table.clone()) };
    let search = Search::new(Arc::new(Contains), follow, failing.clone(), failing, world.clock.clone());
    assert_eq!(found(&search, samples::COMPANY, "tap").await.len(), 100);
    world.clock.advance(Duration::from_secs(1));
    world.files(1_001, "Fix the sink").await;
    assert_eq!(found(&search, samples::COMPANY, "sink").await.len(), 1);
}
