//! Stories about verifying keys.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test cannot go on without fails it")]

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::*;
use crate::{
    domain::{api_key::Pepper, ids::CompanyId},
    ports::{clock::Ids, table::TableStore},
    repositories::api_keys::NewKey,
    testing::{
        MadeUp,
        failing::Failing,
        fixed::{FixedClock, SeededIds},
        memory_table::MemoryTable,
    },
};

const DEMO: &str = "demo-key_0123456789ab";

struct World {
    clock: Arc<FixedClock>,
    keys: ApiKeys,
    /// The table as the authoriser sees it: counts its reads, and fails as the test wants.
    seen: Arc<Failing<MemoryTable, TableError>>,
    authoriser: Authoriser,
}

fn pepper(text: &str) -> Pepper {
    Pepper::new(&SecretString::from(text.repeat(32))).unwrap()
}

fn world_with(custom: CustomKeys, fails: impl Fn(usize) -> bool + Send + Sync + 'static) -> World {
    let clock = Arc::new(FixedClock::default());
    let table = Arc::new(MemoryTable::new(clock.clone()));
    let away = || TableError::Unavailable(MadeUp::boxed("away"));
    let seen = Arc::new(Failing::when(fails, away, table.clone()).only(&["get"]));
    let keys = ApiKeys::new(table, pepper("p"));
    let seen_keys = ApiKeys::new(seen.clone() as Arc<dyn TableStore>, pepper("p"));
    let authoriser = Authoriser::new(seen_keys, clock.clone(), custom);
    World { clock, keys, seen, authoriser }
}

fn world() -> World {
    world_with(CustomKeys::Refused, |_| false)
}

impl World {
    async fn key(&self, scope: Scope, expires_at: Option<Timestamp>) -> (String, KeyId) {
        let company_id = CompanyId::parse("acme").unwrap();
        let new = NewKey { company_id, scopes: Scopes::from_iter([scope]), expires_at };
        let issued = self.keys.create(new, "dev", &*self.clock, &SeededIds::default()).await.unwrap();
        (issued.key.expose_secret().to_owned(), issued.record.id)
    }

