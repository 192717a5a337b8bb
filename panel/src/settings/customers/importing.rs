//! All of the company's people at once, as JSON.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::{domain::customer_file::PeopleChange, repositories::audit::Action};

use super::{Complaint, changing::make, people};
use crate::{
    Deps,
    caller::{Caller, Posted, Settles},
    page::{Frame, Trouble, render},
    texts,
};

#[derive(Template)]
#[template(path = "settings_import.html")]
struct Page {
    frame: Frame,
    version: String,
    text: String,
    complaint: Option<Complaint>,
}

/// The form as it comes back.
#[derive(Deserialize)]
pub(crate) struct Typed {
    /// Of the entries that were looked at.
    version: String,
    #[serde(default)]
    text: String,
}

/// What there is, to be changed and imported again.
pub(crate) async fn form(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Settles>,
) -> Result<Response, Trouble> {
    let people = people(&deps, &caller).await?;
    let frame = Frame::inside(&deps, &caller.who, caller.language);
    let page = Page { frame, version: people.version, text: people.export, complaint: None };
    render(&page, caller.language)
}

pub(crate) async fn import(
    State(deps): State<Arc<Deps>>,
    Posted { caller, form }: Posted<Settles, Typed>,
) -> Result<Response, Trouble> {
    let change = PeopleChange::Import { version: form.version, text: form.text.clone() };
    let refused = match make(&deps, &caller, &change, Action::ImportedPeople).await? {
        Ok(()) => return Ok(Redirect::to("/panel/settings/customers").into_response()),
        Err(refused) => refused,
    };
    let words = &texts::of(caller.language).settings.customers;
    let page = Page {
        frame: Frame::inside(&deps, &caller.who, caller.language),
        // As it is now: whoever was told that it was changed may save it after all.
        version: people(&deps, &caller).await?.version,
        text: form.text,
        complaint: Some(Complaint::about(refused, words)),
    };
    render(&page, caller.language)
}
