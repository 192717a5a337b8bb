//! The ports of calls on AWS. Part of the Lambda binary only; the library knows none of this.

use std::sync::Arc;

use adapter_aws::{AwsBase, AwsSecrets, DynamoTable, InvokedDirectory, SqsQueue};
use adapter_twilio::key_source::{KeysUnavailable, SigningKeySource, StoredKeys};
use call_handler::{Config, Deps};
use shared::{
    config::Settings,
    ports::{clock::Clock, metrics::Metrics, table::TableStore},
};

/// What the things on AWS are called.
pub(crate) struct Names {
    table: String,
    queue_url: String,
    calls_url: String,
    customer_lookup: String,
    twilio_secret: String,
}

impl Names {
    /// Reads them; what is missing is noted in `settings` as a fault.
    pub(crate) fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            table: settings.required("TABLE_NAME"),
            queue_url: settings.required("QUEUE_URL"),
            calls_url: settings.required("CALLS_QUEUE_URL"),
            customer_lookup: settings.required("CUSTOMER_LOOKUP_FUNCTION"),
            twilio_secret: settings.required("TWILIO_SECRET_ID"),
        }
    }

    /// Builds everything that calls need, and opens the connections that the first one would otherwise wait for.
    ///
    /// # Errors
    /// Without keys nothing starts; while their store is away, each request asks anew.
    pub(crate) async fn connect(
        self,
        base: &AwsBase,
        (clock, metrics): (Arc<dyn Clock>, Arc<dyn Metrics>),
        config: Config,
    ) -> Result<Deps, KeysUnavailable> {
        let secrets = Arc::new(AwsSecrets::new(base, Arc::clone(&clock)));
        let keys = StoredKeys::new(secrets, self.twilio_secret);
        // While the processor is at its full share. Both queues are had by one connection.
        let (verifier, (), (), ()) = tokio::join!(
            keys.verifier(),
            base.warm_up_function(&self.customer_lookup),
            base.warm_up_table(&self.table),
            base.warm_up_queue(&self.calls_url)
        );
        if let Err(unusable @ (KeysUnavailable::Missing | KeysUnavailable::Unusable(_))) = verifier {
            return Err(unusable);
        }
        let table: Arc<dyn TableStore> = Arc::new(DynamoTable::new(base, self.table, Arc::clone(&clock)));
        let directory = Arc::new(InvokedDirectory::new(base, self.customer_lookup));
        let queue = Arc::new(SqsQueue::new(base, self.queue_url));
        let asking = Arc::new(SqsQueue::new(base, self.calls_url));
        Ok(Deps::over(&table, (queue, asking), (directory, Arc::new(keys)), (clock, metrics), config))
    }
}
