//! What the function works with on AWS: S3, DynamoDB, SQS and the secret of API keys. Part of the Lambda binary only.

use std::sync::Arc;

use adapter_aws::{AwsBase, AwsSecrets, AwsSettings, DynamoTable, S3Objects, SqsQueue};
use adapter_egress::check_base_url;
use adapter_system::{SystemClock, SystemIds};
use adapter_webhooks::HttpWebhookSender;
use anyhow::{Context, Result};
use panel::{Config, Deps, SettingsDeps};
use shared::{
    domain::{api_key::Pepper, webhook::Loopback},
    ports::{clock::Clock, secrets::Secrets, table::TableStore},
    repositories::{api_keys::ApiKeys, budgets::UsedBudgets},
    use_cases::sign_in::SignIn,
};

/// Lambda answers with 6 MB at most (Lambda quotas, "Invocation payload"), and a recording is written as base64 there,
/// which makes four bytes of three.
const LARGEST_ANSWER: usize = 4 * 1_024 * 1_024;

/// Reads the secret, and opens what the first request would otherwise have to open.
///
/// # Errors
/// When the secret is missing, cannot be read or is too short; when `PANEL_URL` is plain HTTP elsewhere than on this
/// machine, where cookies would be for everybody to read.
pub(crate) async fn deps(config: &Config, aws: &AwsSettings) -> Result<Deps> {
    let address = check_base_url(&config.panel_url).context("PANEL_URL cannot be used")?;
    let base = AwsBase::new(aws)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let secrets = AwsSecrets::new(&base, clock.clone());
    // While the processor is at its full share. Of S3 nothing is asked until somebody listens.
    let table = base.warm_up_table(&config.table_name);
    let (secret, ()) = tokio::join!(secrets.get(&config.api_keys_secret_id), table);
    let pepper = Pepper::new(&secret?.context("the secret of API_KEYS_SECRET_ID does not exist")?)?;
    let table: Arc<dyn TableStore> =
        Arc::new(DynamoTable::new(&base, config.table_name.clone(), clock.clone()));
    let ids = Arc::new(SystemIds);
    let objects = Arc::new(S3Objects::new(&base, config.data_bucket.clone()));
    let queue = Arc::new(SqsQueue::new(&base, config.queue_url.clone()));
    let sign_in = SignIn::new(table.clone(), &pepper, clock.clone(), ids.clone());
    let keys = ApiKeys::new(table.clone(), pepper);
    let sender = Arc::new(HttpWebhookSender::new(Loopback::Refused)?);
    let deps = Deps::over(&table, objects, queue, sender, (sign_in, keys), (clock, ids));
    let budgets = UsedBudgets::new(table, config.budgets);
    Ok(Deps {
        settings: SettingsDeps { budgets, ..deps.settings },
        env: config.env.clone(),
        prices: config.prices,
        has_template: config.has_template,
        secure: address.scheme() == "https",
        largest_answer: LARGEST_ANSWER,
        ..deps
    })
}
