//! One company's entries of a `customers.json`, seen and changed alone: every byte of another's entry stays as it is, and
//! nothing of it is told.

use std::collections::{BTreeSet, HashSet};

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::{
    CustomerFile, MAX_BYTES, elements,
    entry::{ReadEntry, read_entry},
    fault::{Consequence, Fault},
    lines::{Lines, offset_in},
    masked::Pins,
    person::{self, PersonForm},
    text_of,
};
use crate::domain::{customer::Customer, identity::Identity, ids::CompanyId};

/// Bytes of a digest that a mark shows.
const MARK_BYTES: usize = 12;

/// What is to become of a company's people. Holds names and numbers, and so has no `Debug`.
pub enum PeopleChange {
    /// One more.
    Add(PersonForm),
    /// The one with this mark is this person now.
    Edit {
        /// As [`Listed::mark`] says.
        mark: String,
        /// The person.
        person: PersonForm,
    },
    /// The one with this mark is there no more.
    Remove {
        /// As [`Listed::mark`] says.
        mark: String,
    },
    /// All of the company's entries give way to those of a JSON text of the same form as the file.
    Import {
        /// What [`CompanyFile::version`] said when it was looked at.
        version: String,
        /// The text.
        text: String,
    },
}

/// Why a change cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// These are wrong with what was given, by its lines.
    #[error("what was given has faults")]
    Faults(Vec<Fault>),
    /// The entries that begin in these lines have a number that somebody else's entry has. Whose is not told.
    #[error("a number cannot be used")]
    Taken(Vec<usize>),
    /// Another of the company's own people has the number.
    #[error("another person of the company has the number")]
    TakenByOwn,
    /// Another of the company's own people has the id.
    #[error("another person of the company has the id")]
    SameId,
    /// A PIN that the company did not have. Whether one is taken would be told by refusing it, and then it were none: who
    /// runs Hark gives them out.
    #[error("a PIN is not given out here")]
    NewPin,
    /// What stands for a PIN, of a person who has none.
    #[error("a masked PIN stands for none")]
    NoSuchPin,
    /// It was changed since it was looked at.
    #[error("the people were changed since they were read")]
    Changed,
    /// The file would become too large.
    #[error("the file would be larger than 32 MiB")]
    TooLarge,
}

/// An entry as its company sees it.
pub struct Listed {
    /// Names the entry as it is written now.
    pub mark: String,
    /// The person; `None`: the entry is left out.
    pub customer: Option<Customer>,
    /// What was read of it, faulty or not, to be put right; PINs are masked.
    pub form: PersonForm,
    /// What is wrong with it, by its own lines.
    pub faults: Vec<Fault>,
    /// Whether one of its numbers finds nobody, since more than one entry has it.
    pub doubtful: bool,
}

/// A file of all companies, of which one is seen.
pub struct CompanyFile<'a> {
    company: CompanyId,
    /// The file up to its list, and behind it.
    around: (&'a str, &'a str),
    elements: Vec<Element<'a>>,
    /// Of the company's own people.
    pins: Pins,
}

struct Element<'a> {
    raw: &'a str,
    /// The company's own with PINs masked; of others, nothing. Marks are made of it too: they stand in addresses, and six
    /// digits are soon guessed from what is made of them.
    shown: String,
    is_own: bool,
    read: ReadEntry,
}

/// Of an entry that has no company, or two, nobody is the owner.
#[derive(Deserialize)]
struct Whose<'a> {
    #[serde(borrow)]
    company_id: Option<&'a RawValue>,
}

impl<'a> CompanyFile<'a> {
    /// Reads a file for this company.
    ///
    /// # Errors
    /// The fault for which nothing of the file can be used.
    pub fn read(bytes: &'a [u8], company: &CompanyId) -> Result<Self, Fault> {
        let text = text_of(bytes)?;
        let mut pins = Pins::default();
        let elements = elements(text)?.into_iter().map(|raw| {
            let is_own = belongs_to(raw, company);
            let shown = if is_own { pins.masking(raw.get()) } else { String::new() };
            Element { raw: raw.get(), shown, is_own, read: read_entry(raw, &Lines::of(raw.get())) }
        });
        let elements = elements.collect();
        Ok(Self { company: company.clone(), around: around_list(text), elements, pins })
    }

