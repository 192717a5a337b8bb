//! scheduler as a Lambda function that a rule of EventBridge invokes: wires what `lib.rs` describes to AWS.

use std::sync::Arc;

use adapter_aws::{AwsBase, AwsSettings, DynamoTable, SqsQueue};
use adapter_lambda::{EmbeddedMetrics, block_on_current_thread, run_scheduled};
use adapter_system::{LogForm, SystemClock, start_logging};
use shared::{config::Settings, ports::clock::Clock, repositories::notes::Notes, use_cases::sweep::Sweep};

fn main() -> anyhow::Result<()> {
    block_on_current_thread(run())?
}

async fn run() -> anyhow::Result<()> {
    let mut settings = Settings::from_environment();
    start_logging(LogForm::Json, settings.optional("HARK_LOG").as_deref());
    let aws = AwsSettings::read(&mut settings);
    let (table, queue_url) = (settings.required("TABLE_NAME"), settings.required("QUEUE_URL"));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let metrics = Arc::new(EmbeddedMetrics::read(&mut settings, Arc::clone(&clock)));
    settings.finish()?;

    let base = AwsBase::new(&aws)?;
    let notes = Notes::new(Arc::new(DynamoTable::new(&base, table, Arc::clone(&clock))));
    let sweep = Sweep { notes, queue: Arc::new(SqsQueue::new(&base, queue_url)), clock, metrics };
    let work = move || {
        let sweep = sweep.clone();
        async move { scheduler::run(&sweep).await }
    };
    run_scheduled(work).await.map_err(anyhow::Error::from_boxed)
}
