//! The worker's ports on AWS. Part of the Lambda binary only; the library knows none of this.

use std::{sync::Arc, time::Duration};

use adapter_aws::{AwsBase, DynamoTable, InvokedDirectory, S3Objects};
use adapter_egress::{AddressPolicy, Egress};
use adapter_openai::{Breaker, OpenAiAnalyst, OpenAiConfig, OpenAiTranscriber, Patience};
use adapter_system::SystemIds;
use adapter_twilio::{api::TwilioApi, config::TwilioConfig, media::TwilioMedia, messages::TwilioMessenger};
use shared::{
    config::Settings,
    ports::{
        clock::{Clock, Ids},
        table::TableStore,
    },
    repositories::{
        filed::Filed,
        notes::{Notes, Worker},
        sent::Sent,
    },
};
use voice_parser::{Deps, WorkerSettings, prompts::Prompts};

/// How often the queue delivers a message: the queue's `maxReceiveCount` in the template.
pub(crate) const MOST_DELIVERIES: u32 = 5;
/// Longer than a run can last: the function's timeout in the template is 120 s.
const LEASE: Duration = Duration::from_secs(150);
/// For one call of a model with its tries: one that hears and one that understands fit into a run. A recording of
/// many parts goes on in the next run, where the parts that were heard are not paid for again.
const MODEL_DEADLINE: Duration = Duration::from_secs(45);

/// What the things on AWS are called.
pub(crate) struct Names {
    data_bucket: String,
    table: String,
    /// `QUEUE_URL`.
    pub(crate) queue_url: String,
    /// `DEAD_LETTER_QUEUE_URL`.
    pub(crate) dead_letters_url: String,
    customer_lookup: String,
    twilio_secret: String,
    openai_secret: Option<String>,
}

impl Names {
    /// Reads them; what is missing is noted in `settings` as a fault.
    pub(crate) fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            data_bucket: settings.required("DATA_BUCKET"),
            table: settings.required("TABLE_NAME"),
            queue_url: settings.required("QUEUE_URL"),
            dead_letters_url: settings.required("DEAD_LETTER_QUEUE_URL"),
            customer_lookup: settings.required("CUSTOMER_LOOKUP_FUNCTION"),
            twilio_secret: settings.required("TWILIO_SECRET_ID"),
            // Another server than OpenAI's own may ask for no key.
            openai_secret: settings.optional("OPENAI_SECRET_ID"),
        }
    }

    /// The secrets that hold settings.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.openai_secret.iter().chain([&self.twilio_secret]).cloned().collect()
    }
}

/// The settings that secrets have a part in.
pub(crate) struct Vendors {
    twilio: TwilioConfig,
    openai: OpenAiConfig,
    worker: WorkerSettings,
}

impl Vendors {
    /// Reads them; what is missing is noted in `settings` as a fault.
    pub(crate) fn read(settings: &mut Settings<'_>) -> Self {
        // Each environment is a worker of its own: one that died does not come back.
        let holder = SystemIds.random().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self {
            twilio: TwilioConfig::read(settings),
            openai: OpenAiConfig::read(settings),
            worker: WorkerSettings::read(settings, Worker { holder, lease: LEASE, alone: false }),
        }
    }
}

/// Everything that the worker uses.
///
/// # Errors
/// When a client cannot be built; none is known to happen after the settings were read without a fault.
pub(crate) fn deps(
    base: &AwsBase,
    names: &Names,
    vendors: &Vendors,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Deps> {
    let twilio = Arc::new(TwilioApi::new(&vendors.twilio)?);
    let models = Egress::new(AddressPolicy::for_base(&vendors.openai.base_url))?.client().clone();
    let patience = || Patience { deadline: MODEL_DEADLINE, ..Patience::default() };
    let transcriber = OpenAiTranscriber::new(models.clone(), &vendors.openai).with_patience(patience());
    let analyst = OpenAiAnalyst::new(models, &vendors.openai).with_patience(patience());
    let table: Arc<dyn TableStore> =
        Arc::new(DynamoTable::new(base, names.table.as_str(), Arc::clone(&clock)));
    let objects = Arc::new(S3Objects::new(base, names.data_bucket.as_str()));
    Ok(Deps {
        notes: Notes::new(Arc::clone(&table)),
        sent: Sent::new(Arc::clone(&table)),
        filed: Filed::new(table),
        objects: objects.clone(),
        writes: objects.clone(),
        directory: Arc::new(InvokedDirectory::new(base, names.customer_lookup.as_str())),
        media: Arc::new(TwilioMedia::new(Arc::clone(&twilio))),
        transcriber: Arc::new(Breaker::new(Arc::new(transcriber), Arc::clone(&clock))),
        analyst: Arc::new(Breaker::new(Arc::new(analyst), Arc::clone(&clock))),
        messenger: Arc::new(TwilioMessenger::new(twilio)),
        prompts: Prompts::new(objects, Arc::clone(&clock)),
        clock,
        settings: vendors.worker.clone(),
    })
}
