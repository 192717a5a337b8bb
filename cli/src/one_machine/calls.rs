//! Phone calls on one machine.

use std::{sync::Arc, time::Duration};

use adapter_egress::{AddressPolicy, Egress};
use adapter_local::DataDir;
use adapter_openai::{Breaker, OpenAiConfig, OpenAiResponder, Patience};
use adapter_system::LoggedMetrics;
use adapter_twilio::{account::OwnAccount, key_source::SigningKeySource};
use call_handler::{Config, Deps};
use shared::{
    domain::identity::Address,
    ports::{clock::Clock, directory::CustomerDirectory, table::TableStore},
};
use voice_parser::calls::OnThePhone;

/// For what somebody waits for on the phone: longer nobody does.
const PATIENCE: Duration = Duration::from_secs(24);

/// What call-handler needs.
pub(super) fn deps(
    data: &DataDir,
    directory: Arc<dyn CustomerDirectory>,
    keys: Arc<dyn SigningKeySource>,
    clock: Arc<dyn Clock>,
    config: Config,
) -> Deps {
    let table: Arc<dyn TableStore> = data.store();
    // One queue, which gives those who wait on the phone a turn of their own.
    let queues = (data.queue() as _, data.queue() as _);
    Deps::over(&table, queues, (directory, keys), (clock, Arc::new(LoggedMetrics)), config)
}

/// What the worker needs for those who call.
pub(super) fn on_the_phone(
    data: &DataDir,
    openai: &OpenAiConfig,
    account: &OwnAccount,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<OnThePhone> {
    let models = Egress::new(AddressPolicy::for_base(&openai.base_url))?.client().clone();
    let patience = Patience { deadline: PATIENCE, ..Patience::default() };
    let responder = OpenAiResponder::new(models, openai).with_patience(patience);
    let table: Arc<dyn TableStore> = data.store();
    let texts_from = account.sms.clone().map(Address::sms);
    Ok(OnThePhone::over(&table, Arc::new(Breaker::new(Arc::new(responder), clock)), texts_from))
}
