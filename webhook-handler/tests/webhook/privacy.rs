//! G01: what nobody may read in a log.

use axum::body::Body;
use http::{HeaderValue, Request};
use proptest::prelude::*;
use shared::testing::samples;

use crate::world::{ACCOUNT, TOKEN, World, form, signed};

/// A message in which everything that is personal or secret can be found again.
fn telling() -> String {
    let mut body = form(&[
        ("Body", Some("WORDCANARY call Mrs Miller")),
        ("ProfileName", Some("NAMECANARY")),
        ("NumMedia", Some("1")),
        ("MediaUrl0", Some("https://api.twilio.com/URLCANARY?key=URLCANARY")),
        ("MediaContentType0", Some("audio/TYPECANARY")),
        ("Latitude", Some("52.52")),
        ("Longitude", Some("13.40")),
        ("Address", Some("PLACECANARY street")),
        ("ButtonPayload", Some("BUTTONCANARY")),
    ]);
    body.push_str("&FIELDCANARY=VALUECANARY");
    body
}

/// Requests that end at each of the steps.
fn requests() -> Vec<Request<Body>> {
    let canary = |mut request: Request<Body>| {
        let headers = request.headers_mut();
        headers.insert("x-api-key", HeaderValue::from_static("HEADERCANARY"));
        headers.insert("host", HeaderValue::from_static("hostcanary.example"));
        request
    };
    let with = |name: &'static str, value: &'static str| signed("/webhook", &telling().replace(name, value));
    let number = "whatsapp%3A%2B4915112345678";
    let mut unsigned = signed("/webhook?QUERYCANARY=1", &telling());
    unsigned.headers_mut().remove("x-twilio-signature");
    let mut misshapen = signed("/webhook", &telling());
    misshapen.headers_mut().insert("x-twilio-signature", HeaderValue::from_static("SIGNATURECANARY"));
    let mut json = signed("/webhook", &telling());
    json.headers_mut().insert("content-type", HeaderValue::from_static("application/CANARY"));
    let mut elsewhere = signed("/webhook", &telling());
    *elsewhere.uri_mut() = "/PATHCANARY?QUERYCANARY=1".parse().unwrap();
    let requests = vec![
        signed("/webhook?QUERYCANARY=1", &telling()),
        unsigned,
        misshapen,
        json,
        elsewhere,
        signed("/webhook", &telling()).map(|_| Body::from("other=CANARY")),
        signed("/webhook", &telling()).map(|_| Body::from("CANARY".repeat(20_000))),
        with(number, "CANARY"),
        with(number, "whatsapp%3A%2B4915100000000"),
        with("whatsapp%3A%2B14155238886", "whatsapp%3A%2B4900000CANARY"),
        with("whatsapp%3A%2B14155238886", "whatsapp%3A%2B4915100000001"),
        with(ACCOUNT, "ACCANARY"),
        with("NumMedia=1", "NumMedia=CANARY"),
        with("MessageSid=SM", "MessageSid=..CANARY"),
        with("WORDCANARY", "CANARY%ff"),
    ];
    requests.into_iter().map(canary).collect()
}

#[tokio::test]
async fn g01_no_request_leaves_its_words_in_a_log() {
    let world = World::new();
    for away in [false, true] {
        world.directory.set_unavailable(away);
        for request in requests() {
            world.send(request).await;
        }
    }
    let log = world.log_text();
    assert!(log.lines().count() >= 26, "there is a log to look into:\n{log}");
    let lower = log.to_lowercase();
    for canary in
        ["canary", &TOKEN.to_lowercase(), "4915112345678", "491510000", "14155238886", "petra", "52.52"]
    {
        assert!(!lower.contains(canary), "{canary} in:\n{log}");
    }
    let person = samples::customer();
    assert!(!log.contains(person.company_name.as_str()) && !log.contains("AC0000"));
}

#[tokio::test]
async fn every_refusal_is_counted_once_with_a_reason_of_the_closed_set() {
    const REASONS: [&str; 16] = [
        "signature_missing",
        "signature_repeated",
        "signature_malformed",
        "signature_mismatch",
        "body_not_covered",
        "body_too_large",
        "body_not_whole",
        "body_too_slow",
        "too_many_parameters",
        "no_form",
        "field_missing",
        "field_repeated",
        "field_unreadable",
        "foreign_account",
        "from_ourselves",
        "no_person",
    ];
    let world = World::new();
    let mut refused = 0;
    for request in requests() {
        let answered = world.send(request).await;
        refused += usize::from(matches!(answered.status.as_u16(), 400 | 403));
        assert_eq!(world.counted("webhook_refused").len(), refused);
    }
    assert!(refused >= 9);
    for reason in world.counted("webhook_refused") {
        assert!(!reason.is_empty() && REASONS.contains(&reason.as_str()), "{reason}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_request_makes_it_panic(
        target in "/(webhook|twilio/inbound|twilio/fallback|twilio/status)(\\?[ -!$-~]{0,20})?",
        signature in "[ -~]{0,60}",
        content_type in "[ -~]{0,40}",
        body in prop::collection::vec(any::<u8>(), 0..200),
        sign in any::<bool>(),
    ) {
        let Ok(uri) = target.parse::<http::Uri>() else { return Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let url = format!("{}{}", crate::world::BASE, uri);
            let right = crate::world::sign_form(TOKEN, &url, &body);
            let mut request = Request::post(uri).body(Body::from(body)).unwrap();
            let headers = request.headers_mut();
            headers.insert("x-twilio-signature", if sign { right } else { signature }.parse().unwrap());
            let content_type = if sign { "application/x-www-form-urlencoded".to_owned() } else { content_type };
            headers.insert("content-type", content_type.parse().unwrap());
            let status = world.send(request).await.status.as_u16();
            assert_eq!(status, if sign { 400 } else { 403 });
        });
    }
}
