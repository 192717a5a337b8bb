//! Looks after notes that nothing else comes back to, beside the queue worker: on AWS a function of its own does it.

use std::time::Duration;

use shared::use_cases::sweep::Sweep;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use super::until;

/// Here it costs a look into the table of this machine, and a note that was to wait until now goes on at once.
const EVERY: Duration = Duration::from_secs(5);

/// Runs until it is stopped; a run that has begun ends first.
pub(super) async fn sweep(sweep: Sweep, stopped: watch::Receiver<bool>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = until(stopped.clone()) => return,
            _ = ticks.tick() => {}
        }
        sweep.run().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use adapter_local::DataDir;
    use adapter_system::{LoggedMetrics, SystemClock, SystemIds};
    use jiff::Timestamp;
    use shared::{
        domain::note::Note,
        ports::clock::Clock,
        repositories::notes::{Claimed, Notes, Worker},
        testing::samples,
    };

    use super::*;

    #[tokio::test]
    async fn a_note_that_was_to_wait_until_now_is_in_the_queue_again_and_the_timer_ends() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path(), "", Arc::new(SystemClock), Arc::new(SystemIds)).unwrap();
        let notes = Notes::new(data.store());
        let fresh = Note::received(samples::message(1, "Order two pipes"), samples::customer());
        let worker = Worker { holder: "w".to_owned(), lease: Duration::from_secs(60), alone: true };
        let claimed = notes.claim(fresh, &worker, SystemClock.now()).await.unwrap();
        let Claimed::Yours(mut stored) = claimed else { panic!("{claimed:?}") };
        notes.wait_until(&mut stored, Timestamp::UNIX_EPOCH).await.unwrap();

        let (stop, stopped) = watch::channel(false);
        let one = Sweep {
            notes,
            queue: data.queue(),
            clock: Arc::new(SystemClock),
            metrics: Arc::new(LoggedMetrics),
        };
        let running = tokio::spawn(sweep(one, stopped));
        while data.queue().depth().await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
        stop.send_replace(true);
        running.await.unwrap();
        assert_eq!(data.queue().depth().await.unwrap(), 1);
    }
}
