//! What is to be done at certain times, on AWS: once a minute, notes that nothing else comes back to are looked after
//! ([`Sweep`]), and companies' own software is told of changes ([`DeliverWebhooks`]). One machine does the same beside its
//! queue worker, without this crate.

use std::time::Duration;

use serde_json::{Value, json};
use shared::use_cases::{deliver_webhooks::DeliverWebhooks, sweep::Sweep};

/// How long webhooks are delivered to. Shorter than the function may run, by what a start and the last calls take.
const DELIVER_WITHIN: Duration = Duration::from_secs(45);

/// Some of what was to be done could not be: the next run does it. As an error it is counted by Lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{notes} notes, or shards of them, could not be looked after, and {webhooks} webhooks could not be served to the end"
)]
pub struct Incomplete {
    /// How many notes, or shards of them.
    pub notes: u32,
    /// How many webhooks, or companies.
    pub webhooks: u32,
}

/// One run; answers what it did, as JSON, for whoever invokes the function by hand. A receiver that does not accept its
/// messages is none of our failures.
///
/// # Errors
/// [`Incomplete`] when the table or the queue did not answer.
pub async fn run(sweep: &Sweep, webhooks: &DeliverWebhooks) -> Result<Value, Incomplete> {
    let (swept, delivered) = futures::join!(sweep.run(), webhooks.run(DELIVER_WITHIN));
    if swept.failed > 0 || delivered.failed > 0 {
        return Err(Incomplete { notes: swept.failed, webhooks: delivered.failed });
    }
    Ok(json!({ "sweep": swept, "webhooks": delivered }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shared::{
        domain::api_key::Pepper,
        ports::table::{TableError, TableStore},
        repositories::{feed::Feed, notes::Notes, records::Records, webhooks::Webhooks},
        testing::{
            MadeUp,
            failing::Failing,
            fixed::{FixedClock, SeededIds},
            memory_queue::MemoryQueue,
            memory_receivers::MemoryReceivers,
            memory_table::MemoryTable,
            recorded_metrics::RecordedMetrics,
        },
        use_cases::follow::Follow,
    };

    use super::*;

    fn all(is_away: bool) -> (Sweep, DeliverWebhooks) {
        let clock = Arc::new(FixedClock::default());
        let table: Arc<dyn TableStore> = Arc::new(MemoryTable::new(clock.clone()));
        let away = || TableError::Unavailable(MadeUp::boxed("away"));
        let table = Arc::new(Failing::when(move |_| is_away, away, table));
        let metrics = Arc::new(RecordedMetrics::new());
        let sweep = Sweep {
            notes: Notes::new(table.clone()),
            queue: Arc::new(MemoryQueue::new(clock.clone())),
            clock: clock.clone(),
            metrics: metrics.clone(),
        };
        let pepper = Pepper::new(&"p".repeat(32).into()).unwrap();
        let webhooks = DeliverWebhooks {
            webhooks: Webhooks::new(table.clone(), &pepper),
            follow: Follow { feed: Feed::new(table.clone()), records: Records::new(table) },
            sender: Arc::new(MemoryReceivers::new()),
            clock,
            ids: Arc::new(SeededIds::new(1)),
            metrics,
        };
        (sweep, webhooks)
    }

    #[tokio::test]
    async fn a_run_tells_what_it_did() {
        let (sweep, webhooks) = all(false);
        let nothing = json!({
            "sweep": {"looked_at": 0, "sent_again": 0, "removed": 0, "stuck": 0, "failed": 0},
            "webhooks": {"accepted": 0, "refused": 0, "dead": 0, "waiting": 0, "failed": 0},
        });
        assert_eq!(run(&sweep, &webhooks).await, Ok(nothing));
    }

    #[tokio::test]
    async fn a_run_that_the_table_refuses_is_an_error() {
        let (sweep, webhooks) = all(true);
        assert_eq!(run(&sweep, &webhooks).await, Err(Incomplete { notes: 16, webhooks: 1 }));
    }
}
