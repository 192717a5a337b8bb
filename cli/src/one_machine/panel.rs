//! The panel of one machine.

use std::{path::PathBuf, sync::Arc};

use adapter_local::DataDir;
use adapter_system::SystemIds;
use adapter_webhooks::HttpWebhookSender;
use shared::{
    budgets::Budgets,
    domain::{api_key::Pepper, webhook::Loopback},
    ports::{clock::Clock, table::TableStore},
    repositories::{api_keys::ApiKeys, budgets::UsedBudgets},
    use_cases::{sign_in::SignIn, tend_customers::TendCustomers},
};

use super::CustomersFile;

/// Who comes into it.
pub(crate) fn sign_in(table: Arc<dyn TableStore>, pepper: &Pepper, clock: Arc<dyn Clock>) -> SignIn {
    SignIn::new(table, pepper, clock, Arc::new(SystemIds))
}

/// What its settings show and keep to.
pub(super) struct Settled {
    /// Where customers.json lies, if not in the folder.
    pub(super) customers: Option<PathBuf>,
    /// Whether webhooks may lead to this machine.
    pub(super) loopback: Loopback,
    /// What may be used.
    pub(super) budgets: Budgets,
}

/// What it needs. `public_base_url` is where browsers find it.
pub(super) fn deps(
    data: &DataDir,
    keys: &ApiKeys,
    sign_in: SignIn,
    clock: Arc<dyn Clock>,
    public_base_url: &str,
    settled: &Settled,
) -> anyhow::Result<panel::Deps> {
    let table = data.store();
    let store: Arc<dyn TableStore> = table;
    let (who, ids) = ((sign_in, keys.clone()), Arc::new(SystemIds));
    let sender = Arc::new(HttpWebhookSender::new(settled.loopback)?);
    let deps = panel::Deps::over(&store, data.objects(), data.queue(), sender, who, (clock, ids));
    let settings = panel::SettingsDeps {
        customers: match &settled.customers {
            Some(path) => TendCustomers::new(Arc::new(CustomersFile::new(path.clone()))),
            None => deps.settings.customers,
        },
        loopback: settled.loopback,
        budgets: UsedBudgets::new(store, settled.budgets),
        ..deps.settings
    };
    Ok(panel::Deps { settings, secure: public_base_url.starts_with("https://"), ..deps })
}
