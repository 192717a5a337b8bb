//! The worker's ports on AWS. Part of the Lambda binary only; the library knows none of this.

use std::{sync::Arc, time::Duration};

use adapter_aws::{AwsBase, AwsSecrets, DynamoTable, InvokedDirectory, S3Objects, SqsControl, settings_of};
use adapter_egress::{AddressPolicy, Egress};
use adapter_lambda::{Deliveries, Named, Queues};
use adapter_openai::{Breaker, OpenAiAnalyst, OpenAiConfig, OpenAiResponder, OpenAiTranscriber, Patience};
use adapter_system::SystemIds;
use adapter_telegram::{
    api::TelegramApi, config::TelegramConfig, media::TelegramMedia, messenger::TelegramMessenger,
};
use adapter_twilio::{api::TwilioApi, config::TwilioConfig, media::TwilioMedia, messages::TwilioMessenger};
use async_trait::async_trait;
use secrecy::SecretString;
use shared::{
    budgets::Budgets,
    config::Settings,
    domain::identity::Address,
    jobs::Job,
    ports::{
        clock::{Clock, Ids},
        job_handler::{Attempt, JobError, JobHandler},
        media_source::MediaSource,
        messenger::Messenger,
        metrics::Metrics,
        table::TableStore,
    },
    repositories::{
        budgets::UsedBudgets,
        contacts::Contacts,
        conversations::Conversations,
        deliveries::DeliveryStates,
        filed::Filed,
        glossaries::Glossaries,
        notes::{Notes, Worker},
        sent::Sent,
    },
    use_cases::by_channel::{MediaByAddress, MessengerByChannel},
};
use tracing::info;
use voice_parser::{
    Deps, Refreshing, Unusable, VoiceParser, WorkerSettings, calls::OnThePhone, prompts::Prompts,
};

/// How often the queue delivers a message: the queue's `maxReceiveCount` in the template.
const MOST_DELIVERIES: u32 = 5;
/// Longer than a run can last: the function's timeout in the template is 120 s.
const LEASE: Duration = Duration::from_secs(150);
/// What the batch runner must know.
pub(crate) const DELIVERIES: Deliveries = Deliveries { most: MOST_DELIVERIES, longest_run: LEASE };
/// For one call of a model with its tries: one that hears and one that understands fit into a run. A recording of
/// many parts goes on in the next run, where the parts that were heard are not paid for again.
const MODEL_DEADLINE: Duration = Duration::from_secs(45);
/// For what somebody waits for on the phone: longer nobody does.
const CALL_DEADLINE: Duration = Duration::from_secs(24);

/// What the things on AWS are called.
pub(crate) struct Names {
    data_bucket: String,
    table: String,
    queue_url: String,
    calls_url: String,
    dead_letters_url: String,
    last_chance_url: String,
    customer_lookup: String,
    twilio_secret: String,
    openai_secret: Option<String>,
    /// Where Twilio reaches the webhooks, if it is to tell there what becomes of answers.
    public_base: Option<String>,
}

impl Names {
    /// Reads them; what is missing is noted in `settings` as a fault.
    pub(crate) fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            data_bucket: settings.required("DATA_BUCKET"),
            table: settings.required("TABLE_NAME"),
            queue_url: settings.required("QUEUE_URL"),
            calls_url: settings.required("CALLS_QUEUE_URL"),
            dead_letters_url: settings.required("DEAD_LETTER_QUEUE_URL"),
            last_chance_url: settings.required("LAST_CHANCE_QUEUE_URL"),
            customer_lookup: settings.required("CUSTOMER_LOOKUP_FUNCTION"),
            twilio_secret: settings.required("TWILIO_SECRET_ID"),
            // Another server than OpenAI's own may ask for no key.
            openai_secret: settings.optional("OPENAI_SECRET_ID"),
            public_base: settings.optional("PUBLIC_BASE_URL"),
        }
    }

    /// The secrets that hold settings.
    fn secrets(&self) -> Vec<String> {
        self.openai_secret.iter().chain([&self.twilio_secret]).cloned().collect()
    }
}

