//! `/v1/records`, `/v1/changes` and `/v1/keys`: what the office's software reads, follows and writes back.

use std::time::Duration;

use serde_json::{Value, json};
use shared::{
    domain::{
        api_key::Scope,
        message::InboundMessage,
        note::{Effect, FailureReason},
    },
    ports::clock::Clock,
    repositories::notes::{Claimed, Worker},
    testing::{
        filing::{job, understood},
        samples,
    },
};

use crate::world::{Answer, World, is_problem};

struct Office<'a> {
    world: &'a World,
    key: String,
}

impl<'a> Office<'a> {
    async fn of(world: &'a World, company: &str) -> Self {
        Self { world, key: world.key_with(company, Scope::RecordsWrite).await.0 }
    }

    async fn get(&self, path: &str) -> Answer {
        self.world.get(&self.key, path).await
    }

    async fn patch(&self, path: &str, if_match: Option<&str>, body: &Value) -> Answer {
        let mut headers = vec![("x-api-key", self.key.as_str()), ("content-type", "application/json")];
        headers.extend(if_match.map(|tag| ("if-match", tag)));
        self.world.send("PATCH", path, &headers, body.to_string()).await
    }

    async fn unless(&self, path: &str, tag: &str) -> Answer {
        self.world.call("GET", path, &[("x-api-key", &self.key), ("if-none-match", tag)]).await
    }
}

async fn filed(world: &World, n: u32, tags: &[&str]) {
    let received_at = samples::now() + Duration::from_secs(n.into());
    let message = InboundMessage { received_at, ..samples::message(n, "Fix the tap and the roof") };
    let records: Vec<_> = tags.iter().map(|tag| job(tag, &format!("Fix the {tag}"))).collect();
    world.filing.file(message, samples::customer(), &records).await.unwrap();
}

fn ids(answer: &Answer, list: &str) -> Vec<String> {
    let id = |record: &Value| record["message_id"].as_str().unwrap().to_owned();
    answer.json()[list].as_array().unwrap().iter().map(id).collect()
}

fn id(n: u32) -> String {
    samples::message_id(n).to_string()
}

