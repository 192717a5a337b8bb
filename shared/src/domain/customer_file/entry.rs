//! One entry of `customers.json`: every field checked, every fault told.

use super::{
    fault::{Consequence, Fault},
    lines::Lines,
};
use crate::domain::{
    customer::Customer,
    identity::Identity,
    ids::{CompanyId, CustomerId},
    language::Language,
    private::Private,
    text::clean,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

const MAX_TEXT: usize = 200;
const MAX_TERMS: usize = 40;
const MAX_TERM: usize = 40;

/// Fields as they stand, to be read one by one. `null` is the same as nothing.
#[derive(Deserialize)]
struct EntryWire<'a> {
    #[serde(borrow)]
    customer_id: Option<&'a RawValue>,
    #[serde(borrow)]
    company_id: Option<&'a RawValue>,
    #[serde(borrow)]
    company_name: Option<&'a RawValue>,
    #[serde(borrow)]
    phone_number: Option<&'a RawValue>,
    #[serde(borrow)]
    identities: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    language: Option<&'a RawValue>,
    #[serde(borrow)]
    role: Option<&'a RawValue>,
    #[serde(borrow)]
    trade: Option<&'a RawValue>,
    #[serde(borrow)]
    glossary: Option<&'a RawValue>,
}

/// An entry, read.
#[derive(Default)]
pub(super) struct ReadEntry {
    /// `None`: left out.
    pub(super) customer: Option<Customer>,
    /// All that could be read, each once, also of an entry that is left out.
    pub(super) identities: Vec<Identity>,
    pub(super) faults: Vec<Fault>,
}

pub(super) fn read_entry(raw: &RawValue, lines: &Lines<'_>) -> ReadEntry {
    let (line, column) = lines.place_of(raw.get());
    let mut reader = Reader { lines, line, column, faults: Vec::new() };
    let wire = match serde_json::from_str::<EntryWire<'_>>(raw.get()) {
        Ok(wire) if raw.get().starts_with('{') => wire,
        Ok(_) => return reader.hopeless("expected an object with the fields of a customer"),
        // Field names are ours, so this message holds nothing of the file.
        Err(e) if e.to_string().starts_with("duplicate field") => {
            return reader.hopeless("a field stands in the entry twice");
        }
        Err(_) => return reader.hopeless("expected an object with the fields of a customer"),
    };
    let identities = reader.identities(&wire);
    let customer = reader.customer(&wire, &identities);
    let left_out = reader.faults.iter().any(|fault| fault.consequence == Consequence::EntryLeftOut);
    ReadEntry { customer: customer.filter(|_| !left_out), identities, faults: reader.faults }
}

