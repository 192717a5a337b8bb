//! Who signed it? Everything that is not signed ends before anybody is looked up.

use http::{HeaderValue, StatusCode};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::world::{
    BASE, Different, FORM, TOKEN, World, acknowledged, keys, request, sign, sign_form, signed, text,
};

const HEADER: &str = "x-twilio-signature";

/// The vectors of the fixtures that are for the URL of a gateway with a stage.
fn wire_vectors() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/twilio/signature_vectors.json");
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let all = vectors["extra"].as_array().unwrap().clone();
    all.into_iter()
        .filter(|vector| {
            vector["url"] == "https://abc123.execute-api.eu-central-1.amazonaws.com/prod/webhook"
        })
        .collect()
}

#[tokio::test]
async fn a02_real_signatures_pass_the_real_handler() {
    let world = World::with(Different {
        base: Some("https://abc123.execute-api.eu-central-1.amazonaws.com/prod"),
        keys: Some(std::sync::Arc::new(webhook_handler::FixedKeys::new(&keys("12345")).unwrap())),
        ..Different::default()
    });
    let vectors = wire_vectors();
    assert_eq!(vectors.len(), 13);
    for vector in vectors {
        let (body, signature) = (vector["raw_body"].as_str().unwrap(), vector["sig"].as_str().unwrap());
        // The signature holds; what is signed is no whole message.
        for target in ["/webhook", "/prod/webhook"] {
            let answered = world.send(request(target, signature, body)).await;
            assert_eq!(answered.status, StatusCode::BAD_REQUEST, "{}", vector["id"]);
        }
        let answered = world.send(request("/webhook", signature, &format!("{body}&x=1"))).await;
        assert_eq!(answered.status, StatusCode::FORBIDDEN, "{}", vector["id"]);
    }
}

