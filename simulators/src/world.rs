//! What all handlers share: settings, the store, the plan of faults, the log of calls.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::{
    calls::CallLog, config::SimConfig, faults::FaultPlan, store::Store, telegram::Bot, twilio::voice,
};

/// Handlers hold it as their state.
pub(crate) type SharedWorld = Arc<World>;

/// Where the phone's messages go.
#[derive(Clone)]
pub(crate) struct Webhook {
    /// Where they are sent.
    pub(crate) url: String,
    /// What is signed.
    pub(crate) public_url: String,
}

/// See the module.
pub(crate) struct World {
    pub(crate) config: SimConfig,
    /// `http://127.0.0.1:8090`, without a slash at the end.
    pub(crate) base_url: String,
    /// The same of the media CDN.
    pub(crate) cdn_url: String,
    pub(crate) client: reqwest::Client,
    pub(crate) webhook: Mutex<Webhook>,
    /// Below which address calls are told, if not beside the webhook.
    pub(crate) voice_base: Mutex<Option<String>>,
    pub(crate) store: Mutex<Store>,
    pub(crate) telegram: Bot,
    pub(crate) faults: Mutex<FaultPlan>,
    pub(crate) calls: Mutex<CallLog>,
    /// The telephone calls.
    pub(crate) voice: voice::Calls,
    /// Ticks whenever a phone receives something.
    pub(crate) arrivals: watch::Sender<u64>,
    /// Turns true, or loses its sender, when the simulators stop.
    pub(crate) ended: watch::Receiver<bool>,
}

impl World {
    /// Returns once the simulators stop, so that nothing waits beyond their end.
    pub(crate) async fn until_end(&self) {
        // An error means that the sender is gone, which is the end as well.
        drop(self.ended.clone().wait_for(|ended| *ended).await);
    }

    /// Our own address on the channel of `identity`.
    pub(crate) fn own_address(&self, identity: &str) -> String {
        if identity.starts_with("whatsapp:") {
            format!("whatsapp:{}", bare(&self.config.whatsapp_number))
        } else {
            bare(&self.config.sms_number).to_owned()
        }
    }
}

/// Locks, whatever happened to a thread that held the lock before: the data stay usable.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An address without its channel.
pub(crate) fn bare(address: &str) -> &str {
    address.trim().trim_start_matches("whatsapp:")
}
