//! The web panel: what came in, what was made of it, what went wrong, and what to do about it. Pages are made here, by
//! askama, of the same notes that everything else works on; htmx asks for what has changed. Nothing comes from
//! elsewhere when a page is shown, and no page holds a script or a style of its own.
//!
//! Reading order: who may come in (`signing_in`, `caller`), what every page has (`page`, `texts`), then a file for each
//! page; `health` and `config` are of the function on AWS. To add a page: 1. a template; 2. a handler that takes a
//! `Caller` (or `Posted`, for what changes something) with the role that it needs; 3. its line in `routes`; 4. its
//! words in all languages of `texts`.

mod assets;
mod audit;
mod caller;
mod charts;
mod config;
mod cookies;
mod dashboard;
mod files;
mod health;
mod inbox;
mod keys;
mod live;
mod note;
mod page;
mod people;
mod quotes;
mod recording;
mod settings;
mod signing_in;
mod steps;
mod texts;
mod waveform;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::HeaderMap,
    middleware,
    routing::{get, post},
};
use shared::{
    domain::{ids::MessageId, letter::MAX_FILE},
    ports::{
        clock::{Clock, Ids},
        job_queue::JobQueue,
        objects::{ObjectRead, ObjectReplace, ObjectWrite},
        table::{TableError, TableStore},
        webhook_sender::WebhookSender,
    },
    prices::Prices,
    repositories::{
        api_keys::ApiKeys,
        audit::{Action, Audit, Entry},
        contacts::Contacts,
        conversations::Conversations,
        deliveries::DeliveryStates,
        inbox::Inbox,
        notes::Notes,
        threads::Threads,
    },
    use_cases::{
        company_prompt::CompanyPrompts,
        office::Office,
        sign_in::{SignIn, SignedIn},
        unread::Unread,
    },
};

use self::page::Trouble;
pub use self::{config::Config, settings::SettingsDeps};

/// Longest form, in bytes.
const MOST_BYTES: usize = 256 * 1_024;

/// What the panel needs.
#[derive(Clone)]
pub struct Deps {
    /// All messages of a company.
    pub inbox: Inbox,
    /// The notes.
    pub notes: Notes,
    /// What was said with each person.
    pub threads: Threads,
    /// Who answers whom.
    pub conversations: Conversations,
    /// What became of sent messages.
    pub deliveries: DeliveryStates,
    /// Who may be written to.
    pub contacts: Contacts,
    /// Whether there is a template for people who have not written for a day.
    pub has_template: bool,
    /// What people have heard on the phone.
    pub unread: Unread,
    /// What the settings need.
    pub settings: SettingsDeps,
    /// What the company tells the model.
    pub prompts: CompanyPrompts,
    /// Who did what.
    pub audit: Audit,
    /// The API keys.
    pub keys: ApiKeys,
    /// The word in the text of new ones: `local`, `dev` or `prod`.
    pub env: String,
    /// Stored files.
    pub objects: Arc<dyn ObjectRead>,
    /// Where jobs go that are tried again.
    pub queue: Arc<dyn JobQueue>,
    /// Who comes in.
    pub sign_in: SignIn,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Has records changed and people written to.
    pub office: Office,
    /// Randomness.
    pub ids: Arc<dyn Ids>,
    /// What models cost, if whoever pays said so.
    pub prices: Option<Prices>,
    /// Whether browsers reach it by HTTPS alone: everywhere but on one's own machine.
    pub secure: bool,
    /// How many bytes of a recording one answer may hold; a player asks for the rest by itself.
    pub largest_answer: usize,
}

