//! What is done with a webhook: switched, tried, given another secret, removed, and its dead letters sent again.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use shared::repositories::{
    audit::Action,
    webhooks::{UpdateError, WebhookChange},
};

use super::one::{News, find, page};
use crate::{
    Deps,
    caller::{Nothing, Posted, Settles},
    page::Trouble,
    settings::written,
};

/// Whether it is to be sent anything.
#[derive(Deserialize)]
pub(crate) struct Switching {
    /// The version that was looked at.
    version: String,
    active: String,
}

/// The version that was looked at.
#[derive(Deserialize)]
pub(crate) struct Seen {
    version: String,
}

/// Which dead letter; none: all.
#[derive(Deserialize)]
pub(crate) struct Which {
    number: Option<String>,
}

fn back_to(id: &impl std::fmt::Display) -> Response {
    Redirect::to(&format!("/panel/settings/webhooks/{id}")).into_response()
}

pub(crate) async fn switch(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Posted { caller, form }: Posted<Settles, Switching>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let webhook = find(&deps, &caller, &id).await?;
    let active = match form.active.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(Trouble::Unreadable(language)),
    };
    if form.version != webhook.version.to_string() {
        return page(&deps, &caller, &webhook, News::Stale).await;
    }
    written(&deps, &caller, Action::SwitchedWebhook).await?;
    let wanted = WebhookChange { active: Some(active), ..WebhookChange::default() };
    let (stored, now) = (&deps.settings.webhooks.webhooks, deps.clock.now());
    match stored.update(&caller.who.scope, &webhook.id, &wanted, webhook.version, now).await {
        Ok(_) => Ok(back_to(&webhook.id)),
        Err(UpdateError::Changed) => {
            let webhook = find(&deps, &caller, &id).await?;
            page(&deps, &caller, &webhook, News::Stale).await
        }
        Err(UpdateError::NotFound) => Err(Trouble::NotThere(language)),
        Err(UpdateError::Table(error)) => Err(Trouble::away(language, error)),
    }
}

/// Sends a test message, which changes nothing, and tells what became of it.
pub(crate) async fn ping(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Posted { caller, .. }: Posted<Settles, Nothing>,
) -> Result<Response, Trouble> {
    let webhook = find(&deps, &caller, &id).await?;
    let outcome = deps.settings.webhooks.ping(&caller.who.scope, &webhook.id).await;
    let outcome = outcome.map_err(|error| Trouble::away(caller.language, error))?;
    let outcome = outcome.ok_or(Trouble::NotThere(caller.language))?;
    page(&deps, &caller, &webhook, News::Pinged(outcome)).await
}

/// Makes another secret, and shows it this once. It counts as a change, so that the form sent off again makes no third.
pub(crate) async fn rotate(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Posted { caller, form }: Posted<Settles, Seen>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let webhook = find(&deps, &caller, &id).await?;
    if form.version != webhook.version.to_string() {
        return page(&deps, &caller, &webhook, News::Stale).await;
    }
    written(&deps, &caller, Action::MadeWebhookSecret).await?;
    let stored = &deps.settings.webhooks.webhooks;
    let seen = (&webhook.id, Some(webhook.version));
    let rotated = stored.rotate_secret(&caller.who.scope, seen, &*deps.clock, &*deps.ids).await;
    let rotated = rotated.map_err(|error| Trouble::away(language, error))?;
    // The second of two clicks.
    let Some((webhook, secret)) = rotated else {
        return page(&deps, &caller, &find(&deps, &caller, &id).await?, News::Stale).await;
    };
    let secret = secret.text().expose_secret().to_owned();
    page(&deps, &caller, &webhook, News::Secret(secret)).await
}

pub(crate) async fn remove(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Posted { caller, .. }: Posted<Settles, Nothing>,
) -> Result<Response, Trouble> {
    let webhook = find(&deps, &caller, &id).await?;
    written(&deps, &caller, Action::RemovedWebhook).await?;
    let removed = deps.settings.webhooks.webhooks.delete(&caller.who.scope, &webhook.id).await;
    removed.map_err(|error| Trouble::away(caller.language, error))?;
    Ok(Redirect::to("/panel/settings/webhooks").into_response())
}

/// Has one dead letter sent again, or all of them.
pub(crate) async fn replay(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Posted { caller, form }: Posted<Settles, Which>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let number = form.number.map(|raw| raw.parse::<u64>()).transpose();
    let number = number.map_err(|_| Trouble::Unreadable(language))?;
    let webhook = find(&deps, &caller, &id).await?;
    written(&deps, &caller, Action::SentDeadLetters).await?;
    let (stored, scope, now) = (&deps.settings.webhooks.webhooks, &caller.who.scope, deps.clock.now());
    let is_there = match number {
        Some(number) => stored.replay(scope, &webhook.id, number, now).await,
        None => stored.replay_all(scope, &webhook.id, now).await.map(|_| true),
    };
    match is_there.map_err(|error| Trouble::away(language, error))? {
        true => Ok(back_to(&webhook.id)),
        false => Err(Trouble::NotThere(language)),
    }
}
