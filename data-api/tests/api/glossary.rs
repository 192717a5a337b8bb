//! `/v1/glossary`: the office reads and replaces what models are told.

use std::time::Duration;

use serde_json::json;
use shared::{
    domain::{api_key::Scope, glossary::Term},
    ports::clock::Clock,
    testing::log::ThreadLog,
};

use crate::world::{Answer, World, is_problem};

const PATH: &str = "/v1/glossary";
struct Office<'a> {
    world: &'a World,
    key: String,
}

impl<'a> Office<'a> {
    async fn of(world: &'a World, company: &str) -> Self {
        Self { world, key: world.key_with(company, Scope::RecordsWrite).await.0 }
    }

    async fn read(&self) -> Answer {
        self.world.get(&self.key, PATH).await
    }

    async fn put(&self, if_match: Option<&str>, body: &str) -> Answer {
        let mut headers = vec![("x-api-key", self.key.as_str()), ("content-type", "application/json")];
        headers.extend(if_match.map(|tag| ("if-match", tag)));
        self.world.send("PUT", PATH, &headers, body.to_owned()).await
    }

    async fn puts(&self, if_match: &str, terms: &[&str]) -> Answer {
        self.put(Some(if_match), &json!({ "terms": terms }).to_string()).await
    }
}

fn terms(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let terms = body["terms"].as_array().unwrap();
    terms.iter().map(|entry| entry["term"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_office_reads_what_is_there_and_puts_its_own_list() {
    let world = World::new();
    let office = Office::of(&world, "acme").await;
    let empty = office.read().await;
    assert_eq!((empty.status.as_u16(), empty.json()), (200, json!({ "terms": [], "max": 40 })));
    assert_eq!(empty.headers["etag"], "\"0\"");
    let put = office.puts("\"0\"", &["Grohe", " Müller  &\nSohn "]).await;
    let term = |text: &str| json!({ "term": text, "source": "office", "since": "2026-11-20T10:00:00+00:00" });
    let expected = json!({ "terms": [term("Grohe"), term("Müller & Sohn")], "max": 40 });
    assert_eq!((put.status.as_u16(), put.json()), (200, expected));
    assert_eq!(put.headers["etag"], "\"1\"");
    let read = office.read().await;
    assert_eq!((read.json(), &read.headers["etag"]), (put.json(), &put.headers["etag"]));
    assert_eq!(read.headers["content-type"], "application/json");
}

#[tokio::test]
async fn what_was_learned_meanwhile_is_not_written_over() {
    let world = World::new();
    let office = Office::of(&world, "acme").await;
    office.puts("\"0\"", &["Grohe"]).await;
    let (scope, from) = (world.scope(&office.key).await, "SM123456".parse().unwrap());
    world.clock.advance(Duration::from_secs(60));
    let learned = [Term::parse("Müller").unwrap()];
    world.glossaries.learn(&scope, &learned, &from, world.clock.now()).await.unwrap();
    is_problem(&office.puts("\"1\"", &["Viessmann"]).await, 412);
    let read = office.read().await;
    assert_eq!(terms(&read), ["Grohe", "Müller"]);
    let entry = json!({ "term": "Müller", "source": "learned", "since": "2026-11-20T10:01:00+00:00" });
    assert_eq!(read.json()["terms"][1], entry);
    let tag = read.headers["etag"].to_str().unwrap();
    let put = office.puts(tag, &["Müller", "Viessmann"]).await;
    assert_eq!(terms(&put), ["Müller", "Viessmann"]);
    assert_eq!(put.json()["terms"][0], entry, "what the office keeps stays learned");
}

#[tokio::test]
async fn a_change_without_the_version_that_it_was_made_for_is_refused() {
    let world = World::new();
    let office = Office::of(&world, "acme").await;
    office.puts("\"0\"", &["Grohe"]).await;
    is_problem(&office.put(None, r#"{"terms":[]}"#).await, 428);
    for other in ["\"0\"", "\"2\"", "1", "W/\"1\"", "", "\"01\"", "\"0\", \"2\""] {
        is_problem(&office.puts(other, &[]).await, 412);
    }
    assert_eq!(terms(&office.read().await), ["Grohe"]);
    assert_eq!(terms(&office.puts("\"7\", \"1\"", &["A1"]).await), ["A1"]);
    assert_eq!(terms(&office.puts("*", &[]).await), Vec::<String>::new());
}

#[tokio::test]
async fn what_cannot_be_a_glossary_is_told_with_its_place() {
    let world = World::new();
    let office = Office::of(&world, "acme").await;
    let many: Vec<String> = (0..41).map(|n| format!("Term {n}")).collect();
    let long = "CANARY".repeat(7);
    for (terms, pointer) in [
        (json!(many), "/terms"),
        (json!(["Grohe", long]), "/terms/1"),
        (json!(["Grohe", "Müller", "GROHE"]), "/terms/2"),
        (json!([""]), "/terms/0"),
        (json!(["Grohe", " – "]), "/terms/1"),
    ] {
        let answer = office.put(Some("\"0\""), &json!({ "terms": terms }).to_string()).await;
        let problem = is_problem(&answer, 422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert!(problem["errors"][0]["detail"].is_string() && !answer.text.contains("CANARY"), "{problem}");
    }
    let forty: Vec<String> = (0..40).map(|n| format!("{n:ü>40}")).collect();
    let answer = office.put(Some("\"0\""), &json!({ "terms": forty }).to_string()).await;
    assert_eq!(terms(&answer), forty);
}

#[tokio::test]
async fn a_body_of_another_form_is_refused_without_being_repeated() {
    let world = World::new();
    let office = Office::of(&world, "acme").await;
    for body in [
        "",
        "CANARY",
        "{",
        "[]",
        "{}",
        r#"{"terms":"CANARY"}"#,
        r#"{"terms":[1]}"#,
        r#"{"terms":[null]}"#,
        r#"{"terms":[],"CANARY":1}"#,
        r#"{"terms":[],"terms":[]}"#,
        r#"[["CANARY"]]"#,
    ] {
        let answer = office.put(Some("\"0\""), body).await;
        is_problem(&answer, 400);
        assert!(!answer.text.contains("CANARY"), "{}", answer.text);
    }
    let long = format!("{{\"terms\":[\"{}\"]}}", "x".repeat(40_000));
    is_problem(&office.put(Some("\"0\""), &long).await, 413);
    let headers = [("x-api-key", office.key.as_str()), ("if-match", "\"0\""), ("content-type", "text/plain")];
    is_problem(&world.send("PUT", PATH, &headers, r#"{"terms":[]}"#.to_owned()).await, 415);
}

#[tokio::test]
async fn e01_another_companys_glossary_is_never_seen_or_written() {
    let world = World::new();
    let (own, other) = (Office::of(&world, "acme").await, Office::of(&world, "acme-2").await);
    own.puts("\"0\"", &["Grohe"]).await;
    assert_eq!(terms(&other.read().await), Vec::<String>::new());
    let named = world.get(&other.key, "/v1/glossary?company_id=acme").await;
    assert_eq!(terms(&named), Vec::<String>::new());
    other.puts("*", &["Viessmann"]).await;
    assert_eq!(terms(&own.read().await), ["Grohe"]);
}

#[tokio::test]
async fn what_is_no_route_below_v1_is_told_as_a_problem() {
    let world = World::new();
    let key = world.key_with("acme", Scope::Admin).await.0;
    is_problem(&world.get(&key, "/v1/nothing").await, 404);
    is_problem(&world.get(&key, "/v1/glossary/").await, 404);
    let answer = world.call("DELETE", PATH, &[("x-api-key", &key)]).await;
    is_problem(&answer, 405);
    assert_eq!(answer.headers["allow"], "GET,HEAD,PUT");
}

#[tokio::test]
async fn e12_every_answer_below_v1_is_kept_by_nobody_and_run_by_no_browser() {
    let world = World::new();
    let office = Office::of(&world, "acme").await;
    let answers = [
        office.read().await,
        office.puts("\"0\"", &["<script>"]).await,
        office.puts("\"9\"", &[]).await,
        world.get("wrong", PATH).await,
        world.get(&office.key, "/v1/nothing").await,
    ];
    for answer in answers {
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn g01_a_table_that_is_away_is_told_without_its_words_and_no_term_is_logged() {
    let log = ThreadLog::begin();
    // The key's record, the day of its use (two calls), then the glossary.
    let world = World::failing(|_| false, |call| call > 3);
    let office = Office::of(&world, "acme").await;
    let answers = [office.read().await, office.puts("*", &["CANARY"]).await];
    for answer in answers {
        is_problem(&answer, 503);
        assert_eq!(answer.headers["retry-after"], "1");
        assert!(!answer.text.contains("CANARY"), "{}", answer.text);
    }
    let log = log.text();
    assert!(log.contains("was not answered"), "{log}");
    assert!(!log.contains(&office.key) && !log.contains("[\"CANARY\"]"), "{log}");
}
