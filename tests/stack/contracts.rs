//! The promises of the ports, kept by the adapters of AWS on the stack's own bucket and table, and on a queue like the
//! stack's.

use std::sync::Arc;

use adapter_aws::{DynamoTable, testing::TestTable};
use adapter_system::SystemClock;
use jiff::Unit;
use shared::{
    domain::{
        ids::RecordId,
        intent::Intent,
        object_key::{FileType, ObjectKey, Place},
        tag::Tag,
        tenant::TenantScope,
    },
    ports::clock::Clock,
    testing::{
        contracts::{client_apps, dead_letters, fresh, objects, queue, replacing, table},
        fixed::FixedClock,
        samples::{customer_of, message_id},
    },
};
use system_tests::Stack;

use crate::{
    letters::LettersOnSqs,
    sqs::OnSqs,
    traces::{TracedObjects, TracedTable, tidied},
};

#[tokio::test]
async fn files_in_s3_keep_the_contract() {
    let stack = Stack::open();
    let store = TracedObjects::new(&stack.aws(), &stack.get("DATA_BUCKET"));
    tidied(objects::all(&store), store.tidy_up()).await;
}

/// The key of a file of a company that exists for one test.
fn of_a_new_company() -> ObjectKey {
    let scope = TenantScope::of_customer(&customer_of(&fresh("acme")));
    let place = Place { intent: Intent::Other, tag: Tag::parse("leak").expect("a tag") };
    ObjectKey::artifact(&scope, &place, &RecordId::first(message_id(1)), FileType::FullText, "txt")
}

#[tokio::test]
async fn files_in_s3_are_replaced_and_removed_and_their_versions_stay() {
    let stack = Stack::open();
    let store = TracedObjects::new(&stack.aws(), &stack.get("DATA_BUCKET"));
    let key = of_a_new_company();
    let story = async {
        replacing::removing(&store, &key).await;
        let versions = store.versions(&key).await;
        let (markers, kept): (Vec<_>, Vec<_>) = versions.iter().partition(|version| version.is_marker);
        // Three of the first promise, the one that was removed, and the one after that.
        assert_eq!(kept.len(), 5, "{versions:?}");
        assert!(!markers.is_empty(), "{versions:?}");
    };
    tidied(story, store.tidy_up()).await;
}

#[tokio::test]
async fn items_in_dynamodb_keep_the_contract() {
    let stack = Stack::open();
    let table =
        TracedTable::new(DynamoTable::new(&stack.aws(), stack.get("TABLE_NAME"), Arc::new(SystemClock)));
    tidied(table::all(&table), table.tidy_up()).await;
}

#[tokio::test]
async fn items_in_dynamodb_end_when_they_should() {
    let stack = Stack::open();
    // From now on: what has ended by the machine's own clock, DynamoDB may delete in the middle of the test. In whole
    // seconds, since no table keeps the fractions of a clock.
    let clock = Arc::new(FixedClock::at(SystemClock.now().round(Unit::Second).expect("a time")));
    let table = TracedTable::new(DynamoTable::new(&stack.aws(), stack.get("TABLE_NAME"), clock.clone()));
    tidied(table::expiry(&table, clock.as_ref(), &|by| clock.advance(by)), table.tidy_up()).await;
}

/// Fewer than elsewhere: each operation is some twenty calls.
const OPERATIONS: u32 = 400;

#[tokio::test]
async fn client_apps_end_with_what_lies_in_dynamodb() {
    let base = Stack::open().aws();
    let clock = Arc::new(FixedClock::at(SystemClock.now().round(Unit::Second).expect("a time")));
    let created = TestTable::create(&base, fresh("hark-test")).await.expect("a table");
    let table = DynamoTable::new(&base, created.name(), clock.clone());
    let tidy_up = async { created.delete().await.expect("what a test made is removed") };
    tidied(client_apps::all_end_with_what_the_store_has(table, clock, OPERATIONS), tidy_up).await;
}

/// Each promise on a queue of its own, all at the same time: SQS's own waits are long.
async fn on_a_queue(promise: impl AsyncFnOnce(&dyn queue::QueueUnderTest)) {
    let queue = OnSqs::create(&Stack::open().aws()).await;
    tidied(promise(&queue), queue.tidy_up()).await;
}

#[tokio::test]
async fn a_job_on_sqs_arrives_as_it_was_sent_and_once() {
    on_a_queue(queue::a_job_arrives_as_it_was_sent_and_once).await;
}

#[tokio::test]
async fn a_delayed_job_on_sqs_waits() {
    on_a_queue(queue::a_delayed_job_waits).await;
}

#[tokio::test]
async fn a_job_on_sqs_that_failed_comes_again_later() {
    on_a_queue(queue::a_job_that_failed_comes_again_later).await;
}

#[tokio::test]
async fn after_five_deliveries_sqs_has_a_job_among_the_dead_letters_with_its_reason() {
    on_a_queue(queue::after_five_deliveries_a_job_is_given_up).await;
}

#[tokio::test]
async fn a_busy_delivery_by_sqs_is_not_counted() {
    on_a_queue(queue::a_busy_delivery_is_not_counted).await;
}

#[tokio::test]
async fn a_dead_job_on_sqs_never_comes_again() {
    on_a_queue(queue::a_dead_job_never_comes_again).await;
}

#[tokio::test]
async fn b13_one_poisoned_job_on_sqs_stops_no_other() {
    on_a_queue(queue::b13_one_poisoned_job_stops_no_other).await;
}

async fn on_dead_letters(promise: impl AsyncFnOnce(&dyn dead_letters::DeadLettersUnderTest)) {
    let letters = LettersOnSqs::create(&Stack::open().aws()).await;
    tidied(promise(&letters), letters.tidy_up()).await;
}

#[tokio::test]
async fn a_dead_letter_on_sqs_tells_its_job_and_its_reason_and_is_held() {
    on_dead_letters(dead_letters::a_letter_tells_its_job_and_its_reason_and_is_held).await;
}

#[tokio::test]
async fn a_dead_letter_on_sqs_that_is_let_go_can_be_taken_again() {
    on_dead_letters(dead_letters::a_letter_that_is_let_go_can_be_taken_again).await;
}

#[tokio::test]
async fn b16_a_dead_letter_on_sqs_that_is_sent_again_is_in_the_queue_once() {
    on_dead_letters(dead_letters::a_letter_that_is_sent_again_is_in_the_queue_once_and_unchanged).await;
}

#[tokio::test]
async fn a_deleted_dead_letter_on_sqs_is_nowhere() {
    on_dead_letters(dead_letters::a_deleted_letter_is_nowhere).await;
}

#[tokio::test]
async fn many_dead_letters_on_sqs_come_each_once() {
    on_dead_letters(dead_letters::many_letters_come_each_once).await;
}