/// Reads fields and gathers what is wrong with them.
struct Reader<'a> {
    lines: &'a Lines<'a>,
    /// Where the entry begins.
    line: usize,
    column: usize,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn customer(&mut self, wire: &EntryWire<'_>, identities: &[Identity]) -> Option<Customer> {
        let customer_id = self.id("customer_id", wire.customer_id, CustomerId::parse);
        let company_id = self.id("company_id", wire.company_id, CompanyId::parse);
        let company_name = self.required("company_name", wire.company_name);
        let name = self.optional("name", wire.name).map(Private::new);
        let language = self.language(wire.language);
        let role = self.optional("role", wire.role);
        let trade = self.optional("trade", wire.trade);
        let glossary = self.glossary(wire.glossary);
        Some(Customer {
            customer_id: customer_id?,
            company_id: company_id?,
            company_name: company_name?,
            name,
            language,
            role,
            trade,
            glossary,
            phone: identities.iter().find_map(|identity| match identity {
                Identity::Phone(number) => Some(number.clone()),
                Identity::BusinessScopedId(_) | Identity::Telegram(_) | Identity::Pin(_) => None,
            }),
        })
    }

    fn identities(&mut self, wire: &EntryWire<'_>) -> Vec<Identity> {
        const LEFT_OUT: Consequence = Consequence::EntryLeftOut;
        const EXPECTED: &str = "expected +E.164 (a plus sign, 7 to 15 digits), whatsapp:+E.164, whatsapp:CC.id, telegram:id or pin:digits (6 to 10)";
        let mut found: Vec<Identity> = Vec::new();
        let mut raws: Vec<(&str, &RawValue)> =
            wire.phone_number.map(|raw| ("phone_number", raw)).into_iter().collect();
        if let Some(raw) = wire.identities {
            match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
                Ok(list) => raws.extend(list.into_iter().map(|raw| ("identities", raw))),
                Err(_) => self.fault(raw, "identities: expected a list of texts", LEFT_OUT),
            }
        }
        if wire.phone_number.is_none() && wire.identities.is_none() {
            self.entry_fault("phone_number is missing");
        }
        for (field, raw) in raws {
            match read::<String>(raw).and_then(|text| Identity::parse(&text).ok()) {
                Some(identity) if !found.contains(&identity) => found.push(identity),
                Some(_) => {}
                None => self.fault(raw, &format!("{field}: {EXPECTED}"), LEFT_OUT),
            }
        }
        found
    }

    fn id<T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        raw: Option<&RawValue>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let raw = self.present(field, raw)?;
        let parsed = read::<String>(raw).map(|text| parse(&text));
        match parsed {
            Some(Ok(id)) => return Some(id),
            // Says what was expected, never what was given.
            Some(Err(e)) => self.fault(raw, &format!("{field}: {e}"), Consequence::EntryLeftOut),
            None => self.fault(raw, &format!("{field}: expected a text"), Consequence::EntryLeftOut),
        }
        None
    }

    fn required(&mut self, field: &str, raw: Option<&RawValue>) -> Option<String> {
        let raw = self.present(field, raw)?;
        self.text(field, raw, Consequence::EntryLeftOut)
    }

    fn optional(&mut self, field: &str, raw: Option<&RawValue>) -> Option<String> {
        let raw = raw.filter(|raw| raw.get() != "\"\"")?;
        self.text(field, raw, Consequence::FieldIgnored)
    }

    fn text(&mut self, field: &str, raw: &RawValue, consequence: Consequence) -> Option<String> {
        let text = read::<String>(raw).map(|text| clean(&text).trim().to_owned());
        let text = text.filter(|text| (1..=MAX_TEXT).contains(&text.chars().count()));
        if text.is_none() {
            self.fault(raw, &format!("{field}: expected a text of 1 to {MAX_TEXT} characters"), consequence);
        }
        text
    }

    fn language(&mut self, raw: Option<&RawValue>) -> Option<Language> {
        let text = self.optional("language", raw)?;
        let language = Language::parse(&text);
        if let (None, Some(raw)) = (language, raw) {
            self.fault(raw, "language: expected en, de or pl", Consequence::FieldIgnored);
        }
        language
    }

    fn glossary(&mut self, raw: Option<&RawValue>) -> Vec<Private<String>> {
        let Some(raw) = raw else { return Vec::new() };
        let Some(terms) = read::<Vec<String>>(raw) else {
            self.fault(raw, "glossary: expected a list of texts", Consequence::FieldIgnored);
            return Vec::new();
        };
        let fits = |term: &String| (1..=MAX_TERM).contains(&term.chars().count());
        let offered = terms.len();
        let terms = terms.iter().map(|term| clean(term).trim().to_owned());
        let kept: Vec<_> = terms.filter(fits).take(MAX_TERMS).map(Private::new).collect();
        if kept.len() < offered {
            let reason = format!(
                "glossary: {} of {offered} terms are left out, expected at most {MAX_TERMS} of 1 to {MAX_TERM} characters",
                offered - kept.len()
            );
            self.fault(raw, &reason, Consequence::FieldIgnored);
        }
        kept
    }

    fn present<'r>(&mut self, field: &str, raw: Option<&'r RawValue>) -> Option<&'r RawValue> {
        if raw.is_none() {
            self.entry_fault(&format!("{field} is missing"));
        }
        raw
    }

    fn hopeless(mut self, reason: &str) -> ReadEntry {
        self.entry_fault(reason);
        ReadEntry { faults: self.faults, ..ReadEntry::default() }
    }

    fn entry_fault(&mut self, reason: &str) {
        let (line, column) = (self.line, Some(self.column));
        let consequence = Consequence::EntryLeftOut;
        self.faults.push(Fault { line, column, reason: reason.to_owned(), consequence });
    }

    fn fault(&mut self, raw: &RawValue, reason: &str, consequence: Consequence) {
        let (line, column) = self.lines.place_of(raw.get());
        self.faults.push(Fault { line, column: Some(column), reason: reason.to_owned(), consequence });
    }
}

fn read<T: DeserializeOwned>(raw: &RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}
