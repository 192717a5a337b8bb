//! The question to customer-lookup and every answer to it.

use std::time::Duration;

use serde_json::json;
use shared::{
    domain::{customer::Customer, identity::Identity},
    ports::directory::{CustomerDirectory, DirectoryError},
};

use super::stub::{Answer, Stub, base};
use crate::InvokedDirectory;

fn identity() -> Identity {
    Identity::parse("whatsapp:+4915112345678").unwrap()
}

async fn ask(answers: Vec<Answer>) -> (Stub, Result<Option<Customer>, DirectoryError>) {
    let stub = Stub::answering(answers).await;
    let found = InvokedDirectory::new(&stub.base, "customer-lookup").find(&identity()).await;
    (stub, found)
}

fn answer(status: u16, body: &str) -> Answer {
    Answer::new(200, json!({"statusCode": status, "body": body}).to_string())
}

const CUSTOMER: &str = r#"{"customer_id":"c1","company_id":"acme","company_name":"Acme"}"#;

#[tokio::test]
async fn a_person_is_found_by_the_one_spelling_of_the_number() {
    let (stub, found) = ask(vec![answer(200, CUSTOMER)]).await;
    assert_eq!(found.unwrap().unwrap().company_id.as_str(), "acme");
    let seen = stub.seen();
    assert_eq!(seen[0].target, "/2015-03-31/functions/customer-lookup/invocations");
    assert_eq!(seen[0].json(), json!({"phone_number": "+4915112345678"}));
}

#[tokio::test]
async fn b18_nobody_is_an_answer() {
    for nobody in [answer(404, "{}"), Answer::new(200, r#"{"statusCode":404}"#)] {
        assert!(ask(vec![nobody]).await.1.unwrap().is_none());
    }
}

#[tokio::test]
async fn b18_everything_else_means_that_the_directory_could_not_say() {
    for odd in [
        answer(401, ""),
        answer(500, "CANARY"),
        answer(200, "<html>CANARY</html>"),
        answer(200, r#"{"customer_id":"CANARY"}"#),
        answer(200, r#"{"customer_id":"c1","company_id":"_CANARY","company_name":"x"}"#),
        Answer::new(200, "<html>CANARY</html>"),
        Answer::new(200, "null"),
        Answer::new(200, ""),
        Answer::new(200, r#"{"errorMessage":"CANARY"}"#).with("x-amz-function-error", "Unhandled"),
        Answer::json_error(404, "ResourceNotFoundException"),
    ] {
        let (_stub, found) = ask(vec![odd]).await;
        let shown = format!("{:?}", found.unwrap_err());
        assert!(!shown.contains("CANARY") && !shown.contains("4915"), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn b18_after_two_seconds_nobody_waits_any_longer() {
    // Bound but never accepted from: the question gets no answer.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = base(&format!("http://{}", silent.local_addr().unwrap()));
    let started = tokio::time::Instant::now();
    let found = InvokedDirectory::new(&base, "customer-lookup").find(&identity()).await;
    assert_eq!(found.unwrap_err().0.to_string(), "Invoke: no answer in time");
    assert_eq!(started.elapsed(), Duration::from_secs(2));
}