    async fn refused(&self, key: &str) -> bool {
        match self.authoriser.authorise(key).await {
            Ok(_) => false,
            Err(Denied::Refused) => true,
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn d2_a_right_key_opens_its_company_and_allows_its_scopes() {
    let world = world();
    let (key, id) = world.key(Scope::RecordsWrite, None).await;
    let caller = world.authoriser.authorise(&key).await.unwrap();
    assert_eq!(caller.scope.company().as_str(), "acme");
    assert_eq!(caller.key_id, id);
    assert!(caller.may(Scope::FilesRead) && !caller.may(Scope::Admin));
    let record = world.keys.find(&id).await.unwrap().unwrap();
    assert_eq!(record.last_used_day.unwrap().to_string(), "2026-11-20");
}

#[tokio::test]
async fn e09_a_revoked_key_is_refused_within_a_minute_with_a_warm_cache() {
    let world = world();
    let (key, id) = world.key(Scope::FilesRead, None).await;
    assert!(!world.refused(&key).await);
    world.keys.revoke(&id, world.clock.now()).await.unwrap();
    assert!(!world.refused(&key).await, "the cache is warm");
    world.clock.advance(Duration::from_secs(30));
    assert!(world.refused(&key).await);
}

#[tokio::test]
async fn e01_an_expired_key_is_refused_to_the_second_even_from_the_cache() {
    let world = world();
    let end = world.clock.now().checked_add(jiff::SignedDuration::from_secs(10)).unwrap();
    let (key, _) = world.key(Scope::FilesRead, Some(end)).await;
    assert!(!world.refused(&key).await);
    world.clock.advance(Duration::from_secs(9));
    assert!(!world.refused(&key).await);
    world.clock.advance(Duration::from_secs(1));
    assert!(world.refused(&key).await);
}

#[tokio::test]
async fn e01_wrong_keys_of_every_kind_are_refused() {
    let world = world();
    let (key, id) = world.key(Scope::FilesRead, None).await;
    // The right id and a right checksum with a secret of one's own.
    let other_secret = {
        let body = format!("hark_dev_{id}_{}", "A".repeat(43));
        format!("{body}_{:08x}", crc32fast::hash(body.as_bytes()))
    };
    let (_, foreign) = pepper("q").issue("dev", &SeededIds::default().random(), &[1; 32]);
    for wrong in [
        "",
        "x",
        &key.to_uppercase(),
        &format!("{key} "),
        &format!("{key}, {key}"),
        key.get(..key.len() - 1).unwrap(),
        &other_secret,
        foreign.expose_secret(),
        DEMO,
        id.as_str(),
    ] {
        assert!(world.refused(wrong).await, "{wrong}");
    }
    assert!(!world.refused(&key).await);
}

#[tokio::test]
async fn e11_a_million_wrong_keys_cost_no_look_up_and_lock_nobody_out() {
    let world = world();
    let (key, id) = world.key(Scope::FilesRead, None).await;
    let attacker = pepper("attacker");
    let (mut refused, mut braked) = (0, 0);
    for n in 0_u32..5_000 {
        let mut id = [0; 32];
        id.iter_mut().zip(n.to_be_bytes()).for_each(|(to, from)| *to = from);
        let (_, wrong) = attacker.issue("dev", &id, &[7; 32]);
        match world.authoriser.authorise(wrong.expose_secret()).await {
            Err(Denied::Refused) => refused += 1,
            Err(Denied::Braked) => braked += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((refused, braked), (200, 4_800));
    assert_eq!(world.seen.calls(), 0, "no wrong key was looked up");
    assert!(world.authoriser.authorise(&key).await.is_ok());

    // With the id of a real key, from a log perhaps, there is one look-up in half a minute.
    let before = world.seen.calls();
    for n in 0..1_000 {
        let body = format!("hark_dev_{id}_{n:043}");
        let wrong = format!("{body}_{:08x}", crc32fast::hash(body.as_bytes()));
        assert!(world.authoriser.authorise(&wrong).await.is_err());
    }
    assert_eq!(world.seen.calls(), before);
    assert!(world.authoriser.authorise(&key).await.is_ok());
}

#[tokio::test]
async fn a_decision_is_remembered_for_half_a_minute() {
    let world = world();
    let (key, id) = world.key(Scope::FilesRead, None).await;
    world.keys.touch_last_used(&id, world.clock.now()).await.unwrap();
    for _ in 0..100 {
        assert!(world.authoriser.authorise(&key).await.is_ok());
    }
    assert_eq!(world.seen.calls(), 1);
    world.clock.advance(Duration::from_secs(30));
    assert!(world.authoriser.authorise(&key).await.is_ok());
    assert_eq!(world.seen.calls(), 2);
}

#[tokio::test]
async fn a_table_that_is_away_is_an_outage_and_not_a_wrong_key() {
    let world = world_with(CustomKeys::Refused, |call| call == 1);
    let (key, _) = world.key(Scope::FilesRead, None).await;
    assert!(matches!(world.authoriser.authorise(&key).await, Err(Denied::Unavailable(_))));
    assert!(world.authoriser.authorise(&key).await.is_ok());
}

#[tokio::test]
async fn each_day_of_use_is_noted_once() {
    let world = world();
    let (key, id) = world.key(Scope::FilesRead, None).await;
    let mut calls = Vec::new();
    for _ in 0..3 {
        for _ in 0..2 {
            assert!(world.authoriser.authorise(&key).await.is_ok());
            world.clock.advance(Duration::from_secs(CACHE_SECONDS.unsigned_abs() + 1));
        }
        let stored = world.keys.find(&id).await.unwrap().unwrap();
        assert_eq!(stored.last_used_day, Some(day(world.clock.now())));
        calls.push(world.seen.calls());
        world.clock.advance(Duration::from_secs(24 * 3_600));
    }
    // Two look-ups a day, and one more to note the use.
    assert_eq!(calls, [3, 6, 9]);
}

#[tokio::test]
async fn a_day_of_use_that_cannot_be_noted_costs_the_request_nothing() {
    let world = world_with(CustomKeys::Refused, |call| call == 2);
    let (key, id) = world.key(Scope::FilesRead, None).await;
    assert!(world.authoriser.authorise(&key).await.is_ok());
    assert_eq!(world.keys.find(&id).await.unwrap().unwrap().last_used_day, None);
    assert!(world.authoriser.authorise(&key).await.is_ok());
    assert_eq!(world.seen.calls(), 2, "and it is not tried again with every request");
}

#[tokio::test]
async fn a_developers_own_key_works_only_where_such_keys_are_accepted() {
    for (custom, works) in [(CustomKeys::Accepted, true), (CustomKeys::Refused, false)] {
        let world = world_with(custom, |_| false);
        let company_id = CompanyId::parse("acme").unwrap();
        let new = NewKey { company_id, scopes: Scopes::from_iter([Scope::Admin]), expires_at: None };
        world.keys.ensure_custom(&SecretString::from(DEMO), new, &*world.clock).await.unwrap();
        assert_eq!(world.authoriser.authorise(DEMO).await.is_ok(), works);
        assert!(world.refused("another-key_0123456789").await);
    }
}
