//! Whatever is asked with whichever key, nothing of another company is answered. Random requests on all routes, made of
//! everything that any company has ever seen: ids, cursors, tags, keys of files.
//!
//! `HARK_ISOLATION_REQUESTS=100000` makes as many; without it, a few.

use std::fmt::Write as _;

use serde_json::{Value, json};
use shared::{
    config::Settings,
    domain::{api_key::Scope, ids::CustomerId, intent::Intent, message::InboundMessage, note::Effect},
    testing::{filing::job, samples},
};

use crate::world::{Answer, World};

const COMPANIES: [&str; 5] = ["acme", "acme-2", "acme2", "beta", "demo-plumbing"];
const NOTES: u32 = 12;
const REQUESTS: usize = 3_000;

/// xorshift64*
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Words that only this company's things hold.
fn canary(company: &str) -> String {
    format!("zq{}qz", company.replace('-', "x"))
}

/// What companies have seen, all in one heap.
#[derive(Default)]
struct Seen {
    ids: Vec<String>,
    cursors: Vec<String>,
    tags: Vec<String>,
    keys: Vec<String>,
}

impl Seen {
    /// Of an answer: everything that looks like something to ask with.
    fn learn(&mut self, answer: &Answer) {
        self.tags.extend(answer.headers.get("etag").map(|tag| tag.to_str().unwrap().to_owned()));
        let Ok(body) = serde_json::from_str::<Value>(&answer.text) else { return };
        for cursor in ["cursor", "nextContinuationToken"] {
            self.cursors.extend(body[cursor].as_str().map(str::to_owned));
        }
        for list in ["webhooks", "keys"] {
            let things = body[list].as_array().into_iter().flatten();
            self.ids.extend(things.filter_map(|thing| thing["id"].as_str().map(str::to_owned)));
        }
        for kept in [&mut self.ids, &mut self.cursors, &mut self.tags] {
            let beyond = kept.len().saturating_sub(400);
            kept.drain(..beyond);
        }
    }
}

/// All of a company's things, each with its canary; the ids of its records.
async fn fill(world: &World, number: u32, company: &str) -> Vec<String> {
    let mark = canary(company);
    let mut sender = samples::customer_of(company);
    sender.customer_id = CustomerId::parse(&format!("P-{mark}")).unwrap();
    sender.name = Some(format!("Petra {mark}").into());
    let mut ids = Vec::new();
    for n in 1..=NOTES {
        let n = number * 1_000 + n;
        let text = format!("Fix the tap {mark} number {n}");
        let message = InboundMessage { ..samples::message(n, &text) };
        let records = [job(&mark, &text), job("roof", &text)];
        world.filing.file(message, sender.clone(), &records[..1 + (n as usize % 2)]).await.unwrap();
        ids.push(samples::message_id(n).to_string());
        if n.is_multiple_of(4) {
            world.filing.change(n + 500, &samples::message_id(n), Effect::Withdrawn).await.unwrap();
        }
        world.file(&format!("{company}/job-to-be-done/{mark}_{}_full_text.txt", samples::message_id(n)));
    }
    ids
}

/// A route, and the parameters that it knows.
struct Route {
    method: String,
    path: String,
    parameters: Vec<String>,
}

/// A value for a parameter, mostly of one company or another.
fn value(random: &mut Random, name: &str, seen: &Seen) -> String {
    let company = *random.one(&COMPANIES);
    match name {
        "company_id" => company.to_owned(),
        "message_id" => random.one(&seen.ids).clone(),
        "key" => random.one(&seen.keys).clone(),
        "cursor" | "nextContinuationToken" if !seen.cursors.is_empty() => random.one(&seen.cursors).clone(),
        "sender" => format!("P-{}", canary(company)),
        "limit" => (*random.one(&["1", "2", "5", "50"])).to_owned(),
        "withdrawn" | "urls" => "true".to_owned(),
        "wait" => "0".to_owned(),
        "message_intent" | "intent" => "job-to-be-done".to_owned(),
        "output_format" => "ids".to_owned(),
        _ => canary(company),
    }
}

