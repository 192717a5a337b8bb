//! What client apps rely on, of any table: one that only follows and one that only listens, with a receiver that fails
//! half of the time, both end with exactly the records of the store, although calls of the table fail, made or not, and
//! workers, dispatchers and the clients themselves die in the middle of things.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use tokio::{sync::watch, task::JoinSet};

use crate::{
    domain::{
        api_key::KeyId,
        client_state::Status,
        ids::RecordId,
        note::Effect,
        record_view::RecordView,
        webhook::{Kinds, SignedRequest, WebhookSecret},
    },
    ports::{
        clock::{Clock as _, Ids as _},
        table::TableStore,
        webhook_sender::SendFailure,
    },
    repositories::records::Filter,
    testing::{
        bad_day::BadDay,
        filing::{job, understood},
        fixed::{FixedClock, SeededIds},
        locked,
        memory_receivers::answers,
        samples,
        webhook_world::{World, record_in},
    },
    use_cases::deliver_webhooks::Delivered,
};

/// Of so many calls of the table one fails.
const FAILS: u64 = 250;
/// How many dispatchers there are at the same time.
const DISPATCHERS: u32 = 2;

type KnownRecords = BTreeMap<String, Value>;

struct Dice(SeededIds);

impl Dice {
    /// From 0 to `n` - 1.
    fn roll(&self, n: u32) -> u32 {
        let [first, second, third, fourth, ..] = self.0.random();
        u32::from_be_bytes([first, second, third, fourth]).checked_rem(n).unwrap_or_default()
    }

    /// One of these.
    fn one_of<'a, T>(&self, all: &'a [T]) -> &'a T {
        let count = u32::try_from(all.len()).expect("few");
        all.get(self.roll(count) as usize).expect("one of them")
    }

    /// The first of these, at least one.
    fn some<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let count = u32::try_from(all.len()).expect("few");
        all.get(..=self.roll(count) as usize).expect("some of them")
    }
}

/// So many things happen to the notes of a company in this table, which is the story's own.
///
/// # Panics
/// When a client ends with something else than what the store has, or hears of a note's changes out of order.
pub async fn all_end_with_what_the_store_has(
    table: impl TableStore + 'static,
    clock: Arc<FixedClock>,
    operations: u32,
) {
    let table = BadDay::over(table, FAILS, 0x5EED);
    let world = Arc::new(World::over(clock, table.clone(), &Kinds::all()).await);
    let dice = Arc::new(Dice(SeededIds::new(3)));
    let (listener, mut follower) = (listens(&world, &dice), Follower::default());
    let (over, is_over) = watch::channel(false);
    let mut dispatchers = JoinSet::new();
    for _ in 0..DISPATCHERS {
        dispatchers.spawn(dispatch(world.clone(), table.clone(), dice.clone(), is_over.clone()));
    }
    let mut notes = Vec::new();
    for n in 1..=operations {
        operate(&world, &dice, n, &mut notes).await;
        world.clock.advance(Duration::from_secs(u64::from(dice.roll(60))));
        if dice.roll(10) == 0 {
            follower.asks(&world, 1 + dice.roll(40) as usize, dice.roll(4) == 0).await;
        }
    }
    over.send_replace(true);
    dispatchers.join_all().await;
    until_all_is_told(&world).await;
    while !follower.asks(&world, 100, false).await {}

    let expected = listed(&world).await;
    assert!(expected.len() > operations as usize / 4, "{} records", expected.len());
    let listener = locked(&listener);
    assert!(listener.messages > operations, "{} messages", listener.messages);
    for known in [&follower.records, &listener.records] {
        for (id, record) in &expected {
            assert_eq!(known.get(id), Some(record), "{id}");
        }
        // What a correction made superfluous is told of and listed no more.
        let more = known.iter().filter(|(id, _)| !expected.contains_key(*id));
        more.for_each(|(id, record)| assert_eq!(record.get("withdrawn"), Some(&Value::Bool(true)), "{id}"));
    }
}