fn tag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_office_lists_reads_and_writes_back() {
    let world = World::new();
    filed(&world, 1, &["tap", "roof"]).await;
    filed(&world, 2, &["boiler"]).await;
    let office = Office::of(&world, samples::COMPANY).await;
    let all = office.get("/v1/records").await;
    assert_eq!(ids(&all, "records"), [id(2), id(1), format!("{}-2", id(1))]);
    assert_eq!(all.json()["cursor"], Value::Null);
    let first = office.get("/v1/records?limit=2").await;
    let next = first.json()["cursor"].as_str().unwrap().to_owned();
    let second = office.get(&format!("/v1/records?limit=2&cursor={next}")).await;
    assert_eq!(ids(&second, "records"), [format!("{}-2", id(1))]);
    is_problem(&office.get(&format!("/v1/records?limit=2&tag=roof&cursor={next}")).await, 400);
    assert_eq!(ids(&office.get("/v1/records?tag=roof&text=the%20ROOF").await, "records").len(), 1);

    let path = format!("/v1/records/{}", id(1));
    let read = office.get(&path).await;
    let record = read.json();
    assert_eq!((record["status"].clone(), record["version"].clone()), (json!("proposed"), json!(0)));
    assert_eq!(record["record"]["job"]["action_items"][0]["quote"], "Fix the tap");
    assert_eq!(record["sender"], json!({"customer_id": "P-1", "name": "Petra Sample"}));
    assert_eq!(record["siblings"], json!([format!("{}-2", id(1))]));
    assert_eq!(record["processing"]["stage"], "filed");
    assert_eq!(record["usage"]["cost_usd"], 0.0);
    let artifacts = record["artifacts"].as_array().unwrap();
    let types: Vec<&str> = artifacts.iter().map(|file| file["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["record", "text_summary", "full_text"]);
    assert!(artifacts.iter().all(|file| file.get("url").is_none()));
    let with_urls = office.get(&format!("{path}?urls=true")).await.json();
    assert!(with_urls["artifacts"][0]["url"].as_str().unwrap().starts_with("memory://"), "{with_urls}");

    is_problem(&office.patch(&path, None, &json!({"status": "exported"})).await, 428);
    is_problem(&office.patch(&path, Some("\"1\""), &json!({"status": "exported"})).await, 412);
    let wrong = is_problem(&office.patch(&path, Some("*"), &json!({"status": "CANARY"})).await, 422);
    assert_eq!(wrong["errors"][0]["pointer"], "/status");
    let body = json!({"status": "exported", "reference": "J-17"});
    let written = office.patch(&path, Some(&tag(&read)), &body).await;
    assert_eq!((written.status.as_u16(), &written.json()["status"]), (200, &json!("exported")));
    assert_eq!(written.json()["reference"], "J-17");
    assert_eq!(written.json()["status_changes"].as_array().unwrap().len(), 1);
    is_problem(&office.patch(&path, Some(&tag(&read)), &json!({"status": "done"})).await, 412);
    let unnamed = office.patch(&path, Some(&tag(&written)), &json!({"reference": null})).await.json();
    assert_eq!((&unnamed["status"], &unnamed["reference"]), (&json!("exported"), &Value::Null));
    assert_eq!(ids(&office.get("/v1/records?status=exported").await, "records"), [id(1)]);
}

#[tokio::test]
async fn a_client_that_follows_hears_of_everything_once_and_in_order() {
    let world = World::new();
    let office = Office::of(&world, samples::COMPANY).await;
    let nothing = office.get("/v1/changes").await.json();
    assert_eq!((&nothing["changes"], &nothing["has_more"]), (&json!([]), &json!(false)));
    let mut cursor = nothing["cursor"].as_str().unwrap().to_owned();
    filed(&world, 1, &["tap"]).await;
    let corrected = Effect::Corrected(Box::new(understood(&[job("tap", "Fix two taps")])));
    world.filing.change(2, &samples::message_id(1), corrected).await.unwrap();
    let path = format!("/v1/records/{}", id(1));
    office.patch(&path, Some("*"), &json!({"status": "done"})).await;
    world.filing.change(3, &samples::message_id(1), Effect::Withdrawn).await.unwrap();
    let mut heard = Vec::new();
    loop {
        let page = office.get(&format!("/v1/changes?limit=1&wait=1&cursor={cursor}")).await.json();
        let changes = page["changes"].as_array().unwrap().clone();
        cursor = page["cursor"].as_str().unwrap().to_owned();
        if changes.is_empty() {
            break;
        }
        heard.extend(changes);
    }
    let kinds: Vec<&str> = heard.iter().map(|change| change["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["created", "corrected", "status_changed", "withdrawn"]);
    assert!(
        heard.iter().all(|change| change["withdrawn"] == true && change["record"].is_null()),
        "as it is now"
    );
    let detail = office.get(&path).await.json();
    assert_eq!((&detail["record"], &detail["artifacts"]), (&Value::Null, &json!([])));
    assert_eq!(detail["history"][0]["ended_by"], "withdrawn");
    assert_eq!(detail["history"][1]["record"]["job"]["job"], "Fix the tap");
    assert_eq!(ids(&office.get("/v1/records").await, "records"), [""; 0]);
    assert_eq!(ids(&office.get("/v1/records?withdrawn=true").await, "records"), [id(1)]);
}

#[tokio::test]
async fn a_corrected_record_can_be_exported_again_and_the_same_write_twice_is_one() {
    let world = World::new();
    filed(&world, 1, &["tap"]).await;
    let office = Office::of(&world, samples::COMPANY).await;
    let path = format!("/v1/records/{}", id(1));
    let exported = json!({"status": "exported"});
    for _ in 0..2 {
        office.patch(&path, Some("*"), &exported).await;
    }
    world.filing.change(2, &samples::message_id(1), Effect::Remarked).await.unwrap();
    let again = office.patch(&path, Some("*"), &exported).await.json();
    assert_eq!(again["status_changes"].as_array().unwrap().len(), 2, "once for each version");
    let changes = office.get("/v1/changes").await.json();
    let kinds: Vec<&str> = changes["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "status_changed").count(), 2, "{kinds:?}");
}

#[tokio::test]
async fn a_message_that_nobody_was_to_hear_of_is_no_recording_without_words() {
    let world = World::new();
    let notes = world.filing.notes();
    let fresh = shared::domain::note::Note::received(samples::message(1, "STOP"), samples::customer())
        .about(shared::domain::purpose::Purpose::Silent, None);
    let worker = Worker { holder: "w".to_owned(), lease: Duration::from_secs(60), alone: true };
    let Claimed::Yours(mut stored) = notes.claim(fresh, &worker, world.clock.now()).await.unwrap() else {
        panic!("a new note")
    };
    stored.note.kept_silently().unwrap();
    notes.save(&mut stored).await.unwrap();
    let office = Office::of(&world, samples::COMPANY).await;
    let told = office.get(&format!("/v1/records/{}", id(1))).await.json();
    assert_eq!((&told["processing"]["stage"], &told["record"]), (&json!("done"), &Value::Null));
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let world = World::new();
    filed(&world, 1, &["tap"]).await;
    let office = Office::of(&world, samples::COMPANY).await;
    let one = format!("/v1/records/{}", id(1));
    let paths =
        ["/v1/records", "/v1/changes", &one, "/v1/glossary", "/v1/openapi.json", "/v1/schemas/record-1.json"];
    for path in paths {
        let first = office.get(path).await;
        let again = office.unless(path, &format!("\"x\", W/{}", tag(&first))).await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""), "{path}");
        assert_eq!(tag(&again), tag(&first), "{path}");
        assert_eq!(office.unless(path, "\"x\"").await.text, first.text, "{path}");
    }
    let old = tag(&office.get(&one).await);
    office.patch(&one, Some("*"), &json!({"status": "done"})).await;
    assert_eq!(office.unless(&one, &old).await.status, 200);
}

#[tokio::test]
async fn a_note_that_was_given_up_is_told_and_tried_again() {
    let world = World::new();
    let notes = world.filing.notes();
    let fresh = shared::domain::note::Note::received(samples::message(1, "Fix the tap"), samples::customer());
    let worker = Worker { holder: "w".to_owned(), lease: Duration::from_secs(60), alone: true };
    let Claimed::Yours(mut stored) = notes.claim(fresh, &worker, world.clock.now()).await.unwrap() else {
        panic!("a new note")
    };
    stored.note.failed(FailureReason::ModelUnavailable, world.clock.now()).unwrap();
    stored.note.answer = shared::domain::note::Answer::Withheld;
    notes.save(&mut stored).await.unwrap();
    let (office, foreign) = (Office::of(&world, samples::COMPANY).await, Office::of(&world, "acme").await);
    let path = format!("/v1/records/{}", id(1));
    let told = office.get(&path).await.json();
    assert_eq!(told["record"], Value::Null);
    assert_eq!(told["processing"]["stage"], "failed");
    assert_eq!(told["processing"]["failure"]["reason"], "model_unavailable");
    is_problem(&office.patch(&path, Some("*"), &json!({"status": "done"})).await, 409);

    let replay = format!("{path}/replay");
    is_problem(&world.call("POST", &replay, &[("x-api-key", &foreign.key)]).await, 404);
    assert_eq!(world.queue.depth(), 0);
    let again = world.call("POST", &replay, &[("x-api-key", &office.key)]).await;
    let expected = json!({"message_id": id(1), "goes_on_after": "received"});
    assert_eq!((again.status.as_u16(), again.json()), (202, expected));
    assert_eq!(world.queue.depth(), 1);
    is_problem(&world.call("POST", &replay, &[("x-api-key", &office.key)]).await, 409);
}

#[tokio::test]
async fn records_are_found_by_their_words() {
    let world = World::new();
    let (office, foreign) = (Office::of(&world, samples::COMPANY).await, Office::of(&world, "acme").await);
    let text = "Bei Frau Müller die Wärmepumpe entlüften <script>";
    world.filing.note(1, text, &[job("heat pump", text)]).await.unwrap();
    filed(&world, 2, &["tap"]).await;
    let found = office.get("/v1/search?q=mueller%20pumpe").await;
    assert_eq!(ids(&found, "results"), [id(1)]);
    let pieces = found.json()["results"][0]["text"].clone();
    let matched: Vec<&str> = pieces
        .as_array()
        .unwrap()
        .iter()
        .filter(|piece| piece["matched"] == true)
        .map(|piece| piece["text"].as_str().unwrap())
        .collect();
    assert_eq!(matched.len(), 2, "{pieces}");
    assert_eq!(matched[0], "Müller");
    assert_eq!(found.json()["total"], 1);
    assert_eq!(ids(&foreign.get("/v1/search?q=pumpe").await, "results"), [""; 0]);
    assert_eq!(ids(&office.get("/v1/search?q=roof&limit=1").await, "results").len(), 1);
    for query in ["", "q=", "q=a&q=b", "q=a&offset=1001", "q=a&limit=51", &format!("q={}", "a%20".repeat(13))]
    {
        is_problem(&office.get(&format!("/v1/search?{query}")).await, 400);
    }
    assert_eq!(ids(&office.get("/v1/search?q=...").await, "results"), [""; 0]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_told_with_its_name() {
    let world = World::new();
    let office = Office::of(&world, samples::COMPANY).await;
    for (query, name) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=+5", "limit"),
        ("limit=", "limit"),
        ("intent=CANARY", "intent"),
        ("status=CANARY", "status"),
        ("tag=CANARY", "tag"),
        ("sender=", "sender"),
        ("since=yesterday", "since"),
        ("until=CANARY", "until"),
        ("text=%20", "text"),
        ("withdrawn=1", "withdrawn"),
        ("cursor=CANARY", "cursor"),
    ] {
        let answer = office.get(&format!("/v1/records?{query}")).await;
        let problem = is_problem(&answer, 400);
        assert_eq!(problem["errors"][0]["parameter"], name, "{query}");
        assert!(!answer.text.contains("CANARY"), "{query}");
    }
    for query in ["CANARY=1", "limit=1&limit=2", "limit=%ff"] {
        is_problem(&office.get(&format!("/v1/records?{query}")).await, 400);
    }
    for path in ["/v1/changes?wait=21", "/v1/changes?cursor=", "/v1/changes?limit=501"] {
        is_problem(&office.get(path).await, 400);
    }
    for path in ["/v1/records/..%2F_state", "/v1/records/SM999999", "/v1/records/SM123456-1"] {
        is_problem(&office.get(path).await, 404);
    }
}

#[tokio::test]
async fn an_administrator_makes_lists_and_revokes_keys_of_his_own_company() {
    let world = World::new();
    let (admin, admin_id) = world.key_with("acme", Scope::Admin).await;
    let (foreign, _) = world.key_with("acme-2", Scope::Admin).await;
    let post = async |key: &str, body: Value| {
        let headers = [("x-api-key", key), ("content-type", "application/json")];
        world.send("POST", "/v1/keys", &headers, body.to_string()).await
    };
    let made = post(&admin, json!({"scopes": ["records:read"], "expires_at": "2026-12-01T00:00:00Z"})).await;
    let new = made.json();
    assert_eq!(made.status, 201, "{new}");
    assert_eq!(new["expires_at"], "2026-12-01T00:00:00+00:00");
    let key = new["key"].as_str().unwrap().to_owned();
    assert_eq!(world.get(&key, "/v1/records").await.status, 200);
    is_problem(&world.get(&key, "/v1/keys").await, 403);
    is_problem(&post(&admin, json!({"scopes": ["records:read"]})).await, 409);
    for (body, pointer) in [
        (json!({"scopes": []}), "/scopes"),
        (json!({"scopes": ["CANARY"]}), "/scopes/0"),
        (json!({"scopes": ["admin"], "expires_at": "2020-01-01T00:00:00Z"}), "/expires_at"),
    ] {
        assert_eq!(is_problem(&post(&foreign, body).await, 422)["errors"][0]["pointer"], pointer);
    }

    let listed = world.get(&admin, "/v1/keys").await;
    assert!(!listed.text.contains(&key) && !listed.text.contains("hash"), "{}", listed.text);
    let mut states: Vec<_> = listed.json()["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| (key["id"].as_str().unwrap().to_owned(), key["state"].clone(), key["last_used"].clone()))
        .collect();
    states.sort_by_key(|(id, ..)| *id != admin_id.to_string());
    assert_eq!(states[0].1, "active");
    assert_eq!((states.len(), &states[0].2), (2, &json!("2026-11-20")));
    let path = format!("/v1/keys/{}", states[1].0);
    is_problem(&world.call("DELETE", &path, &[("x-api-key", &foreign)]).await, 404);
    assert_eq!(world.call("DELETE", &path, &[("x-api-key", &admin)]).await.status, 204);
    world.clock.advance(Duration::from_secs(31));
    is_problem(&world.get(&key, "/v1/records").await, 401);
}

#[tokio::test]
async fn a_key_is_told_how_much_it_may_ask_and_braked_alone() {
    let world = World::limited(3);
    let (first, second) = (Office::of(&world, "acme").await, Office::of(&world, "acme").await);
    for left in (0..3).rev() {
        let answer = first.get("/v1/records").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["ratelimit-policy"], "\"key\";q=3;w=60");
        assert_eq!(answer.headers["ratelimit"], format!("\"key\";r={left};t=60"));
    }
    let refused = first.get("/v1/records").await;
    is_problem(&refused, 429);
    assert_eq!(refused.headers["retry-after"], "20");
    assert_eq!(second.get("/v1/records").await.status, 200);
    world.clock.advance(Duration::from_secs(20));
    assert_eq!(first.get("/v1/records").await.status, 200);
    is_problem(&first.get("/v1/records").await, 429);
}

#[tokio::test]
async fn every_record_has_the_published_form() {
    let world = World::new();
    let office = Office::of(&world, samples::COMPANY).await;
    let schema = office.get("/v1/schemas/record-1.json").await;
    assert_eq!(schema.headers["content-type"], "application/schema+json");
    let validator = jsonschema::validator_for(&schema.json()).unwrap();
    filed(&world, 1, &["tap", "roof"]).await;
    filed(&world, 2, &["boiler"]).await;
    world.filing.change(3, &samples::message_id(2), Effect::Remarked).await.unwrap();
    world.filing.change(4, &samples::message_id(2), Effect::Joined(None)).await.unwrap();
    world.filing.change(5, &samples::message_id(2), Effect::Confirmed).await.unwrap();
    let records = office.get("/v1/records").await.json();
    for record in records["records"].as_array().unwrap() {
        let faults: Vec<String> =
            validator.iter_errors(&record["record"]).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}");
    }
    let mut later = records["records"][0]["record"].clone();
    later["schema_version"] = json!("1.9");
    later["a_member_to_come"] = json!({});
    assert!(validator.is_valid(&later), "a reader of 1 reads every 1.x");
    later["schema_version"] = json!("2.0");
    assert!(!validator.is_valid(&later));
}
