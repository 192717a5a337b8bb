//! voice-parser as a Lambda function behind its queue.

mod on_aws;

use std::sync::Arc;

use adapter_aws::{AwsBase, AwsSettings};
use adapter_lambda::{EmbeddedMetrics, block_on_current_thread, run_batches};
use adapter_system::{LogForm, SystemClock, start_logging};
use on_aws::{DELIVERIES, Names, OnAws};
use shared::{
    config::Settings,
    ports::{clock::Clock, metrics::Metrics},
};

fn main() -> anyhow::Result<()> {
    block_on_current_thread(run())?
}

async fn run() -> anyhow::Result<()> {
    let mut settings = Settings::from_environment();
    start_logging(LogForm::Json, settings.optional("HARK_LOG").as_deref());
    let aws = AwsSettings::read(&mut settings);
    let names = Names::read(&mut settings);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let metrics: Arc<dyn Metrics> = Arc::new(EmbeddedMetrics::read(&mut settings, Arc::clone(&clock)));
    settings.finish()?;

    let on_aws = OnAws { base: AwsBase::new(&aws)?, names, metrics: Arc::clone(&metrics), clock };
    let queues = on_aws.queues();
    let worker = Arc::new(on_aws.worker().await?);
    run_batches(worker, queues, metrics, DELIVERIES).await.map_err(anyhow::Error::from_boxed)
}
