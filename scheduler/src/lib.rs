//! What is to be done at certain times, on AWS: once a minute, notes that nothing else comes back to are looked after
//! ([`Sweep`]). One machine does the same beside its queue worker, without this crate.

use serde_json::{Value, json};
use shared::use_cases::sweep::Sweep;

/// Some of what was to be done could not be: the next run does it. As an error it is counted by Lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{failed} notes, or shards of them, could not be looked after")]
pub struct Incomplete {
    /// How many.
    pub failed: u32,
}

/// One run; answers what it did, as JSON, for whoever invokes the function by hand.
///
/// # Errors
/// [`Incomplete`] when the table or the queue did not answer.
pub async fn run(sweep: &Sweep) -> Result<Value, Incomplete> {
    let swept = sweep.run().await;
    if swept.failed > 0 { Err(Incomplete { failed: swept.failed }) } else { Ok(json!({ "sweep": swept })) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shared::{
        ports::table::{TableError, TableStore},
        repositories::notes::Notes,
        testing::{
            MadeUp, failing::Failing, fixed::FixedClock, memory_queue::MemoryQueue,
            memory_table::MemoryTable, recorded_metrics::RecordedMetrics,
        },
    };

    use super::*;

    fn sweep(is_away: bool) -> Sweep {
        let clock = Arc::new(FixedClock::default());
        let table: Arc<dyn TableStore> = Arc::new(MemoryTable::new(clock.clone()));
        let away = || TableError::Unavailable(MadeUp::boxed("away"));
        let table = Failing::when(move |_| is_away, away, table);
        Sweep {
            notes: Notes::new(Arc::new(table)),
            queue: Arc::new(MemoryQueue::new(clock.clone())),
            clock,
            metrics: Arc::new(RecordedMetrics::new()),
        }
    }

    #[tokio::test]
    async fn a_run_tells_what_it_did() {
        let nothing =
            json!({"sweep": {"looked_at": 0, "sent_again": 0, "removed": 0, "stuck": 0, "failed": 0}});
        assert_eq!(run(&sweep(false)).await, Ok(nothing));
    }

    #[tokio::test]
    async fn a_run_that_the_table_refuses_is_an_error() {
        assert_eq!(run(&sweep(true)).await, Err(Incomplete { failed: 16 }));
    }
}
