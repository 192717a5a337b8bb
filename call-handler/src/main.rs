//! call-handler as a Lambda function behind an HTTP API: wires what `lib.rs` describes to AWS.

mod on_aws;

use std::sync::Arc;

use adapter_aws::{AwsBase, AwsSettings};
use adapter_lambda::{EmbeddedMetrics, block_on_current_thread, run_http};
use adapter_system::{LogForm, SystemClock, start_logging};
use call_handler::{Config, Trust, router};
use on_aws::Names;
use shared::{config::Settings, ports::clock::Clock};

fn main() -> anyhow::Result<()> {
    block_on_current_thread(run())?
}

async fn run() -> anyhow::Result<()> {
    let mut settings = Settings::from_environment();
    start_logging(LogForm::Json, settings.optional("HARK_LOG").as_deref());
    let aws = AwsSettings::read(&mut settings);
    let config = Config::read(&mut settings, Trust::Attested);
    let names = Names::read(&mut settings);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let metrics = Arc::new(EmbeddedMetrics::read(&mut settings, Arc::clone(&clock)));
    settings.finish()?;

    let deps = names.connect(&AwsBase::new(&aws)?, (clock, metrics), config).await?;
    run_http(router(deps)).await.map_err(anyhow::Error::from_boxed)
}
