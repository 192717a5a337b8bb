//! How far behind the workers of a queue on SQS are. SQS tells how many messages there are; how old the oldest is, it
//! tells CloudWatch only.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_sdk_cloudwatch::{
    primitives::DateTime,
    types::{Dimension, Statistic},
};
use aws_sdk_sqs::types::QueueAttributeName;
use jiff::{SignedDuration, Timestamp};
use shared::ports::{
    clock::Clock,
    job_queue::QueueError,
    queue_status::{Backlog, Oldest, QueueStatus},
};

use crate::{AwsBase, AwsFailure};

/// SQS measures a queue in use once a minute; what is older than this says nothing about now (SQS developer guide,
/// "Available CloudWatch metrics for Amazon SQS").
const MEASURED_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// One figure a minute.
const PERIOD_S: i32 = 60;

/// One queue with its dead letters.
#[derive(Clone)]
pub struct SqsStatus {
    sqs: aws_sdk_sqs::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    clock: Arc<dyn Clock>,
    queue_url: String,
    dead_letters_url: String,
}

impl SqsStatus {
    /// The queue and its dead letters, by their URLs.
    #[must_use]
    pub fn new(
        base: &AwsBase,
        queue_url: impl Into<String>,
        dead_letters_url: impl Into<String>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            sqs: aws_sdk_sqs::Client::new(base.config()),
            cloudwatch: aws_sdk_cloudwatch::Client::new(base.config()),
            clock,
            queue_url: queue_url.into(),
            dead_letters_url: dead_letters_url.into(),
        }
    }

    /// Messages of a queue: waiting, delayed and being worked on.
    async fn messages(&self, url: &str) -> Result<u64, AwsFailure> {
        let counts = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let answer = self
            .sqs
            .get_queue_attributes()
            .queue_url(url)
            .set_attribute_names(Some(counts.to_vec()))
            .send()
            .await
            .map_err(|error| AwsFailure::of("GetQueueAttributes", &error))?;
        let attributes = answer.attributes.unwrap_or_default();
        let count = |name| attributes.get(name).and_then(|text| text.parse::<u64>().ok());
        counts
            .iter()
            .try_fold(0, |sum: u64, name| Some(sum.saturating_add(count(name)?)))
            .ok_or_else(|| AwsFailure::unexpected("GetQueueAttributes", "the number of messages is missing"))
    }

    /// The newest figure, if there is one of the last minutes.
    async fn oldest(&self) -> Result<Option<Duration>, AwsFailure> {
        let incomplete = |_| AwsFailure::unexpected("GetMetricStatistics", "an incomplete question");
        let queue = self.queue_url.rsplit('/').next().unwrap_or_default();
        let now = self.clock.now();
        let from = now.checked_sub(MEASURED_WITHIN).unwrap_or(Timestamp::MIN);
        let answer = self
            .cloudwatch
            .get_metric_statistics()
            .namespace("AWS/SQS")
            .metric_name("ApproximateAgeOfOldestMessage")
            .dimensions(Dimension::builder().name("QueueName").value(queue).build())
            .start_time(DateTime::from_secs(from.as_second()))
            .end_time(DateTime::from_secs(now.as_second()))
            .period(PERIOD_S)
            .statistics(Statistic::Maximum)
            .send()
            .await
            .map_err(|error| AwsFailure::of("GetMetricStatistics", &error))?;
        let figures = answer.datapoints.unwrap_or_default();
        let newest = figures.iter().max_by_key(|figure| figure.timestamp.map(|time| time.secs()));
        newest
            .and_then(|figure| figure.maximum)
            .map(|seconds| Duration::try_from_secs_f64(seconds).map_err(incomplete))
            .transpose()
    }
}

#[async_trait]
impl QueueStatus for SqsStatus {
    async fn backlog(&self) -> Result<Backlog, QueueError> {
        let failed = |failure| QueueError(Box::new(failure));
        let jobs = self.messages(&self.queue_url).await.map_err(failed)?;
        let dead_letters = self.messages(&self.dead_letters_url).await.map_err(failed)?;
        // The counts are worth having without it. The figure is that of some minutes ago; an empty queue has no
        // oldest job.
        let oldest = match self.oldest().await {
            Ok(Some(age)) if jobs > 0 => Oldest::Sent(age),
            Ok(_) => Oldest::Unmeasured,
            Err(failure) => Oldest::Unknown(failure.to_string()),
        };
        Ok(Backlog { jobs, oldest, dead_letters })
    }
}
