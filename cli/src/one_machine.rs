//! Every component in one process, over the stores of one folder: what `hark dev` runs, and what one office
//! runs in earnest.

mod calls;
mod customers_file;
mod ending;
pub(crate) mod panel;
pub(crate) mod private_file;
mod readiness;
mod sweeping;
mod telegram;
mod webhooks;
mod worker;

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use adapter_egress::check_base_url;
use adapter_local::{DataDir, LocalWorker, files_router};
use adapter_openai::OpenAiConfig;
use adapter_system::{LoggedMetrics, SystemClock, SystemIds};
use adapter_telegram::config::TelegramConfig;
use adapter_twilio::config::TwilioConfig;
use adapter_webhooks::HttpWebhookSender;
use anyhow::Context;
use axum::Router;
use call_handler::{TalkSettings, Trust};
use customer_lookup::CachedDirectory;
pub(crate) use customers_file::CustomersFile;
use data_api::DEFAULT_PER_MINUTE;
use shared::{
    budgets::Budgets,
    config::Settings,
    domain::api_key::Pepper,
    ports::{
        clock::{Clock, Ids},
        objects::ObjectRead,
    },
    repositories::{
        api_keys::ApiKeys,
        feed::Feed,
        notes::{Notes, Worker},
        records::Records,
        webhooks::Webhooks,
    },
    use_cases::{
        authorise::{Authoriser, CustomKeys},
        deliver_webhooks::DeliverWebhooks,
        follow::Follow,
        sign_in::SignIn,
        sweep::Sweep,
    },
};
use telegram::Telegram;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use voice_parser::WorkerSettings;
use webhook_handler::{FixedKeys, PublicBase};

use crate::demo;

/// How many notes are worked on at the same time; up to twice as many where some are of a company that has few.
const NOTES_AT_ONCE: usize = 10;
/// Longer than any note is silent; on one machine a dead run's lease is taken over at once anyway.
const LEASE: Duration = Duration::from_secs(240);

/// The settings of one machine.
pub struct MachineConfig {
    /// `HARK_BIND` and `HARK_PORT`.
    pub listen: SocketAddr,
    /// `HARK_DATA`.
    pub folder: PathBuf,
    /// `HARK_CUSTOMERS`, if it lies elsewhere than in the folder.
    pub customers: Option<PathBuf>,
    /// `PUBLIC_BASE_URL`; without it, the address that is listened on.
    pub public_base_url: Option<String>,
    /// Twilio.
    pub twilio: TwilioConfig,
    /// Telegram, if there is a bot.
    pub telegram: TelegramConfig,
    /// The models.
    pub openai: OpenAiConfig,
    /// The worker.
    pub worker: WorkerSettings,
    /// How calls are answered.
    pub talk: TalkSettings,
    /// Whether keys of any text are accepted.
    pub custom_keys: CustomKeys,
    /// `HARK_KEY_PER_MINUTE`: how many requests a key may make in a minute.
    pub key_per_minute: u32,
}

impl MachineConfig {
    /// Reads all of it, with these budgets where none are set; what is wrong is noted in `settings`, and then the value must not be used.
    pub fn read(settings: &mut Settings<'_>, custom_keys: CustomKeys, budgets: Budgets) -> Self {
        let bind: IpAddr = settings.parsed("HARK_BIND", IpAddr::from([127, 0, 0, 1]));
        let port = settings.parsed("HARK_PORT", 8_080);
        let public_base_url = settings.optional("PUBLIC_BASE_URL");
        if public_base_url.as_ref().is_some_and(|url| check_base_url(url).is_err()) {
            settings.fault("PUBLIC_BASE_URL is not an https address, nor one of this machine".to_owned());
        }
        // Each run is a holder of its own: what a run that died had claimed is free for the next.
        let holder = hex::encode(SystemIds.random().get(..8).unwrap_or_default());
        Self {
            listen: SocketAddr::new(bind, port),
            folder: settings.or("HARK_DATA", demo::DATA).into(),
            customers: settings.optional("HARK_CUSTOMERS").map(PathBuf::from),
            public_base_url,
            twilio: TwilioConfig::read(settings),
            telegram: TelegramConfig::read(settings),
            openai: OpenAiConfig::read(settings),
            worker: WorkerSettings::read(settings, Worker { holder, lease: LEASE, alone: true }, budgets),
            // Nobody forges a number on a developer's machine.
            talk: TalkSettings::read(
                settings,
                if custom_keys == CustomKeys::Accepted { Trust::Any } else { Trust::Attested },
            ),
            custom_keys,
            // On a developer's machine nobody needs to be braked.
            key_per_minute: settings.parsed(
                "HARK_KEY_PER_MINUTE",
                if custom_keys == CustomKeys::Accepted { 0 } else { DEFAULT_PER_MINUTE },
            ),
        }
    }
}

