//! The Lambda function: shows pages.

mod on_aws;

use adapter_aws::AwsSettings;
use adapter_lambda::{block_on_current_thread, run_http};
use adapter_system::{LogForm, start_logging};
use anyhow::{Result, anyhow};
use panel::{Config, router};
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
    let deps = on_aws::deps(&config, &aws).await?;
    run_http(router(deps)).await.map_err(|error| anyhow!(error))
}
