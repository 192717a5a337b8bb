//! What is counted of a queue's jobs. It stands in front of the two ports that the batch runner uses, so that the
//! runner itself need not know of it.

use std::{
    panic::{AssertUnwindSafe, resume_unwind},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use futures::FutureExt;
use shared::{
    jobs::Job,
    ports::{
        job_handler::{Attempt, JobError, JobHandler},
        job_queue::QueueError,
        metrics::{Measurement, Metrics},
        redelivery::{Redelivery, Spent},
    },
};

/// A port with a counter in front.
pub(crate) struct Counted<P: ?Sized> {
    pub(crate) inner: Arc<P>,
    pub(crate) metrics: Arc<dyn Metrics>,
}

/// Counts the tries that failed and are not the last: a job whose last try failed is counted when it is buried.
#[async_trait]
impl JobHandler for Counted<dyn JobHandler> {
    async fn handle(&self, job: &Job, attempt: Attempt) -> Result<(), JobError> {
        let end = AssertUnwindSafe(self.inner.handle(job, attempt)).catch_unwind().await;
        if !attempt.is_last() && matches!(end, Ok(Err(JobError::Retry { .. })) | Err(_)) {
            self.metrics.record(&Measurement::JobRetried);
        }
        // What is to be made of a panic is the runner's affair.
        end.unwrap_or_else(|panicked| resume_unwind(panicked))
    }
}

/// Counts what now lies among the dead letters.
#[async_trait]
impl Redelivery for Counted<dyn Redelivery> {
    async fn delay(&self, receipt: &str, after: Duration) -> Result<(), QueueError> {
        self.inner.delay(receipt, after).await
    }

    async fn park(&self, body: &str, spent: Spent, after: Duration) -> Result<(), QueueError> {
        self.inner.park(body, spent, after).await
    }

    async fn bury(&self, body: &str, reason: &str) -> Result<(), QueueError> {
        self.inner.bury(body, reason).await?;
        self.metrics.record(&Measurement::DeadLetter);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use shared::testing::{MadeUp, recorded_metrics::RecordedMetrics, samples};

    use super::*;

    /// Ends as its script says, from the back.
    struct Scripted(Mutex<Vec<Result<(), JobError>>>);

    #[async_trait]
    impl JobHandler for Scripted {
        async fn handle(&self, _: &Job, _: Attempt) -> Result<(), JobError> {
            let end = self.0.lock().unwrap().pop();
            end.expect("CANARY")
        }
    }

    struct Queue {
        takes: bool,
    }

    #[async_trait]
    impl Redelivery for Queue {
        async fn delay(&self, _: &str, _: Duration) -> Result<(), QueueError> {
            Ok(())
        }

        async fn park(&self, _: &str, _: Spent, _: Duration) -> Result<(), QueueError> {
            Ok(())
        }

        async fn bury(&self, _: &str, _: &str) -> Result<(), QueueError> {
            if self.takes { Ok(()) } else { Err(QueueError(MadeUp::boxed("full"))) }
        }
    }

    #[tokio::test]
    async fn o6_a_failed_try_is_counted_unless_it_is_the_last() {
        let (reason, after) = ("away".to_owned(), Duration::from_secs(10));
        let retry = || Err(JobError::Retry { after, reason: reason.clone() });
        let job = samples::job(samples::message(1, "hi"));
        for (end, number, counted) in [
            (Ok(()), 1, 0),
            (retry(), 1, 1),
            (retry(), 5, 0),
            (Err(JobError::Busy { after, reason: reason.clone() }), 1, 0),
            (Err(JobError::Dead { reason: reason.clone() }), 1, 0),
        ] {
            let metrics = Arc::new(RecordedMetrics::new());
            let handler: Counted<dyn JobHandler> = Counted {
                inner: Arc::new(Scripted(Mutex::new(vec![end.clone()]))),
                metrics: metrics.clone(),
            };
            assert_eq!(handler.handle(&job, Attempt { number, most: 5 }).await, end);
            assert_eq!(metrics.all(), vec![Measurement::JobRetried; counted], "{end:?}");
        }
    }

    #[tokio::test]
    async fn o6_a_panic_is_a_failed_try_and_goes_on() {
        let metrics = Arc::new(RecordedMetrics::new());
        let handler: Counted<dyn JobHandler> =
            Counted { inner: Arc::new(Scripted(Mutex::default())), metrics: metrics.clone() };
        let job = samples::job(samples::message(1, "hi"));
        let work = tokio::spawn(async move { handler.handle(&job, Attempt { number: 1, most: 5 }).await });
        assert!(work.await.unwrap_err().is_panic());
        assert_eq!(metrics.all(), [Measurement::JobRetried]);
    }

    #[tokio::test]
    async fn o6_only_what_was_buried_is_a_dead_letter() {
        for (takes, counted) in [(true, 1), (false, 0)] {
            let metrics = Arc::new(RecordedMetrics::new());
            let queue: Counted<dyn Redelivery> =
                Counted { inner: Arc::new(Queue { takes }), metrics: metrics.clone() };
            queue.delay("r", Duration::ZERO).await.unwrap();
            queue.park("{}", Spent::default(), Duration::ZERO).await.unwrap();
            assert_eq!(queue.bury("{}", "why").await.is_ok(), takes);
            assert_eq!(metrics.all(), vec![Measurement::DeadLetter; counted]);
        }
    }
}
