//! Who did what, for the owners of a company.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};
use shared::repositories::audit::MAX_LISTED;

use crate::{
    Deps,
    caller::{Caller, Settles},
    page::{Frame, Trouble, render, rfc3339},
};

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    frame: Frame,
    lines: Vec<Line>,
}

struct Line {
    at: String,
    who: String,
    what: &'static str,
    note: Option<String>,
}

pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Settles>,
) -> Result<Response, Trouble> {
    let entries = deps.audit.list(&caller.who.scope, MAX_LISTED).await;
    let entries = entries.map_err(|error| Trouble::away(caller.language, error))?;
    let frame = Frame::inside(&deps, &caller.who, caller.language);
    let lines = entries.into_iter().map(|entry| Line {
        at: rfc3339(entry.at),
        who: entry.who.expose().to_owned(),
        what: frame.t.action_of(entry.action),
        note: entry.note.map(|note| note.to_string()),
    });
    render(&Page { lines: lines.collect(), frame }, caller.language)
}
