//! A client that only follows `/v1/changes` ends with exactly the records of the store, whatever fails meanwhile: calls of
//! the table, made or not; the workers; and the client itself.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};
use shared::{
    domain::{api_key::Scope, message::InboundMessage, note::Effect},
    testing::{
        filing::{job, understood},
        samples,
    },
};

use crate::world::World;

const OPERATIONS: u32 = 5_000;
/// Of so many calls of the table one fails.
const FAILS: u64 = 60;

/// xorshift64*
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        u32::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % n
    }
}

/// What a client keeps on its disk.
#[derive(Default)]
struct Client {
    records: BTreeMap<String, Value>,
    cursor: String,
    /// Changes that it has heard of, each with how often.
    heard: BTreeMap<String, u32>,
}

/// What counts of a record.
fn kept(change: &Value) -> (String, Value) {
    let id = change["message_id"].as_str().unwrap().to_owned();
    let members = ["version", "status", "reference", "withdrawn", "record"];
    (id, members.iter().map(|name| ((*name).to_owned(), change[*name].clone())).collect())
}

impl Client {
    /// Asks once. `dies`: after it has taken some changes over, and before it has kept the cursor.
    async fn follows(&mut self, world: &World, key: &str, limit: u32, dies: bool) -> bool {
        let cursor = if self.cursor.is_empty() { String::new() } else { format!("&cursor={}", self.cursor) };
        let answer = world.get(key, &format!("/v1/changes?limit={limit}{cursor}")).await;
        if answer.status != 200 {
            assert_eq!(answer.status, 503, "{}", answer.text);
            return false;
        }
        let page = answer.json();
        let changes = page["changes"].as_array().unwrap();
        let taken = if dies { changes.len() / 2 } else { changes.len() };
        for change in &changes[..taken] {
            let (id, record) = kept(change);
            self.records.insert(id, record);
            let times = self.heard.entry(change["id"].as_str().unwrap().to_owned()).or_default();
            *times += u32::from(!dies);
        }
        if !dies {
            page["cursor"].as_str().unwrap().clone_into(&mut self.cursor);
        }
        changes.is_empty()
    }
}

/// Does one thing to a note, again until it is done, as the queue and a client app do.
async fn operate(world: &World, key: &str, dice: &mut Dice, n: u32, notes: &mut Vec<u32>) {
    let words = ["tap", "roof", "door"].map(|tag| job(tag, "Mend it, please"));
    let received_at = samples::now() + Duration::from_secs(n.into());
    if notes.is_empty() || dice.roll(100) < 30 {
        let message = InboundMessage { received_at, ..samples::message(n, "Mend it, please") };
        let records = &words[..1 + dice.roll(3) as usize];
        while world.filing.file(message.clone(), samples::customer(), records).await.is_err() {}
        notes.push(n);
        return;
    }
    let of = notes[dice.roll(u32::try_from(notes.len()).unwrap()) as usize];
    let effect = match dice.roll(7) {
        0 | 1 => Effect::Corrected(Box::new(understood(&words[..1 + dice.roll(3) as usize]))),
        2 => Effect::Withdrawn,
        3 => Effect::Restored,
        4 => Effect::Confirmed,
        _ => return write_back(world, key, dice, of).await,
    };
    while world.filing.change(n, &samples::message_id(of), effect.clone()).await.is_err() {}
}

/// As docs/CLIENT_APPS.md says it: read, write with the tag, and read again if it was changed meanwhile.
async fn write_back(world: &World, key: &str, dice: &mut Dice, of: u32) {
    let path = format!("/v1/records/{}", samples::message_id(of));
    let status = ["proposed", "confirmed", "exported", "done"][dice.roll(4) as usize];
    let body = json!({"status": status, "reference": format!("J-{of}")}).to_string();
    loop {
        let read = world.get(key, &path).await;
        if read.status != 200 {
            continue;
        }
        let tag = read.headers["etag"].to_str().unwrap().to_owned();
        let headers = [("x-api-key", key), ("content-type", "application/json"), ("if-match", tag.as_str())];
        let written = world.send("PATCH", &path, &headers, body.clone()).await;
        if written.status == 200 {
            return;
        }
        assert!([412, 503].contains(&written.status.as_u16()), "{}", written.text);
    }
}

/// All records, by the list.
async fn listed(world: &World, key: &str) -> BTreeMap<String, Value> {
    let (mut all, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let page = world.get(key, &format!("/v1/records?withdrawn=true&limit=200{cursor}")).await;
        if page.status != 200 {
            continue;
        }
        let page = page.json();
        all.extend(page["records"].as_array().unwrap().iter().map(kept));
        let Some(next) = page["cursor"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test]
async fn who_only_follows_ends_with_exactly_the_records_of_the_store() {
    let world = World::on_a_bad_day(FAILS);
    let key = world.key_with(samples::COMPANY, Scope::RecordsWrite).await.0;
    let (mut dice, mut client, mut notes) = (Dice(0x5EED), Client::default(), Vec::new());
    for n in 1..=OPERATIONS {
        operate(&world, &key, &mut dice, n, &mut notes).await;
        if dice.roll(10) == 0 {
            let (limit, dies) = (1 + dice.roll(40), dice.roll(4) == 0);
            client.follows(&world, &key, limit, dies).await;
        }
    }
    while !client.follows(&world, &key, 100, false).await {}

    let expected = listed(&world, &key).await;
    assert!(expected.len() > 1_500, "{}", expected.len());
    for (id, record) in &expected {
        assert_eq!(client.records.get(id), Some(record), "{id}");
    }
    // What a correction made superfluous is told of and listed no more.
    let more: Vec<_> = client.records.iter().filter(|(id, _)| !expected.contains_key(*id)).collect();
    assert!(more.iter().all(|(_, record)| record["withdrawn"] == true), "{more:?}");
    assert!(client.heard.values().all(|times| *times <= 1), "each change is told once");
}
