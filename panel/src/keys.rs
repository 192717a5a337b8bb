//! API keys of the company, for its owners: made, seen once, and ended.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde::Deserialize;
use shared::{
    domain::{
        api_key::{ApiKeyRecord, KeyId, KeyState, Scope, Scopes},
        language::Language,
    },
    repositories::{
        api_keys::{IssuedKey, KeysError, NewKey},
        audit::Action,
        once::Once,
    },
};

use crate::{
    Deps,
    caller::{Caller, Nothing, Posted, Settles},
    page::{Frame, Trouble, once, render, rfc3339},
    texts::Texts,
};

#[derive(Template)]
#[template(path = "keys.html")]
struct Page {
    frame: Frame,
    lines: Vec<Line>,
    scopes: [(&'static str, &'static str); 4],
    /// Under this, a key is made once, however often the form is sent off.
    once: String,
    /// The text of a key that was made just now.
    made: Option<String>,
    said: Option<&'static str>,
    complaint: Option<&'static str>,
}

struct Line {
    id: String,
    scopes: String,
    state: &'static str,
    state_name: &'static str,
    since: String,
    used: String,
    until: Option<String>,
    may_end: bool,
}

/// What a new key is to be.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    scope: String,
    /// After how many days it ends; empty: it does not.
    #[serde(default)]
    days: String,
    /// As the form had it.
    #[serde(default)]
    once: String,
}

/// What has just come of making one.
enum News {
    /// Nothing was to be made.
    None,
    /// The text of a new key.
    Made(String),
    /// The form was sent off before.
    MadeAlready,
    /// It cannot be.
    TooMany,
}

fn line(record: &ApiKeyRecord, now: Timestamp, t: &Texts) -> Line {
    let state = record.state(now);
    let (name, shown) = match state {
        KeyState::Active => ("done", t.keys.active),
        KeyState::Expired => ("working", t.keys.expired),
        KeyState::Revoked => ("failed", t.keys.revoked),
    };
    Line {
        id: record.id.to_string(),
        scopes: record.scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(", "),
        state: name,
        state_name: shown,
        since: rfc3339(record.created_at),
        used: record.last_used_day.map_or_else(|| t.never.to_owned(), |day| day.to_string()),
        until: record.expires_at.map(rfc3339),
        may_end: state == KeyState::Active && !record.id.is_custom(),
    }
}

async fn page(deps: &Deps, caller: &Caller<Settles>, news: News) -> Result<Response, Trouble> {
    let keys = deps.keys.list(caller.who.scope.company()).await;
    let keys = keys.map_err(|error| Trouble::away(caller.language, error))?;
    let frame = Frame::inside(deps, &caller.who, caller.language);
    let now = deps.clock.now();
    let lines = keys.iter().rev().map(|record| line(record, now, frame.t)).collect();
    let scopes = frame.t.scopes_with_names();
    let (made, said, complaint) = match news {
        News::None => (None, None, None),
        News::Made(key) => (Some(key), None, None),
        News::MadeAlready => (None, Some(frame.t.made_already), None),
        News::TooMany => (None, None, Some(frame.t.keys.too_many)),
    };
    render(&Page { lines, scopes, once: once(deps), made, said, complaint, frame }, caller.language)
}

pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Settles>,
) -> Result<Response, Trouble> {
    page(&deps, &caller, News::None).await
}

pub(crate) async fn create(
    State(deps): State<Arc<Deps>>,
    Posted { caller, form }: Posted<Settles, Wanted>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let new = wanted(&deps, &caller, &form).ok_or(Trouble::Unreadable(language))?;
    let once = Once::of(&caller.who.scope, "key", &form.once);
    match deps.keys.create_once(new, &once, &deps.env, (&*deps.clock, &*deps.ids)).await {
        Ok(Some(IssuedKey { key, record })) => {
            if let Err(trouble) = written(&deps, &caller, Action::MadeKey, language).await {
                // A key that stands in no trail must not be. It was shown to nobody.
                let ended = deps.keys.revoke(&record.id, deps.clock.now()).await;
                ended.map_err(|error| Trouble::away(language, error))?;
                return Err(trouble);
            }
            page(&deps, &caller, News::Made(key.expose_secret().to_owned())).await
        }
        Ok(None) => page(&deps, &caller, News::MadeAlready).await,
        Err(KeysError::TooManyActive(_)) => page(&deps, &caller, News::TooMany).await,
        Err(error) => Err(Trouble::away(language, error)),
    }
}

fn wanted(deps: &Deps, caller: &Caller<Settles>, form: &Wanted) -> Option<NewKey> {
    // Every form of ours has it.
    if form.once.is_empty() {
        return None;
    }
    let scope = Scope::parse(&form.scope)?;
    let expires_at = match form.days.trim() {
        "" => None,
        days => {
            let days: u16 = days.parse().ok().filter(|days| *days > 0)?;
            Some(deps.clock.now().checked_add(SignedDuration::from_hours(i64::from(days) * 24)).ok()?)
        }
    };
    Some(NewKey {
        company_id: caller.who.scope.company().clone(),
        scopes: Scopes::from_iter([scope]),
        expires_at,
    })
}

pub(crate) async fn end(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Posted { caller, .. }: Posted<Settles, Nothing>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let id = KeyId::parse(&id).ok_or(Trouble::NotThere(language))?;
    let found = deps.keys.find(&id).await.map_err(|error| Trouble::away(language, error))?;
    // Another company's key is none.
    let is_own = found.is_some_and(|key| key.company_id == *caller.who.scope.company() && !id.is_custom());
    if !is_own {
        return Err(Trouble::NotThere(language));
    }
    written(&deps, &caller, Action::EndedKey, language).await?;
    let ended = deps.keys.revoke(&id, deps.clock.now()).await;
    ended.map_err(|error| Trouble::away(language, error))?;
    Ok(Redirect::to("/panel/keys").into_response())
}

async fn written(
    deps: &Deps,
    caller: &Caller<Settles>,
    action: Action,
    language: Language,
) -> Result<(), Trouble> {
    deps.wrote_down(&caller.who, action, None).await.map_err(|error| Trouble::away(language, error))
}
