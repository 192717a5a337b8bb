//! `hark customers`: checks a customers.json, stores it for one machine or a stack, and fetches it.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use bytes::Bytes;
use serde::Serialize;
use shared::{
    config::Settings,
    domain::{
        customer_file::{CustomerFile, Fault, Reading},
        object_key::ObjectKey,
    },
    ports::objects::{Object, Replaced},
    use_cases::tended_files::TendedFiles,
};

use crate::{args::Customers, output, place::Place};

#[derive(Serialize)]
struct Checked {
    customers: usize,
    faults: Vec<Fault>,
}

/// How many a file knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Count {
    pub(crate) companies: usize,
    pub(crate) people: usize,
}

#[derive(Serialize)]
struct Stored {
    place: String,
    companies: usize,
    people: usize,
    before: Option<Count>,
}

/// What was there already and stays.
#[derive(Serialize)]
struct Kept {
    place: String,
    /// `None`: it cannot be read.
    kept: Option<Count>,
}

impl Kept {
    fn of(place: &Place, there: &Object) -> Self {
        let kept = CustomerFile::read(&there.bytes).ok().map(|reading| count(&reading.file));
        Self { place: place.name.clone(), kept }
    }
}

pub(crate) async fn run(command: Customers, settings: &Settings<'_>) -> anyhow::Result<()> {
    match command {
        Customers::Check { file, output } => {
            let bytes =
                tokio::fs::read(&file).await.with_context(|| format!("cannot read {}", file.display()))?;
            let checked = check(&bytes);
            output::print(output.form(), &checked, shown)?;
            if checked.faults.is_empty() { Ok(()) } else { bail!("{} has faults", file.display()) }
        }
        Customers::Put { file, if_absent, output } => {
            let bytes =
                tokio::fs::read(&file).await.with_context(|| format!("cannot read {}", file.display()))?;
            let place = Place::begin(settings)?;
            if if_absent && let Some(there) = fetch(&place).await? {
                let kept = Kept::of(&place, &there);
                return output::print(output.form(), &kept, |kept| {
                    format!("{} has a customers.json, which stays as it is", kept.place)
                });
            }
            let stored = put(&place, bytes).await?;
            output::print(output.form(), &stored, told)
        }
        Customers::Get { output } => {
            let place = Place::open(settings)?;
            let Some(object) = fetch(&place).await? else {
                bail!("{} has no customers.json yet: `hark customers put FILE` stores one", place.name);
            };
            let text = std::str::from_utf8(&object.bytes).context("customers.json is not UTF-8")?;
            // It is JSON already, and printed as it stands.
            output::print(output.form(), &serde_json::value::RawValue::from_string(text.to_owned())?, |_| {
                text.to_owned()
            })
        }
    }
}

/// The directory of a place, as far as it can be used. `None`: there is none yet.
pub(crate) async fn stored(place: &Place) -> anyhow::Result<Option<Reading>> {
    let Some(object) = fetch(place).await? else { return Ok(None) };
    let reading = CustomerFile::read(&object.bytes).context("customers.json cannot be used")?;
    Ok(Some(reading))
}

async fn fetch(place: &Place) -> anyhow::Result<Option<Object>> {
    place.objects.get(&ObjectKey::customers()).await.context("customers.json cannot be read")
}

fn check(bytes: &[u8]) -> Checked {
    match CustomerFile::read(bytes) {
        Ok(reading) => Checked { customers: reading.file.customers().len(), faults: reading.faults },
        Err(fault) => Checked { customers: 0, faults: vec![fault] },
    }
}

/// Stores a file that is without any fault.
async fn put(place: &Place, bytes: Vec<u8>) -> anyhow::Result<Stored> {
    let new = match CustomerFile::parse(&bytes) {
        Ok(file) => count(&file),
        Err(faults) => {
            let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
            bail!("the file has faults and was not stored:\n{}", told.join("\n"));
        }
    };
    let before = fetch(place).await?;
    write(place, before.as_ref(), Bytes::from(bytes)).await?;
    let before =
        before.and_then(|before| CustomerFile::read(&before.bytes).ok()).map(|reading| count(&reading.file));
    Ok(Stored { place: place.name.clone(), companies: new.companies, people: new.people, before })
}

/// Only over the file that was there a moment ago: of two who store at once, one is told.
async fn write(place: &Place, before: Option<&Object>, bytes: Bytes) -> anyhow::Result<()> {
    let files = TendedFiles::over(place.objects.clone(), place.writes.clone(), place.replaces.clone());
    let over = before.map(|before| before.meta.etag.as_str());
    let stored = files.store(&ObjectKey::customers(), over, bytes, "application/json").await;
    match stored.context("customers.json cannot be stored")? {
        Replaced::Yes => Ok(()),
        Replaced::Changed => {
            bail!(
                "somebody else has just stored another customers.json: look at it with `hark customers get`"
            )
        }
    }
}

/// How many companies and people can be used.
pub(crate) fn count(file: &CustomerFile) -> Count {
    let companies: BTreeSet<_> = file.customers().iter().map(|person| person.company_id.as_str()).collect();
    Count { companies: companies.len(), people: file.customers().len() }
}

fn shown(checked: &Checked) -> String {
    let mut lines: Vec<String> = checked.faults.iter().map(ToString::to_string).collect();
    lines.push(format!("{} customers can be used, {} faults", checked.customers, checked.faults.len()));
    lines.join("\n")
}

fn told(stored: &Stored) -> String {
    let before = stored.before.map_or_else(
        || "the first".to_owned(),
        |before| format!("before: {}, {}", before.companies, before.people),
    );
    format!(
        "stored for {}; companies: {}, people: {} ({before}); it is in force within a minute",
        stored.place, stored.companies, stored.people
    )
}
