//! A thousand messages and room for two batches: what becomes of notes that are delivered again and again without anybody
//! to work on them. Nothing else goes wrong.

use std::sync::{Arc, atomic::AtomicBool};

use futures::future::join_all;
use tokio::sync::Semaphore;

use super::{
    chance::Chance,
    functions::Functions,
    people::Person,
    run::{in_time_of_its_own, settles},
    story::{RunClock, Story},
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

/// Runs it with so many pollers. As many as there is room for is what the template sets (`MaximumConcurrency`); more are
/// what a poller without that limit, or an account whose other functions took the room, comes to.
#[must_use]
pub fn throttled(seed: u64, pollers: usize) -> Throttled {
    in_time_of_its_own(run(seed, pollers))
}

async fn run(seed: u64, pollers: usize) -> Throttled {
    let (chance, clock) = (Chance::of(seed), RunClock::begin());
    let story = Story::new(clock);
    let world = Arc::new(World::of(PEOPLE, clock, &chance, &story));
    let damage = Arc::<Damage>::default();
    let over = Arc::new(AtomicBool::new(false));
    let weather = Weather::new(chance.clone(), Odds::default(), story.clone(), damage.clone(), over);
    let (calm, told) = (chance.clone(), story.clone());
    let twilio = Twilio { world: world.clone(), weather: weather.clone(), clock, chance: calm, story: told };
    let sent = join_all((0..PEOPLE).map(|person| twilio.sends_all(Person::typing(person)))).await;

    let (world_of, story_of) = (world.clone(), story.clone());
    // The last chances have a poller of their own.
    let room = Semaphore::new(ROOM);
    let functions = Functions { world: world_of, weather, clock, chance, story: story_of, pollers, room };
    let polling = tokio::spawn(Arc::new(functions).poll());
    let settled = settles(&world).await;
    polling.abort();
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
