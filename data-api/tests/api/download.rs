//! `/files/get-download-url`.

use serde_json::json;
use shared::{
    domain::object_key::ObjectKey,
    ports::{clock::Clock, objects::ObjectErase},
};

use crate::world::World;

const FILE: &str = "acme/other/leak_SM123456_audio.ogg";

fn path(key: &str) -> String {
    format!("/files/get-download-url?key={key}")
}

#[tokio::test]
async fn d1_a_file_gets_an_address_for_300_seconds() {
    let world = World::new();
    world.file(FILE);
    let key = world.key("acme").await;
    for query in [FILE.to_owned(), FILE.replace('/', "%2F"), format!("{FILE}&company_id=acme")] {
        let answer = world.get(&key, &path(&query)).await;
        assert_eq!(answer.status, 200, "{query}");
        let body = answer.json();
        assert_eq!(body.as_object().unwrap().len(), 1);
        let end = world.clock.now().as_second() + 300;
        assert_eq!(body["url"], format!("memory:///{FILE}?expires={end}"));
    }
}

#[tokio::test]
async fn e03_e04_hostile_keys_are_refused_without_a_look_into_the_store() {
    let world = World::new();
    for key in ["customers.json", "_inbox/acme/SM123456/0.ogg", "acme-2/other/leak_SM123456_audio.ogg"] {
        world.file(key);
    }
    let key = world.key("acme").await;
    let long = format!("acme/other/a_SM123456_audio.{}", "x".repeat(1_025));
    for (raw, status) in [
        ("", 400),
        (long.as_str(), 400),
        ("acme/other/leak_SM123456_audio.ogg%00", 400),
        ("acme/other/%00leak_SM123456_audio.ogg", 400),
        ("acme/other/../other/leak_SM123456_audio.ogg", 404),
        ("acme/../acme-2/other/leak_SM123456_audio.ogg", 404),
        ("acme%2F..%2Facme-2/other/leak_SM123456_audio.ogg", 404),
        ("acme//other/leak_SM123456_audio.ogg", 404),
        ("/acme/other/leak_SM123456_audio.ogg", 404),
        ("acme%252Fother%252Fleak_SM123456_audio.ogg", 404),
        ("acme/other/%252e%252e_SM123456_audio.ogg", 404),
        ("acme\\other\\leak_SM123456_audio.ogg", 404),
        ("acme/other/", 404),
        ("acme", 404),
        ("customers.json", 404),
        ("_state/x", 404),
        ("_inbox/acme/SM123456/0.ogg", 404),
        ("acme-2/other/leak_SM123456_audio.ogg", 404),
        ("leak_SM123456_audio.ogg", 404),
        ("ACME/other/leak_SM123456_audio.ogg", 404),
        ("%FF%FE", 404),
        ("https://evil.example/acme/other/leak_SM123456_audio.ogg", 404),
    ] {
        let answer = world.get(&key, &path(raw)).await;
        assert_eq!(answer.status, status, "{raw}");
        assert_eq!(answer.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["message"]);
    }
    let foreign_company = world.get(&key, &path(&format!("{FILE}&company_id=acme-2"))).await;
    assert_eq!(foreign_company.status, 404);
    assert_eq!(world.store.calls(), 0, "denied before the store is asked");
}

#[tokio::test]
async fn e07_a_file_that_went_away_since_it_was_listed_is_not_found() {
    let world = World::new();
    world.file(FILE);
    let key = world.key("acme").await;
    assert_eq!(world.get(&key, &path(FILE)).await.status, 200);
    let (object, _) = ObjectKey::artifact_in(&world.scope(&key).await, FILE).unwrap();
    world.files.erase(&object).await.unwrap();
    let answer = world.get(&key, &path(FILE)).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (404, json!({ "message": "Not Found" })));
}

#[tokio::test]
async fn a_store_that_is_away_is_told_without_its_words() {
    let world = World::failing(|_| true, |_| false);
    let key = world.key("acme").await;
    let answer = world.get(&key, &path(FILE)).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (503, json!({ "message": "Service Unavailable" })));
}
