//! Events of API Gateway through a router that tells what it got.

use ::http::{HeaderMap, Method, Uri};
use axum::{
    body::Bytes,
    http::header,
    response::AppendHeaders,
    routing::{any, get},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Answers `/webhook` with method, address, signature header and body.
fn router() -> Router {
    let echo = async |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let signature = headers.get("x-twilio-signature").map_or("", |v| v.to_str().unwrap());
        let cookie = headers.get(header::COOKIE).map_or("", |v| v.to_str().unwrap());
        format!("{method} {uri} [{signature}] [{cookie}] {}", String::from_utf8_lossy(&body))
    };
    let cookies = AppendHeaders([
        (header::SET_COOKIE, "a=1"),
        (header::SET_COOKIE, "b=2"),
        (header::VARY, "x"),
        (header::VARY, "y"),
    ]);
    Router::new()
        .route("/webhook", any(echo))
        .route("/picture", get(async || [0xff_u8, 0xd8, 0xff]))
        .route("/silence", get(async || vec![0_u8; 4 << 20]))
        .route("/cookies", get(async move || (cookies, "ok")))
        .route("/panic", get(async || -> &'static str { panic!("CANARY") }))
}

/// An event as API Gateway sends it, with these fields in place of its own.
fn event(changes: &Value) -> String {
    let mut event = json!({
        "version": "2.0",
        "routeKey": "POST /webhook",
        "rawPath": "/webhook",
        "rawQueryString": "",
        "headers": {
            "content-type": "application/x-www-form-urlencoded",
            "host": "abc123.execute-api.eu-central-1.amazonaws.com",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "domainName": "abc123.execute-api.eu-central-1.amazonaws.com",
            "http": {"method": "POST", "path": "/webhook", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "POST /webhook",
            "stage": "$default",
            "timeEpoch": 1_795_168_800_000_i64,
        },
        "isBase64Encoded": false,
    });
    for (name, value) in changes.as_object().unwrap() {
        event[name] = value.clone();
    }
    event.to_string()
}

/// Status and body.
async fn ask(changes: &Value) -> (i64, String) {
    told(&HttpFunction::new(router()).answer(&event(changes)).await)
}

fn told(response: &ApiGatewayV2httpResponse) -> (i64, String) {
    let body = response.body.as_deref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    (response.status_code, body.unwrap_or_default())
}

fn got(what: &str) -> (i64, String) {
    (200, what.to_owned())
}

fn refused(status: i64) -> (i64, String) {
    (status, String::new())
}

#[tokio::test]
async fn a_form_comes_as_base64_and_arrives_as_bytes() {
    let form = json!({"body": STANDARD_FORM, "isBase64Encoded": true, "rawQueryString": "a=%2B1&a=2&b"});
    assert_eq!(ask(&form).await, got("POST /webhook?a=%2B1&a=2&b [] [] Body=a%20b&From=%2B49"));
}

const STANDARD_FORM: &str = "Qm9keT1hJTIwYiZGcm9tPSUyQjQ5";

#[tokio::test]
async fn a15_what_claims_to_be_base64_must_be() {
    for broken in [
        "Qm9keT1hJTIwYiZGcm9tPSUyQjQ",
        "Qm9k\n",
        "Qm9=",
        "Body=a%20b&From=%2B49",
        "Qm9keT1-",
        "Qm9keT1_",
        "QQ",
    ] {
        assert_eq!(ask(&json!({"body": broken, "isBase64Encoded": true})).await, refused(400), "{broken}");
    }
}

#[tokio::test]
async fn a15_text_that_looks_like_base64_is_text() {
    let text = json!({"body": STANDARD_FORM, "isBase64Encoded": false});
    assert_eq!(ask(&text).await, got(&format!("POST /webhook [] [] {STANDARD_FORM}")));
}

#[tokio::test]
async fn a04_repeated_headers_stay_joined_and_cookies_come_back_together() {
    let headers = json!({"headers": {"x-twilio-signature": "AAAA,BBBB"}, "cookies": ["a=1", "b=2"]});
    assert_eq!(ask(&headers).await, got("POST /webhook [AAAA,BBBB] [a=1; b=2] "));
}

#[tokio::test]
async fn a16_what_the_event_says_of_its_host_changes_nothing() {
    let plain = ask(&json!({})).await;
    let forged = json!({"headers": {
        "host": "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "http",
        "x-forwarded-port": "8443", "forwarded": "host=evil.example",
    }});
    assert_eq!(ask(&forged).await, plain);
}

#[tokio::test]
async fn a17_only_the_very_path_is_served() {
    for path in [
        "/prod/webhook",
        "/webhook/",
        "//webhook",
        "/webhook/..",
        "/x/../webhook",
        "/%77ebhook",
        "/webhook%2e",
        "/web hook",
        "/webhook?x",
        "/webhook#x",
        "webhook",
        "",
        "/WEBHOOK",
        "/webhook\u{0}",
        "https://evil.example/webhook",
    ] {
        assert_eq!(ask(&json!({ "rawPath": path })).await.0, 404, "{path:?}");
    }
    assert_eq!(ask(&json!({ "rawPath": "/webhook" })).await.0, 200);
}

#[tokio::test]
async fn a17_a_named_stage_is_taken_off_only_where_it_was_named() {
    let function = HttpFunction::new(router()).with_stage("prod");
    for (path, status) in [
        ("/prod/webhook", 200),
        ("/webhook", 404),
        ("/prod", 404),
        ("/production/webhook", 404),
        ("/prod/prod/webhook", 404),
        ("/dev/webhook", 404),
    ] {
        assert_eq!(function.answer(&event(&json!({ "rawPath": path }))).await.status_code, status, "{path}");
    }
}

#[tokio::test]
async fn what_is_no_event_is_refused_without_a_word() {
    let function = HttpFunction::new(router());
    for odd in ["{}", "null", "[]", r#"{"requestContext":{"http":{"method":"CA NARY"}}}"#] {
        assert_eq!(told(&function.answer(odd).await), refused(400), "{odd}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_go_back_as_base64() {
    let mut get = json!({"rawPath": "/picture"});
    get["requestContext"] = json!({"http": {"method": "GET"}});
    let response = HttpFunction::new(router()).answer(&event(&get)).await;
    let sent = serde_json::to_value(&response).unwrap();
    assert_eq!((&sent["isBase64Encoded"], &sent["body"]), (&json!(true), &json!("/9j/")));
    assert_eq!(sent["headers"]["content-type"], "application/octet-stream");
}

/// Lambda answers with 6 MB at most.
#[tokio::test]
async fn silence_is_as_large_as_any_other_sound() {
    let mut get = json!({"rawPath": "/silence"});
    get["requestContext"] = json!({"http": {"method": "GET"}});
    let response = HttpFunction::new(router()).answer(&event(&get)).await;
    let sent = serde_json::to_string(&response).unwrap();
    assert!(response.is_base64_encoded && sent.len() < 6_000_000, "{}", sent.len());
}

#[tokio::test]
async fn several_headers_of_one_name_all_go_back() {
    let mut get = json!({"rawPath": "/cookies"});
    get["requestContext"] = json!({"http": {"method": "GET"}});
    let response = HttpFunction::new(router()).answer(&event(&get)).await;
    let sent = serde_json::to_value(&response).unwrap();
    assert_eq!(sent["cookies"], json!(["a=1", "b=2"]));
    assert_eq!(sent["headers"]["vary"], "x, y");
    assert_eq!(sent["headers"].get("set-cookie"), None);
    assert_eq!((&sent["isBase64Encoded"], &sent["body"]), (&json!(false), &json!("ok")));
}

#[tokio::test]
async fn g01_a_panic_is_a_bare_500() {
    let mut get = json!({"rawPath": "/panic"});
    get["requestContext"] = json!({"http": {"method": "GET"}});
    assert_eq!(ask(&get).await, refused(500));
}

proptest! {
    #[test]
    fn a17_no_path_and_no_query_makes_it_fail(path in "\\PC{0,40}", query in "\\PC{0,40}", body in "\\PC{0,40}", is_base64: bool) {
        let changes = json!({"rawPath": path, "rawQueryString": query, "body": body, "isBase64Encoded": is_base64});
        let (status, _) = crate::block_on_current_thread(ask(&changes)).unwrap();
        prop_assert!([200, 400, 404].contains(&status));
    }
}
