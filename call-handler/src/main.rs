//! call-handler as a Lambda function behind an HTTP API: wires what `lib.rs` describes to AWS.

use std::sync::Arc;

use adapter_aws::{AwsBase, AwsSecrets, AwsSettings, DynamoTable, InvokedDirectory, SqsQueue};
use adapter_lambda::{EmbeddedMetrics, block_on_current_thread, run_http};
use adapter_system::{LogForm, SystemClock, start_logging};
use adapter_twilio::key_source::{KeysUnavailable, SigningKeySource, StoredKeys};
use call_handler::{Config, Deps, Trust, router};
use shared::{config::Settings, ports::clock::Clock, ports::table::TableStore};

fn main() -> anyhow::Result<()> {
    block_on_current_thread(run())?
}

async fn run() -> anyhow::Result<()> {
    let mut settings = Settings::from_environment();
    start_logging(LogForm::Json, settings.optional("HARK_LOG").as_deref());
    let aws = AwsSettings::read(&mut settings);
    let config = Config::read(&mut settings, Trust::Attested);
    let (queue_url, table_name) = (settings.required("QUEUE_URL"), settings.required("TABLE_NAME"));
    let customer_lookup = settings.required("CUSTOMER_LOOKUP_FUNCTION");
    let twilio_secret = settings.required("TWILIO_SECRET_ID");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let metrics = Arc::new(EmbeddedMetrics::read(&mut settings, Arc::clone(&clock)));
    settings.finish()?;

    let base = AwsBase::new(&aws)?;
    let keys = StoredKeys::new(Arc::new(AwsSecrets::new(&base, Arc::clone(&clock))), twilio_secret);
    // While the processor is at its full share: what a caller would otherwise wait for.
    let open = (base.warm_up_function(&customer_lookup), base.warm_up_table(&table_name));
    let (verifier, (), (), ()) =
        tokio::join!(keys.verifier(), open.0, open.1, base.warm_up_queue(&queue_url));
    // Without keys nothing starts; while their store is away, each request asks anew.
    if let Err(unusable @ (KeysUnavailable::Missing | KeysUnavailable::Unusable(_))) = verifier {
        return Err(unusable.into());
    }
    let table: Arc<dyn TableStore> = Arc::new(DynamoTable::new(&base, table_name, Arc::clone(&clock)));
    let directory = Arc::new(InvokedDirectory::new(&base, customer_lookup));
    let queue = Arc::new(SqsQueue::new(&base, queue_url));
    let deps = Deps::over(&table, queue, (directory, Arc::new(keys)), (clock, metrics), config);
    run_http(router(deps)).await.map_err(anyhow::Error::from_boxed)
}
