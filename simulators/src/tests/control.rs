//! What a test asks of the stand-ins: failures, and a look at the calls.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::harness::{OWN, PHONE, Stage};

const MESSAGE: [(&str, &str); 3] = [("To", PHONE), ("From", OWN), ("Body", "hello")];

#[tokio::test]
async fn a_status_has_the_vendors_shape() {
    let stage = Stage::new().await;
    stage.fault("POST */Messages.json", "status:429").await;
    let limited = stage.send(&MESSAGE).send().await.unwrap();
    assert_eq!((limited.status().as_u16(), &limited.headers()["retry-after"]), (429, &"1".parse().unwrap()));
    assert_eq!(limited.json::<Value>().await.unwrap()["code"], 20429);
    assert!(stage.inbox(PHONE).await.is_empty());
    stage.sent(&MESSAGE).await;

    let models = || stage.client.get(stage.url("/v1/models")).bearer_auth("any").send();
    for (action, status, code) in [
        ("status:429:insufficient_quota", 429, json!("insufficient_quota")),
        ("status:401", 401, json!("invalid_api_key")),
        ("status:503", 503, Value::Null),
    ] {
        stage.fault("GET /v1/*", action).await;
        let response = models().await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.json::<Value>().await.unwrap()["error"]["code"], code);
    }
    assert_eq!(models().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_cut_call_does_nothing_and_a_lost_answer_does_all() {
    let stage = Stage::new().await;
    stage.fault("POST *", "cut").await;
    assert!(stage.send(&MESSAGE).send().await.is_err());
    assert!(stage.inbox(PHONE).await.is_empty());

    stage.fault("POST *", "lost_answer").await;
    assert!(stage.send(&MESSAGE).send().await.is_err());
    assert_eq!(stage.inbox(PHONE).await.len(), 1);

    stage.fault("POST /v1/*", "cut").await;
    let upload =
        stage.client.post(stage.url("/v1/audio/transcriptions")).bearer_auth("any").body(vec![0; 5 << 20]);
    assert!(upload.send().await.is_err());

    stage.sent(&MESSAGE).await;
    let outcomes: Vec<_> =
        stage.calls().await.iter().map(|call| (call["status"].clone(), call["fault"].clone())).collect();
    assert_eq!(
        outcomes,
        [
            (Value::Null, json!("cut")),
            (json!(201), json!("lost_answer")),
            (Value::Null, json!("cut")),
            (json!(201), Value::Null)
        ]
    );
}

#[tokio::test]
async fn a_delay_holds_the_answer_and_ends_with_the_simulators() {
    let stage = Stage::new().await;
    stage.fault("*", "delay_ms:80").await;
    let start = Instant::now();
    stage.sent(&MESSAGE).await;
    assert!(start.elapsed() >= Duration::from_millis(80));

    stage.fault("*", "delay_ms:600000").await;
    let request = stage.send(&MESSAGE).send();
    let pending = tokio::spawn(request);
    while stage.calls().await.len() < 2 {}
    stage.simulators.stop().await;
    assert_eq!(pending.await.unwrap().unwrap().status(), 201);
}

#[tokio::test]
async fn calls_are_counted_with_their_sizes() {
    let stage = Stage::new().await;
    stage.sent(&MESSAGE).await;
    stage.inbox(PHONE).await;
    let calls = stage.calls().await;
    assert_eq!(calls.len(), 1, "only vendor routes count");
    assert_eq!((&calls[0]["method"], &calls[0]["status"]), (&"POST".into(), &201.into()));
    assert!(calls[0]["path"].as_str().unwrap().ends_with("/Messages.json"));
    assert!(calls[0]["body_bytes"].as_u64().unwrap() > 40);
    stage.client.delete(stage.url("/_sim/calls")).send().await.unwrap();
    assert!(stage.calls().await.is_empty());
}

#[tokio::test]
async fn nonsense_is_refused_and_the_front_page_says_what_this_is() {
    let stage = Stage::new().await;
    for plan in ["{}", "[{\"call\":\"*\",\"do\":\"explode\"}]", "[{\"call\":\"*\",\"do\":\"cut\",\"nht\":1}]"]
    {
        let response = stage.client.post(stage.url("/_sim/faults")).body(plan).send().await.unwrap();
        assert_eq!(response.status(), 400, "{plan}");
    }
    let page = stage.client.get(stage.url("/")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("simulat"));
}

#[tokio::test]
async fn a_dropped_simulator_frees_its_port() {
    let stage = Stage::new().await;
    let url = stage.url("/");
    drop(stage.simulators);
    while stage.client.get(&url).send().await.is_ok() {
        tokio::task::yield_now().await;
    }
}
