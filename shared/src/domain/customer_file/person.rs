//! A person of a `customers.json` as a form has it.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use super::masked::{is_pin, mask, masked_pin};
use crate::domain::ids::CompanyId;

/// The fields of an entry that people fill in. Has no `Debug`: it holds a name and numbers.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PersonForm {
    /// The person in the company's own numbering.
    pub customer_id: String,
    /// How the person is called; empty: not told.
    pub name: String,
    /// Phone numbers and other identities. A PIN that the person has is masked: what stands for it leaves it as it is.
    pub numbers: Vec<String>,
    /// `en`, `de`, `pl` or empty.
    pub language: String,
    /// What the person is to the company, or empty.
    pub role: String,
    /// The company's trade, or empty.
    pub trade: String,
}

type Fields = BTreeMap<String, Box<RawValue>>;

impl PersonForm {
    /// What an entry says, as far as it can be read, with its PINs masked.
    pub(super) fn shown(raw: &str) -> Self {
        let mut form = Self::of(raw);
        let pins = form.numbers.iter_mut().filter(|number| is_pin(number));
        for (n, pin) in pins.enumerate() {
            *pin = mask(n);
        }
        form
    }

    /// With those PINs of the entry before in place that masks stand for. `None`: it has none, or not so many.
    pub(super) fn unmasked(&self, before: &str) -> Option<Self> {
        let numbers = Self::of(before).numbers;
        let pins: Vec<&String> = numbers.iter().filter(|number| is_pin(number)).collect();
        let unmasked = |number: &String| match masked_pin(number.trim()) {
            Some(n) => pins.get(n).map(|pin| (*pin).clone()),
            None => Some(number.clone()),
        };
        let numbers = self.numbers.iter().map(unmasked).collect::<Option<_>>()?;
        Some(Self { numbers, ..self.clone() })
    }

    fn of(raw: &str) -> Self {
        let fields: Fields = serde_json::from_str(raw).unwrap_or_default();
        let text = |name: &str| value::<String>(&fields, name).unwrap_or_default();
        let mut numbers: Vec<String> = value(&fields, "phone_number").into_iter().collect();
        let more: Vec<String> = value(&fields, "identities").unwrap_or_default();
        numbers.extend(more);
        Self {
            customer_id: text("customer_id"),
            name: text("name"),
            numbers,
            language: text("language"),
            role: text("role"),
            trade: text("trade"),
        }
    }
}

fn value<T: DeserializeOwned>(fields: &Fields, name: &str) -> Option<T> {
    serde_json::from_str(fields.get(name)?.get()).ok()
}

/// An entry that says what the form does. What else stood in it stays, letter by letter.
pub(super) fn written(before: &str, form: &PersonForm, (company, called): (&CompanyId, &str)) -> String {
    let mut fields: Fields = serde_json::from_str(before).unwrap_or_default();
    let set = |fields: &mut Fields, name: &str, raw: Option<Box<RawValue>>| match raw {
        Some(raw) => drop(fields.insert(name.to_owned(), raw)),
        None => drop(fields.remove(name)),
    };
    let text = |text: &str| {
        Some(text.trim()).filter(|text| !text.is_empty()).and_then(|text| to_raw_value(text).ok())
    };
    set(&mut fields, "customer_id", text(&form.customer_id));
    set(&mut fields, "company_id", text(company.as_str()));
    if value::<String>(&fields, "company_name").is_none() {
        set(&mut fields, "company_name", text(called));
    }
    for (name, said) in
        [("name", &form.name), ("language", &form.language), ("role", &form.role), ("trade", &form.trade)]
    {
        set(&mut fields, name, text(said));
    }
    let numbers: Vec<&str> = form.numbers.iter().map(|n| n.trim()).filter(|n| !n.is_empty()).collect();
    let (first, more) =
        numbers.split_first().map_or((None, [].as_slice()), |(first, more)| (Some(first), more));
    set(&mut fields, "phone_number", first.and_then(|first| text(first)));
    set(&mut fields, "identities", to_raw_value(more).ok().filter(|_| !more.is_empty()));
    serde_json::to_string(&fields).unwrap_or_default()
}
