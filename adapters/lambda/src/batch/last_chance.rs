//! The queue behind the queue. SQS ends a message by itself when its last delivery is lost with its process: nobody hears
//! of it, and its sender least of all. So the queue's own redrive leads to a second one, whose messages come here one by
//! one: to be gone on with where that is safe, else to be given up so that it is told.

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::future::join_all;
use shared::ports::{
    job_handler::{Attempt, JobError, JobHandler},
    redelivery::Redelivery,
};
use tracing::{Instrument, info};

use super::{
    delays,
    delivery::{Delivery, End},
};

/// Does the jobs of a batch of the queue behind the queue, with an [`Attempt`] that is [past](Attempt::is_past) its `most`
/// tries. What has to wait stays in that queue; what ended is not listed, or lies among the dead letters with its reason.
pub async fn handle_last_chances(
    event: SqsEvent,
    handler: Arc<dyn JobHandler>,
    redelivery: Arc<dyn Redelivery>,
    most: u32,
) -> SqsBatchResponse {
    let attempt = Attempt { number: most.saturating_add(1), most };
    let tasks = event.records.into_iter().map(|message| {
        let delivery = Delivery::of(message, most);
        let (handler, redelivery) = (Arc::clone(&handler), Arc::clone(&redelivery));
        async move {
            info!(queue.message_id = %delivery.message_id, "A job whose last delivery was lost has its last chance");
            let work = tokio::spawn({
                let delivery = delivery.clone();
                async move { delivery.job_as(handler.as_ref(), attempt).await }.in_current_span()
            });
            let end = work.await.unwrap_or(End::Panicked);
            comes_again(&delivery, end, redelivery.as_ref()).await.then_some(delivery.message_id)
        }
    });
    let mut response = SqsBatchResponse::default();
    for message_id in join_all(tasks).await.into_iter().flatten() {
        response.add_failure(message_id);
    }
    response
}

async fn comes_again(delivery: &Delivery, end: End, redelivery: &dyn Redelivery) -> bool {
    match end {
        End::Done => false,
        End::Failed(JobError::Busy { after, .. } | JobError::Retry { after, .. }) => {
            let waited = delivery.count.received.saturating_sub(1);
            delivery.hide(delays::wait(after, waited, &delivery.receipt), redelivery).await;
            true
        }
        End::Failed(JobError::Dead { reason }) => !delivery.bury(&reason, redelivery).await,
        End::Panicked => !delivery.bury("the job panicked on its last chance", redelivery).await,
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Mutex, time::Duration};

    use async_trait::async_trait;
    use shared::jobs::Job;

    use super::{
        super::tests::{Recorded, body, record},
        *,
    };

    struct Ends(Result<(), JobError>, Mutex<Vec<Attempt>>);

    #[async_trait]
    impl JobHandler for Ends {
        async fn handle(&self, _: &Job, attempt: Attempt) -> Result<(), JobError> {
            self.1.lock().unwrap().push(attempt);
            self.0.clone()
        }
    }

    async fn chance(end: Result<(), JobError>) -> (Vec<Attempt>, Arc<Recorded>, bool) {
        let (handler, redelivery) = (Arc::new(Ends(end, Mutex::default())), Arc::new(Recorded::default()));
        let event = serde_json::json!({ "Records": [record("m-1", "r-1", &body("pipes"), 1, &[])] });
        let event = serde_json::from_value(event).unwrap();
        let response = handle_last_chances(event, handler.clone(), redelivery.clone(), 5).await;
        let attempts = handler.1.lock().unwrap().clone();
        (attempts, redelivery, !response.batch_item_failures.is_empty())
    }

    #[tokio::test]
    async fn b09_a_job_that_sqs_gave_up_is_past_its_tries_and_told_so() {
        let (attempts, redelivery, listed) = chance(Ok(())).await;
        assert!(attempts.len() == 1 && attempts[0].is_past());
        assert!(!listed && redelivery.buried.lock().unwrap().is_empty());

        let dead = JobError::Dead { reason: "after received: internal".to_owned() };
        let (_, redelivery, listed) = chance(Err(dead)).await;
        assert!(!listed);
        assert_eq!(redelivery.buried.lock().unwrap()[0].1, "after received: internal");
    }

    #[tokio::test]
    async fn b09_what_has_to_wait_for_its_last_chance_waits_in_its_own_queue() {
        let busy = JobError::Busy { after: Duration::from_secs(40), reason: "another has it".to_owned() };
        let (_, redelivery, listed) = chance(Err(busy)).await;
        assert!(listed);
        assert!(redelivery.delayed.lock().unwrap()[0].1 >= Duration::from_secs(40));
        assert!(redelivery.parked.lock().unwrap().is_empty() && redelivery.buried.lock().unwrap().is_empty());
    }
}
