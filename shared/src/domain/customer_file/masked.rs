//! PINs as a company sees them of its own people: that there is one, and not which. What stands for a PIN is none itself
//! ([`Identity::parse`](crate::domain::identity::Identity::parse) refuses it), so it can never be stored as one.

use std::{collections::HashMap, fmt, ops::Range};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    fault::{Consequence, Fault},
    lines::{Lines, offset_in},
};

/// What stands for a person's first PIN; a number behind it tells further ones apart.
const MASK: &str = "pin:••••";
/// The fields in which PINs stand.
const FIELDS: [&str; 2] = ["phone_number", "identities"];
const NONE_THERE: &str =
    "a masked PIN stands for one that the same customer_id has already, and there is none: leave it out";

/// Whether a text is a PIN, or was meant to be one: what is mistyped tells nearly as much.
pub(super) fn is_pin(text: &str) -> bool {
    text.trim_start().get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case("pin:"))
}

/// What stands for a person's n-th PIN, from 0.
pub(super) fn mask(n: usize) -> String {
    if n == 0 { MASK.to_owned() } else { format!("{MASK} ({})", n + 1) }
}

/// Which of a person's PINs a text stands for, from 0; `None`: it stands for none.
#[must_use]
pub fn masked_pin(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(MASK)?;
    if rest.is_empty() {
        return Some(0);
    }
    let n: usize = rest.strip_prefix(" (")?.strip_suffix(')')?.parse().ok()?;
    n.checked_sub(1).filter(|n| mask(*n) == text)
}

/// The PINs of a company's entries by the `customer_id` that they belong to, as they are written there, in the order of
/// the file. `None`: entries without one, whose PINs are shown apart and stand for nothing.
#[derive(Default)]
pub(super) struct Pins(HashMap<Option<String>, Vec<String>>);

impl Pins {
    /// Takes in the next entry of the file, and answers it with its PINs masked.
    pub(super) fn masking(&mut self, entry: &str) -> String {
        let (id, places) = read(entry);
        let pins = self.0.entry(id).or_default();
        let mut masked = Vec::new();
        for (place, _) in places.into_iter().filter(|(_, text)| is_pin(text)) {
            masked.push((place.clone(), format!("\"{}\"", mask(pins.len()))));
            pins.push(entry.get(place).unwrap_or_default().to_owned());
        }
        replaced(entry, &masked)
    }

    /// A text with these entries in it, with the PINs in place that their masks stand for.
    ///
    /// # Errors
    /// The masks that stand for nothing.
    pub(super) fn unmasked(&self, text: &str, entries: &[&RawValue]) -> Result<String, Vec<Fault>> {
        let lines = Lines::of(text);
        let (mut faults, mut found) = (Vec::new(), Vec::new());
        for entry in entries.iter().map(|entry| entry.get()) {
            let begin = offset_in(text, entry);
            let (id, places) = read(entry);
            let pins = id.and_then(|id| self.0.get(&Some(id)));
            for (place, n) in places.into_iter().filter_map(|(place, said)| Some((place, masked_pin(&said)?)))
            {
                match pins.and_then(|pins| pins.get(n)) {
                    Some(pin) => found.push((begin + place.start..begin + place.end, pin.clone())),
                    None => {
                        let (line, column) = lines.place_of(entry.get(place.start..).unwrap_or(entry));
                        let (reason, consequence) = (NONE_THERE.to_owned(), Consequence::EntryLeftOut);
                        faults.push(Fault { line, column: Some(column), reason, consequence });
                    }
                }
            }
        }
        if faults.is_empty() { Ok(replaced(text, &found)) } else { Err(faults) }
    }
}

/// A text with other words in these places, which are in its order.
fn replaced(text: &str, places: &[(Range<usize>, String)]) -> String {
    let (mut all, mut from) = (String::with_capacity(text.len()), 0);
    for (place, words) in places {
        all.push_str(text.get(from..place.start).unwrap_or_default());
        all.push_str(words);
        from = place.end;
    }
    all.push_str(text.get(from..).unwrap_or_default());
    all
}

/// The `customer_id` of an entry, and the texts in the fields of identities: where each stands, and what it says.
fn read(entry: &str) -> (Option<String>, Vec<(Range<usize>, String)>) {
    let fields = serde_json::from_str::<Pairs<'_>>(entry).map(|pairs| pairs.0).unwrap_or_default();
    let (mut id, mut texts) = (None, Vec::new());
    for (name, value) in fields {
        if name == "customer_id" {
            id = serde_json::from_str(value.get()).ok();
        } else if FIELDS.contains(&name.as_str()) {
            let begin = offset_in(entry, value.get());
            let said =
                |place: Range<usize>| Some((place.clone(), serde_json::from_str(entry.get(place)?).ok()?));
            let places = strings(value.get()).into_iter();
            texts.extend(places.filter_map(|place| said(begin + place.start..begin + place.end)));
        }
    }
    (id, texts)
}

/// The fields of an object in their order, those that stand there twice too: nothing is to be overlooked.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Pairs(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

/// Where the texts of a JSON value stand, with their quotes, in whatever they lie.
fn strings(json: &str) -> Vec<Range<usize>> {
    let (mut found, mut begun, mut is_escaped) = (Vec::new(), None, false);
    for (at, byte) in json.bytes().enumerate() {
        match (begun, byte) {
            (None, b'"') => begun = Some(at),
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some(_), b'\\') => is_escaped = true,
            (Some(begin), b'"') => {
                found.push(begin..at + 1);
                begun = None;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_pin_is_read_as_it_is_written_and_is_no_identity() {
        for n in 0..12 {
            assert_eq!(masked_pin(&mask(n)), Some(n));
            assert!(crate::domain::identity::Identity::parse(&mask(n)).is_err());
        }
        for other in [
            "pin:•••",
            "pin:•••••",
            "pin:•••• (1)",
            "pin:•••• (02)",
            "pin:•••• (0)",
            "pin:••••2",
            "pin:123456",
            "",
        ] {
            assert_eq!(masked_pin(other), None, "{other}");
        }
    }

    #[test]
    fn a_pin_is_masked_however_it_is_written_and_all_else_stays() {
        let mut pins = Pins::default();
        let entry = r#"{"name": "say \"pin:1\"",  "identities" : ["telegram:7", "\u0070in:123456", " PIN:12", ["pin:9"]],
            "phone_number": "pin:7654321", "identities": {"x": "pin:8"}, "customer_id": "P-1", "more": "pin:5"}"#;
        let shown = r#"{"name": "say \"pin:1\"",  "identities" : ["telegram:7", "pin:••••", "pin:•••• (2)", ["pin:•••• (3)"]],
            "phone_number": "pin:•••• (4)", "identities": {"x": "pin:•••• (5)"}, "customer_id": "P-1", "more": "pin:5"}"#;
        assert_eq!(pins.masking(entry), shown);
        let raw: &RawValue = serde_json::from_str(shown).unwrap();
        assert_eq!(pins.unmasked(shown, &[raw]).unwrap(), entry, "and comes back letter by letter");
        for nothing in ["{}", "[]", "7", r#""pin:123456""#] {
            assert_eq!(Pins::default().masking(nothing), nothing);
        }
    }
}
