//! Starting and stopping: two listeners, the routers, and the handle that tests and `hark dev` hold.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, middleware, routing::get};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    calls::CallLog,
    cdn,
    config::{SimConfig, SimError},
    faults::FaultPlan,
    observe::observe,
    openai, phone,
    store::Store,
    telegram::{self, Bot},
    twilio,
    wire::{CuttableListener, Wire},
    world::{SharedWorld, Webhook, World, locked},
};

/// How long `stop` waits for answers under way before it leaves them.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// The running stand-ins. Dropping it ends them; [`Simulators::stop`] also waits for their end.
pub struct Simulators {
    world: SharedWorld,
    end: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
}

impl Simulators {
    /// Listens on both ports and reads what earlier runs kept.
    pub async fn start(config: SimConfig) -> Result<Self, SimError> {
        let store = Store::open(config.data_dir.as_deref()).map_err(|source| SimError::DataDir {
            path: config.data_dir.clone().unwrap_or_default(),
            source,
        })?;
        let main = bind(config.bind, config.port).await?;
        let cdn_port = match (config.cdn_port, config.port) {
            (Some(port), _) => port,
            (None, 0) => 0,
            (None, port) => port.wrapping_add(1),
        };
        let cdn = bind(config.bind, cdn_port).await?;
        let (end, ended) = watch::channel(false);
        let world = Arc::new(World {
            base_url: url_of(&main, config.bind)?,
            cdn_url: url_of(&cdn, config.bind)?,
            client: phone::client().map_err(SimError::Client)?,
            webhook: Mutex::new(Webhook {
                url: config.webhook_url.clone(),
                public_url: config.public_url.clone(),
            }),
            voice_base: Mutex::new(None),
            telegram: Bot::of(&store),
            store: Mutex::new(store),
            faults: Mutex::new(FaultPlan::default()),
            calls: Mutex::new(CallLog::default()),
            voice: twilio::voice::Calls::default(),
            arrivals: watch::Sender::new(0),
            ended,
            config,
        });
        let servers = vec![
            serve(main, main_router(&world), Arc::clone(&world)),
            serve(cdn, observed(cdn::router(), &world).with_state(Arc::clone(&world)), Arc::clone(&world)),
        ];
        Ok(Self { world, end, servers })
    }

    /// The main server, e.g. `http://127.0.0.1:8090`: Twilio's APIs, OpenAI under `/v1`, Telegram under `/bot{token}`, `/_sim`.
    pub fn base_url(&self) -> String {
        self.world.base_url.clone()
    }

    /// The media CDN, e.g. `http://127.0.0.1:8091`.
    pub fn cdn_url(&self) -> String {
        self.world.cdn_url.clone()
    }

    /// Where the phone's messages go from now on, and the URL that is signed.
    pub fn set_webhook(&self, webhook_url: &str, public_url: &str) {
        *locked(&self.world.webhook) =
            Webhook { url: webhook_url.to_owned(), public_url: public_url.to_owned() };
    }

    /// Below which address calls are told from now on (`/twilio/voice/incoming` and so on), called as it is signed. Until it is
    /// set, beside the webhook.
    pub fn set_voice(&self, base: &str) {
        *locked(&self.world.voice_base) = Some(base.trim_end_matches('/').to_owned());
    }

    /// Stops listening, lets answers under way finish for a moment, and frees the ports.
    pub async fn stop(mut self) {
        self.end.send_replace(true);
        for mut server in std::mem::take(&mut self.servers) {
            if tokio::time::timeout(LAST_ANSWERS, &mut server).await.is_err() {
                server.abort();
            }
        }
    }
}

impl std::fmt::Debug for Simulators {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulators").field("base_url", &self.world.base_url).finish_non_exhaustive()
    }
}

impl Drop for Simulators {
    fn drop(&mut self) {
        self.end.send_replace(true);
    }
}

fn main_router(world: &SharedWorld) -> Router {
    let vendors = Router::new()
        .merge(twilio::router(Arc::clone(world)))
        .merge(openai::router())
        .merge(telegram::router());
    Router::new()
        .route(
            "/",
            get(async || "This is Hark's simulator of Twilio, OpenAI and Telegram. Everything here is simulated.\n"),
        )
        .merge(observed(vendors, world))
        .merge(phone::router())
        .merge(twilio::voice::control())
        .with_state(Arc::clone(world))
}

fn observed(router: Router<SharedWorld>, world: &SharedWorld) -> Router<SharedWorld> {
    router.layer(middleware::from_fn_with_state(Arc::clone(world), observe))
}

fn serve(listener: TcpListener, router: Router, world: SharedWorld) -> JoinHandle<()> {
    let service = router.into_make_service_with_connect_info::<Wire>();
    tokio::spawn(async move {
        let serving = axum::serve(CuttableListener(listener), service)
            .with_graceful_shutdown(async move { world.until_end().await });
        if let Err(error) = serving.await {
            tracing::warn!(%error, "A simulator stopped listening");
        }
    })
}

async fn bind(address: IpAddr, port: u16) -> Result<TcpListener, SimError> {
    let address = SocketAddr::new(address, port);
    TcpListener::bind(address).await.map_err(|source| SimError::Bind { address, source })
}

/// The URL under which this machine reaches the listener.
fn url_of(listener: &TcpListener, bind: IpAddr) -> Result<String, SimError> {
    let mut address = listener
        .local_addr()
        .map_err(|source| SimError::Bind { address: SocketAddr::new(bind, 0), source })?;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            Ipv4Addr::LOCALHOST.into()
        } else {
            Ipv6Addr::LOCALHOST.into()
        });
    }
    Ok(format!("http://{address}"))
}
