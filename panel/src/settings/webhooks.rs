//! Where the company's own software is told of changes: a list, and a page for each webhook.

mod acting;
mod one;

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{extract::State, response::Response};
use secrecy::ExposeSecret;
use serde::Deserialize;
use shared::{
    domain::{
        feed::ChangeKind,
        webhook::{Activity, Endpoint, Kinds, Webhook, WebhookId, type_of},
    },
    repositories::{
        audit::Action,
        once::Once,
        webhooks::{Beginning, CreateError, MOST_OF_A_COMPANY, NewWebhook},
    },
};

pub(crate) use self::{
    acting::{ping, remove, replay, rotate, switch},
    one::show as one,
};
use super::written;
use crate::{
    Deps,
    caller::{Caller, Posted, Settles},
    page::{Frame, Trouble, once, render},
    texts::{self, settings::Webhooks as Words},
};

#[derive(Template)]
#[template(path = "settings_webhooks.html")]
struct Page {
    frame: Frame,
    lines: Vec<Line>,
    /// Under this, a webhook is made once, however often the form is sent off.
    once: String,
    said: Option<&'static str>,
    /// What was typed, or nothing.
    url: String,
    /// Each type of message, how it is called, and whether it is wanted.
    kinds: Vec<(&'static str, &'static str, bool)>,
    from_beginning: bool,
    complaint: Option<&'static str>,
}

struct Line {
    id: String,
    url: String,
    kinds: String,
    state: &'static str,
    state_name: &'static str,
}

/// The form as it comes back.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    url: String,
    beginning: Option<String>,
    /// As the form had it.
    #[serde(default)]
    once: String,
    /// The types of messages that were ticked.
    #[serde(flatten)]
    ticked: BTreeMap<String, String>,
}

impl Wanted {
    fn kinds(&self) -> Vec<ChangeKind> {
        ChangeKind::ALL.into_iter().filter(|kind| self.ticked.contains_key(type_of(*kind))).collect()
    }

    /// What is to be made, or why it cannot be.
    fn new_webhook(&self, deps: &Deps, words: &Words) -> Result<NewWebhook, &'static str> {
        let endpoint = Endpoint::parse(&self.url, deps.settings.loopback);
        Ok(NewWebhook {
            endpoint: endpoint.map_err(|why| words.invalid(why))?,
            kinds: Kinds::of(&self.kinds()).ok_or(words.no_kind)?,
            beginning: if self.beginning.is_some() { Beginning::First } else { Beginning::Now },
        })
    }
}

/// The class of a chip, and what it says.
fn state_of(webhook: &Webhook, words: &Words) -> (&'static str, &'static str) {
    let class = match webhook.activity {
        Activity::Active => "done",
        Activity::Paused => "working",
        Activity::Gone => "failed",
    };
    (class, words.activity_of(webhook.activity))
}

fn kinds_of(webhook: &Webhook, words: &Words) -> String {
    webhook.kinds.iter().map(|kind| words.kind_of(kind)).collect::<Vec<_>>().join(", ")
}

fn line(webhook: &Webhook, words: &Words) -> Line {
    let (state, state_name) = state_of(webhook, words);
    Line {
        id: webhook.id.to_string(),
        url: webhook.endpoint.url().to_string(),
        kinds: kinds_of(webhook, words),
        state,
        state_name,
    }
}

async fn list(deps: &Deps, caller: &Caller<Settles>) -> Result<Vec<Webhook>, Trouble> {
    let webhooks = deps.settings.webhooks.webhooks.list(&caller.who.scope).await;
    webhooks.map_err(|error| Trouble::away(caller.language, error))
}

/// The id in a path.
fn id_of(caller: &Caller<Settles>, raw: &str) -> Result<WebhookId, Trouble> {
    WebhookId::parse(raw).map_err(|_| Trouble::NotThere(caller.language))
}

/// What the list says beside what there is.
enum News<'a> {
    None,
    /// The form was sent off before.
    MadeAlready,
    /// What was typed cannot be made.
    Complaint(&'a Wanted, &'static str),
}

fn page(
    deps: &Deps,
    caller: &Caller<Settles>,
    webhooks: &[Webhook],
    news: &News<'_>,
) -> Result<Response, Trouble> {
    let typed = match news {
        News::Complaint(form, complaint) => Some((*form, *complaint)),
        News::None | News::MadeAlready => None,
    };
    let frame = Frame::inside(deps, &caller.who, caller.language);
    let words = &frame.t.settings.webhooks;
    let wanted = typed.map_or_else(|| ChangeKind::ALL.to_vec(), |(form, _)| form.kinds());
    let kind = |kind: ChangeKind| (type_of(kind), words.kind_of(kind), wanted.contains(&kind));
    let page = Page {
        once: once(deps),
        said: matches!(news, News::MadeAlready).then_some(frame.t.made_already),
        lines: webhooks.iter().map(|webhook| line(webhook, words)).collect(),
        url: typed.map(|(form, _)| form.url.clone()).unwrap_or_default(),
        kinds: ChangeKind::ALL.map(kind).into(),
        from_beginning: typed.is_some_and(|(form, _)| form.beginning.is_some()),
        complaint: typed.map(|(_, complaint)| complaint),
        frame,
    };
    render(&page, caller.language)
}

pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Settles>,
) -> Result<Response, Trouble> {
    page(&deps, &caller, &list(&deps, &caller).await?, &News::None)
}

/// Makes a webhook, and shows its secret this once. The form sent off again makes no other one.
pub(crate) async fn create(
    State(deps): State<Arc<Deps>>,
    Posted { caller, form }: Posted<Settles, Wanted>,
) -> Result<Response, Trouble> {
    let words = &texts::of(caller.language).settings.webhooks;
    if form.once.is_empty() {
        return Err(Trouble::Unreadable(caller.language));
    }
    let (stored, scope) = (&deps.settings.webhooks.webhooks, &caller.who.scope);
    let once = Once::of(scope, "webhook", &form.once);
    let webhooks = list(&deps, &caller).await?;
    let is_made = stored.is_made(&once).await.map_err(|error| Trouble::away(caller.language, error))?;
    if is_made {
        return page(&deps, &caller, &webhooks, &News::MadeAlready);
    }
    let too_many = || page(&deps, &caller, &webhooks, &News::Complaint(&form, words.too_many));
    if webhooks.len() >= MOST_OF_A_COMPANY {
        return too_many();
    }
    let new = match form.new_webhook(&deps, words) {
        Ok(new) => new,
        Err(complaint) => return page(&deps, &caller, &webhooks, &News::Complaint(&form, complaint)),
    };
    written(&deps, &caller, Action::MadeWebhook).await?;
    match stored.create_once(scope, new, &once, (&*deps.clock, &*deps.ids)).await {
        Ok(Some((webhook, secret))) => {
            let secret = secret.text().expose_secret().to_owned();
            one::page(&deps, &caller, &webhook, one::News::Secret(secret)).await
        }
        // The second of two clicks.
        Ok(None) => page(&deps, &caller, &list(&deps, &caller).await?, &News::MadeAlready),
        Err(CreateError::TooMany) => too_many(),
        Err(CreateError::Table(error)) => Err(Trouble::away(caller.language, error)),
    }
}
