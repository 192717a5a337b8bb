//! One run: people send, things go wrong for a while, then everything works, and nothing may be left over.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use tokio::sync::Semaphore;

use super::{
    chance::Chance,
    functions::{Functions, POLLERS},
    people::Person,
    story::{RunClock, Story},
    sweeper::Sweeper,
    twilio::Twilio,
    verdict::{self, Verdict},
    weather::{Damage, Odds, Weather},
    world::World,
};

/// How many people send a note in a run, at most.
const MOST_PEOPLE: u32 = 12;
/// For how long things go wrong.
const STORM: Duration = Duration::from_secs(20 * 60);
/// After which time nothing may be left over: four days, when SQS would forget it.
const END: Duration = Duration::from_secs(4 * 24 * 3_600);
/// After which time no lease may hold any more, whatever clock it was taken by.
const LEASES_END: Duration = Duration::from_secs(10 * 60);
/// How often is looked whether anything is left over.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How a seed ended.
pub struct Outcome {
    /// What held and what did not.
    pub verdict: Verdict,
    /// All that happened, for the reader of a run that went wrong.
    pub story: String,
}

/// Runs a seed, in a runtime of its own whose time passes only when everybody waits.
#[must_use]
pub fn simulate(seed: u64) -> Outcome {
    in_time_of_its_own(run(seed))
}

/// Runs something in a runtime of its own whose time passes only when everybody waits.
pub(super) fn in_time_of_its_own<T>(what: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        // What is decoded at the same moment is ready in the order in which it was begun.
        .max_blocking_threads(1)
        .build()
        .expect("a runtime");
    runtime.block_on(what)
}

async fn run(seed: u64) -> Outcome {
    let (chance, clock) = (Chance::of(seed), RunClock::begin());
    let story = Story::new(clock);
    let people = 1 + chance.below(MOST_PEOPLE);
    let odds = Odds::of_day(&chance);
    story.tell(format!("seed {seed}: {people} people, {odds:?}"));
    let world = Arc::new(World::of(people, clock, &chance, &story));
    let (over, damage) = (Arc::new(AtomicBool::new(false)), Arc::<Damage>::default());
    let weather = Weather::new(chance.clone(), odds, story.clone(), damage.clone(), over.clone());

    let functions = Arc::new(Functions {
        world: world.clone(),
        weather: weather.clone(),
        clock,
        chance: chance.clone(),
        story: story.clone(),
        pollers: POLLERS,
        room: Semaphore::new(POLLERS + 1),
    });
    let polling = tokio::spawn(functions.poll());
    let sweeper = Arc::new(Sweeper {
        world: world.clone(),
        weather: weather.clone(),
        clock,
        chance: chance.clone(),
        story: story.clone(),
    });
    let sweeping = tokio::spawn(sweeper.every_minute());
    let twilio = Arc::new(Twilio {
        world: world.clone(),
        weather,
        clock,
        chance: chance.clone(),
        story: story.clone(),
    });
    let people: Vec<Person> = (0..people).map(|person| Person::of(person, &chance)).collect();
    let sending = join_all(people.into_iter().map(|each| {
        let (twilio, wait) = (twilio.clone(), chance.up_to(Duration::from_secs(120)));
        async move {
            tokio::time::sleep(wait).await;
            twilio.sends_all(each).await
        }
    }));
    let storm = async {
        tokio::time::sleep(STORM).await;
        over.store(true, Ordering::Relaxed);
        story.tell("from here on everything works");
    };
    let (sent, ()) = tokio::join!(sending, storm);
    let settled = settles(&world).await;
    tokio::time::sleep(LEASES_END).await;
    polling.abort();
    sweeping.abort();
    let verdict = verdict::of(&world, clock, &story, sent, settled, &damage).await;
    Outcome { verdict, story: story.text() }
}

/// Waits until the queue is empty and no note is to be looked after. Whether that ever is.
pub(super) async fn settles(world: &World) -> bool {
    let empty = async {
        while world.queue.depth() > 0 || world.open_notes() > 0 {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(END, empty).await.is_ok()
}
