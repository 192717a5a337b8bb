//! The Lambda function: wires S3, DynamoDB and the secret to the router, answers requests.

use std::sync::Arc;

use adapter_aws::{AwsBase, AwsSecrets, AwsSettings, DynamoTable, S3Objects, SqsQueue};
use adapter_lambda::{block_on_current_thread, run_http};
use adapter_system::{LogForm, SystemClock, SystemIds, start_logging};
use adapter_webhooks::HttpWebhookSender;
use anyhow::{Context, Result, anyhow};
use data_api::{Config, Deps, router};
use shared::config::Settings;
use shared::domain::{api_key::Pepper, webhook::Loopback};
use shared::ports::{clock::Clock, secrets::Secrets};
use shared::{
    repositories::api_keys::ApiKeys,
    use_cases::authorise::{Authoriser, CustomKeys},
};

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
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let secrets = AwsSecrets::new(&base, clock.clone());
    // While the processor is at its full share: what the first request would otherwise have to open.
    let (table, bucket) = (base.warm_up_table(&config.table_name), base.warm_up_bucket(&config.data_bucket));
    let (secret, (), ()) = tokio::join!(secrets.get(&config.api_keys_secret_id), table, bucket);
    let pepper = Pepper::new(&secret?.context("the secret of API_KEYS_SECRET_ID does not exist")?)?;
    let table = Arc::new(DynamoTable::new(&base, config.table_name.clone(), clock.clone()));
    let objects = Arc::new(S3Objects::new(&base, config.data_bucket.clone()));
    let queue = Arc::new(SqsQueue::new(&base, config.queue_url.clone()));
    let authoriser = Authoriser::new(ApiKeys::new(table.clone(), pepper), clock.clone(), CustomKeys::Refused);
    let sender = Arc::new(HttpWebhookSender::new(Loopback::Refused)?);
    let deps = Deps::over(table, objects, queue, sender, authoriser, (clock, Arc::new(SystemIds)));
    run_http(router(deps.with(&config))).await.map_err(|error| anyhow!(error))
}