    /// The company's entries in the order of the file.
    #[must_use]
    pub fn entries(&self) -> Vec<Listed> {
        let (mut once, mut twice) = (HashSet::new(), HashSet::new());
        for identity in self.elements.iter().flat_map(|element| &element.read.identities) {
            if !once.insert(identity) {
                twice.insert(identity);
            }
        }
        let listed = self.own().map(|element| Listed {
            mark: mark_of(&element.shown),
            customer: element.read.customer.clone(),
            form: PersonForm::shown(element.raw),
            faults: element.read.faults.clone(),
            doubtful: element.read.identities.iter().any(|identity| twice.contains(identity)),
        });
        listed.collect()
    }

    /// Names what the company's entries are: another one after each change of them, and of them alone.
    #[must_use]
    pub fn version(&self) -> String {
        let shown: Vec<&str> = self.own().map(|element| element.shown.as_str()).collect();
        mark_of(&shown.join("\n"))
    }

    /// The company's entries as a file of their own, one in each line where they were written so, with PINs masked.
    #[must_use]
    pub fn export(&self) -> String {
        list_of(self.own().map(|element| element.shown.as_str()))
    }

    /// The whole file after a change.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn change(&self, change: &PeopleChange) -> Result<String, Refused> {
        let after = match change {
            PeopleChange::Add(person) => self.added(person)?,
            PeopleChange::Edit { mark, person } => self.edited(mark, person)?,
            PeopleChange::Remove { mark } => {
                let gone = self.find(mark)?;
                self.raws().enumerate().filter(|(at, _)| *at != gone).map(|(_, raw)| raw.to_owned()).collect()
            }
            PeopleChange::Import { version, text } => self.imported(version, text)?,
        };
        let (before, behind) = self.around;
        let text = format!("{before}{}{behind}", list_of(after.iter().map(String::as_str)));
        if text.len() > MAX_BYTES { Err(Refused::TooLarge) } else { Ok(text) }
    }

    fn added(&self, person: &PersonForm) -> Result<Vec<String>, Refused> {
        let entry = self.entry("{}", person, None)?;
        Ok(self.raws().map(str::to_owned).chain([entry]).collect())
    }

    fn edited(&self, mark: &str, person: &PersonForm) -> Result<Vec<String>, Refused> {
        let at = self.find(mark)?;
        let entry = self.entry(self.raws().nth(at).unwrap_or("{}"), person, Some(at))?;
        let keep = |(place, raw): (usize, &str)| if place == at { entry.clone() } else { raw.to_owned() };
        Ok(self.raws().enumerate().map(keep).collect())
    }

    fn imported(&self, version: &str, text: &str) -> Result<Vec<String>, Refused> {
        if version != self.version() {
            return Err(Refused::Changed);
        }
        let raws = self.checked(text)?;
        let others = self.elements.iter().filter(|element| !element.is_own).map(|element| element.raw);
        Ok(others.map(str::to_owned).chain(raws).collect())
    }

    /// The entries of a text that is to take the place of all of the company's.
    fn checked(&self, text: &str) -> Result<Vec<String>, Refused> {
        let text = text_of(text.as_bytes()).map_err(|fault| Refused::Faults(vec![fault]))?;
        let raws = elements(text).map_err(|fault| Refused::Faults(vec![fault]))?;
        let text = self.pins.unmasked(text, &raws).map_err(Refused::Faults)?;
        let raws = elements(&text).map_err(|fault| Refused::Faults(vec![fault]))?;
        let lines = Lines::of(&text);
        let mut faults = CustomerFile::parse(text.as_bytes()).err().unwrap_or_default();
        let foreign = raws.iter().filter(|raw| names_another(raw, &self.company));
        faults.extend(foreign.map(|raw| not_own(lines.place_of(raw.get()))));
        faults.sort_by_key(|fault| (fault.line, fault.column));
        if !faults.is_empty() {
            return Err(Refused::Faults(faults));
        }
        if raws.iter().any(|raw| self.has_new_pin(&read_entry(raw, &lines))) {
            return Err(Refused::NewPin);
        }
        let others = self.identities_of(|_, element| !element.is_own);
        let is_taken = |raw: &&&RawValue| meets(&read_entry(raw, &lines), &others);
        let taken: Vec<usize> = raws.iter().filter(is_taken).map(|raw| lines.place_of(raw.get()).0).collect();
        if !taken.is_empty() {
            return Err(Refused::Taken(taken));
        }
        Ok(raws.into_iter().map(|raw| raw.get().to_owned()).collect())
    }

    /// An entry as the form has it, made of one that is there or of none; it stands at the place `at`.
    fn entry(&self, before: &str, person: &PersonForm, at: Option<usize>) -> Result<String, Refused> {
        let person = &person.unmasked(before).ok_or(Refused::NoSuchPin)?;
        let called = self.own().find_map(|element| element.read.customer.as_ref());
        let called = called.map_or(self.company.as_str(), |customer| &customer.company_name);
        let entry = person::written(before, person, (&self.company, called));
        let read = CustomerFile::parse(format!("[{entry}]").as_bytes()).map_err(Refused::Faults)?;
        let raw: &RawValue = serde_json::from_str(&entry).map_err(|_| Refused::Changed)?;
        let new = read_entry(raw, &Lines::of(raw.get()));
        if self.has_new_pin(&new) {
            return Err(Refused::NewPin);
        }
        if meets(&new, &self.identities_of(|_, element| !element.is_own)) {
            return Err(Refused::Taken(vec![1]));
        }
        if meets(&new, &self.identities_of(|place, element| element.is_own && Some(place) != at)) {
            return Err(Refused::TakenByOwn);
        }
        let mut own =
            self.elements.iter().enumerate().filter(|(place, each)| each.is_own && Some(*place) != at);
        let has_id = |of: &ReadEntry| of.customer.as_ref().map(|customer| customer.customer_id.clone());
        let id = read.customers().first().map(|customer| customer.customer_id.clone());
        let had = at.and_then(|at| has_id(&self.elements.get(at)?.read));
        if had != id && own.any(|(_, element)| has_id(&element.read) == id) {
            return Err(Refused::SameId);
        }
        Ok(entry)
    }

    fn has_new_pin(&self, entry: &ReadEntry) -> bool {
        let own = self.identities_of(|_, element| element.is_own);
        entry
            .identities
            .iter()
            .any(|identity| matches!(identity, Identity::Pin(_)) && !own.contains(identity))
    }

    fn own(&self) -> impl Iterator<Item = &Element<'a>> {
        self.elements.iter().filter(|element| element.is_own)
    }

    fn raws(&self) -> impl Iterator<Item = &str> {
        self.elements.iter().map(|element| element.raw)
    }

    /// The place of the company's entry with this mark.
    fn find(&self, mark: &str) -> Result<usize, Refused> {
        let found = self.elements.iter().position(|each| each.is_own && mark_of(&each.shown) == mark);
        found.ok_or(Refused::Changed)
    }

    fn identities_of(&self, which: impl Fn(usize, &Element<'_>) -> bool) -> BTreeSet<&Identity> {
        let chosen = self.elements.iter().enumerate().filter(|(place, element)| which(*place, element));
        chosen.flat_map(|(_, element)| &element.read.identities).collect()
    }
}

