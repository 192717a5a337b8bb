//! What there is to settle, what the budgets are, and the language of the pages in this browser.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Deserialize;
use shared::{domain::language::Language, repositories::budgets::Today};

use crate::{
    Deps,
    caller::{Caller, Looks, Posted, Settles},
    cookies,
    page::{Frame, Trouble, render},
    texts::Texts,
};

/// For how long a language is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 365);
/// The languages, each in its own words.
const LANGUAGES: [(Language, &str); 3] =
    [(Language::En, "English"), (Language::De, "Deutsch"), (Language::Pl, "Polski")];

#[derive(Template)]
#[template(path = "settings.html")]
struct Page {
    frame: Frame,
    languages: Vec<(&'static str, &'static str, bool)>,
    /// Whether the user has a language of their own.
    is_fixed: bool,
    budgets: Vec<Budget>,
}

/// What is used of a budget, where it is counted, and what there may be; `None`: any number.
struct Budget {
    name: &'static str,
    used: Option<String>,
    most: Option<String>,
}

/// Which language.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    language: String,
}

pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Settles>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let today = deps.settings.budgets.today(caller.who.scope.company(), deps.clock.now()).await;
    let today = today.map_err(|error| Trouble::away(caller.language, error))?;
    let frame = Frame::inside(&deps, &caller.who, caller.language);
    let chosen = cookies::read(&headers, cookies::LANGUAGE).and_then(Language::parse);
    let language = |(each, name): (Language, &'static str)| (each.code(), name, chosen == Some(each));
    let page = Page {
        languages: LANGUAGES.map(language).into(),
        is_fixed: caller.who.user.language.is_some(),
        budgets: budgets(&today, frame.t),
        frame,
    };
    render(&page, caller.language)
}

fn budgets(today: &Today, t: &Texts) -> Vec<Budget> {
    let limits = today.budgets;
    let most = |most: u64| (most > 0).then(|| most.to_string());
    // Where nothing of a day is bounded nothing is counted, either.
    let is_counted = limits.company_audio_minutes_per_day > 0 || limits.company_tokens_per_day > 0;
    let of_day = |name, used: u64, limit| {
        let used = is_counted.then(|| used.to_string());
        Budget { name, used, most: most(limit) }
    };
    let of_person = |name, limit: u32| Budget { name, used: None, most: most(limit.into()) };
    vec![
        of_day(t.settings.minutes, today.audio_seconds.div_ceil(60), limits.company_audio_minutes_per_day),
        of_day(t.settings.tokens, today.tokens, limits.company_tokens_per_day),
        of_person(t.settings.per_minute, limits.sender_per_minute),
        of_person(t.settings.per_hour, limits.sender_per_hour),
    ]
}

/// Remembers a language for this browser, or forgets it.
pub(crate) async fn speak(
    State(deps): State<Arc<Deps>>,
    Posted { caller, form }: Posted<Looks, Chosen>,
) -> Result<Response, Trouble> {
    let cookie = match Language::parse(&form.language) {
        Some(language) => {
            let code = SecretString::from(language.code());
            cookies::set(cookies::LANGUAGE, &code, REMEMBERED, deps.secure)
        }
        None if form.language.is_empty() => cookies::remove(cookies::LANGUAGE, deps.secure),
        None => return Err(Trouble::Unreadable(caller.language)),
    };
    let cookie = cookie.ok_or(Trouble::Unreadable(caller.language))?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/panel/settings")).into_response())
}
