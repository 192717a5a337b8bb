//! The company's names and words, one in each line.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::{
    domain::glossary::{BadTerms, InvalidTerm, Source, Term},
    repositories::{
        audit::Action,
        glossaries::{ReplaceError, StoredGlossary},
    },
};

use super::written;
use crate::{
    Deps,
    caller::{Caller, Posted, Settles},
    page::{Frame, Trouble, render},
    texts::{self, settings::Glossary as Words},
};

#[derive(Template)]
#[template(path = "settings_glossary.html")]
struct Page {
    frame: Frame,
    version: u64,
    typed: String,
    learned: Vec<String>,
    complaint: Option<String>,
    saved: bool,
}

/// Whether what stands there was saved just now.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    saved: bool,
}

/// The form as it comes back.
#[derive(Deserialize)]
pub(crate) struct Typed {
    version: String,
    #[serde(default)]
    terms: String,
}

/// What the page says above the terms.
enum Said {
    Complaint(String),
    Saved,
    Nothing,
}

fn page(
    deps: &Deps,
    caller: &Caller<Settles>,
    stored: &StoredGlossary,
    typed: Option<String>,
    said: Said,
) -> Result<Response, Trouble> {
    let entries = stored.glossary.entries();
    let lines = || entries.iter().map(|entry| entry.term.expose().as_str()).collect::<Vec<_>>().join("\n");
    let learned = entries.iter().filter(|entry| entry.source == Source::Learned);
    let (complaint, saved) = match said {
        Said::Complaint(complaint) => (Some(complaint), false),
        Said::Saved => (None, true),
        Said::Nothing => (None, false),
    };
    let page = Page {
        frame: Frame::inside(deps, &caller.who, caller.language),
        version: stored.version,
        typed: typed.unwrap_or_else(lines),
        learned: learned.map(|entry| entry.term.expose().clone()).collect(),
        complaint,
        saved,
    };
    render(&page, caller.language)
}

async fn stored(deps: &Deps, caller: &Caller<Settles>) -> Result<StoredGlossary, Trouble> {
    let stored = deps.settings.glossaries.terms(&caller.who.scope).await;
    stored.map_err(|error| Trouble::away(caller.language, error))
}

pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Settles>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let stored = stored(&deps, &caller).await?;
    page(&deps, &caller, &stored, None, if asked.saved { Said::Saved } else { Said::Nothing })
}

/// Puts what was typed in place of all terms. What was typed for another version, or cannot be terms, is shown again with
/// a word about it.
pub(crate) async fn save(
    State(deps): State<Arc<Deps>>,
    Posted { caller, form }: Posted<Settles, Typed>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let words = &texts::of(language).settings.glossary;
    let version: u64 = form.version.parse().map_err(|_| Trouble::Unreadable(language))?;
    let before = stored(&deps, &caller).await?;
    let again = |stored: &StoredGlossary, complaint: String| {
        page(&deps, &caller, stored, Some(form.terms.clone()), Said::Complaint(complaint))
    };
    let terms = match terms(&form.terms, words) {
        Ok(terms) => terms,
        Err(complaint) => return again(&before, complaint),
    };
    if before.version != version {
        return again(&before, words.stale.to_owned());
    }
    if let Err(bad) = before.glossary.clone().replace(terms.clone(), deps.clock.now()) {
        return again(&before, told(bad, &terms, words));
    }
    written(&deps, &caller, Action::ChangedGlossary).await?;
    let replaced =
        deps.settings.glossaries.replace(&caller.who.scope, terms.clone(), version, deps.clock.now()).await;
    match replaced {
        Ok(_) => Ok(Redirect::to("/panel/settings/glossary?saved=true").into_response()),
        Err(ReplaceError::Changed) => again(&stored(&deps, &caller).await?, words.stale.to_owned()),
        Err(ReplaceError::Terms(bad)) => again(&before, told(bad, &terms, words)),
        Err(ReplaceError::Table(error)) => Err(Trouble::away(language, error)),
    }
}

/// The terms of the lines, or the first that is none, with why.
fn terms(typed: &str, words: &Words) -> Result<Vec<Term>, String> {
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    let term = |line: &str| {
        Term::parse(line).map_err(|invalid| {
            let why = match invalid {
                InvalidTerm::Empty => words.empty,
                InvalidTerm::TooLong => words.too_long,
            };
            format!("“{line}” {why}.")
        })
    };
    lines.map(term).collect()
}

fn told(bad: BadTerms, terms: &[Term], words: &Words) -> String {
    match bad {
        BadTerms::TooMany => words.too_many.to_owned(),
        BadTerms::Twice(at) => {
            let term = terms.get(at).map_or("", |term| term.expose().as_str());
            format!("“{term}” {}.", words.twice)
        }
    }
}
