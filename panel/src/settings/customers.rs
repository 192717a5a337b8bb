//! Who is known, of this company only: a list, and a page for each person.

mod changing;
mod importing;

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use shared::{
    domain::customer_file::{Listed, PersonForm, Refused, masked_pin},
    use_cases::tend_customers::{People, TendError},
};

pub(crate) use self::{
    changing::{add, edit, remove},
    importing::{form, import},
};
use crate::{
    Deps,
    caller::{Caller, Settles},
    page::{Frame, Trouble, render},
    texts::settings::Customers as Words,
};

#[derive(Template)]
#[template(path = "settings_customers.html")]
struct Page {
    frame: Frame,
    lines: Vec<Line>,
    form: Form,
    complaint: Option<Complaint>,
}

#[derive(Template)]
#[template(path = "settings_customer.html")]
struct OnePage {
    frame: Frame,
    mark: String,
    form: Form,
    complaint: Option<Complaint>,
    faults: Vec<String>,
    doubtful: bool,
    /// Whether what is masked has to be explained.
    has_pin: bool,
}

/// A person of the list.
struct Line {
    mark: String,
    id: String,
    name: String,
    numbers: String,
    role: String,
    left_out: bool,
    doubtful: bool,
}

/// What the form of a person shows.
#[derive(Default)]
struct Form {
    person: PersonForm,
    numbers: String,
}

/// What is said about what was typed.
struct Complaint {
    text: &'static str,
    /// What the check says, by line. In English, as `hark customers check` says it.
    faults: Vec<(usize, String)>,
}

impl Form {
    fn of(person: PersonForm) -> Self {
        Self { numbers: person.numbers.join("\n"), person }
    }
}

impl Complaint {
    const fn of(text: &'static str) -> Self {
        Self { text, faults: Vec::new() }
    }

    /// What is said about a change that is none.
    fn about(refused: Refused, words: &Words) -> Self {
        match refused {
            Refused::Faults(faults) => Self {
                text: words.has_faults,
                faults: faults.into_iter().map(|fault| (fault.line, fault.reason)).collect(),
            },
            Refused::Taken(lines) => Self {
                text: words.has_faults,
                faults: lines.into_iter().map(|line| (line, words.taken.to_owned())).collect(),
            },
            Refused::TakenByOwn => Self::of(words.taken_by_own),
            Refused::NewPin => Self::of(words.new_pin),
            Refused::NoSuchPin => Self::of(words.no_such_pin),
            Refused::SameId => Self::of(words.same_id),
            Refused::Changed => Self::of(words.stale),
            Refused::TooLarge => Self::of(words.too_large),
        }
    }
}

fn line(entry: Listed) -> Line {
    Line {
        mark: entry.mark,
        id: entry.form.customer_id,
        name: entry.form.name,
        numbers: entry.form.numbers.join(", "),
        role: entry.form.role,
        left_out: entry.customer.is_none(),
        doubtful: entry.doubtful,
    }
}

/// The company's people.
async fn people(deps: &Deps, caller: &Caller<Settles>) -> Result<People, Trouble> {
    let people = deps.settings.customers.people(&caller.who.scope).await;
    people.map_err(|error| trouble(caller, error))
}

/// Why nothing can be shown or done.
fn trouble(caller: &Caller<Settles>, error: TendError) -> Trouble {
    match error {
        TendError::Unusable => Trouble::PeopleUnusable(caller.language),
        other => Trouble::away(caller.language, other),
    }
}

async fn page(
    deps: &Deps,
    caller: &Caller<Settles>,
    (form, complaint): (Form, Option<Complaint>),
) -> Result<Response, Trouble> {
    let people = people(deps, caller).await?;
    let frame = Frame::inside(deps, &caller.who, caller.language);
    let lines = people.entries.into_iter().map(line).collect();
    render(&Page { frame, lines, form, complaint }, caller.language)
}

fn one_page(
    deps: &Deps,
    caller: &Caller<Settles>,
    entry: Listed,
    typed: Option<(Form, Complaint)>,
) -> Result<Response, Trouble> {
    let has_pin = entry.form.numbers.iter().any(|number| masked_pin(number).is_some());
    let (form, complaint) = match typed {
        Some((form, complaint)) => (form, Some(complaint)),
        None => (Form::of(entry.form), None),
    };
    let page = OnePage {
        frame: Frame::inside(deps, &caller.who, caller.language),
        mark: entry.mark,
        form,
        complaint,
        faults: entry.faults.into_iter().map(|fault| fault.reason).collect(),
        doubtful: entry.doubtful,
        has_pin,
    };
    render(&page, caller.language)
}

/// The company's entry with this mark; `None`: it was changed or removed, or is no entry of the company.
async fn find(deps: &Deps, caller: &Caller<Settles>, mark: &str) -> Result<Option<Listed>, Trouble> {
    let people = people(deps, caller).await?;
    Ok(people.entries.into_iter().find(|entry| entry.mark == mark))
}

pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Settles>,
) -> Result<Response, Trouble> {
    page(&deps, &caller, (Form::default(), None)).await
}

pub(crate) async fn one(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Settles>,
    Path(mark): Path<String>,
) -> Result<Response, Trouble> {
    let found = find(&deps, &caller, &mark).await?;
    one_page(&deps, &caller, found.ok_or(Trouble::NotThere(caller.language))?, None)
}
