//! A person is added, changed and removed.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::{
    domain::{
        customer_file::{PeopleChange, PersonForm, Refused, masked_pin},
        identity::Identity,
        ids::CustomerId,
    },
    repositories::audit::Action,
    use_cases::tend_customers::TendError,
};

use super::{Complaint, Form, find, one_page, page, trouble};
use crate::{
    Deps,
    caller::{Caller, Nothing, Posted, Settles},
    page::Trouble,
    settings::written,
    texts::{self, settings::Customers as Words},
};

const LIST: &str = "/panel/settings/customers";

/// A person as the form comes back.
#[derive(Deserialize)]
pub(crate) struct Typed {
    customer_id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    numbers: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    trade: String,
}

impl Typed {
    fn person(&self) -> PersonForm {
        let numbers = self.numbers.lines().map(str::trim).filter(|line| !line.is_empty());
        PersonForm {
            customer_id: self.customer_id.trim().to_owned(),
            name: self.name.clone(),
            numbers: numbers.map(str::to_owned).collect(),
            language: self.language.clone(),
            role: self.role.clone(),
            trade: self.trade.clone(),
        }
    }

    /// What people type wrongly most often, in their own language.
    fn complaint(&self, words: &Words) -> Option<Complaint> {
        let person = self.person();
        if CustomerId::parse(&person.customer_id).is_err() {
            return Some(Complaint::of(words.bad_id));
        }
        // Whether there is a PIN that a masked one stands for is seen when the change is made.
        let is_good = |raw: &String| Identity::parse(raw).is_ok() || masked_pin(raw).is_some();
        let is_bad = person.numbers.is_empty() || !person.numbers.iter().all(is_good);
        is_bad.then(|| Complaint::of(words.bad_number))
    }
}

/// Makes a change after it was written down. What cannot be made is written down nowhere, and why is told.
pub(super) async fn make(
    deps: &Deps,
    caller: &Caller<Settles>,
    change: &PeopleChange,
    action: Action,
) -> Result<Result<(), Refused>, Trouble> {
    let (people, scope) = (&deps.settings.customers, &caller.who.scope);
    let made = match people.check(scope, change).await {
        Ok(()) => {
            written(deps, caller, action).await?;
            people.change(scope, change).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(()) => Ok(Ok(())),
        Err(TendError::Refused(refused)) => Ok(Err(refused)),
        Err(error) => Err(trouble(caller, error)),
    }
}

/// What is said about one person.
fn about_one(refused: Refused, words: &Words) -> Complaint {
    match refused {
        Refused::Taken(_) => Complaint::of(words.taken),
        other => Complaint::about(other, words),
    }
}

pub(crate) async fn add(
    State(deps): State<Arc<Deps>>,
    Posted { caller, form: typed }: Posted<Settles, Typed>,
) -> Result<Response, Trouble> {
    let words = &texts::of(caller.language).settings.customers;
    let form = || Form { person: typed.person(), numbers: typed.numbers.clone() };
    if let Some(complaint) = typed.complaint(words) {
        return page(&deps, &caller, (form(), Some(complaint))).await;
    }
    let change = PeopleChange::Add(typed.person());
    match make(&deps, &caller, &change, Action::AddedPerson).await? {
        Ok(()) => Ok(Redirect::to(LIST).into_response()),
        Err(refused) => page(&deps, &caller, (form(), Some(about_one(refused, words)))).await,
    }
}

/// Changes a person. If the entry is another one by now, or gone, what was typed is shown above the list, as somebody new.
pub(crate) async fn edit(
    State(deps): State<Arc<Deps>>,
    Path(mark): Path<String>,
    Posted { caller, form: typed }: Posted<Settles, Typed>,
) -> Result<Response, Trouble> {
    let words = &texts::of(caller.language).settings.customers;
    let complaint = match typed.complaint(words) {
        Some(complaint) => complaint,
        None => {
            let change = PeopleChange::Edit { mark: mark.clone(), person: typed.person() };
            match make(&deps, &caller, &change, Action::ChangedPerson).await? {
                Ok(()) => return Ok(Redirect::to(LIST).into_response()),
                Err(refused) => about_one(refused, words),
            }
        }
    };
    let form = Form { person: typed.person(), numbers: typed.numbers };
    match find(&deps, &caller, &mark).await? {
        Some(entry) => one_page(&deps, &caller, entry, Some((form, complaint))),
        None => page(&deps, &caller, (form, Some(Complaint::of(words.stale)))).await,
    }
}

pub(crate) async fn remove(
    State(deps): State<Arc<Deps>>,
    Path(mark): Path<String>,
    Posted { caller, .. }: Posted<Settles, Nothing>,
) -> Result<Response, Trouble> {
    match make(&deps, &caller, &PeopleChange::Remove { mark }, Action::RemovedPerson).await? {
        Ok(()) => Ok(Redirect::to(LIST).into_response()),
        Err(_) => Err(Trouble::NotThere(caller.language)),
    }
}