/// Does one thing to a note, again until it is done, as the queue and a client app do.
async fn operate(world: &World, dice: &Dice, n: u32, notes: &mut Vec<u32>) {
    let words = ["tap", "roof", "door"].map(|tag| job(tag, "Mend it, please"));
    if notes.is_empty() || dice.roll(100) < 30 {
        let records = dice.some(&words);
        while world.filing.note(n, "Mend it, please", records).await.is_err() {}
        notes.push(n);
        return;
    }
    let of = *dice.one_of(notes);
    let effect = match dice.roll(7) {
        0 | 1 => Effect::Corrected(Box::new(understood(dice.some(&words)))),
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
    let status = *dice.one_of(&Status::ALL);
    loop {
        let Ok(found) = world.follow.records.find(&world.scope, &record).await else { continue };
        let found = found.expect("a record of a note that was filed");
        let mut state = found.state.clone();
        let key = KeyId::parse("k1").expect("a key's id");
        state.set_status(status, found.note.revised().version, world.clock.now(), key);
        if world.follow.records.set_state(&found, &state, world.clock.now()).await.is_ok() {
            return;
        }
    }
}

/// A client that has nothing but its answers.
#[derive(Default)]
struct Follower {
    records: KnownRecords,
    last: u64,
}

impl Follower {
    /// Asks once; `dies` after it has taken some changes over, and before it has noted how far it is. `true`: there was
    /// nothing new.
    async fn asks(&mut self, world: &World, limit: usize, dies: bool) -> bool {
        let Ok(told) = world.follow.after(&world.scope, self.last, limit).await else { return false };
        let taken = if dies { told.len() / 2 } else { told.len() };
        for change in told.iter().take(taken).flat_map(|told| &told.changes) {
            let (id, record) = record_in(serde_json::to_value(change).expect("JSON"));
            self.records.insert(id, record);
        }
        if let (false, Some(last)) = (dies, told.last()) {
            assert!(
                told.iter().map(|told| told.number).eq(self.last + 1..=last.number),
                "each once, in order"
            );
            self.last = last.number;
        }
        told.is_empty()
    }
}

/// A client that has nothing but messages.
#[derive(Default)]
struct Listener {
    records: KnownRecords,
    last_of_note: HashMap<String, u64>,
    messages: u32,
}

impl Listener {
    fn takes(&mut self, request: &SignedRequest, secret: &WebhookSecret) {
        assert!(request.is_signed_with(secret), "each message is signed");
        let mut document: Value = serde_json::from_str(request.body()).expect("JSON");
        let data = document.get_mut("data").expect("data").take();
        let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = text("id").split('-').next().and_then(|n| n.parse().ok()).expect("a change's number");
        let note = text("message_id").split('-').next().unwrap_or_default().to_owned();
        let last = self.last_of_note.insert(note, number).unwrap_or_default();
        assert!(number >= last, "of one note the order is kept");
        let (id, record) = record_in(data);
        self.records.insert(id, record);
        self.messages += 1;
    }
}

/// Half of the time the receiver fails: before it has taken a message over, or afterwards.
fn listens(world: &World, dice: &Arc<Dice>) -> Arc<Mutex<Listener>> {
    let listener = Arc::new(Mutex::new(Listener::default()));
    let (heard, secret, luck) = (listener.clone(), world.secret.clone(), dice.clone());
    world.receivers.listen(&world.endpoint, move |request| {
        let dies = luck.roll(4);
        if dies == 0 {
            return answers(500);
        }
        locked(&heard).takes(request, &secret);
        if dies == 1 { Err(SendFailure::TimedOut) } else { answers(200) }
    });
    listener
}

/// Dies again and again.
async fn dispatch<T: TableStore + 'static>(
    world: Arc<World>,
    table: Arc<BadDay<T>>,
    dice: Arc<Dice>,
    is_over: watch::Receiver<bool>,
) {
    let over = async |mut is_over: watch::Receiver<bool>| drop(is_over.wait_for(|over| *over).await);
    while !*is_over.borrow() {
        let life = u64::from(10 + dice.roll(1_000));
        // In an order that is the same each time, as all else here is where the table is in memory.
        tokio::select! { biased; _ = world.run() => {}, () = table.further_calls(life) => {} }
        let pause = u64::from(dice.roll(400));
        tokio::select! { biased; () = over(is_over.clone()) => {}, () = table.further_calls(pause) => {} }
    }
}

async fn until_all_is_told(world: &World) {
    let mut quiet = 0;
    while quiet < 5 {
        world.clock.advance(Duration::from_secs(900));
        let run = world.run().await;
        quiet = if run == Delivered::default() { quiet + 1 } else { 0 };
    }
}

/// All records of the company, as they are listed.
async fn listed(world: &World) -> KnownRecords {
    let filter = Filter { withdrawn: true, ..Filter::default() };
    let (mut all, mut after) = (KnownRecords::new(), None);
    loop {
        // Few at once: on a bad day many calls never all go well.
        let listed = world.follow.records.list(&world.scope, &filter, after.clone(), 10).await;
        let Ok(page) = listed else { continue };
        all.extend(page.records.iter().map(|listed| {
            let view = RecordView::of(&listed.note, &listed.record, &listed.state);
            (view.message_id.clone(), serde_json::to_value(&view).expect("JSON"))
        }));
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}
