//! Stories about making, listing and ending keys.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

use std::time::Duration;

use super::*;
use crate::{
    domain::api_key::Scope,
    testing::{
        MadeUp,
        failing::Failing,
        fixed::{FixedClock, SeededIds},
        memory_table::MemoryTable,
    },
};

struct World {
    clock: Arc<FixedClock>,
    ids: SeededIds,
    table: Arc<MemoryTable>,
    keys: ApiKeys,
}

fn world() -> World {
    let clock = Arc::new(FixedClock::default());
    let table = Arc::new(MemoryTable::new(clock.clone()));
    let keys = ApiKeys::new(table.clone(), pepper());
    World { clock, ids: SeededIds::default(), table, keys }
}

fn pepper() -> Pepper {
    Pepper::new(&SecretString::from("a pepper of at least thirty-two bytes")).unwrap()
}

fn new_key(company: &str) -> NewKey {
    NewKey {
        company_id: CompanyId::parse(company).unwrap(),
        scopes: Scopes::from_iter([Scope::FilesRead]),
        expires_at: None,
    }
}

impl World {
    async fn create(&self, new: NewKey) -> Result<IssuedKey, KeysError> {
        self.keys.create(new, "dev", &*self.clock, &self.ids).await
    }

    async fn listed(&self, company: &str) -> Vec<KeyId> {
        let company = CompanyId::parse(company).unwrap();
        self.keys.list(&company).await.unwrap().into_iter().map(|record| record.id).collect()
    }
}

#[tokio::test]
async fn d2_two_keys_for_rotation_and_a_third_only_after_one_was_revoked() {
    let world = world();
    let first = world.create(new_key("acme")).await.unwrap();
    let second = world.create(new_key("acme")).await.unwrap();
    let refused = world.create(new_key("acme")).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "the company has two active keys, {} and {}; revoke one of them first",
            first.record.id, second.record.id
        )
    );
    assert!(world.create(new_key("acme-2")).await.is_ok(), "another company has its own two");

    let revoked = world.keys.revoke(&first.record.id, world.clock.now()).await.unwrap().unwrap();
    assert_eq!(revoked.state(world.clock.now()), KeyState::Revoked);
    let third = world.create(new_key("acme")).await.unwrap();
    assert_eq!(world.listed("acme").await, [first.record.id, second.record.id, third.record.id]);
}

#[tokio::test]
async fn an_expired_key_makes_room_for_another() {
    let world = world();
    let expires_at = world.clock.now().checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
    world.create(NewKey { expires_at: Some(expires_at), ..new_key("acme") }).await.unwrap();
    world.create(new_key("acme")).await.unwrap();
    assert!(matches!(world.create(new_key("acme")).await, Err(KeysError::TooManyActive(_))));
    world.clock.advance(Duration::from_secs(3_600));
    assert!(world.create(new_key("acme")).await.is_ok());
}

#[tokio::test]
async fn of_several_makers_at_once_exactly_two_get_a_key() {
    let world = world();
    let made = futures::future::join_all((0..5).map(|_| world.create(new_key("acme")))).await;
    assert_eq!(made.iter().filter(|key| key.is_ok()).count(), 2);
    assert_eq!(world.listed("acme").await.len(), 2);
}

#[tokio::test]
async fn a_form_that_is_sent_off_again_makes_one_key_and_counts_as_made() {
    let world = world();
    let scope =
        crate::domain::tenant::TenantScope::of_customer(&crate::testing::samples::customer_of("acme"));
    let make = |random: &'static str| {
        let once = Once::of(&scope, "key", random);
        let (keys, clock, ids) = (&world.keys, &*world.clock, &world.ids);
        async move { keys.create_once(new_key("acme"), &once, "dev", (clock, ids)).await }
    };
    let made = futures::future::join_all((0..5).map(|_| make("one"))).await;
    assert_eq!(made.iter().filter(|made| matches!(made, Ok(Some(_)))).count(), 1);
    assert_eq!(made.iter().filter(|made| matches!(made, Ok(None))).count(), 4);
    assert!(make("other").await.unwrap().is_some());
    // There are two now, so a third is refused; of the first form it is said all the same that it made one.
    assert!(matches!(make("third").await, Err(KeysError::TooManyActive(_))));
    assert!(make("one").await.unwrap().is_none());
    assert_eq!(world.listed("acme").await.len(), 2);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_the_forms_own() {
    let clock = Arc::new(FixedClock::default());
    let table = Arc::new(MemoryTable::new(clock.clone()));
    // A store's client repeats the write, and meets its own item.
    let lost = Failing::on_call(1, || TableError::Conflict, table).only(&["write_together"]).losing_answers();
    let keys = ApiKeys::new(Arc::new(lost), pepper());
    let scope =
        crate::domain::tenant::TenantScope::of_customer(&crate::testing::samples::customer_of("acme"));
    let (once, ids) = (Once::of(&scope, "key", "one"), SeededIds::default());
    let made = keys.create_once(new_key("acme"), &once, "dev", (&*clock, &ids)).await.unwrap();
    let listed = keys.list(scope.company()).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(made.expect("its text is to be shown").record.id, listed[0].id);
}

