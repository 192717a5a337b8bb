//! The inbox: all messages of the company, newest first, which keeps itself up to date while it is looked at.

mod filter;
mod row;

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use shared::repositories::inbox::Place;

use self::{
    filter::{Asked, Filter},
    row::Row,
};
pub(crate) use self::{
    filter::{sender_of, words_of},
    row::{beginning, dollars},
};
use crate::{
    Deps,
    caller::{Caller, Looks},
    live,
    page::{Frame, Trouble, render},
};

/// Rows of one page.
const ROWS: usize = 50;
/// Messages that are looked at for one page, or ten times as many of which their digest says enough: what is asked for
/// may be rare.
const LOOKED_AT: usize = 2_000;
/// The same for what is new, which is asked for every two seconds and stands at the beginning.
const LOOKED_AT_FOR_NEWS: usize = 200;

#[derive(Template)]
#[template(path = "inbox.html")]
struct Page {
    frame: Frame,
    filter: Asked,
    states: Vec<Choice>,
    intents: Vec<Choice>,
    rows: Vec<Row>,
    tag: String,
    /// How the list asks for what is new; `None` where it shows older messages.
    news: Option<String>,
    newest: Option<String>,
    older: Option<String>,
}

/// One of the values of a filter.
struct Choice {
    value: &'static str,
    name: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "inbox_rows.html")]
struct Rows {
    frame: Frame,
    rows: Vec<Row>,
}

struct Found {
    rows: Vec<Row>,
    next: Option<Place>,
}

async fn find(
    deps: &Deps,
    caller: &Caller<Looks>,
    frame: &Frame,
    asked: &Asked,
    look_at: usize,
) -> Result<Found, Trouble> {
    let filter = Filter::of(asked);
    let after = asked.after.as_deref().and_then(Place::parse);
    let found = deps.inbox.list(&caller.who.scope, after, ROWS, look_at, &filter);
    let page = found.await.map_err(|error| Trouble::away(caller.language, error))?;
    let rows = page.notes.iter().map(|note| Row::of(note, frame, deps.prices)).collect();
    Ok(Found { rows, next: page.next })
}

pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Looks>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let frame = Frame::inside(&deps, &caller.who, caller.language);
    let Found { rows, next } = find(&deps, &caller, &frame, &asked, LOOKED_AT).await?;
    // A row that is of the asked state no more would stay: such a list is as it was when it was asked for.
    let is_live = asked.after.is_none() && asked.state.is_empty();
    let newest = (!is_live).then(|| asked.address("/panel", None));
    let news = is_live.then(|| asked.address("/panel/news", None));
    let older = next.map(|place| asked.address("/panel", Some(place.as_str())));
    let tag = row::tag_of(&rows);
    let (states, intents) = (asked.states(frame.t), asked.intents(frame.t));
    let page = Page { frame, filter: asked, states, intents, rows, tag, news, newest, older };
    render(&page, caller.language)
}

/// The rows that a list does not show as they are now.
pub(crate) async fn news(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Looks>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let frame = Frame::inside(&deps, &caller.who, caller.language);
    let asked = Asked { after: None, ..asked };
    let Found { mut rows, .. } = find(&deps, &caller, &frame, &asked, LOOKED_AT_FOR_NEWS).await?;
    let now = row::tag_of(&rows);
    let known = headers.get(live::TAG).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if known == now {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    rows.retain(|row| !row.is_in(known));
    Ok(live::tagged(render(&Rows { frame, rows }, caller.language)?, now))
}
