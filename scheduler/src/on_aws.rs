//! What the function works with on AWS. Part of the Lambda binary only; the library knows none of this.

use std::sync::Arc;

use adapter_aws::{AwsBase, AwsSecrets, AwsSettings, DynamoTable, SqsQueue};
use adapter_system::SystemIds;
use adapter_webhooks::HttpWebhookSender;
use anyhow::Context;
use shared::{
    config::Settings,
    domain::{api_key::Pepper, webhook::Loopback},
    ports::{clock::Clock, metrics::Metrics, secrets::Secrets},
    repositories::{feed::Feed, notes::Notes, records::Records, webhooks::Webhooks},
    use_cases::{deliver_webhooks::DeliverWebhooks, follow::Follow, sweep::Sweep},
};

/// The names of things on AWS.
pub(crate) struct Scheduled {
    table: String,
    queue_url: String,
    api_keys_secret: String,
}

impl Scheduled {
    /// Reads `TABLE_NAME`, `QUEUE_URL` and `API_KEYS_SECRET_ID`; what is missing is noted in `settings`.
    pub(crate) fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            table: settings.required("TABLE_NAME"),
            queue_url: settings.required("QUEUE_URL"),
            api_keys_secret: settings.required("API_KEYS_SECRET_ID"),
        }
    }

    /// Opens them. The pepper of API keys is read here: the secrets of webhooks are encrypted with a key made of it.
    ///
    /// # Errors
    /// When there is no such secret, or it cannot be read.
    pub(crate) async fn open(
        self,
        aws: &AwsSettings,
        clock: Arc<dyn Clock>,
        metrics: Arc<dyn Metrics>,
    ) -> anyhow::Result<(Sweep, DeliverWebhooks)> {
        let base = AwsBase::new(aws)?;
        let secrets = AwsSecrets::new(&base, Arc::clone(&clock));
        let pepper = secrets.get(&self.api_keys_secret).await?;
        let pepper = Pepper::new(&pepper.context("the secret of API_KEYS_SECRET_ID does not exist")?)?;
        let table = Arc::new(DynamoTable::new(&base, self.table, Arc::clone(&clock)));
        let sweep = Sweep {
            notes: Notes::new(table.clone()),
            queue: Arc::new(SqsQueue::new(&base, self.queue_url)),
            clock: Arc::clone(&clock),
            metrics: Arc::clone(&metrics),
        };
        let webhooks = DeliverWebhooks {
            webhooks: Webhooks::new(table.clone(), &pepper),
            follow: Follow { feed: Feed::new(table.clone()), records: Records::new(table) },
            sender: Arc::new(HttpWebhookSender::new(Loopback::Refused)?),
            clock,
            ids: Arc::new(SystemIds),
            metrics,
        };
        Ok((sweep, webhooks))
    }
}