/// One machine, running.
pub struct Machine {
    base_url: String,
    keys: ApiKeys,
    directory: Arc<CachedDirectory>,
    data: DataDir,
    sign_in: SignIn,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    /// The HTTP server outlives the tasks: what comes while they end is taken, and worked on at the next start.
    close: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Machine {
    /// Listens, and works on what is in the folder.
    ///
    /// # Errors
    /// When the port is taken, or a setting cannot be used.
    pub async fn start(config: MachineConfig, data: DataDir) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot listen on {} (HARK_BIND, HARK_PORT)", config.listen))?;
        let base_url = reachable(listener.local_addr()?);
        let public_base_url = config.public_base_url.clone().unwrap_or_else(|| base_url.clone());
        data.urls().set_public_base(&public_base_url);
        let directory = Arc::new(directory(&config, &data, clock.clone()));
        let keys = ApiKeys::new(data.store(), pepper(&config.folder)?);
        let sign_in = panel::sign_in(data.store(), keys.pepper(), clock.clone());
        let (stop, stopped) = watch::channel(false);
        let mut telegram = Telegram::new(&config.telegram, &data, directory.clone(), clock.clone())?;
        let polling = telegram.polling.take();
        let parts = Parts {
            config,
            data: &data,
            clock,
            directory: &directory,
            keys: &keys,
            sign_in: &sign_in,
            telegram: &telegram,
            stopped: stopped.clone(),
        };
        let router = parts.router(&public_base_url)?;
        let (worker, sweep) = (Arc::new(parts.voice_parser(&public_base_url)?), parts.sweep());
        let delivering = parts.webhooks()?;
        let (close, closed) = watch::channel(false);
        let serving = tokio::spawn(serve(listener, router, closed));
        let queue = LocalWorker::new(data.queue());
        let sweeping = sweeping::sweep(sweep, stopped.clone());
        let delivering = webhooks::deliver(delivering, stopped.clone());
        let polling = polling.map(|polling| tokio::spawn(polling.run(until(stopped.clone()))));
        let working = async move { queue.run(worker, NOTES_AT_ONCE, until(stopped)).await };
        let mut tasks = vec![tokio::spawn(working), tokio::spawn(sweeping), tokio::spawn(delivering)];
        tasks.extend(polling);
        Ok(Self { base_url, keys, directory, data, sign_in, stop, tasks, close, serving })
    }

    /// Where it listens, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The API keys.
    #[must_use]
    pub const fn keys(&self) -> &ApiKeys {
        &self.keys
    }

    /// Who is known.
    #[must_use]
    pub const fn directory(&self) -> &Arc<CachedDirectory> {
        &self.directory
    }

    /// Who comes into the panel.
    #[must_use]
    pub const fn sign_in(&self) -> &SignIn {
        &self.sign_in
    }

    /// The stores.
    #[must_use]
    pub const fn data(&self) -> &DataDir {
        &self.data
    }

    /// Returns when a part of it ends that nobody asked to end: it does only half of its work then.
    pub async fn broken(&mut self) {
        ending::first(&mut self.tasks, &mut self.serving).await;
    }

    /// Begins no more notes, lets those in work end for so long while requests are still taken, and ends. What takes
    /// too long ends where it stands and is gone on with at the next start.
    pub async fn stop(self, within: Duration) {
        self.stop.send_replace(true);
        ending::all(self.tasks, within).await;
        self.close.send_replace(true);
        ending::all(vec![self.serving], ending::LAST_ANSWERS).await;
    }
}

/// What the components are made of.
struct Parts<'a> {
    config: MachineConfig,
    data: &'a DataDir,
    clock: Arc<dyn Clock>,
    directory: &'a Arc<CachedDirectory>,
    keys: &'a ApiKeys,
    sign_in: &'a SignIn,
    stopped: watch::Receiver<bool>,
    telegram: &'a Telegram,
}

