//! What goes to DynamoDB, and what becomes of its answers.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::{
    ports::table::{Condition, ItemKey, Order, SortRange, TableError, TableStore, Write},
    testing::fixed::FixedClock,
};

use super::stub::{Answer, Seen, Stub};
use crate::DynamoTable;

const NOW_MS: &str = "1795168800000";

fn now() -> Timestamp {
    Timestamp::from_millisecond(NOW_MS.parse().unwrap()).unwrap()
}

async fn stub(answers: impl IntoIterator<Item = Answer>) -> (Stub, DynamoTable) {
    let stub = Stub::answering(answers).await;
    let table = DynamoTable::new(&stub.base, "hark", Arc::new(FixedClock::at(now())));
    (stub, table)
}

fn key() -> ItemKey {
    ItemKey::new("note#SM123456", "state")
}

fn item(sort: &str, expires_ms: Option<&str>) -> Value {
    let mut item =
        json!({"pk": {"S": "note#SM123456"}, "sk": {"S": sort}, "v": {"N": "3"}, "body": {"S": "{}"}});
    if let Some(ms) = expires_ms {
        item["expires_ms"] = json!({ "N": ms });
    }
    item
}

fn ok(body: &Value) -> Answer {
    Answer::new(200, body.to_string())
}

fn operation(seen: &Seen) -> &str {
    seen.header("x-amz-target").rsplit('.').next().unwrap()
}

fn conflict() -> Answer {
    Answer::json_error(400, "ConditionalCheckFailedException")
}

#[tokio::test]
async fn a_first_write_asks_for_nothing_or_something_expired() {
    let (stub, table) = stub([ok(&json!({}))]).await;
    let expires_at = now() + Duration::from_millis(1_500);
    let version = table.put(&key(), "{\"a\":1}", Condition::Absent, Some(expires_at)).await.unwrap();
    assert_eq!(version, 1);
    let seen = stub.seen();
    assert_eq!(operation(&seen[0]), "PutItem");
    assert!(seen[0].header("authorization").contains("/eu-central-1/dynamodb/aws4_request"));
    assert_eq!(
        seen[0].json(),
        json!({
            "TableName": "hark",
            "Item": {
                "pk": {"S": "note#SM123456"}, "sk": {"S": "state"}, "v": {"N": "1"}, "body": {"S": "{\"a\":1}"},
                "expires_ms": {"N": "1795168801500"}, "ttl": {"N": "1795168802"},
            },
            "ConditionExpression": "attribute_not_exists(pk) OR expires_ms <= :now",
            "ExpressionAttributeValues": {":now": {"N": NOW_MS}},
        })
    );
}

#[tokio::test]
async fn a_next_write_names_the_version_that_it_saw() {
    let (stub, table) = stub([ok(&json!({})), conflict()]).await;
    assert_eq!(table.put(&key(), "{}", Condition::Version(7), None).await.unwrap(), 8);
    let lost = table.put(&key(), "{}", Condition::Version(7), None).await;
    assert!(matches!(lost, Err(TableError::Conflict)), "{lost:?}");
    let sent = stub.seen()[0].json();
    assert_eq!(sent["Item"]["v"], json!({"N": "8"}));
    assert_eq!(
        sent["ConditionExpression"],
        "v = :seen AND (attribute_not_exists(expires_ms) OR expires_ms > :now)"
    );
    assert_eq!(sent["ExpressionAttributeValues"], json!({":now": {"N": NOW_MS}, ":seen": {"N": "7"}}));
}

#[tokio::test]
async fn an_unconditional_write_counts_up_what_is_there() {
    let (stub, table) = stub([ok(&json!({"Attributes": {"v": {"N": "4"}, "body": {"S": "{}"}}}))]).await;
    assert_eq!(table.put(&key(), "{}", Condition::Always, None).await.unwrap(), 4);
    let seen = stub.seen();
    assert_eq!(operation(&seen[0]), "UpdateItem");
    assert_eq!(seen[0].json()["UpdateExpression"], "SET body = :body REMOVE expires_ms, #ttl ADD v :one");
}

#[tokio::test]
async fn an_unconditional_write_over_something_expired_begins_anew() {
    let (stub, table) =
        stub([conflict(), ok(&json!({})), ok(&json!({"Attributes": {"v": {"N": "1"}}}))]).await;
    assert_eq!(table.put(&key(), "{}", Condition::Always, Some(now())).await.unwrap(), 1);
    let seen = stub.seen();
    assert_eq!(seen.iter().map(operation).collect::<Vec<_>>(), ["UpdateItem", "DeleteItem", "UpdateItem"]);
    assert_eq!(seen[1].json()["ConditionExpression"], "expires_ms <= :now");
}

#[tokio::test]
async fn what_has_expired_is_not_there() {
    let found = |expires| ok(&json!({ "Item": item("state", expires) }));
    let (stub, table) =
        stub([found(None), found(Some("1795168800001")), found(Some(NOW_MS)), ok(&json!({}))]).await;
    assert_eq!(table.get(&key()).await.unwrap().unwrap().version, 3);
    assert!(table.get(&key()).await.unwrap().unwrap().expires_at.is_some());
    assert_eq!(table.get(&key()).await.unwrap(), None);
    assert_eq!(table.get(&key()).await.unwrap(), None);
    assert_eq!(stub.seen()[0].json()["ConsistentRead"], true);
}

