//! What a person is told when he calls, and what counts as heard.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

use super::*;
use crate::{
    domain::customer::Customer,
    testing::{
        filing::{Filing, job},
        fixed::FixedClock,
        memory_table::MemoryTable,
        samples,
    },
};

const WEEK: SignedDuration = SignedDuration::from_hours(24 * 7);

struct World {
    unread: Unread,
    filing: Filing,
    scope: TenantScope,
}

fn person(id: &str) -> Customer {
    Customer { customer_id: CustomerId::parse(id).unwrap(), ..samples::customer() }
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::default());
        let table: Arc<dyn TableStore> = Arc::new(MemoryTable::new(clock.clone()));
        let scope = TenantScope::of_customer(&samples::customer());
        Self { unread: Unread::new(&table), filing: Filing::new(table, clock), scope }
    }

    async fn says(&self, n: u32, who: &str, minutes_ago: i64, words: &str) {
        let mut message = samples::message(n, words);
        message.received_at = samples::now() - SignedDuration::from_mins(minutes_ago);
        self.filing.file(message, person(who), &[job("tap", words)]).await.unwrap();
    }

    async fn overview(&self, who: &str) -> Overview {
        let who = CustomerId::parse(who).unwrap();
        self.unread.overview(&self.scope, &who, samples::now(), WEEK).await.unwrap()
    }
}

fn words(overview: &Overview) -> Vec<&str> {
    overview.messages.iter().map(|message| message.words.expose().as_str()).collect()
}

#[tokio::test]
async fn a_caller_is_told_what_his_colleagues_said_oldest_first_and_never_his_own() {
    let world = World::new();
    world.says(1, "anna", 30, "My own words").await;
    world.says(2, "ben", 20, "Order pipes").await;
    world.says(3, "celina", 10, "The valve is behind the door").await;
    world.says(4, "ben", 60 * 24 * 8, "Long ago").await;
    let overview = world.overview("anna").await;
    assert_eq!(words(&overview), ["Order pipes", "The valve is behind the door"]);
    assert!(!overview.more);
    assert_eq!(overview.jobs.len(), 4);
    assert_eq!(words(&world.overview("ben").await), ["My own words", "The valve is behind the door"]);
}

#[tokio::test]
async fn what_was_heard_is_not_told_again() {
    let world = World::new();
    world.says(1, "ben", 20, "Order pipes").await;
    world.says(2, "ben", 10, "Fix the tap").await;
    let anna = CustomerId::parse("anna").unwrap();
    let first = world.overview("anna").await.messages[0].clone();
    world.unread.heard(&world.scope, &anna, &first, samples::now()).await.unwrap();
    assert_eq!(words(&world.overview("anna").await), ["Fix the tap"]);
    assert_eq!(words(&world.overview("celina").await), ["Order pipes", "Fix the tap"]);
    let listed = world.unread.list(&world.scope, &anna, (samples::now(), WEEK), 10).await.unwrap();
    assert_eq!(listed.iter().map(|listed| listed.heard).collect::<Vec<_>>(), [false, true]);
}

#[tokio::test]
async fn the_newest_are_told_of_whoever_listens_and_cost_little_among_many() {
    let world = World::new();
    world.says(1, "ben", 60 * 24 * 31, "Long ago").await;
    for n in 2..=40 {
        world.says(n, "anna", i64::from(1_000 - n), "My own words").await;
    }
    world.says(41, "ben", 20, "Order pipes").await;
    world.says(42, "celina", 10, "Fix the tap").await;
    let anna = CustomerId::parse("anna").unwrap();
    let month = SignedDuration::from_hours(24 * 30);
    let newest = async |most| {
        let listed = world.unread.newest(&world.scope, &anna, (samples::now(), month), most).await.unwrap();
        let told = listed.into_iter().map(|listed| (listed.message.words.into_inner(), listed.heard));
        told.collect::<Vec<_>>()
    };
    assert_eq!(newest(10).await, [], "she never called");
    let first = world.overview("anna").await.messages[0].clone();
    assert_eq!(first.words.expose(), "Order pipes");
    world.unread.heard(&world.scope, &anna, &first, samples::now()).await.unwrap();
    let [tap, pipes] = [("Fix the tap".to_owned(), false), ("Order pipes".to_owned(), true)];
    assert_eq!(newest(10).await, [tap.clone(), pipes]);
    assert_eq!(newest(1).await, [tap]);
    world.unread.stays_unread(&world.scope, &anna, &first).await.unwrap();
    assert_eq!(newest(10).await, []);
}

#[tokio::test]
async fn many_messages_are_told_to_be_more() {
    let world = World::new();
    for n in 1..=35 {
        world.says(n, "ben", i64::from(100 - n), &format!("Message number {n}")).await;
    }
    let overview = world.overview("anna").await;
    assert_eq!(overview.messages.len(), MOST_MESSAGES);
    assert!(overview.more && overview.more_jobs);
    assert_eq!(words(&overview)[0], "Message number 1");
}
