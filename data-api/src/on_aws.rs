//! What the function works with on AWS: S3, DynamoDB, SQS and the secret of API keys. Part of the Lambda binary only.

use std::sync::Arc;

use adapter_aws::{AwsBase, AwsSecrets, AwsSettings, DynamoTable, S3Objects, SqsQueue};
use adapter_system::{SystemClock, SystemIds};
use adapter_webhooks::HttpWebhookSender;
use anyhow::{Context, Result};
use data_api::{Config, Deps};
use shared::{
    domain::{api_key::Pepper, webhook::Loopback},
    ports::{clock::Clock, secrets::Secrets},
    repositories::api_keys::ApiKeys,
    use_cases::authorise::{Authoriser, CustomKeys},
};

/// Reads the secret, and opens what the first request would otherwise have to open.
///
/// # Errors
/// When the secret is missing, cannot be read or is too short.
pub(crate) async fn deps(config: &Config, aws: &AwsSettings) -> Result<Deps> {
    let base = AwsBase::new(aws)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let secrets = AwsSecrets::new(&base, clock.clone());
    // While the processor is at its full share.
    let (table, bucket) = (base.warm_up_table(&config.table_name), base.warm_up_bucket(&config.data_bucket));
    let (secret, (), ()) = tokio::join!(secrets.get(&config.api_keys_secret_id), table, bucket);
    let pepper = Pepper::new(&secret?.context("the secret of API_KEYS_SECRET_ID does not exist")?)?;
    let table = Arc::new(DynamoTable::new(&base, config.table_name.clone(), clock.clone()));
    let objects = Arc::new(S3Objects::new(&base, config.data_bucket.clone()));
    let queue = Arc::new(SqsQueue::new(&base, config.queue_url.clone()));
    let authoriser = Authoriser::new(ApiKeys::new(table.clone(), pepper), clock.clone(), CustomKeys::Refused);
    let sender = Arc::new(HttpWebhookSender::new(Loopback::Refused)?);
    let deps = Deps::over(table, objects, queue, sender, authoriser, (clock, Arc::new(SystemIds)));
    Ok(deps.with(config))
}
