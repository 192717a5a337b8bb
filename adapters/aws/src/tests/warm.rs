//! What is opened while a function starts is what its first request uses.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use shared::{
    domain::{identity::Identity, object_key::ObjectKey},
    ports::{
        directory::CustomerDirectory,
        objects::ObjectRead,
        table::{ItemKey, TableStore},
    },
    testing::fixed::FixedClock,
};

use super::stub::{Answer, Stub, base};
use crate::{DynamoTable, InvokedDirectory, S3Objects};

#[tokio::test]
async fn the_first_request_finds_the_connection_open() {
    let not_found = || Answer::s3_error(404, "NoSuchKey");
    let stub = Stub::answering([
        Answer::new(204, ""),
        Answer::json_error(400, "EmptyBatchRequest"),
        Answer::new(200, "{}"),
        Answer::new(404, ""),
        Answer::new(200, json!({"statusCode": 404}).to_string()),
        Answer::new(200, "{}"),
        not_found(),
    ])
    .await;
    stub.base.warm_up_function("customer-lookup").await;
    stub.base.warm_up_queue("https://sqs.eu-central-1.amazonaws.com/1/jobs").await;
    stub.base.warm_up_table("hark").await;
    stub.base.warm_up_bucket("data").await;
    let calls: Vec<String> =
        stub.seen().iter().map(|seen| format!("{} {}", seen.method, seen.target)).collect();
    let invoke = "/2015-03-31/functions/customer-lookup/invocations";
    assert_eq!(
        calls,
        [&format!("POST {invoke}"), "POST /", "POST /", "HEAD /data/warm-up"],
        "one try each, whatever the answer"
    );

    let identity = Identity::parse("whatsapp:+4915155500001").unwrap();
    assert!(InvokedDirectory::new(&stub.base, "customer-lookup").find(&identity).await.unwrap().is_none());
    let table = DynamoTable::new(&stub.base, "hark", Arc::new(FixedClock::default()));
    assert!(table.get(&ItemKey::new("a", "b")).await.unwrap().is_none());
    assert!(S3Objects::new(&stub.base, "data").get(&ObjectKey::customers()).await.unwrap().is_none());
    assert_eq!(stub.seen().len(), 3);
    assert_eq!(stub.connections(), 1, "all of them over the connection that the first warm-up opened");
}

#[tokio::test]
async fn a_service_that_is_away_does_not_keep_a_function_from_starting() {
    let refusing = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let base = base(&format!("http://{refusing}"));
    let starts = async {
        base.warm_up_function("customer-lookup").await;
        base.warm_up_queue("https://sqs.eu-central-1.amazonaws.com/1/jobs").await;
    };
    tokio::time::timeout(Duration::from_secs(20), starts).await.expect("it gives up by itself");
}
