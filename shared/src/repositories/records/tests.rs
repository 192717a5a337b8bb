//! How client apps find records, and what they write to them.

use std::time::Duration;

use super::*;
use crate::{
    domain::{
        api_key::KeyId,
        client_state::{Reference, Status},
        note::Effect,
        tag::Tag,
    },
    repositories::feed::Feed,
    testing::{
        filing::{Filing, job, understood},
        fixed::FixedClock,
        memory_table::MemoryTable,
        samples,
    },
};

struct World {
    table: Arc<MemoryTable>,
    filing: Filing,
    records: Records,
}

fn scope() -> TenantScope {
    TenantScope::of_customer(&samples::customer())
}

fn record(n: u32, part: u8) -> RecordId {
    RecordId::of_part(samples::message_id(n), part).unwrap()
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        Self { filing: Filing::new(table.clone(), clock), records: Records::new(table.clone()), table }
    }

    /// The n-th note, received n seconds after the first.
    async fn files(&self, n: u32, company: &str, tags: &[&str]) {
        let received_at = samples::now() + Duration::from_secs(n.into());
        let message =
            crate::domain::message::InboundMessage { received_at, ..samples::message(n, "Fix the tap") };
        let records: Vec<_> = tags.iter().map(|tag| job(tag, &format!("Fix the {tag}"))).collect();
        self.filing.file(message, samples::customer_of(company), &records).await.unwrap();
    }

    async fn listed(&self, filter: &Filter, limit: usize) -> Vec<String> {
        let (mut after, mut all) = (None, Vec::new());
        loop {
            let page = self.records.list(&scope(), filter, after, limit).await.unwrap();
            assert!(page.records.len() <= limit);
            all.extend(page.records.iter().map(|listed| listed.record.to_string()));
            after = page.next.map(|next| Position::parse(&next.to_text()).unwrap());
            if after.is_none() {
                return all;
            }
        }
    }

    async fn found(&self, n: u32) -> Found {
        self.records.find(&scope(), &record(n, 1)).await.unwrap().unwrap()
    }
}

fn exported(found: &Found) -> ClientState {
    let mut state = found.state.clone();
    let version = found.note.revised().version;
    state.set_status(Status::Exported, version, samples::now(), KeyId::parse("k1").unwrap());
    state
}

#[tokio::test]
async fn records_are_listed_newest_first_in_pages_of_any_size() {
    let world = World::new();
    for n in 1..=130 {
        let tags: &[&str] = if n % 10 == 0 { &["tap", "boiler", "roof"] } else { &["tap"] };
        world.files(n, samples::COMPANY, tags).await;
    }
    world.files(200, "acme", &["tap"]).await;
    let expected: Vec<String> = (1..=130)
        .rev()
        .flat_map(|n| (1..=if n % 10 == 0 { 3 } else { 1 }).map(move |part| record(n, part).to_string()))
        .collect();
    for limit in [1, 2, 7, 100, 200] {
        assert_eq!(world.listed(&Filter::default(), limit).await, expected, "{limit}");
    }
    let boilers = Filter { tag: Some(Tag::from_words("boiler")), ..Filter::default() };
    assert_eq!(world.listed(&boilers, 5).await.len(), 13);
    let says = Filter { text: Some("fix THE  roof".to_owned()), ..Filter::default() };
    assert_eq!(world.listed(&says, 5).await.len(), 13);
    let at = |n: u64| Some(samples::now() + Duration::from_secs(n));
    let between = Filter { since: at(9), until: at(11), ..Filter::default() };
    let some: Vec<String> =
        [(10, 1), (10, 2), (10, 3), (9, 1)].map(|(n, part)| record(n, part).to_string()).into();
    assert_eq!(world.listed(&between, 2).await, some);
}

#[tokio::test]
async fn a_record_is_listed_as_it_is_now() {
    let world = World::new();
    world.files(1, samples::COMPANY, &["tap"]).await;
    world.files(2, samples::COMPANY, &["boiler", "roof"]).await;
    let corrected = Effect::Corrected(Box::new(understood(&[job("boiler", "Fix the boiler")])));
    world.filing.change(3, &samples::message_id(2), corrected).await.unwrap();
    let two = [record(2, 1).to_string(), record(1, 1).to_string()];
    assert_eq!(world.listed(&Filter::default(), 10).await, two);
    assert!(world.records.find(&scope(), &record(2, 2)).await.unwrap().is_none(), "it is a record no more");

    world.filing.change(4, &samples::message_id(2), Effect::Withdrawn).await.unwrap();
    assert_eq!(world.listed(&Filter::default(), 10).await, two[1..]);
    assert_eq!(world.listed(&Filter { withdrawn: true, ..Filter::default() }, 10).await, two);
    world.filing.change(5, &samples::message_id(1), Effect::Confirmed).await.unwrap();
    let confirmed = Filter { status: Some(Status::Confirmed), ..Filter::default() };
    assert_eq!(world.listed(&confirmed, 10).await, two[1..]);

    let history = world.records.history(&world.found(2).await.note, 10).await.unwrap();
    let told: Vec<_> =
        history.iter().map(|past| (past.version, past.ended_by.as_ref().map(|ended| ended.kind))).collect();
    assert_eq!(told, [(1, Some(ChangeKind::Withdrawn)), (0, Some(ChangeKind::Corrected))]);
    assert_eq!(history[1].note.places().len(), 2);
}

#[tokio::test]
async fn what_a_client_app_writes_is_told_of_and_listed_and_lost_to_nobody() {
    let world = World::new();
    world.files(1, samples::COMPANY, &["tap"]).await;
    let (first, second) = (world.found(1).await, world.found(1).await);
    let mut state = exported(&first);
    state.reference = Some(Reference::parse("J-17").unwrap());
    world.records.set_state(&first, &state, samples::now()).await.unwrap();
    let late =
        world.records.set_state(&second, &exported(&second), samples::now() + Duration::from_secs(1)).await;
    assert!(matches!(late, Err(TableError::Conflict)), "{late:?}");
    assert_eq!(world.found(1).await.state, state);

    // The sender corrects between the client's reading and its writing.
    let read = world.found(1).await;
    world.filing.change(2, &samples::message_id(1), Effect::Remarked).await.unwrap();
    let late = world.records.set_state(&read, &exported(&read), samples::now()).await;
    assert!(matches!(late, Err(TableError::Conflict)), "{late:?}");

    let exported = Filter { status: Some(Status::Exported), ..Filter::default() };
    assert_eq!(world.listed(&exported, 10).await, [record(1, 1).to_string()]);
    let told = Feed::new(world.table.clone()).after(&scope(), 0, 10).await.unwrap();
    let kinds: Vec<_> = told.iter().map(|entry| (entry.kind, entry.record.is_some())).collect();
    assert_eq!(
        kinds,
        [(ChangeKind::Created, false), (ChangeKind::StatusChanged, true), (ChangeKind::Corrected, false)]
    );
}

#[tokio::test]
async fn another_companys_records_are_not_there() {
    let world = World::new();
    world.files(1, "acme", &["tap"]).await;
    assert!(world.records.find(&scope(), &record(1, 1)).await.unwrap().is_none());
    assert_eq!(world.listed(&Filter { withdrawn: true, ..Filter::default() }, 10).await, [""; 0]);
    for bad in ["", "#1", "x#", "999998204831200000#SM#256", &"9".repeat(200)] {
        assert_eq!(Position::parse(bad), None, "{bad}");
    }
}
