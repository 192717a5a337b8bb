//! scheduler as a Lambda function that a rule of EventBridge invokes: wires what `lib.rs` describes to AWS.

mod on_aws;

use std::sync::Arc;

use adapter_aws::AwsSettings;
use adapter_lambda::{EmbeddedMetrics, block_on_current_thread, run_scheduled};
use adapter_system::{LogForm, SystemClock, start_logging};
use on_aws::Scheduled;
use shared::{config::Settings, ports::clock::Clock};

fn main() -> anyhow::Result<()> {
    block_on_current_thread(run())?
}

async fn run() -> anyhow::Result<()> {
    let mut settings = Settings::from_environment();
    start_logging(LogForm::Json, settings.optional("HARK_LOG").as_deref());
    let aws = AwsSettings::read(&mut settings);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let metrics = Arc::new(EmbeddedMetrics::read(&mut settings, Arc::clone(&clock)));
    let wired = Scheduled::read(&mut settings);
    settings.finish()?;

    let (sweep, webhooks) = wired.open(&aws, clock, metrics).await?;
    let work = move || {
        let (sweep, webhooks) = (sweep.clone(), webhooks.clone());
        async move { scheduler::run(&sweep, &webhooks).await }
    };
    run_scheduled(work).await.map_err(anyhow::Error::from_boxed)
}