#[tokio::test]
async fn a_query_is_not_shortened_by_what_has_expired() {
    let page = |items: Vec<Value>, last: Option<&str>| {
        let mut page = json!({ "Items": items });
        if let Some(sort) = last {
            page["LastEvaluatedKey"] = json!({"pk": {"S": "note#SM123456"}, "sk": {"S": sort}});
        }
        ok(&page)
    };
    let (stub, table) = stub([
        page(vec![item("a", Some("1")), item("b", None)], Some("b")),
        page(vec![item("c", None)], Some("c")),
    ])
    .await;
    let range = SortRange::Prefix("x".to_owned());
    let items = table.query("note#SM123456", &range, Order::Descending, 2).await.unwrap();
    assert_eq!(items.iter().map(|item| item.key.sort.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    let sent: Vec<Value> = stub.seen().iter().map(Seen::json).collect();
    assert_eq!(sent.len(), 2);
    assert_eq!((&sent[0]["Limit"], &sent[1]["Limit"]), (&json!(2), &json!(1)));
    assert_eq!(sent[0]["KeyConditionExpression"], "pk = :pk AND begins_with(sk, :sk)");
    assert_eq!((&sent[0]["ScanIndexForward"], &sent[0]["ConsistentRead"]), (&json!(false), &json!(true)));
    assert_eq!(sent[1]["ExclusiveStartKey"]["sk"], json!({"S": "b"}));
}

#[tokio::test]
async fn an_empty_bound_means_everything() {
    let (stub, table) = stub([ok(&json!({"Items": []})), ok(&json!({"Items": []}))]).await;
    for range in [SortRange::Prefix(String::new()), SortRange::After("m".to_owned())] {
        assert!(table.query("p", &range, Order::Ascending, 10).await.unwrap().is_empty());
    }
    let seen = stub.seen();
    assert_eq!(seen[0].json()["KeyConditionExpression"], "pk = :pk");
    assert_eq!(seen[1].json()["KeyConditionExpression"], "pk = :pk AND sk > :sk");
}

fn cancelled(codes: &[&str]) -> Answer {
    let reasons: Vec<Value> = codes.iter().map(|code| json!({ "Code": code })).collect();
    Answer::new(
        400,
        json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "CANARY",
            "CancellationReasons": reasons,
        })
        .to_string(),
    )
}

fn two_writes() -> [Write; 2] {
    [
        Write::Put { key: key(), body: "{}".to_owned(), condition: Condition::Always, expires_at: None },
        Write::Delete { key: ItemKey::new("p", "s"), condition: Condition::Version(2) },
    ]
}

#[tokio::test]
async fn several_writes_go_in_one_transaction() {
    let (stub, table) = stub([ok(&json!({}))]).await;
    table.write_together(&two_writes()).await.unwrap();
    let seen = stub.seen();
    assert_eq!(operation(&seen[0]), "TransactWriteItems");
    let sent = seen[0].json();
    assert!(sent["ClientRequestToken"].is_string());
    assert_eq!(sent["TransactItems"][0]["Update"]["TableName"], "hark");
    assert_eq!(sent["TransactItems"][1]["Delete"]["Key"], json!({"pk": {"S": "p"}, "sk": {"S": "s"}}));
    assert!(sent["TransactItems"][1]["Delete"]["ConditionExpression"].is_string());
}

#[tokio::test]
async fn a_cancelled_transaction_is_a_conflict_or_passes() {
    for (answer, expected) in [
        (cancelled(&["None", "ConditionalCheckFailed"]), "Conflict"),
        (cancelled(&["TransactionConflict", "ConditionalCheckFailed"]), "Conflict"),
        (cancelled(&["None", "TransactionConflict"]), "Unavailable"),
        (cancelled(&["ThrottlingError", "None"]), "Unavailable"),
        (cancelled(&["ProvisionedThroughputExceeded", "None"]), "Unavailable"),
        (cancelled(&["ValidationError", "None"]), "Refused"),
        (Answer::json_error(400, "ValidationException"), "Refused"),
    ] {
        // The SDK tries some of these again by itself.
        let (_stub, table) = stub(vec![answer; 3]).await;
        let error = table.write_together(&two_writes()).await.unwrap_err();
        let shown = format!("{error:?}");
        assert!(shown.starts_with(expected) && !shown.contains("CANARY"), "{expected}: {shown}");
    }
}

#[tokio::test]
async fn an_expired_item_does_not_stop_an_unconditional_write_of_several() {
    let (stub, table) =
        stub([cancelled(&["ConditionalCheckFailed", "None"]), ok(&json!({})), ok(&json!({}))]).await;
    table.write_together(&two_writes()).await.unwrap();
    let seen = stub.seen();
    assert_eq!(
        seen.iter().map(operation).collect::<Vec<_>>(),
        ["TransactWriteItems", "DeleteItem", "TransactWriteItems"]
    );
}

#[tokio::test]
async fn throttling_passes_and_a_conflict_with_a_transaction_too() {
    for code in
        ["ProvisionedThroughputExceededException", "ThrottlingException", "TransactionConflictException"]
    {
        let (_stub, table) = stub(vec![Answer::json_error(400, code); 3]).await;
        let result = table.put(&key(), "{}", Condition::Absent, None).await;
        assert!(matches!(result, Err(TableError::Unavailable(_))), "{code}: {result:?}");
    }
}

#[tokio::test]
async fn what_no_table_takes_is_not_sent() {
    let (stub, table) = stub([]).await;
    let empty = ItemKey::new("p", "");
    assert!(matches!(table.put(&empty, "{}", Condition::Always, None).await, Err(TableError::Refused(_))));
    assert!(matches!(table.write_together(&[]).await, Err(TableError::Refused(_))));
    assert!(stub.seen().is_empty());
}
