//! Who is let in, on every route.

use std::{collections::BTreeMap, time::Duration};

use shared::{
    domain::{api_key::Scope, intent::Intent},
    ports::clock::Clock,
    testing::log::ThreadLog,
};

use crate::world::World;

const OWN: &str = "acme/other/leak_SM123456_audio.ogg";

/// Every route that answers with data, as asked for the company `acme`.
const ROUTES: [&str; 4] = [
    "/files/list?company_id=acme&message_intent=other",
    "/files/list?company_id=acme&output_format=ids",
    "/files/by-message?company_id=acme&message_id=SM123456",
    "/files/get-download-url?key=acme/other/leak_SM123456_audio.ogg",
];

const FORBIDDEN: &str = "{\"message\":\"Forbidden\"}";
const UNAUTHORIZED: &str = "{\"message\":\"Unauthorized\"}";
const NOT_FOUND: &str = "{\"message\":\"Not Found\"}";

/// What it is, the path, the headers, and the status and body expected.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], u16, &'a str);

#[tokio::test]
async fn e01_every_route_answers_by_the_table_of_keys() {
    let world = World::new();
    world.file(OWN);
    let key = world.key("acme").await;
    let (revoked, id) = world.key_with("acme", Scope::Admin).await;
    world.keys.revoke(&id, world.clock.now()).await.unwrap();
    let foreign = world.key("acme-2").await;
    let (no_scope, _) = world.key_with("acme", Scope::RecordsRead).await;
    for path in ROUTES {
        let with_key = format!("{path}&x-api-key={key}&api_key={key}");
        let cases: [Case<'_>; 14] = [
            ("no key", path, &[], 401, UNAUTHORIZED),
            ("an empty key", path, &[("x-api-key", "")], 401, UNAUTHORIZED),
            ("a key in the query", &with_key, &[], 401, UNAUTHORIZED),
            ("a bearer token", path, &[("authorization", &format!("Bearer {key}"))], 401, UNAUTHORIZED),
            ("a wrong key", path, &[("x-api-key", "wrong")], 403, FORBIDDEN),
            ("a well-formed wrong key", path, &[("x-api-key", &key.replace("dev", "prod"))], 403, FORBIDDEN),
            ("no ASCII", path, &[("x-api-key", "schlüssel")], 403, FORBIDDEN),
            ("a revoked key", path, &[("x-api-key", &revoked)], 403, FORBIDDEN),
            ("two keys", path, &[("x-api-key", &key), ("x-api-key", &key)], 403, FORBIDDEN),
            ("two keys in one", path, &[("x-api-key", &format!("{key},{key}"))], 403, FORBIDDEN),
            ("a key without the scope", path, &[("x-api-key", &no_scope)], 403, FORBIDDEN),
            ("another company's key", path, &[("x-api-key", &foreign)], 404, NOT_FOUND),
            ("the key, in lower case", path, &[("x-api-key", &key)], 200, ""),
            ("the key, in upper case", path, &[("X-API-KEY", &key)], 200, ""),
        ];
        for (name, path, headers, status, body) in cases {
            let answer = world.call("GET", path, headers).await;
            assert_eq!(answer.status, status, "{name}: {path}");
            if status == 200 {
                assert!(answer.text.contains("SM123456") || answer.text.contains("url"), "{name}: {path}");
            } else {
                assert_eq!(answer.text, body, "{name}: {path}");
            }
        }
    }
}

#[tokio::test]
async fn e01_an_expired_key_is_refused() {
    let world = World::new();
    world.file(OWN);
    let key = world.key_until("acme", 60).await;
    for (seconds, status) in [(59, 200), (1, 403)] {
        world.clock.advance(Duration::from_secs(seconds));
        for path in ROUTES {
            assert_eq!(world.get(&key, path).await.status, status, "{path}");
        }
    }
}

#[tokio::test]
async fn g01_no_log_line_holds_a_key_an_address_or_a_name() {
    let log = ThreadLog::begin();
    let world = World::failing(|call| call > 20, |_| false);
    world.file(OWN);
    let key = world.key("acme").await;
    for path in ROUTES.iter().chain(&ROUTES) {
        world.get(&key, path).await;
        world.get("CANARY-KEY-0123456789", path).await;
        world.get(&key, &format!("{path}&x=CANARY-QUERY")).await;
        world.get(&key, &path.replace("acme", "CANARY-COMPANY")).await;
    }
    let log = log.text();
    assert!(log.contains("was given a download address") && log.contains("was not answered"), "{log}");
    for secret in [key.as_str(), "CANARY-KEY", "CANARY-QUERY", "CANARY-COMPANY", "leak", "memory://"] {
        assert!(!log.contains(secret), "{secret} in: {log}");
    }
}

