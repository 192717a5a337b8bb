//! A client that only listens, with a receiver that fails half of the time, while tables fail and dispatchers die: in the
//! end it has exactly what the store has.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::Value;
use tokio::task::{JoinSet, yield_now};

use super::{
    worlds::{World, record_in, records_of},
    *,
};
use crate::{
    domain::{
        api_key::KeyId,
        client_state::Status,
        ids::RecordId,
        webhook::{SignedRequest, WebhookSecret},
    },
    ports::webhook_sender::SendFailure,
    testing::fixed::SeededIds,
};

const OPERATIONS: u32 = 5_000;
/// Of so many calls of the table one fails.
const FAILS: u64 = 250;

struct Dice(SeededIds);

impl Dice {
    /// From 0 to `n` - 1.
    fn roll(&self, n: u32) -> u32 {
        let bytes = self.0.random();
        u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) % n
    }
}

/// What a client knows that has nothing but messages.
#[derive(Default)]
struct Client {
    records: BTreeMap<String, Value>,
    last_of_note: HashMap<String, u64>,
    messages: u32,
}

impl Client {
    fn takes(&mut self, request: &SignedRequest, secret: &WebhookSecret) {
        assert!(request.is_signed_with(secret));
        let document: Value = serde_json::from_str(request.body()).unwrap();
        let number = document["data"]["id"].as_str().unwrap().split('-').next().unwrap().parse().unwrap();
        let (id, record) = record_in(document["data"].clone());
        let note = id.split('-').next().unwrap().to_owned();
        let last = self.last_of_note.insert(note, number).unwrap_or_default();
        assert!(number >= last, "of one note the order is kept");
        self.records.insert(id, record);
        self.messages += 1;
    }
}

/// Ends after so many steps of others.
async fn dies_after(steps: u32) {
    for _ in 0..steps {
        yield_now().await;
    }
}

/// Does one thing to a note, again until it is done, as the queue and a client app do.
async fn operate(world: &World, dice: &Dice, n: u32, notes: &mut Vec<u32>) {
    let words = ["tap", "roof", "door"].map(|tag| job(tag, "Mend it, please"));
    let some = |most: u32| &words[..1 + dice.roll(most) as usize];
    if notes.is_empty() || dice.roll(100) < 30 {
        let records = some(3);
        while world.filing.note(n, "Mend it, please", records).await.is_err() {}
        notes.push(n);
        return;
    }
    let of = notes[dice.roll(u32::try_from(notes.len()).unwrap()) as usize];
    let effect = match dice.roll(7) {
        0 | 1 => Effect::Corrected(Box::new(understood(some(3)))),
        2 => Effect::Withdrawn,
        3 => Effect::Restored,
        4 => Effect::Confirmed,
        _ => return write_back(world, dice, of).await,
    };
    while world.filing.change(n, &samples::message_id(of), effect.clone()).await.is_err() {}
}

/// A client app says how far it is with a record.
async fn write_back(world: &World, dice: &Dice, of: u32) {
    let record = RecordId::first(samples::message_id(of));
    let status = Status::ALL[dice.roll(4) as usize];
    loop {
        let Ok(found) = world.follow.records.find(&world.scope, &record).await else { continue };
        let found = found.unwrap();
        let mut state = found.state.clone();
        let key = KeyId::parse("k1").unwrap();
        state.set_status(status, found.note.revised().version, world.clock.now(), key);
        if world.follow.records.set_state(&found, &state, world.clock.now()).await.is_ok() {
            return;
        }
    }
}

#[tokio::test]
async fn who_only_listens_ends_with_exactly_the_records_of_the_store() {
    let clock = World::clock();
    let table = BadDay::new(clock.clone(), FAILS, 0x5EED);
    let world = Arc::new(World::over(clock, table, &Kinds::all()).await);
    let (client, dice) = (Arc::new(Mutex::new(Client::default())), Arc::new(Dice(SeededIds::new(3))));
    let (heard, secret, luck) = (client.clone(), world.secret.clone(), dice.clone());
    world.receivers.listen(&world.endpoint, move |request| {
        let dies = luck.roll(4);
        if dies == 0 {
            return answers(500);
        }
        heard.lock().unwrap().takes(request, &secret);
        if dies == 1 { Err(SendFailure::TimedOut) } else { answers(200) }
    });

    let is_over = Arc::new(AtomicBool::new(false));
    let mut dispatchers = JoinSet::new();
    for _ in 0..2 {
        let (world, dice, is_over) = (world.clone(), dice.clone(), is_over.clone());
        dispatchers.spawn(async move {
            while !is_over.load(Ordering::SeqCst) {
                let steps = 20 + dice.roll(4_000);
                // In an order that is the same each time, as all else here is.
                tokio::select! { biased; _ = world.run() => {}, () = dies_after(steps) => {} }
                dies_after(dice.roll(1_500)).await;
            }
        });
    }
    let mut notes = Vec::new();
    for n in 1..=OPERATIONS {
        operate(&world, &dice, n, &mut notes).await;
        world.clock.advance(Duration::from_secs(u64::from(dice.roll(60))));
    }
    is_over.store(true, Ordering::SeqCst);
    dispatchers.join_all().await;

    let mut quiet = 0;
    while quiet < 5 {
        world.clock.advance(Duration::from_secs(900));
        let run = world.run().await;
        quiet = if run == Delivered::default() { quiet + 1 } else { 0 };
    }
    let expected = records_of(&world.follow, world.scope.company()).await;
    let client = client.lock().unwrap();
    assert!(expected.len() > 3_000, "{}", expected.len());
    assert!(client.messages > OPERATIONS, "{} messages", client.messages);
    for (id, record) in &expected {
        assert_eq!(client.records.get(id), Some(record), "{id}");
    }
    assert_eq!(client.records.len(), expected.len());
}
