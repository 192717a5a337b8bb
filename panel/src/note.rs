//! One message: how far it is, what was said, what was made of it, and what can be done about it.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::{
    domain::{
        analysis::{Analysis, Record},
        ids::MessageId,
        language::Language,
        note::{Note, Stage, Understood},
        user::Role,
    },
    repositories::audit::Action,
    use_cases::{replay::send_again, sign_in::SignedIn},
};

use crate::{
    Deps,
    caller::{Acts, Caller, Looks, Nothing, Posted},
    inbox::{dollars, sender_of, words_of},
    page::{Frame, Trouble, render, rfc3339},
    quotes::{self, Part},
    recording,
    steps::{self, State as Outcome, Step},
    texts::Said,
};

#[derive(Template)]
#[template(path = "note.html")]
struct Page<'a> {
    frame: Frame,
    id: String,
    title: String,
    at: String,
    sender: String,
    label: Option<&'static str>,
    state: &'static str,
    state_name: &'static str,
    withdrawn: bool,
    steps: Vec<Step>,
    failure: Option<Said>,
    may_replay: bool,
    sent_again: bool,
    recording: bool,
    words: Vec<Part<'a>>,
    records: Vec<Shown<'a>>,
    remarks: Vec<Remarked<'a>>,
    cost: Option<String>,
}

/// A record as the page shows it.
struct Shown<'a> {
    intent: &'static str,
    tag: &'a str,
    title: &'a str,
    /// Its paragraphs, those that say something.
    texts: Vec<&'a str>,
    items: Vec<&'a str>,
}

/// A correction in its sender's words.
struct Remarked<'a> {
    at: String,
    words: &'a str,
}

#[derive(Deserialize)]
pub(crate) struct Just {
    #[serde(default)]
    sent: bool,
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
    let frame = Frame::inside(&deps, &caller.who, caller.language);
    let t = frame.t;
    let words = words_of(&note);
    let analyses: Vec<&Analysis> = note.understood().into_iter().flat_map(Understood::records).collect();
    let quotes: Vec<&str> = analyses.iter().flat_map(|analysis| quotes_of(&analysis.record)).collect();
    let failure = note.failure().filter(|_| note.stage() == Stage::Failed);
    let outcome = Outcome::of(&note);
    let revised = note.revised();
    let page = Page {
        id: note.message().id.to_string(),
        title: analyses.first().map_or(t.about, |analysis| analysis.record.title()).to_owned(),
        at: rfc3339(note.message().received_at),
        sender: sender_of(&note),
        label: t.purpose_of(&note),
        state: outcome.as_str(),
        state_name: outcome.name(t),
        withdrawn: revised.withdrawn,
        steps: steps::of(&note, t),
        failure: failure.map(|failure| t.reason_of(failure.reason)),
        may_replay: failure.is_some() && caller.who.may(Role::Staff),
        sent_again: just.sent,
        recording: recording::of(&note).is_some(),
        words: quotes::marked(&words, &quotes),
        records: analyses.iter().map(|analysis| shown(analysis, &frame)).collect(),
        remarks: revised
            .remarks
            .iter()
            .map(|remark| Remarked { at: rfc3339(remark.at), words: remark.words.expose() })
            .collect(),
        cost: deps.prices.map(|prices| dollars(prices, &note)),
        frame,
    };
    render(&page, caller.language)
}

fn quotes_of(record: &Record) -> Vec<&str> {
    match record {
        Record::Job { action_items, .. } => action_items.iter().map(|item| item.quote.as_str()).collect(),
        Record::Document { .. } | Record::Other { .. } => Vec::new(),
    }
}

fn shown<'a>(analysis: &'a Analysis, frame: &Frame) -> Shown<'a> {
    let record = &analysis.record;
    let (texts, items): ([Option<&str>; 3], Vec<&str>) = match record {
        Record::Job { summary, job, context, action_items } => {
            let items = action_items.iter().map(|item| item.text.as_str()).collect();
            ([Some(summary), Some(job), context.as_deref()], items)
        }
        Record::Document { summary, context, .. } => ([Some(summary), context.as_deref(), None], Vec::new()),
        Record::Other { summary } => ([summary.as_deref(), None, None], Vec::new()),
    };
    let mut said: Vec<&str> = texts.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    said.dedup();
    Shown {
        intent: frame.t.intent_of(record.intent()),
        tag: analysis.tag.as_str(),
        title: record.title(),
        texts: said,
        items,
    }
}

/// Has a note that was given up tried again, from where it failed.
pub(crate) async fn replay(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Posted { caller, .. }: Posted<Acts, Nothing>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let note = find(&deps, &caller.who, language, &id).await?;
    let id = note.message().id.clone();
    if note.stage() == Stage::Failed {
        // Written down first: what was done must not be missing there.
        let written = deps.wrote_down(&caller.who, Action::Replayed, Some(id.clone())).await;
        written.map_err(|error| Trouble::away(language, error))?;
        let sent = send_again(&deps.notes, &*deps.queue, &id).await;
        sent.map_err(|error| Trouble::away(language, error))?;
    }
    Ok(Redirect::to(&format!("/panel/notes/{id}?sent=true")).into_response())
}
