//! A thousand messages and room for two batches: what becomes of notes that are delivered again and again without anybody
//! to work on them. Nothing else goes wrong.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use futures::future::join_all;
use tokio::sync::Semaphore;

use super::{
    chance::Chance,
    functions::Functions,
    people::Person,
    run::{in_time_of_its_own, settles},
    story::{RunClock, Story},
    sweeper::Sweeper,
    twilio::Twilio,
    verdict::{self, Verdict},
    weather::{Damage, Odds, Weather},
    world::World,
};

/// So many people send one note each.
const PEOPLE: u32 = 1_000;
/// Lambda has room for so many batches at once.
const ROOM: usize = 2;

/// How it ended.
#[derive(Debug)]
pub struct Throttled {
    /// What held.
    pub verdict: Verdict,
    /// How many batches Lambda had no room for.
    pub turned_away: usize,
    /// How many messages SQS gave up by itself, which were received as often as it allows.
    pub received_too_often: usize,
    /// How many lie among the dead letters.
    pub dead: usize,
}

/// Runs it. Room is there after this time: none, as the template has it, which lets nobody poll for what there is no room for
/// (`MaximumConcurrency`); or longer, where the account's other functions took all of it.
#[must_use]
pub fn throttled(seed: u64, without_room: Duration) -> Throttled {
    in_time_of_its_own(run(seed, without_room))
}

async fn run(seed: u64, without_room: Duration) -> Throttled {
    let (chance, clock) = (Chance::of(seed), RunClock::begin());
    let story = Story::new(clock);
    let world = Arc::new(World::of(PEOPLE, clock, &chance, &story));
    let damage = Arc::<Damage>::default();
    let over = Arc::new(AtomicBool::new(true));
    let weather = Weather::new(chance.clone(), Odds::default(), story.clone(), damage.clone(), over);
    let (calm, told) = (chance.clone(), story.clone());
    let twilio = Twilio { world: world.clone(), weather: weather.clone(), clock, chance: calm, story: told };
    let sent = join_all((0..PEOPLE).map(|person| twilio.sends_all(Person::typing(person)))).await;

    let sweeper = Sweeper {
        world: world.clone(),
        weather: weather.clone(),
        clock,
        chance: chance.clone(),
        story: story.clone(),
    };
    let (world_of, story_of) = (world.clone(), story.clone());
    let (pollers, room) = (ROOM, Semaphore::new(0));
    let functions =
        Arc::new(Functions { world: world_of, weather, clock, chance, story: story_of, pollers, room });
    let polling = tokio::spawn(Arc::clone(&functions).poll());
    tokio::time::sleep(without_room).await;
    functions.room.add_permits(if without_room.is_zero() { ROOM + 1 } else { ROOM });
    let sweeping = tokio::spawn(Arc::new(sweeper).every_minute());
    let settled = settles(&world).await;
    polling.abort();
    sweeping.abort();
    let verdict = verdict::of(&world, clock, &story, sent, settled, &damage).await;
    let told = story.text();
    let count = |what: &str| told.lines().filter(|line| line.contains(what)).count();
    Throttled {
        verdict,
        turned_away: count("Lambda has no room"),
        received_too_often: count("SQS gives"),
        dead: world.queue.dead_letters().len(),
    }
}
