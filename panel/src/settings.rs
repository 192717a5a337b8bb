//! What owners set up for their company: an overview, and a page for each thing.

mod customers;
mod glossary;
mod overview;
mod prompts;
mod webhooks;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use shared::{
    budgets::Budgets,
    domain::{api_key::Pepper, webhook::Loopback},
    ports::{
        clock::{Clock, Ids},
        objects::{ObjectRead, ObjectReplace, ObjectWrite},
        table::TableStore,
        webhook_sender::WebhookSender,
    },
    repositories::{audit::Action, budgets::UsedBudgets, glossaries::Glossaries, webhooks::Webhooks},
    use_cases::{ping_webhook::PingWebhook, tend_customers::TendCustomers},
};

use crate::{
    Deps,
    caller::{Caller, Settles},
    page::Trouble,
};

/// Longest import, in bytes. As a form it is up to three times as long, and Lambda takes 6 MB.
const MOST_IMPORTED: usize = 4 * 1_024 * 1_024;

/// What the settings need beside what all pages do.
#[derive(Clone)]
pub struct SettingsDeps {
    /// The names and words.
    pub glossaries: Glossaries,
    /// Who is known.
    pub customers: TendCustomers,
    /// Webhooks, and how they are tried.
    pub webhooks: PingWebhook,
    /// Whether webhooks may lead to this machine.
    pub loopback: Loopback,
    /// What is used of the budgets.
    pub budgets: UsedBudgets,
}

impl SettingsDeps {
    /// Over these stores: with webhooks on the public internet alone, and budgets as they usually are.
    pub(crate) fn over<F: ObjectRead + ObjectWrite + ObjectReplace + 'static>(
        table: &Arc<dyn TableStore>,
        files: Arc<F>,
        sender: Arc<dyn WebhookSender>,
        (pepper, clock, ids): (&Pepper, Arc<dyn Clock>, Arc<dyn Ids>),
    ) -> Self {
        let webhooks = Webhooks::new(table.clone(), pepper);
        Self {
            glossaries: Glossaries::new(table.clone()),
            customers: TendCustomers::new(files),
            webhooks: PingWebhook { webhooks, sender, clock, ids },
            loopback: Loopback::Refused,
            budgets: UsedBudgets::new(table.clone(), Budgets::USUAL),
        }
    }
}

/// The routes, all below `/panel/settings`.
pub(crate) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/panel/settings", get(overview::show))
        .route("/panel/settings/language", post(overview::speak))
        .route("/panel/settings/prompts", get(prompts::show).post(prompts::trial))
        .route("/panel/settings/prompts/use", post(prompts::save))
        .route("/panel/settings/glossary", get(glossary::show).post(glossary::save))
        .route("/panel/settings/customers", get(customers::show).post(customers::add))
        .route(
            "/panel/settings/customers/import",
            get(customers::form).post(customers::import).layer(DefaultBodyLimit::max(MOST_IMPORTED)),
        )
        .route("/panel/settings/customers/{mark}", get(customers::one).post(customers::edit))
        .route("/panel/settings/customers/{mark}/remove", post(customers::remove))
        .route("/panel/settings/webhooks", get(webhooks::show).post(webhooks::create))
        .route("/panel/settings/webhooks/{id}", get(webhooks::one))
        .route("/panel/settings/webhooks/{id}/switch", post(webhooks::switch))
        .route("/panel/settings/webhooks/{id}/ping", post(webhooks::ping))
        .route("/panel/settings/webhooks/{id}/secret", post(webhooks::rotate))
        .route("/panel/settings/webhooks/{id}/remove", post(webhooks::remove))
        .route("/panel/settings/webhooks/{id}/replay", post(webhooks::replay))
}

/// Writes down what an owner is about to do.
async fn written(deps: &Deps, caller: &Caller<Settles>, action: Action) -> Result<(), Trouble> {
    let written = deps.wrote_down(&caller.who, action, None).await;
    written.map_err(|error| Trouble::away(caller.language, error))
}
