//! One webhook: how it stands with its receiver, and what was not accepted.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use shared::{
    domain::webhook::{Activity, Outcome, Webhook},
    repositories::webhooks::{DeadLetter, MAX_DEAD_LISTED},
};

use super::{id_of, kinds_of, state_of};
use crate::{
    Deps,
    caller::{Caller, Settles},
    page::{Frame, Trouble, render, rfc3339},
    texts::settings::Webhooks as Words,
};

#[derive(Template)]
#[template(path = "settings_webhook.html")]
struct Page {
    frame: Frame,
    id: String,
    url: String,
    kinds: String,
    state: &'static str,
    state_name: &'static str,
    is_active: bool,
    version: u32,
    accepted: Option<String>,
    failing: Option<String>,
    held: Option<String>,
    letters: Vec<Letter>,
    has_more: bool,
    secret: Option<String>,
    said: Option<String>,
    complaint: Option<String>,
}

/// A message that was given up.
struct Letter {
    number: u64,
    note: String,
    kind: &'static str,
    at: String,
    tries: u32,
    why: String,
}

/// What has just come of something.
pub(super) enum News {
    /// Nothing.
    None,
    /// A secret was made.
    Secret(String),
    /// A test message was sent.
    Pinged(Outcome),
    /// It was changed by somebody else.
    Stale,
}

fn letter(letter: &DeadLetter, words: &Words) -> Letter {
    Letter {
        number: letter.entry.number,
        note: letter.entry.note.to_string(),
        kind: words.kind_of(letter.entry.kind),
        at: rfc3339(letter.died_at),
        tries: letter.failures,
        why: letter.why.map(|why| words.refusal_of(why)).unwrap_or_default(),
    }
}

/// What is said, and what is complained of.
fn told(outcome: Outcome, words: &Words) -> (Option<String>, Option<String>) {
    match outcome {
        Outcome::Accepted(status) => (Some(format!("{} {status}.", words.pinged)), None),
        Outcome::Refused(why) => (None, Some(format!("{} {}.", words.not_pinged, words.refusal_of(why)))),
    }
}

pub(super) async fn page(
    deps: &Deps,
    caller: &Caller<Settles>,
    webhook: &Webhook,
    news: News,
) -> Result<Response, Trouble> {
    let (scope, stored) = (&caller.who.scope, &deps.settings.webhooks.webhooks);
    let away = |error| Trouble::away(caller.language, error);
    let standing = stored.standing(scope, &webhook.id, deps.clock.now()).await.map_err(away)?;
    // Removed just now.
    let standing = standing.ok_or(Trouble::NotThere(caller.language))?;
    let dead = stored.dead_letters(scope, &webhook.id, 0, MAX_DEAD_LISTED).await.map_err(away)?;
    let frame = Frame::inside(deps, &caller.who, caller.language);
    let words = &frame.t.settings.webhooks;
    let (state, state_name) = state_of(webhook, words);
    let (secret, (said, complaint)) = match news {
        News::None => (None, (None, None)),
        News::Secret(secret) => (Some(secret), (None, None)),
        News::Pinged(outcome) => (None, told(outcome, words)),
        News::Stale => (None, (None, Some(words.stale.to_owned()))),
    };
    let page = Page {
        id: webhook.id.to_string(),
        url: webhook.endpoint.url().to_string(),
        kinds: kinds_of(webhook, words),
        state,
        state_name,
        is_active: webhook.activity == Activity::Active,
        version: webhook.version,
        accepted: standing.last_accepted_at.map(rfc3339),
        failing: standing.failing_since.map(rfc3339),
        held: standing.held_until.map(rfc3339),
        letters: dead.letters.iter().map(|dead| letter(dead, words)).collect(),
        has_more: dead.next.is_some(),
        secret,
        said,
        complaint,
        frame,
    };
    render(&page, caller.language)
}

/// The company's webhook with this id.
pub(super) async fn find(deps: &Deps, caller: &Caller<Settles>, raw: &str) -> Result<Webhook, Trouble> {
    let found = deps.settings.webhooks.webhooks.get(&caller.who.scope, &id_of(caller, raw)?).await;
    let found = found.map_err(|error| Trouble::away(caller.language, error))?;
    found.ok_or(Trouble::NotThere(caller.language))
}

pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Settles>,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let webhook = find(&deps, &caller, &id).await?;
    page(&deps, &caller, &webhook, News::None).await
}
