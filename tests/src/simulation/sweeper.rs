//! The function that a rule invokes once a minute to look after notes that nothing else comes back to. Each run is a
//! process of its own, which may die; now and then two run at once, as EventBridge invokes at least once.

use std::{sync::Arc, time::Duration};

use shared::{
    ports::clock::Clock, repositories::notes::Notes, testing::recorded_metrics::RecordedMetrics,
    use_cases::sweep::Sweep,
};

use super::{
    chance::Chance,
    ports::Through,
    story::{RunClock, Story},
    weather::Weather,
    world::World,
};

/// The rule's rate.
const EVERY: Duration = Duration::from_secs(60);
/// `Timeout` of the template.
const TIMEOUT: Duration = Duration::from_secs(60);
/// In so many of a thousand minutes it is invoked twice.
const DUPLICATES: u32 = 50;

/// The function with its rule.
pub(super) struct Sweeper {
    pub(super) world: Arc<World>,
    pub(super) weather: Weather,
    pub(super) clock: RunClock,
    pub(super) chance: Chance,
    pub(super) story: Story,
}

impl Sweeper {
    /// Runs every minute until it is told that nothing comes any more.
    pub(super) async fn every_minute(self: Arc<Self>) {
        for minute in 1_u32.. {
            tokio::time::sleep(EVERY).await;
            let times = 1 + u32::from(self.chance.permille(DUPLICATES));
            for n in 0..times {
                let own = Arc::clone(&self);
                tokio::spawn(async move { own.runs(&format!("sweep-{minute}.{n}")).await });
            }
        }
    }

    async fn runs(&self, name: &str) {
        // What goes wrong here is no reason for a worker to do anything twice.
        let weather = self.weather.over_apart(name);
        let clock: Arc<dyn Clock> = Arc::new(self.clock);
        let sweep = Sweep {
            notes: Notes::new(Through::new(&weather, self.world.table.clone())),
            queue: Through::new(&weather, self.world.queue.clone()),
            clock,
            metrics: Arc::new(RecordedMetrics::new()),
        };
        let run = tokio::spawn(async move { sweep.run().await });
        tokio::select! {
            biased;
            () = weather.death() => {}
            swept = run => {
                let swept = swept.expect("a sweep does not panic");
                if swept.looked_at > 0 {
                    self.story.tell(format!("{name}: {swept:?}"));
                }
            }
            () = tokio::time::sleep(TIMEOUT) => weather.kill("its time is up"),
        }
    }
}
