//! The panel of one machine.

use std::{path::PathBuf, sync::Arc};

use adapter_local::DataDir;
use adapter_system::SystemIds;
use adapter_webhooks::HttpWebhookSender;
use shared::{
    budgets::Budgets,
    domain::{api_key::Pepper, webhook::Loopback},
    ports::{clock::Clock, table::TableStore},
    prices::Prices,
    repositories::{
        api_keys::ApiKeys, audit::Audit, budgets::UsedBudgets, contacts::Contacts,
        conversations::Conversations, deliveries::DeliveryStates, glossaries::Glossaries, inbox::Inbox,
        notes::Notes, threads::Threads, webhooks::Webhooks,
    },
    use_cases::{
        company_prompt::CompanyPrompts, office::Office, ping_webhook::PingWebhook, sign_in::SignIn,
        tend_customers::TendCustomers,
    },
};

use super::CustomersFile;

/// Who comes into it.
pub(crate) fn sign_in(table: Arc<dyn TableStore>, pepper: &Pepper, clock: Arc<dyn Clock>) -> SignIn {
    SignIn::new(table, pepper, clock, Arc::new(SystemIds))
}

/// What its settings need. `customers` is where customers.json lies, if not in the folder.
pub(super) fn settings(
    data: &DataDir,
    keys: &ApiKeys,
    customers: Option<&PathBuf>,
    clock: Arc<dyn Clock>,
    (loopback, budgets): (Loopback, Budgets),
) -> anyhow::Result<panel::SettingsDeps> {
    let table = data.store();
    Ok(panel::SettingsDeps {
        glossaries: Glossaries::new(table.clone()),
        customers: match customers {
            Some(path) => TendCustomers::new(Arc::new(CustomersFile::new(path.clone()))),
            None => TendCustomers::new(data.objects()),
        },
        webhooks: PingWebhook {
            webhooks: Webhooks::new(table.clone(), keys.pepper()),
            sender: Arc::new(HttpWebhookSender::new(loopback)?),
            clock,
            ids: Arc::new(SystemIds),
        },
        loopback,
        budgets: UsedBudgets::new(table, budgets),
    })
}

/// What it needs. `public_base_url` is where browsers find it.
pub(super) fn deps(
    data: &DataDir,
    keys: &ApiKeys,
    sign_in: SignIn,
    clock: Arc<dyn Clock>,
    prices: Option<Prices>,
    public_base_url: &str,
    settings: panel::SettingsDeps,
) -> panel::Deps {
    let table = data.store();
    panel::Deps {
        inbox: Inbox::new(table.clone()),
        notes: Notes::new(table.clone()),
        audit: Audit::new(table.clone()),
        threads: Threads::new(table.clone()),
        conversations: Conversations::new(table.clone()),
        deliveries: DeliveryStates::new(table.clone()),
        contacts: Contacts::new(table),
        has_template: false,
        settings,
        prompts: CompanyPrompts::new(data.objects(), data.objects(), data.objects()),
        keys: keys.clone(),
        env: "local".to_owned(),
        objects: data.objects(),
        office: Office::new(data.queue(), clock.clone(), Arc::new(SystemIds)),
        queue: data.queue(),
        sign_in,
        clock,
        ids: Arc::new(SystemIds),
        prices,
        secure: public_base_url.starts_with("https://"),
        largest_answer: usize::MAX,
    }
}
