//! `/v1/webhooks`: an administrator says where his company's software is told of changes.

use serde_json::{Value, json};
use shared::{
    domain::{
        api_key::Scope,
        webhook::{Endpoint, Loopback},
    },
    testing::memory_receivers::answers,
};

use crate::world::{Answer, World, is_problem};

const PATH: &str = "/v1/webhooks";
const URL: &str = "https://office.example/hark";

struct Admin<'a> {
    world: &'a World,
    key: String,
}

impl<'a> Admin<'a> {
    async fn of(world: &'a World, company: &str) -> Self {
        Self { world, key: world.key_with(company, Scope::Admin).await.0 }
    }

    async fn does(&self, method: &str, path: &str, tag: Option<&str>, body: Value) -> Answer {
        let mut headers = vec![("x-api-key", self.key.as_str()), ("content-type", "application/json")];
        headers.extend(tag.map(|tag| ("if-match", tag)));
        self.world.send(method, path, &headers, body.to_string()).await
    }

    async fn made(&self, body: Value) -> Value {
        let made = self.does("POST", PATH, None, body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()
    }
}

#[tokio::test]
async fn a_webhook_is_made_changed_and_removed_and_its_secret_is_shown_once() {
    let world = World::new();
    let (admin, foreign) = (Admin::of(&world, "acme").await, Admin::of(&world, "acme-2").await);
    let made = admin.made(json!({"url": URL, "types": ["record.created"]})).await;
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"), "{made}");
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    let listed = world.get(&admin.key, PATH).await;
    assert_eq!(listed.json()["webhooks"].as_array().unwrap().len(), 1);
    let read = world.get(&admin.key, &path).await;
    assert_eq!(read.json()["types"], json!(["record.created"]));
    assert_eq!(read.json()["last_accepted_at"], Value::Null);
    assert!(!listed.text.contains("whsec_") && !read.text.contains("whsec_"));
    assert_eq!(world.get(&foreign.key, PATH).await.json(), json!({"webhooks": []}));

    let tag = read.headers["etag"].to_str().unwrap().to_owned();
    let body = json!({"active": false});
    is_problem(&admin.does("PATCH", &path, None, body.clone()).await, 428);
    is_problem(&admin.does("PATCH", &path, Some("\"99\""), body.clone()).await, 412);
    let paused = admin.does("PATCH", &path, Some(&tag), body.clone()).await;
    assert_eq!((paused.status.as_u16(), &paused.json()["activity"]), (200, &json!("paused")));
    is_problem(&admin.does("PATCH", &path, Some(&tag), body).await, 412);
    let rotated = admin.does("POST", &format!("{path}/rotate-secret"), None, json!({})).await.json();
    assert_ne!(rotated["secret"], secret.as_str());

    for (method, path) in [
        ("GET", path.clone()),
        ("DELETE", path.clone()),
        ("POST", format!("{path}/rotate-secret")),
        ("POST", format!("{path}/ping")),
        ("GET", format!("{path}/dead-letters")),
        ("POST", format!("{path}/dead-letters/replay")),
        ("POST", format!("{path}/dead-letters/1/replay")),
    ] {
        is_problem(&foreign.does(method, &path, None, json!({})).await, 404);
    }
    assert_eq!(admin.does("DELETE", &path, None, json!({})).await.status, 204);
    is_problem(&world.get(&admin.key, &path).await, 404);
}

#[tokio::test]
async fn what_cannot_be_a_webhook_is_told_with_its_place() {
    let world = World::new();
    let admin = Admin::of(&world, "acme").await;
    for (body, pointer) in [
        (json!({"url": "http://office.example/"}), "/url"),
        (json!({"url": "https://office.example/#CANARY"}), "/url"),
        (json!({"url": "https://user@office.example/"}), "/url"),
        (json!({"url": "CANARY"}), "/url"),
        (json!({"url": URL, "types": []}), "/types"),
        (json!({"url": URL, "types": ["CANARY"]}), "/types/0"),
        (json!({"url": URL, "from": "CANARY"}), "/from"),
    ] {
        let answer = admin.does("POST", PATH, None, body.clone()).await;
        assert_eq!(is_problem(&answer, 422)["errors"][0]["pointer"], pointer, "{body}");
        assert!(!answer.text.contains("CANARY"), "{}", answer.text);
    }
    for body in
        [json!([URL]), json!({"url": URL, "types": null}), json!({"url": null}), json!({"url": URL, "x": 1})]
    {
        is_problem(&admin.does("POST", PATH, None, body).await, 400);
    }
    for n in 0..10 {
        admin.made(json!({"url": format!("{URL}/{n}")})).await;
    }
    is_problem(&admin.does("POST", PATH, None, json!({"url": URL})).await, 409);
}

#[tokio::test]
async fn a_ping_says_whether_messages_arrive() {
    let world = World::new();
    let admin = Admin::of(&world, "acme").await;
    let made = admin.made(json!({"url": URL})).await;
    let ping = format!("{PATH}/{}/ping", made["id"].as_str().unwrap());
    let refused = admin.does("POST", &ping, None, json!({})).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["accepted"]), (200, &json!(false)));
    let endpoint = Endpoint::parse(URL, Loopback::Refused).unwrap();
    world.receivers.listen(&endpoint, |_| answers(204));
    let pinged = admin.does("POST", &ping, None, json!({})).await.json();
    assert_eq!(pinged, json!({"accepted": true, "status": 204, "detail": "it answered 204"}));
    assert_eq!(world.receivers.received(&endpoint).len(), 1);
    let dead = format!("{PATH}/{}/dead-letters", made["id"].as_str().unwrap());
    assert_eq!(world.get(&admin.key, &dead).await.json(), json!({"dead_letters": [], "cursor": null}));
    let replayed = admin.does("POST", &format!("{dead}/replay"), None, json!({})).await.json();
    assert_eq!(replayed, json!({"replayed": 0, "has_more": false}));
    is_problem(&admin.does("POST", &format!("{dead}/1/replay"), None, json!({})).await, 404);
}
