//! voice-parser as a Lambda function behind its queue.

mod on_aws;

use std::sync::Arc;

use adapter_aws::{AwsBase, AwsSecrets, AwsSettings, SqsControl};
use adapter_lambda::{block_on_current_thread, run_batches};
use adapter_system::{LogForm, SystemClock, start_logging};
use on_aws::{MOST_DELIVERIES, Names, Vendors};
use shared::{config::Settings, ports::clock::Clock};
use voice_parser::VoiceParser;

fn main() -> anyhow::Result<()> {
    block_on_current_thread(run())?
}

async fn run() -> anyhow::Result<()> {
    let mut settings = Settings::from_environment();
    start_logging(LogForm::Json, settings.optional("HARK_LOG").as_deref());
    let aws = AwsSettings::read(&mut settings);
    let names = Names::read(&mut settings);
    settings.finish()?;

    let base = AwsBase::new(&aws)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut settings = AwsSecrets::new(&base, Arc::clone(&clock)).settings(&names.secrets()).await?;
    let vendors = Vendors::read(&mut settings);
    settings.finish()?;

    let control = SqsControl::new(&base, names.queue_url.as_str(), names.dead_letters_url.as_str());
    let worker = VoiceParser::new(on_aws::deps(&base, &names, &vendors, clock)?);
    run_batches(Arc::new(worker), Arc::new(control), MOST_DELIVERIES).await.map_err(anyhow::Error::from_boxed)
}
