//! `customers.json`: an array of entries, or an object with such an array as `customers`.
//!
//! An entry has `customer_id`, `company_id`, `company_name`, and `phone_number` (with or without
//! `whatsapp:`) or `identities` (a list: `+E.164`, `whatsapp:CC.id`, `telegram:id`, and `pin:` with 6 to 10 digits
//! that the person says on a strange phone) or both; and, if wanted, `name`, `language` (`en`, `de`, `pl`), `role`, `trade` and `glossary` (at most 40 terms of 40
//! characters). Other fields are left to others.
//!
//! A file that is no JSON is refused as a whole. A faulty entry is left out and told; the good ones are
//! used, so that one typing mistake does not silence a whole company. An identity that two entries claim
//! finds nobody, even when one of the two is otherwise faulty.

mod company;
mod entry;
mod fault;
mod lines;
mod masked;
mod person;

use std::{
    collections::{HashMap, hash_map::Entry as Slot},
    fmt,
};

pub use self::{
    company::{CompanyFile, Listed, PeopleChange, Refused},
    fault::{Consequence, Fault},
    masked::masked_pin,
    person::PersonForm,
};
use self::{entry::read_entry, lines::Lines};
use super::{customer::Customer, identity::Identity};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A larger file is refused: 32 MiB hold more than 100,000 customers.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// The customers of a file, found by identity. Its `Debug` shows how many.
#[derive(Clone, Default)]
pub struct CustomerFile {
    customers: Vec<Customer>,
    by_identity: HashMap<Identity, Claim>,
}

/// A file as far as it can be used, and what is wrong with the rest.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The good entries.
    pub file: CustomerFile,
    /// Everything that is wrong, by line.
    pub faults: Vec<Fault>,
}

#[derive(Clone, Copy)]
struct Claim {
    /// `None`: more than one claims it, or the entry is left out.
    customer: Option<usize>,
    line: usize,
}

impl CustomerFile {
    /// Reads a file that must be without any fault, as `hark customers check` wants it.
    ///
    /// # Errors
    /// Every fault, by line.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        match Self::read(bytes) {
            Ok(Reading { file, faults }) if faults.is_empty() => Ok(file),
            Ok(Reading { faults, .. }) => Err(faults),
            Err(fault) => Err(vec![fault]),
        }
    }

    /// Reads a file as far as it can be used.
    ///
    /// # Errors
    /// The fault for which nothing of the file can be used.
    pub fn read(bytes: &[u8]) -> Result<Reading, Fault> {
        let text = text_of(bytes)?;
        let lines = Lines::of(text);
        let mut reading = Reading::default();
        for raw in elements(text)? {
            let (line, _) = lines.place_of(raw.get());
            let entry = read_entry(raw, &lines);
            reading.faults.extend(entry.faults);
            reading.take(entry.identities, entry.customer, line);
        }
        reading.faults.sort_by_key(|fault| (fault.line, fault.column));
        Ok(reading)
    }

    /// The one customer with this identity.
    #[must_use]
    pub fn find(&self, identity: &Identity) -> Option<&Customer> {
        self.customers.get(self.by_identity.get(identity)?.customer?)
    }

    /// The customers in the order of the file.
    #[must_use]
    pub fn customers(&self) -> &[Customer] {
        &self.customers
    }
}

impl fmt::Debug for CustomerFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CustomerFile({} customers)", self.customers.len())
    }
}

impl Reading {
    fn take(&mut self, identities: Vec<Identity>, customer: Option<Customer>, line: usize) {
        let at = customer.map(|customer| {
            self.file.customers.push(customer);
            self.file.customers.len() - 1
        });
        for identity in identities {
            match self.file.by_identity.entry(identity) {
                Slot::Vacant(slot) => {
                    slot.insert(Claim { customer: at, line });
                }
                Slot::Occupied(mut slot) => {
                    slot.get_mut().customer = None;
                    let reason = format!("the same identity as in the entry of line {}", slot.get().line);
                    let consequence = Consequence::IdentityLeftOut;
                    self.faults.push(Fault { line, column: None, reason, consequence });
                }
            }
        }
    }
}

fn text_of(bytes: &[u8]) -> Result<&str, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(refused(1, None, "the file is larger than 32 MiB"));
    }
    // Some editors put a byte order mark at the beginning.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|e| {
        let good = bytes.get(..e.valid_up_to()).unwrap_or_default();
        let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
        refused(line, None, "not UTF-8")
    })
}

fn elements(text: &str) -> Result<Vec<&RawValue>, Fault> {
    #[derive(Deserialize)]
    struct Wrapped<'a> {
        #[serde(borrow)]
        customers: Vec<&'a RawValue>,
    }
    const SHAPE: &str = "expected an array of customers, or an object with one as `customers`";
    // Whether it is JSON at all comes first: its message then is about the JSON.
    let whole: &RawValue = serde_json::from_str(text).map_err(|e| syntax(&e))?;
    let shape = |e: serde_json::Error| refused(e.line().max(1), Some(e.column()), SHAPE);
    if whole.get().starts_with('[') {
        serde_json::from_str(text).map_err(shape)
    } else {
        serde_json::from_str::<Wrapped<'_>>(text).map(|wrapped| wrapped.customers).map_err(shape)
    }
}

fn syntax(error: &serde_json::Error) -> Fault {
    // The rest of serde's message says where; it never quotes a value for errors of syntax.
    let message = error.to_string();
    let what = message.split(" at line ").next().unwrap_or("not JSON");
    refused(error.line().max(1), Some(error.column()), &format!("not JSON: {what}"))
}

fn refused(line: usize, column: Option<usize>, reason: &str) -> Fault {
    Fault { line, column, reason: reason.to_owned(), consequence: Consequence::FileRefused }
}

#[cfg(test)]
mod tests;
