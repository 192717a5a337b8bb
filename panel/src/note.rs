//! One message: how far it is, what was said, what was made of it, and what can be done about it. The page keeps itself
//! as it is: it asks for what has changed, and only that is sent.

mod acting;
mod editing;
mod history;
mod view;

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::HeaderMap,
    response::Response,
};
use serde::Deserialize;
use shared::{
    domain::{ids::MessageId, language::Language, note::Note},
    use_cases::sign_in::SignedIn,
};

use self::view::View;
pub(crate) use self::{
    acting::{change, replay},
    editing::{edit, save},
    view::is_picture,
};
use crate::{
    Deps,
    caller::{Caller, Looks},
    live,
    page::{Frame, Trouble, render},
    recording,
    waveform::{self, Waveform},
};

#[derive(Template)]
#[template(path = "note.html")]
struct Page {
    frame: Frame,
    id: String,
    title: String,
    recording: bool,
    waveform: Option<Waveform>,
    /// What is asked for again and again, as it is now.
    live: String,
    tag: String,
    news: String,
}

/// What was done just now.
#[derive(Default, Deserialize)]
pub(crate) struct Just {
    /// It was sent to be tried again.
    #[serde(default)]
    sent: bool,
    /// The id of a change that was asked for.
    change: Option<String>,
}

impl Just {
    fn address(&self, id: &MessageId) -> String {
        let change = self.change.as_deref().and_then(|change| MessageId::parse(change).ok());
        match change {
            Some(change) => format!("/panel/notes/{id}/news?change={change}"),
            None => format!("/panel/notes/{id}/news"),
        }
    }
}

/// The company's note of this id.
pub(crate) async fn find(deps: &Deps, who: &SignedIn, language: Language, id: &str) -> Result<Note, Trouble> {
    let id = MessageId::parse(id).map_err(|_| Trouble::NotThere(language))?;
    let found = deps.inbox.find(&who.scope, &id).await.map_err(|error| Trouble::away(language, error))?;
    found.ok_or(Trouble::NotThere(language))
}

pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Looks>,
    Path(id): Path<String>,
    Query(just): Query<Just>,
) -> Result<Response, Trouble> {
    let note = find(&deps, &caller.who, caller.language, &id).await?;
    let view = View::of(&deps, &caller, &note, &just).await?;
    let live = view.render().map_err(|error| Trouble::away(caller.language, error))?;
    let page = Page {
        id: note.message().id.to_string(),
        title: view::title_of(&note, view.frame.t),
        recording: recording::of(&note).is_some(),
        waveform: waveform::of(&note, view.frame.t),
        tag: live::tag_of(&live),
        news: just.address(&note.message().id),
        live,
        frame: Frame::inside(&deps, &caller.who, caller.language),
    };
    render(&page, caller.language)
}

/// The page as it is now, if it is another than what is shown.
pub(crate) async fn news(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Looks>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Query(just): Query<Just>,
) -> Result<Response, Trouble> {
    let note = find(&deps, &caller.who, caller.language, &id).await?;
    let view = View::of(&deps, &caller, &note, &just).await?;
    let live = view.render().map_err(|error| Trouble::away(caller.language, error))?;
    Ok(live::answer(&headers, live))
}