/// A request: method, path with query, body.
fn request(random: &mut Random, routes: &[Route], seen: &Seen) -> (String, String, String) {
    let route = random.one(routes);
    let id = random.one(&seen.ids).clone();
    let mut path = ["{message_id}", "{key_id}", "{webhook_id}", "{number}"]
        .iter()
        .fold(route.path.clone(), |path, name| path.replace(name, &id));
    let needed = route
        .parameters
        .iter()
        .filter(|name| ["company_id", "message_id", "key", "q"].contains(&name.as_str()));
    let mut names: Vec<&String> = needed.collect();
    if !route.parameters.is_empty() {
        names.extend((0..random.below(3)).map(|_| random.one(&route.parameters)));
    }
    names.sort();
    names.dedup();
    for (n, name) in names.into_iter().enumerate() {
        let begins = if n == 0 { '?' } else { '&' };
        write!(path, "{begins}{name}={}", value(random, name, seen)).unwrap();
    }
    let body = match random.below(4) {
        0 => json!({"status": "exported"}),
        1 => json!({"terms": ["Grohe"]}),
        2 => json!({"url": "https://example.com/hook"}),
        _ => json!({"reference": "J-1"}),
    };
    (route.method.clone(), path, body.to_string())
}

fn routes() -> Vec<Route> {
    let description: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    let mut routes = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            // Keys would end, and be too many.
            if path.starts_with("/v1/keys") && method != "get" {
                continue;
            }
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let in_query = parameters.filter(|parameter| parameter["in"] == "query");
            routes.push(Route {
                method: method.to_uppercase(),
                path: path.clone(),
                parameters: in_query
                    .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
                    .collect(),
            });
        }
    }
    for (path, parameters) in [
        ("/files/list", &["company_id", "message_intent", "output_format", "nextContinuationToken"][..]),
        ("/files/by-message", &["company_id", "message_id"]),
        ("/files/get-download-url", &["key", "company_id"]),
    ] {
        let parameters = parameters.iter().map(|name| (*name).to_owned()).collect();
        routes.push(Route { method: "GET".to_owned(), path: path.to_owned(), parameters });
    }
    routes
}

#[tokio::test]
async fn no_key_opens_a_byte_of_another_company() {
    let world = World::new();
    let (mut seen, mut keys, mut own) = (Seen::default(), Vec::new(), Vec::new());
    for (number, company) in (0..).zip(COMPANIES) {
        let ids = fill(&world, number, company).await;
        seen.ids.extend(ids.iter().cloned());
        seen.keys.extend(
            ids.iter().map(|id| format!("{company}/job-to-be-done/{}_{id}_full_text.txt", canary(company))),
        );
        own.push(ids);
        keys.push(world.key_with(company, Scope::Admin).await.0);
        let first = seen.ids.last().unwrap().clone();
        world.remember(&keys[number as usize], &first, Intent::JobToBeDone, &canary(company)).await;
    }
    let (routes, permanent) = (routes(), seen.ids.clone());
    let wanted = Settings::from_environment().parsed("HARK_ISOLATION_REQUESTS", REQUESTS);
    let mut random = Random(0x1501_A7ED);
    let (mut answered, mut with_data) = (0_usize, 0_usize);
    for _ in 0..wanted {
        let who = random.below(COMPANIES.len());
        if random.below(50) == 0 {
            seen.ids.extend(permanent.iter().cloned());
        }
        let (method, path, body) = request(&mut random, &routes, &seen);
        let tag = if random.below(2) == 0 || seen.tags.is_empty() {
            "*".to_owned()
        } else {
            random.one(&seen.tags).clone()
        };
        let headers = [
            ("x-api-key", keys[who].as_str()),
            ("content-type", "application/json"),
            ("if-match", tag.as_str()),
        ];
        let answer = world.send(&method, &path, &headers, body).await;
        assert!(answer.status.as_u16() < 500, "{method} {path}: {}", answer.text);
        answered += 1;
        with_data += usize::from(answer.text.contains(&canary(COMPANIES[who])));
        for other in (0..COMPANIES.len()).filter(|other| *other != who) {
            let mark = canary(COMPANIES[other]);
            // The company `acme2` has no name that another one's begins with, and so on: marks end in `qz`.
            assert!(!answer.text.contains(&mark), "{method} {path}: {}", answer.text);
            let foreign = own[other].iter().find(|id| answer.text.contains(id.as_str()));
            assert_eq!(foreign, None, "{method} {path}: {}", answer.text);
        }
        seen.learn(&answer);
    }
    assert!(with_data * 15 > answered, "only {with_data} of {answered} answers held anything");
}