#[tokio::test]
async fn e01_another_companys_things_are_answered_like_missing_ones() {
    let world = World::new();
    world.file(OWN);
    let owner = world.key("acme").await;
    world.remember(&owner, "SM123456", Intent::Other, "leak").await;
    let key = world.key("acme-2").await;
    let pairs = [
        ("/files/list?company_id=acme", "/files/list?company_id=nobody"),
        ("/files/list?company_id=acme", "/files/list?company_id=..%2F_state"),
        (
            "/files/by-message?company_id=acme-2&message_id=SM123456",
            "/files/by-message?company_id=acme-2&message_id=SM999999",
        ),
        (
            "/files/by-message?company_id=acme&message_id=SM123456",
            "/files/by-message?company_id=acme-2&message_id=..%2Fx",
        ),
        (
            "/files/get-download-url?key=acme/other/leak_SM123456_audio.ogg",
            "/files/get-download-url?key=acme-2/other/leak_SM999999_audio.ogg",
        ),
    ];
    for (foreign, missing) in pairs {
        let (foreign, missing) = (world.get(&key, foreign).await, world.get(&key, missing).await);
        assert_eq!((foreign.status.as_u16(), foreign.text.as_str()), (404, NOT_FOUND));
        assert_eq!((missing.status, &missing.text), (foreign.status, &foreign.text));
        assert_eq!(missing.headers, foreign.headers);
    }
}

#[tokio::test]
async fn e09_a_revoked_key_is_refused_within_a_minute() {
    let world = World::new();
    let (key, id) = world.key_with("acme", Scope::FilesRead).await;
    assert_eq!(world.get(&key, ROUTES[0]).await.status, 200);
    world.keys.revoke(&id, world.clock.now()).await.unwrap();
    world.clock.advance(Duration::from_secs(30));
    for path in ROUTES {
        assert_eq!(world.get(&key, path).await.status, 403);
    }
}

#[tokio::test]
async fn e10_a_key_known_from_one_route_is_asked_for_its_scope_on_the_next() {
    let world = World::new();
    let (key, _) = world.key_with("acme", Scope::RecordsRead).await;
    for path in ROUTES.iter().chain(&ROUTES) {
        assert_eq!(world.get(&key, path).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn e11_wrong_keys_are_throttled_and_the_owner_is_not_locked_out() {
    let world = World::new();
    let key = world.key("acme").await;
    let mut statuses = BTreeMap::new();
    for n in 0..1_000 {
        let answer = world.get(&format!("wrong-{n}"), ROUTES[0]).await;
        if answer.status == 429 {
            assert_eq!(answer.text, "{\"message\":\"Too Many Requests\"}");
            assert_eq!(answer.headers["retry-after"], "1");
        }
        *statuses.entry(answer.status.as_u16()).or_insert(0) += 1;
    }
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [(403, 200), (429, 800)]);
    assert_eq!(world.get(&key, ROUTES[0]).await.status, 200);
}

#[tokio::test]
async fn a_table_that_is_away_is_told_without_its_words() {
    let world = World::failing(|_| false, |_| true);
    let key = world.key("acme").await;
    let answer = world.get(&key, ROUTES[0]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.text.as_str()),
        (503, "{\"message\":\"Service Unavailable\"}")
    );
    assert_eq!(answer.headers["retry-after"], "1");
}

#[tokio::test]
async fn what_is_no_route_or_no_get_is_told_in_json() {
    let world = World::new();
    for (method, path, status, body) in [
        ("GET", "/", 404, NOT_FOUND),
        ("GET", "/files", 404, NOT_FOUND),
        ("GET", "/files/list/", 404, NOT_FOUND),
        ("GET", "/customers.json", 404, NOT_FOUND),
        ("POST", "/files/list", 405, "{\"message\":\"Method Not Allowed\"}"),
        ("DELETE", "/files/get-download-url", 405, "{\"message\":\"Method Not Allowed\"}"),
        ("OPTIONS", "/files/list", 405, "{\"message\":\"Method Not Allowed\"}"),
    ] {
        let answer = world.call(method, path, &[]).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (status, body), "{method} {path}");
        assert_eq!(answer.headers.contains_key("allow"), status == 405, "{method} {path}");
    }
}

#[tokio::test]
async fn e12_every_answer_is_json_that_no_browser_runs_and_nobody_keeps() {
    let world = World::new();
    world.file(OWN);
    let key = world.key("acme").await;
    let hostile = "/files/by-message?company_id=acme&message_id=%3Cscript%3E";
    for path in ROUTES.iter().chain(&["/nowhere", "/health", "/readyz", "/files/list", hostile]) {
        let answer = world.get(&key, path).await;
        assert_eq!(answer.headers["content-type"], "application/json", "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
        assert!(!answer.text.contains("script"), "{path}");
    }
}
