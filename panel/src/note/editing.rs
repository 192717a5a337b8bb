//! A record put right by hand.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::{
    domain::{
        analysis::Record,
        intent::Intent,
        note::{Note, Understood},
        office_change::OfficeEdit,
        record_form::RecordForm,
    },
    repositories::audit::Action,
};

use super::{acting::ask, find, view::title_of};
use crate::{
    Deps,
    caller::{Acts, Caller, Posted},
    page::{Frame, Trouble, render},
};

#[derive(Template)]
#[template(path = "note_edit.html")]
struct Page {
    frame: Frame,
    id: String,
    name: String,
    part: usize,
    version: u32,
    intents: Vec<(&'static str, &'static str, bool)>,
    form: RecordForm,
    items: String,
    told: bool,
    complaint: Option<&'static str>,
    /// What the record says now, where that is not what was typed over.
    now: Vec<String>,
}

/// Which of a note's records.
#[derive(Deserialize)]
pub(crate) struct Which {
    #[serde(default = "first")]
    part: usize,
}

const fn first() -> usize {
    1
}

/// The form as it comes back.
#[derive(Deserialize)]
pub(crate) struct Typed {
    part: String,
    /// The version that was looked at.
    version: String,
    intent: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    context: String,
    #[serde(default)]
    items: String,
    told: Option<String>,
}

impl Typed {
    fn form(&self) -> RecordForm {
        RecordForm {
            title: self.title.clone(),
            text: self.text.clone(),
            context: self.context.clone(),
            items: self.items.lines().map(str::to_owned).collect(),
        }
    }
}

/// The records of a note that can be changed.
fn records_of(note: &Note) -> Vec<Record> {
    let understood = note.understood().filter(|_| note.is_changeable());
    let records = understood.into_iter().flat_map(Understood::records);
    records.map(|analysis| analysis.record.clone()).collect()
}

/// The record with this number, from 1.
fn record_of(records: &[Record], part: usize) -> Option<&Record> {
    records.get(part.checked_sub(1)?)
}

fn texts_of(note: &Note, part: usize) -> Vec<String> {
    let records = records_of(note);
    let texts = record_of(&records, part).map(Record::texts).unwrap_or_default();
    texts.into_iter().map(str::to_owned).collect()
}

fn page(
    deps: &Deps,
    caller: &Caller<Acts>,
    note: &Note,
    (part, intent, form): (usize, Intent, RecordForm),
    (told, complaint): (bool, Option<&'static str>),
) -> Result<Response, Trouble> {
    let frame = Frame::inside(deps, &caller.who, caller.language);
    let choice = |each: Intent| (each.as_str(), frame.t.intent_of(each), each == intent);
    let page = Page {
        id: note.message().id.to_string(),
        name: title_of(note, frame.t),
        part,
        version: note.revised().version,
        intents: Intent::ALL.map(choice).into(),
        items: form.items.join("\n"),
        form,
        told,
        now: if complaint == Some(frame.t.changed_meanwhile) { texts_of(note, part) } else { Vec::new() },
        complaint,
        frame,
    };
    render(&page, caller.language)
}

pub(crate) async fn edit(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Acts>,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let note = find(&deps, &caller.who, caller.language, &id).await?;
    let records = records_of(&note);
    let record = record_of(&records, which.part).ok_or(Trouble::NotThere(caller.language))?;
    let filled = (which.part, record.intent(), RecordForm::of(record));
    page(&deps, &caller, &note, filled, (true, None))
}

/// Has the record changed to what was typed. What was typed for another version than there is now, or says nothing, is
/// shown again with a word about it.
pub(crate) async fn save(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Posted { caller, form: typed }: Posted<Acts, Typed>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let note = find(&deps, &caller.who, language, &id).await?;
    let mut records = records_of(&note);
    let part: usize = typed.part.parse().map_err(|_| Trouble::Unreadable(language))?;
    let intent = Intent::parse(&typed.intent).ok_or(Trouble::Unreadable(language))?;
    let before = record_of(&records, part).ok_or(Trouble::NotThere(language))?.clone();
    let (form, told, t) = (typed.form(), typed.told.is_some(), crate::texts::of(language));
    if note.revised().withdrawn {
        return page(&deps, &caller, &note, (part, intent, form), (told, Some(t.withdrawn_meanwhile)));
    }
    if typed.version != note.revised().version.to_string() {
        return page(&deps, &caller, &note, (part, intent, form), (told, Some(t.changed_meanwhile)));
    }
    if !form.fits(intent) {
        return page(&deps, &caller, &note, (part, intent, form), (told, Some(t.too_long)));
    }
    let Some(record) = form.record(intent, &before) else {
        return page(&deps, &caller, &note, (part, intent, form), (told, Some(t.says_nothing)));
    };
    if record == before {
        return Ok(Redirect::to(&format!("/panel/notes/{}", note.message().id)).into_response());
    }
    if let Some(place) = part.checked_sub(1).and_then(|at| records.get_mut(at)) {
        *place = record;
    }
    ask(&deps, &caller, &note, (OfficeEdit::Records(records), Action::Edited), told).await
}