#[tokio::test]
async fn a03_a_missing_or_misshapen_header_is_refused() {
    let world = World::new();
    let right = sign_form(TOKEN, &format!("{BASE}/webhook"), text("hi").as_bytes());
    let mut without = signed("/webhook", &text("hi"));
    without.headers_mut().remove(HEADER);
    let answered = world.send(without).await;
    world.assert_refused(&answered, StatusCode::FORBIDDEN, "signature_missing");
    for (value, reason) in [
        (String::new(), "signature_missing"),
        ("  ".to_owned(), "signature_missing"),
        ("AAAAAAAAAAAAAAAAAAAAAAAAAA==".to_owned(), "signature_malformed"), // 19 bytes
        ("AAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(), "signature_malformed"), // 21 bytes
        (format!("{}=", "A".repeat(43)), "signature_mismatch"),             // 32 bytes
        (right.replace('=', ""), "signature_malformed"),
        ("-_-_-_-_-_-_-_-_-_-_-_-_-_8=".to_owned(), "signature_malformed"),
        ("\u{e4}".to_owned(), "signature_malformed"),
        (sign(TOKEN, b"something else"), "signature_mismatch"),
    ] {
        let mut request = signed("/webhook", &text("hi"));
        request.headers_mut().insert(HEADER, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        let answered = world.send(request).await;
        world.assert_refused(&answered, StatusCode::FORBIDDEN, reason);
    }
}

#[tokio::test]
async fn a04_two_signatures_are_refused_even_if_one_is_right() {
    let world = World::new();
    let mut two = signed("/webhook", &text("hi"));
    two.headers_mut().append(HEADER, HeaderValue::from_static("AAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    let answered = world.send(two).await;
    world.assert_refused(&answered, StatusCode::FORBIDDEN, "signature_repeated");

    let mut joined = signed("/webhook", &text("hi"));
    let right = joined.headers()[HEADER].to_str().unwrap().to_owned();
    joined.headers_mut().insert(HEADER, format!("{right}, {right}").parse().unwrap());
    let answered = world.send(joined).await;
    world.assert_refused(&answered, StatusCode::FORBIDDEN, "signature_repeated");
}

#[tokio::test]
async fn a_wrong_signature_is_refused_before_anything_is_done() {
    let world = World::new();
    let body = text("hi");
    for (url, signed_body, token) in [
        (format!("{BASE}/webhook"), text("ho"), TOKEN),
        (format!("{BASE}/webhook"), body.clone(), "another token"),
        (format!("{BASE}/webhook/"), body.clone(), TOKEN),
        (format!("{BASE}/twilio/inbound"), body.clone(), TOKEN),
        ("http://hark.example/webhook".to_owned(), body.clone(), TOKEN),
        ("https://evil.example/webhook".to_owned(), body.clone(), TOKEN),
        (format!("{BASE}:8443/webhook"), body.clone(), TOKEN),
        (format!("{BASE}/webhook?x=1"), body.clone(), TOKEN),
    ] {
        let signature = sign_form(token, &url, signed_body.as_bytes());
        let answered = world.send(request("/webhook", &signature, &body)).await;
        world.assert_refused(&answered, StatusCode::FORBIDDEN, "signature_mismatch");
    }
}

#[tokio::test]
async fn a12_a_json_body_without_its_hash_is_refused() {
    let world = World::new();
    let body = r#"{"Body":"hi"}"#;
    for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x"] {
        let mut json = request("/webhook", &sign(TOKEN, format!("{BASE}/webhook").as_bytes()), body);
        json.headers_mut().insert("content-type", content_type.parse().unwrap());
        let answered = world.send(json).await;
        world.assert_refused(&answered, StatusCode::FORBIDDEN, "body_not_covered");
    }
    let mut untyped = signed("/webhook", &text("hi"));
    untyped.headers_mut().remove("content-type");
    let answered = world.send(untyped).await;
    world.assert_refused(&answered, StatusCode::FORBIDDEN, "body_not_covered");

    let mut twice = signed("/webhook", &text("hi"));
    twice.headers_mut().append("content-type", "application/json".parse().unwrap());
    let answered = world.send(twice).await;
    world.assert_refused(&answered, StatusCode::FORBIDDEN, "body_not_covered");

    // With its hash it is Twilio's, but still no message.
    let target = format!("/webhook?bodySHA256={}", hex::encode(Sha256::digest(body)));
    let mut json = request(&target, &sign(TOKEN, format!("{BASE}{target}").as_bytes()), body);
    json.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let answered = world.send(json).await;
    world.assert_refused(&answered, StatusCode::BAD_REQUEST, "no_form");
}

#[tokio::test]
async fn a14_a_form_signed_over_its_url_alone_is_refused_unless_the_hash_fits() {
    let world = World::new();
    let body = text("hi");
    let target = format!("/webhook?bodySHA256={}", hex::encode(Sha256::digest(&body)));
    let over_url = sign(TOKEN, format!("{BASE}{target}").as_bytes());
    let answered = world.send(request(&target, &over_url, &text("ho"))).await;
    world.assert_refused(&answered, StatusCode::FORBIDDEN, "signature_mismatch");
    assert_eq!(world.send(request(&target, &over_url, &body)).await, acknowledged());
}

#[tokio::test]
async fn e_a_query_is_signed_as_it_was_received() {
    let world = World::new();
    for target in ["/webhook?b=%2B&a=1&a=2", "/webhook?x=it's", "/webhook?"] {
        assert_eq!(world.send(signed(target, &text("hi"))).await, acknowledged(), "{target}");
    }
    let body = text("hi");
    let other_order = sign_form(TOKEN, &format!("{BASE}/webhook?a=1&b=2"), body.as_bytes());
    let answered = world.send(request("/webhook?b=2&a=1", &other_order, &body)).await;
    assert_eq!(answered.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a16_what_a_request_says_of_its_own_address_has_no_influence() {
    let world = World::new();
    let hostile = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", "8443"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-original-url", "/other"),
        ("x-rewrite-url", "/other"),
    ];
    let body = text("hi");
    let for_evil = sign_form(TOKEN, "http://evil.example:8443/webhook", body.as_bytes());
    for (right, signature) in [(true, None), (false, Some(for_evil))] {
        for with_headers in [false, true] {
            let mut request = signed("/webhook", &body);
            if let Some(signature) = &signature {
                request.headers_mut().insert(HEADER, signature.parse().unwrap());
            }
            if with_headers {
                for (name, value) in hostile {
                    request.headers_mut().insert(name, HeaderValue::from_static(value));
                }
            }
            let answered = world.send(request).await;
            assert_eq!(answered == acknowledged(), right);
        }
    }
    let mut absolute = signed("/webhook", &body);
    *absolute.uri_mut() = "http://evil.example/webhook".parse().unwrap();
    assert_eq!(world.send(absolute).await, acknowledged());
}

#[tokio::test]
async fn a19_too_much_is_refused_before_any_key_is_used() {
    let world = World::new();
    let key_of_a_mebibyte = format!("{}=1", "k".repeat(1024 * 1024));
    for (body, reason) in [
        ("a".repeat(64 * 1024 + 1), "body_too_large"),
        ("a".repeat(6 * 1024 * 1024), "body_too_large"),
        (key_of_a_mebibyte, "body_too_large"),
        ("a=&".repeat(10_000), "too_many_parameters"),
    ] {
        // The signature cannot be right, which is not even asked.
        let answered = world.send(request("/webhook", &sign(TOKEN, b""), &body)).await;
        world.assert_refused(&answered, StatusCode::BAD_REQUEST, reason);
        // Without a signature the body is not even read.
        let mut unsigned = request("/webhook", "", &body);
        unsigned.headers_mut().remove(HEADER);
        let answered = world.send(unsigned).await;
        world.assert_refused(&answered, StatusCode::FORBIDDEN, "signature_missing");
    }
}

#[tokio::test(start_paused = true)]
async fn a19_a_body_without_a_length_or_an_end_is_left() {
    let world = World::new();
    let endless = axum::body::Body::from_stream(futures::stream::pending::<std::io::Result<Vec<u8>>>());
    let answered = world.send(request("/webhook", &sign(TOKEN, b""), "").map(|_| endless)).await;
    world.assert_refused(&answered, StatusCode::BAD_REQUEST, "body_too_slow");

    let chunks = (0..65).map(|_| Ok::<_, std::io::Error>("x".repeat(1024)));
    let unmeasured = axum::body::Body::from_stream(futures::stream::iter(chunks));
    let answered = world.send(request("/webhook", &sign(TOKEN, b""), "").map(|_| unmeasured)).await;
    world.assert_refused(&answered, StatusCode::BAD_REQUEST, "body_too_large");
}

#[tokio::test]
async fn the_body_need_not_name_its_charset_in_one_way() {
    let world = World::new();
    let mut request = signed("/webhook", &text("hi"));
    let charset = format!("{}; charset=UTF-8", FORM.to_uppercase());
    request.headers_mut().insert("content-type", charset.parse().unwrap());
    assert_eq!(world.send(request).await, acknowledged());
}