impl Deps {
    /// Over these stores: with cookies for HTTPS alone, answers of any size, no template and no prices, in `local`.
    #[must_use]
    pub fn over<F: ObjectRead + ObjectWrite + ObjectReplace + 'static>(
        table: &Arc<dyn TableStore>,
        files: Arc<F>,
        queue: Arc<dyn JobQueue>,
        sender: Arc<dyn WebhookSender>,
        (sign_in, keys): (SignIn, ApiKeys),
        (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>),
    ) -> Self {
        let settled = (keys.pepper(), clock.clone(), ids.clone());
        Self {
            settings: SettingsDeps::over(table, files.clone(), sender, settled),
            inbox: Inbox::new(table.clone()),
            notes: Notes::new(table.clone()),
            audit: Audit::new(table.clone()),
            threads: Threads::new(table.clone()),
            conversations: Conversations::new(table.clone()),
            deliveries: DeliveryStates::new(table.clone()),
            contacts: Contacts::new(table.clone()),
            unread: Unread::new(table),
            prompts: CompanyPrompts::new(files.clone()),
            office: Office::new(queue.clone(), files.clone(), clock.clone(), ids.clone()),
            objects: files,
            env: "local".to_owned(),
            prices: None,
            has_template: false,
            secure: true,
            largest_answer: usize::MAX,
            keys,
            queue,
            sign_in,
            clock,
            ids,
        }
    }

    /// Writes down what somebody did.
    async fn wrote_down(
        &self,
        who: &SignedIn,
        action: Action,
        note: Option<MessageId>,
    ) -> Result<(), TableError> {
        let entry = Entry { at: self.clock.now(), who: who.user.name.clone(), action, note };
        self.audit.write(&who.scope, &entry, &self.ids.random()).await
    }
}

/// Everything that the function answers: the panel's routes, `GET /panel/health` and `/panel/readyz`, and a page for
/// whatever is no route.
pub fn router(deps: Deps) -> Router {
    routes(deps.clone())
        .merge(health::routes(deps))
        .fallback(nothing)
        .layer(middleware::map_response(page::protect))
}

/// What is no route.
async fn nothing(headers: HeaderMap) -> Trouble {
    Trouble::NotThere(texts::language_of(&headers))
}

/// The panel's routes, all below `/panel`.
pub fn routes(deps: Deps) -> Router {
    Router::new()
        .route("/panel", get(inbox::show))
        .route("/panel/news", get(inbox::news))
        .route("/panel/notes/{id}", get(note::show))
        .route("/panel/notes/{id}/news", get(note::news))
        .route("/panel/notes/{id}/edit", get(note::edit).post(note::save))
        .route("/panel/notes/{id}/change", post(note::change))
        .route("/panel/notes/{id}/replay", post(note::replay))
        .route("/panel/notes/{id}/files/{number}", get(files::serve))
        .route("/panel/notes/{id}/recording", get(recording::play))
        .route("/panel/dashboard", get(dashboard::show))
        .route("/panel/dashboard.csv", get(dashboard::download))
        .route("/panel/people", get(people::show))
        .route("/panel/people/{id}", get(people::thread))
        .route("/panel/people/{id}/news", get(people::news))
        .route(
            "/panel/people/{id}/write",
            // Larger photos than can be sent are read, so that what was typed beside them is shown again.
            post(people::write).layer(DefaultBodyLimit::max(8 * MAX_FILE + MOST_BYTES)),
        )
        .route("/panel/people/{id}/remark", post(people::remark))
        .route("/panel/people/{id}/take", post(people::take))
        .route("/panel/keys", get(keys::show).post(keys::create))
        .route("/panel/keys/{id}/end", post(keys::end))
        .route("/panel/audit", get(audit::show))
        .route("/panel/sign-in", get(signing_in::show).post(signing_in::with_password))
        .route("/panel/enter", get(signing_in::with_link))
        .route("/panel/sign-out", post(signing_in::sign_out))
        .route("/panel/assets/{name}", get(assets::serve))
        .merge(settings::routes())
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(middleware::from_fn(caller::refuse_foreign))
        .layer(middleware::map_response(page::protect))
        .with_state(Arc::new(deps))
}
