//! The panel of one machine.

use std::sync::Arc;

use adapter_local::DataDir;
use adapter_system::SystemIds;
use shared::{
    domain::api_key::Pepper,
    ports::{clock::Clock, table::TableStore},
    prices::Prices,
    repositories::{
        api_keys::ApiKeys, audit::Audit, contacts::Contacts, conversations::Conversations,
        deliveries::DeliveryStates, inbox::Inbox, notes::Notes, threads::Threads,
    },
    use_cases::{company_prompt::CompanyPrompts, office::Office, sign_in::SignIn},
};

/// Who comes into it.
pub(crate) fn sign_in(table: Arc<dyn TableStore>, pepper: &Pepper, clock: Arc<dyn Clock>) -> SignIn {
    SignIn::new(table, pepper, clock, Arc::new(SystemIds))
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
