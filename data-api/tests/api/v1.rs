//! What every route below `/v1` does alike. The routes are taken from the description, so none can be forgotten.

use serde_json::Value;
use shared::{
    domain::api_key::Scope,
    ports::clock::Clock,
    testing::{filing::job, samples},
};

use crate::world::{World, is_problem};

/// A route that needs a key: method, path, and the smallest scope that it asks for.
fn routes() -> Vec<(String, String, Scope)> {
    let description: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    let mut routes = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(scope) = operation["security"][0]["key"][0].as_str() else { continue };
            let path = path
                .replace("{message_id}", samples::message_id(1).as_str())
                .replace("{key_id}", "nobody")
                .replace("{webhook_id}", "nobody");
            routes.push((method.to_uppercase(), path, Scope::parse(scope).unwrap()));
        }
    }
    assert!(routes.len() > 8, "{routes:?}");
    routes
}

#[tokio::test]
async fn e01_every_route_answers_by_the_table_of_keys() {
    let world = World::new();
    let records = [job("tap", "Fix the tap")];
    world.filing.note(1, "Fix the tap", &records).await.unwrap();
    let own = samples::COMPANY;
    let (revoked, id) = world.key_with(own, Scope::Admin).await;
    world.keys.revoke(&id, world.clock.now()).await.unwrap();
    let keys = [
        (Scope::FilesRead, world.key_with("acme-2", Scope::FilesRead).await.0),
        (Scope::RecordsRead, world.key_with(own, Scope::RecordsRead).await.0),
        (Scope::RecordsWrite, world.key_with(own, Scope::RecordsWrite).await.0),
        (Scope::Admin, world.key_with("acme-2", Scope::Admin).await.0),
    ];
    let key = keys[2].1.as_str();
    for (method, path, wanted) in routes() {
        let in_query = format!("{path}?x-api-key={key}");
        let forged = key.replace("dev", "prod");
        let two = [("x-api-key", key), ("x-api-key", key)];
        let refused: [(&str, &[(&str, &str)]); 7] = [
            (&path, &[]),
            (&path, &[("x-api-key", "")]),
            (&in_query, &[]),
            (&path, &[("x-api-key", "wrong")]),
            (&path, &[("x-api-key", &forged)]),
            (&path, &[("x-api-key", &revoked)]),
            (&path, &two),
        ];
        for (path, headers) in refused {
            let answer = world.send(&method, path, headers, "{}".to_owned()).await;
            is_problem(&answer, 401);
            assert!(answer.headers.contains_key("www-authenticate"), "{method} {path}");
        }
        for (scope, key) in &keys {
            let headers =
                [("x-api-key", key.as_str()), ("if-match", "*"), ("content-type", "application/json")];
            let answer = world.send(&method, &path, &headers, "{}".to_owned()).await;
            if scope.implies(wanted) {
                assert!(![401, 403].contains(&answer.status.as_u16()), "{method} {path} {scope}");
            } else {
                let problem = is_problem(&answer, 403);
                assert!(problem["detail"].as_str().unwrap().contains(wanted.as_str()), "{problem}");
            }
        }
    }
}

#[tokio::test]
async fn a_path_knows_its_methods_and_no_others() {
    let world = World::new();
    let key = world.key_with("acme", Scope::Admin).await.0;
    for (path, allowed) in [
        ("/v1/records", "GET,HEAD"),
        ("/v1/records/SM123456", "GET,HEAD,PATCH"),
        ("/v1/records/SM123456/replay", "POST"),
        ("/v1/keys", "GET,HEAD,POST"),
        ("/v1/openapi.json", "GET,HEAD"),
    ] {
        let answer = world.call("PUT", path, &[("x-api-key", &key)]).await;
        is_problem(&answer, 405);
        assert_eq!(answer.headers["allow"], allowed, "{path}");
    }
}

#[tokio::test]
async fn the_description_is_the_committed_one_and_its_page_needs_nothing_else() {
    let world = World::new();
    let served = world.call("GET", "/v1/openapi.json", &[]).await.json();
    let committed: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    assert_eq!(served, committed);
    assert!(
        data_api::description().unwrap() == committed,
        "run: cargo run --package data-api --example openapi > data-api/openapi.json"
    );
    let page = world.call("GET", "/docs", &[]).await;
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    for path in committed["paths"].as_object().unwrap().keys() {
        assert!(page.text.contains(path), "{path}");
    }
    for outside in ["http://", "https://", "<script", "<img", "<link", "@import"] {
        assert!(!page.text.contains(outside), "{outside}");
    }
}
