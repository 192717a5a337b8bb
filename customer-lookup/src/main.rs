//! The Lambda function: wires S3 to the directory, reads the file, answers invocations.

use std::sync::Arc;

use adapter_aws::{AwsBase, AwsSettings, S3Objects};
use adapter_lambda::{block_on_current_thread, run_invoke};
use adapter_system::{LogForm, SystemClock, start_logging};
use anyhow::{Result, anyhow};
use customer_lookup::{CachedDirectory, Config};
use shared::config::Settings;

fn main() -> Result<()> {
    let mut settings = Settings::from_environment();
    let config = Config::read(&mut settings);
    let aws = AwsSettings::read(&mut settings);
    start_logging(LogForm::Json, config.log_level.as_deref());
    settings.finish()?;
    block_on_current_thread(serve(config, aws))?
}

async fn serve(config: Config, aws: AwsSettings) -> Result<()> {
    let base = AwsBase::new(&aws)?;
    let objects = Arc::new(S3Objects::new(&base, config.data_bucket));
    let directory = Arc::new(CachedDirectory::new(objects, Arc::new(SystemClock)));
    // While the processor is at its full share; a failure is tried again with the first question.
    directory.check().await;
    let answer = move |payload| {
        let directory = Arc::clone(&directory);
        async move { directory.handle_invoke(payload).await }
    };
    run_invoke(answer).await.map_err(|error| anyhow!(error))
}
