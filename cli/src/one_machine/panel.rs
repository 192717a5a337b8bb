//! The panel of one machine.

use std::sync::Arc;

use adapter_local::DataDir;
use adapter_system::SystemIds;
use shared::{
    domain::api_key::Pepper,
    ports::{clock::Clock, table::TableStore},
    prices::Prices,
    repositories::api_keys::ApiKeys,
    use_cases::sign_in::SignIn,
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
) -> panel::Deps {
    let table = data.store();
    let store: Arc<dyn TableStore> = table;
    let (who, ids) = ((sign_in, keys.clone()), Arc::new(SystemIds));
    let deps = panel::Deps::over(&store, data.objects(), data.queue(), who, (clock, ids));
    panel::Deps { prices, secure: public_base_url.starts_with("https://"), ..deps }
}
