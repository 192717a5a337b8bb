//! The people who write to the company, and all that was said with each of them.

mod by_phone;
mod thread;
mod writing;

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};
use shared::{
    domain::{digest::Digest, ids::CustomerId, note::Note},
    repositories::inbox::{MAX_LISTED, Sought},
};

pub(crate) use self::{
    thread::{news, show as thread},
    writing::{remark, take, write},
};
use crate::{
    Deps,
    caller::{Caller, Looks},
    inbox::{beginning, sender_of, words_of},
    page::{Frame, Trouble, render, rfc3339},
};

/// Notes that are looked at for them, those of the office among them.
const LOOKED_AT: usize = 1_000;

#[derive(Template)]
#[template(path = "people.html")]
struct Page {
    frame: Frame,
    people: Vec<Person>,
}

/// Somebody who wrote lately.
struct Person {
    id: String,
    name: String,
    at: String,
    words: String,
    messages: usize,
}

/// Those of the newest messages, who wrote last first.
pub(crate) async fn show(State(deps): State<Arc<Deps>>, caller: Caller<Looks>) -> Result<Response, Trouble> {
    let found = deps.inbox.list(&caller.who.scope, None, MAX_LISTED, LOOKED_AT, &FromPeople).await;
    let found = found.map_err(|error| Trouble::away(caller.language, error))?;
    let mut people: Vec<(CustomerId, Person)> = Vec::new();
    for note in &found.notes {
        let id = &note.sender().customer_id;
        match people.iter_mut().find(|(known, _)| known == id) {
            Some((_, person)) => person.messages += 1,
            None => people.push((id.clone(), person(note))),
        }
    }
    let people = people.into_iter().map(|(_, person)| person).collect();
    let frame = Frame::inside(&deps, &caller.who, caller.language);
    render(&Page { frame, people }, caller.language)
}

/// What people sent, and not what the office did in their names.
struct FromPeople;

impl Sought for FromPeople {
    fn may_be(&self, digest: &Digest) -> bool {
        !digest.kind.is_ordered()
    }

    fn is(&self, note: &Note) -> bool {
        !note.purpose().is_ordered()
    }
}

fn person(note: &Note) -> Person {
    Person {
        id: note.sender().customer_id.to_string(),
        name: sender_of(note),
        at: rfc3339(note.message().received_at),
        words: beginning(&words_of(note)),
        messages: 1,
    }
}