/// What stays the same while secrets change.
pub(crate) struct OnAws {
    pub(crate) base: AwsBase,
    pub(crate) names: Names,
    pub(crate) metrics: Arc<dyn Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl OnAws {
    /// What the batch runner tells SQS.
    pub(crate) fn queues(&self) -> Queues {
        let of = |url: &str| Arc::new(SqsControl::new(&self.base, url, self.names.dead_letters_url.as_str()));
        // A queue's URL and ARN end with its name.
        let name = |url: &str| url.rsplit('/').next().unwrap_or_default().to_owned();
        let named = |url: &str| Named { name: name(url), queue: of(url) };
        Queues {
            main: of(&self.names.queue_url),
            calls: named(&self.names.calls_url),
            last_chance: named(&self.names.last_chance_url),
        }
    }

    /// Makes the worker of its secrets, and opens the connections that the first note will need, all at the same
    /// time. A connection that cannot be opened now is opened when it is needed.
    ///
    /// # Errors
    /// When a secret or a setting is missing or unusable, or the secrets cannot be read.
    pub(crate) async fn worker(self) -> anyhow::Result<Refreshing<Connected>> {
        let base = self.base.clone();
        let (table, bucket) = (self.names.table.clone(), self.names.data_bucket.clone());
        let (worker, (), ()) =
            tokio::join!(self.start(), base.warm_up_table(&table), base.warm_up_bucket(&bucket));
        worker
    }

    async fn start(self) -> anyhow::Result<Refreshing<Connected>> {
        let secrets = Arc::new(AwsSecrets::new(&self.base, Arc::clone(&self.clock)));
        let names = self.names.secrets();
        // Each environment is a worker of its own: one that died does not come back.
        let holder: String = SystemIds.random().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let make = move |values: &[SecretString]| -> Result<Connected, Unusable> {
            let mut settings = settings_of(values)?;
            let worker = Worker { holder: holder.clone(), lease: LEASE, alone: false };
            let vendors =
                Vendors::read(&mut settings, TelegramConfig::read_apart(settings_of(values)?), worker);
            settings.finish()?;
            self.connect(vendors)
        };
        let worker = Refreshing::start(secrets, names, make).await?;
        worker.current().await.warm_up().await;
        Ok(worker)
    }

    /// Builds everything that the worker uses; connects to nothing. No error is known to happen after the settings
    /// were read without a fault.
    fn connect(&self, vendors: Vendors) -> Result<Connected, Unusable> {
        if vendors.worker.prices.is_none() {
            info!("No prices of models are set (OPENAI_PRICE_...), so no costs are estimated");
        }
        let twilio = Arc::new(TwilioApi::new(&vendors.twilio)?);
        let token = vendors.telegram.token.clone();
        let telegram = token.map(|token| TelegramApi::new(token, &vendors.telegram.api_base)).transpose()?;
        let telegram = telegram.map(Arc::new);
        let models = Egress::new(AddressPolicy::for_base(&vendors.openai.base_url))?;
        let worker = VoiceParser::new(self.deps(&twilio, telegram.as_ref(), &models, &vendors));
        Ok(Connected { worker, twilio, telegram, models, openai: vendors.openai })
    }

    fn deps(
        &self,
        twilio: &Arc<TwilioApi>,
        telegram: Option<&Arc<TelegramApi>>,
        models: &Egress,
        vendors: &Vendors,
    ) -> Deps {
        let patience = || Patience { deadline: MODEL_DEADLINE, ..Patience::default() };
        let client = || models.client().clone();
        let transcriber = OpenAiTranscriber::new(client(), &vendors.openai).with_patience(patience());
        let analyst = OpenAiAnalyst::new(client(), &vendors.openai).with_patience(patience());
        let responder = OpenAiResponder::new(client(), &vendors.openai)
            .with_patience(Patience { deadline: CALL_DEADLINE, ..Patience::default() });
        let texts_from = vendors.twilio.account.sms.clone().map(Address::sms);
        let messenger = TwilioMessenger::new(Arc::clone(twilio));
        let messenger = match &self.names.public_base {
            Some(base) => messenger.told_at(base),
            None => messenger,
        };
        let bot = telegram.map(|api| Arc::new(TelegramMessenger::new(Arc::clone(api))) as Arc<dyn Messenger>);
        let bots_files =
            telegram.map(|api| Arc::new(TelegramMedia::new(Arc::clone(api))) as Arc<dyn MediaSource>);
        let media = MediaByAddress::new(Arc::new(TwilioMedia::new(Arc::clone(twilio))), bots_files);
        let clock = || Arc::clone(&self.clock);
        let table: Arc<dyn TableStore> =
            Arc::new(DynamoTable::new(&self.base, self.names.table.as_str(), clock()));
        let objects = Arc::new(S3Objects::new(&self.base, self.names.data_bucket.as_str()));
        Deps {
            notes: Notes::new(Arc::clone(&table)),
            sent: Sent::new(Arc::clone(&table)),
            conversations: Conversations::new(Arc::clone(&table)),
            deliveries: DeliveryStates::new(Arc::clone(&table)),
            contacts: Contacts::new(Arc::clone(&table)),
            budgets: UsedBudgets::new(Arc::clone(&table), vendors.worker.budgets),
            glossaries: Glossaries::new(Arc::clone(&table)),
            phone: OnThePhone::over(&table, Arc::new(Breaker::new(Arc::new(responder), clock())), texts_from),
            filed: Filed::new(table),
            objects: objects.clone(),
            writes: objects.clone(),
            replaces: objects.clone(),
            removes: objects.clone(),
            directory: Arc::new(InvokedDirectory::new(&self.base, self.names.customer_lookup.as_str())),
            media: Arc::new(media),
            transcriber: Arc::new(Breaker::new(Arc::new(transcriber), clock())),
            analyst: Arc::new(Breaker::new(Arc::new(analyst), clock())),
            messenger: Arc::new(MessengerByChannel::new(Arc::new(messenger), bot)),
            metrics: Arc::clone(&self.metrics),
            prompts: Prompts::new(objects, clock()),
            clock: clock(),
            settings: vendors.worker.clone(),
        }
    }
}

/// The settings that secrets have a part in.
struct Vendors {
    twilio: TwilioConfig,
    telegram: TelegramConfig,
    openai: OpenAiConfig,
    worker: WorkerSettings,
}

impl Vendors {
    /// Reads them; what is missing is noted in `settings` as a fault.
    fn read(settings: &mut Settings<'_>, telegram: TelegramConfig, worker: Worker) -> Self {
        Self {
            twilio: TwilioConfig::read(settings),
            telegram,
            openai: OpenAiConfig::read(settings),
            worker: WorkerSettings::read(settings, worker, Budgets::USUAL),
        }
    }
}

/// A worker and its ways to the vendors.
pub(crate) struct Connected {
    worker: VoiceParser,
    twilio: Arc<TwilioApi>,
    telegram: Option<Arc<TelegramApi>>,
    models: Egress,
    openai: OpenAiConfig,
}

impl Connected {
    async fn warm_up(&self) {
        let telegram = async {
            match &self.telegram {
                Some(telegram) => telegram.warm_up().await,
                None => Ok(()),
            }
        };
        let (twilio, telegram, models) =
            tokio::join!(self.twilio.warm_up(), telegram, self.models.warm_up(&self.openai.base_url));
        for (vendor, opened) in [("Twilio", twilio), ("Telegram", telegram), ("OpenAI", models)] {
            if let Err(error) = opened {
                info!(vendor, %error, "A connection was not opened ahead; the first request opens it");
            }
        }
    }
}

#[async_trait]
impl JobHandler for Connected {
    async fn handle(&self, job: &Job, attempt: Attempt) -> Result<(), JobError> {
        self.worker.handle(job, attempt).await
    }
}