impl Parts<'_> {
    fn router(&self, public_base_url: &str) -> anyhow::Result<Router> {
        let keys = FixedKeys::new(&self.config.twilio.keys)?.with_telegram(&self.config.telegram);
        let keys = Arc::new(keys);
        let public_base = PublicBase::parse(public_base_url).context("PUBLIC_BASE_URL cannot be used")?;
        let account = self.config.twilio.account.clone();
        let webhook = webhook_handler::routes(webhook_handler::Deps {
            directory: self.directory.clone(),
            queue: self.data.queue(),
            clock: self.clock.clone(),
            keys: keys.clone(),
            metrics: Arc::new(LoggedMetrics),
            config: webhook_handler::Config { public_base: public_base.clone(), account: account.clone() },
        });
        let talk = self.config.talk.clone();
        let calls = call_handler::routes(calls::deps(
            self.data,
            self.directory.clone(),
            keys,
            self.clock.clone(),
            call_handler::Config { public_base, account, talk },
        ));
        let authoriser = Authoriser::new(self.keys.clone(), self.clock.clone(), self.config.custom_keys);
        let (table, objects, queue) = (self.data.store(), self.data.objects(), self.data.queue());
        let ids = Arc::new(SystemIds);
        let loopback = webhooks::loopback(self.config.custom_keys);
        let sender = Arc::new(HttpWebhookSender::new(loopback)?);
        let stores =
            data_api::Deps::over(table, objects, queue, sender, authoriser, (self.clock.clone(), ids));
        let (prices, per_minute) = (self.config.worker.prices, self.config.key_per_minute);
        let sync = self.telegram.sync.clone();
        let api = data_api::Deps { prices, per_minute, loopback, sync, ..stores };
        let (sign_in, clock) = (self.sign_in.clone(), self.clock.clone());
        let has_template = self.config.twilio.template_sid.is_some();
        let settled = panel::Settled {
            customers: self.config.customers.clone(),
            loopback,
            budgets: self.config.worker.budgets,
        };
        let panel = panel::deps(self.data, self.keys, sign_in, clock, public_base_url, &settled)?;
        let panel = ::panel::Deps { has_template, prices, ..panel };
        Ok(webhook
            .merge(calls)
            .merge(data_api::client_routes(api.clone()))
            .merge(::panel::routes(panel))
            .merge(files_router(self.data.urls(), self.data.objects()))
            .merge(readiness::routes(
                data_api::DataApiReadiness::new(api),
                self.directory.clone(),
                self.data.queue(),
                self.stopped.clone(),
            )))
    }

    fn sweep(&self) -> Sweep {
        Sweep {
            notes: Notes::new(self.data.store()),
            queue: self.data.queue(),
            clock: self.clock.clone(),
            metrics: Arc::new(LoggedMetrics),
        }
    }

    fn webhooks(&self) -> anyhow::Result<DeliverWebhooks> {
        let table = self.data.store();
        Ok(DeliverWebhooks {
            webhooks: Webhooks::new(table.clone(), self.keys.pepper()),
            follow: Follow { feed: Feed::new(table.clone()), records: Records::new(table) },
            sender: Arc::new(HttpWebhookSender::new(webhooks::loopback(self.config.custom_keys))?),
            clock: self.clock.clone(),
            ids: Arc::new(SystemIds),
            metrics: Arc::new(LoggedMetrics),
        })
    }
}

fn directory(config: &MachineConfig, data: &DataDir, clock: Arc<dyn Clock>) -> CachedDirectory {
    let objects: Arc<dyn ObjectRead> = match &config.customers {
        Some(path) => Arc::new(CustomersFile::new(path.clone())),
        None => data.objects(),
    };
    CachedDirectory::new(objects, clock)
}

/// Opens the data folder for this process alone.
///
/// # Errors
/// When another process has it, or it cannot be used.
pub(crate) async fn open(folder: PathBuf) -> anyhow::Result<DataDir> {
    let open = move || DataDir::open(&folder, "", Arc::new(SystemClock), Arc::new(SystemIds));
    Ok(tokio::task::spawn_blocking(open).await??)
}

/// How this machine itself reaches what listens there: an address that stands for all of them is none to call.
fn reachable(listening: SocketAddr) -> String {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, listening.port()))
}

/// The secret that goes into the hashes of API keys, made when the folder is new.
pub(crate) fn pepper(folder: &Path) -> anyhow::Result<Pepper> {
    let secret = private_file::read_or_make_secret(&folder.join("key-pepper"), &SystemIds)?;
    Pepper::new(&secret).context("key-pepper in the data folder is too short; restore it from a backup")
}

async fn serve(listener: TcpListener, router: Router, stopped: watch::Receiver<bool>) {
    // Made into a service once: a router that is served as it is would be copied, route by route, for each connection.
    let service = router.into_make_service();
    if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(until(stopped)).await {
        tracing::error!(%error, "The HTTP server ended");
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, and with it the machine.
    drop(stopped.wait_for(|stop| *stop).await);
}