fn meets(entry: &ReadEntry, others: &BTreeSet<&Identity>) -> bool {
    entry.identities.iter().any(|identity| others.contains(identity))
}

/// The company that an entry names, as far as it can be read.
fn company_of(raw: &RawValue) -> Option<CompanyId> {
    let whose: Whose<'_> = serde_json::from_str(raw.get()).ok()?;
    let id: String = serde_json::from_str(whose.company_id?.get()).ok()?;
    CompanyId::parse(&id).ok()
}

fn belongs_to(raw: &RawValue, company: &CompanyId) -> bool {
    raw.get().starts_with('{') && company_of(raw).is_some_and(|found| found == *company)
}

fn names_another(raw: &RawValue, company: &CompanyId) -> bool {
    company_of(raw).is_some_and(|found| found != *company)
}

fn not_own((line, column): (usize, usize)) -> Fault {
    let reason = "company_id: expected your own company's".to_owned();
    Fault { line, column: Some(column), reason, consequence: Consequence::EntryLeftOut }
}

/// A name for a text that does not show it.
fn mark_of(text: &str) -> String {
    hex::encode(Sha256::digest(text).get(..MARK_BYTES).unwrap_or_default())
}

fn list_of<'a>(raws: impl Iterator<Item = &'a str>) -> String {
    let raws: Vec<&str> = raws.collect();
    if raws.is_empty() { "[]".to_owned() } else { format!("[\n  {}\n]", raws.join(",\n  ")) }
}

/// What stands before the list of a file that was read, and behind it.
fn around_list(text: &str) -> (&str, &str) {
    #[derive(Deserialize)]
    struct Wrapped<'a> {
        #[serde(borrow)]
        customers: &'a RawValue,
    }
    let trimmed = text.trim();
    let list = match serde_json::from_str::<Wrapped<'_>>(text) {
        Ok(wrapped) if trimmed.starts_with('{') => wrapped.customers.get(),
        _ => trimmed,
    };
    let start = offset_in(text, list);
    let behind = text.get(start + list.len()..).unwrap_or_default();
    (text.get(..start).unwrap_or_default(), behind)
}