#[tokio::test]
async fn g01_neither_the_table_nor_debug_shows_a_key() {
    let world = world();
    let issued = world.create(new_key("acme")).await.unwrap();
    let stored = format!("{:?} {issued:?}", world.table.items());
    let secret = issued.key.expose_secret().split('_').nth(3).unwrap().to_owned();
    assert!(stored.contains(issued.record.id.as_str()));
    assert!(!stored.contains(&secret), "{stored}");
}

#[tokio::test]
async fn revoking_twice_keeps_the_first_time_and_an_unknown_key_is_none() {
    let world = world();
    let id = world.create(new_key("acme")).await.unwrap().record.id;
    let first = world.keys.revoke(&id, world.clock.now()).await.unwrap().unwrap();
    world.clock.advance(Duration::from_secs(60));
    let again = world.keys.revoke(&id, world.clock.now()).await.unwrap().unwrap();
    assert_eq!(first.revoked_at, again.revoked_at);
    let unknown = KeyId::parse("nobody").unwrap();
    assert_eq!(world.keys.revoke(&unknown, world.clock.now()).await.unwrap(), None);
}

#[tokio::test]
async fn the_day_of_use_is_written_once_a_day_and_never_takes_a_revocation_back() {
    let world = world();
    let id = world.create(new_key("acme")).await.unwrap().record.id;
    let version = || world.table.items().into_iter().find(|item| item.key == key_of(&id)).unwrap().version;
    for _ in 0..3 {
        world.keys.touch_last_used(&id, world.clock.now()).await.unwrap();
    }
    assert_eq!(version(), 2);
    world.keys.revoke(&id, world.clock.now()).await.unwrap();
    world.clock.advance(Duration::from_hours(24));
    world.keys.touch_last_used(&id, world.clock.now()).await.unwrap();
    let record = world.keys.find(&id).await.unwrap().unwrap();
    assert_eq!(record.last_used_day.unwrap().to_string(), "2026-11-21");
    assert!(record.revoked_at.is_some());
}

#[tokio::test]
async fn a_write_between_reading_and_writing_is_met_by_trying_again() {
    let clock = Arc::new(FixedClock::default());
    let table = Arc::new(MemoryTable::new(clock.clone()));
    let lost = Failing::on_call(1, || TableError::Conflict, table.clone()).only(&["write_together", "put"]);
    let keys = ApiKeys::new(Arc::new(lost), pepper());
    assert!(keys.create(new_key("acme"), "dev", &*clock, &SeededIds::default()).await.is_ok());

    let away = || TableError::Unavailable(MadeUp::boxed("away"));
    let keys = ApiKeys::new(Arc::new(Failing::always(away, table)), pepper());
    let failed = keys.create(new_key("acme"), "dev", &*clock, &SeededIds::new(2)).await;
    assert!(matches!(failed, Err(KeysError::Table(TableError::Unavailable(_)))));
    assert!(keys.probe().await.is_err());
}

#[tokio::test]
async fn a_developers_own_key_can_be_made_again_and_does_not_count() {
    let world = world();
    let text = SecretString::from("demo-key_0123456789ab");
    for company in ["acme", "acme", "other"] {
        let record = world.keys.ensure_custom(&text, new_key(company), &*world.clock).await.unwrap();
        assert_eq!(record.company_id.as_str(), company);
    }
    assert!(world.listed("acme").await.is_empty());
    assert_eq!(world.listed("other").await.len(), 1);
    for _ in 0..2 {
        assert!(world.create(new_key("other")).await.is_ok());
    }
    for bad in ["too short", "with a blank in the middle of it"] {
        let made = world.keys.ensure_custom(&SecretString::from(bad), new_key("acme"), &*world.clock).await;
        assert!(matches!(made, Err(KeysError::NotACustomKey)), "{bad}");
    }
    let ours = world.create(new_key("third")).await.unwrap().key;
    let made = world.keys.ensure_custom(&ours, new_key("acme"), &*world.clock).await;
    assert!(matches!(made, Err(KeysError::NotACustomKey)));
}

#[tokio::test]
async fn a_key_without_a_scope_is_not_made() {
    let world = world();
    let made = world.create(NewKey { scopes: Scopes::default(), ..new_key("acme") }).await;
    assert!(matches!(made, Err(KeysError::NoScope)));
    assert!(world.table.items().is_empty());
}
