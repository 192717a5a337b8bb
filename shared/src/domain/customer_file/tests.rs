//! Stories about `customers.json`: what is read, what is left out, and how that is told.

use proptest::prelude::*;

use super::{Consequence, CustomerFile};
use crate::domain::{identity::Identity, language::Language};

const GOOD: &str = r#"[
  {"customer_id": "P-1", "phone_number": "whatsapp:+4915112345678", "company_id": "demo-plumbing", "company_name": "Demo Plumbing"},
  {"customer_id": "P-2", "phone_number": "+4915112345679", "company_id": "demo-plumbing", "company_name": "Demo Plumbing",
   "name": "Petra Müller", "language": "de", "role": "staff", "trade": "plumbing",
   "identities": ["telegram:123", "whatsapp:DE.1a2B"], "glossary": ["Grohe", "Flaschnerei"], "vacation": {"any": 1}}
]"#;

fn identity(raw: &str) -> Identity {
    Identity::parse(raw).unwrap()
}

fn found(file: &CustomerFile, raw: &str) -> Option<String> {
    file.find(&identity(raw)).map(|customer| customer.customer_id.to_string())
}

fn told(json: &str) -> Vec<String> {
    CustomerFile::parse(json.as_bytes()).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn a_person_is_found_by_every_identity_with_or_without_the_channel() {
    let file = CustomerFile::parse(GOOD.as_bytes()).unwrap();
    assert_eq!(found(&file, "+4915112345678").as_deref(), Some("P-1"));
    assert_eq!(found(&file, "whatsapp:+4915112345679").as_deref(), Some("P-2"));
    assert_eq!(found(&file, "telegram:123").as_deref(), Some("P-2"));
    assert_eq!(found(&file, "DE.1a2B").as_deref(), Some("P-2"));
    assert_eq!(found(&file, "+4915112345670"), None);
    let petra = file.find(&identity("telegram:123")).unwrap();
    assert_eq!(petra.language, Some(Language::De));
    assert_eq!(petra.glossary.len(), 2);
    assert_eq!((petra.role.as_deref(), petra.trade.as_deref()), (Some("staff"), Some("plumbing")));
}

#[test]
fn the_list_may_stand_in_an_object_and_the_file_begin_with_a_byte_order_mark() {
    for json in [
        format!("{{\"version\": 3, \"customers\": {GOOD}}}"),
        format!("\u{feff}{GOOD}"),
        GOOD.replace('\n', "\r\n"),
    ] {
        let file = CustomerFile::parse(json.as_bytes()).unwrap();
        assert_eq!(file.customers().len(), 2);
    }
    assert_eq!(CustomerFile::parse(b"[]").unwrap().customers().len(), 0);
}

#[test]
fn every_fault_is_told_with_its_line_and_the_good_entries_stay() {
    let json = r#"{"customers": [
  {"customer_id": "P-1", "phone_number": "+4915112345678", "company_id": "acme", "company_name": "Acme"},
  {"customer_id": "P 2",
   "phone_number": "0151 12345",
   "company_id": "Acme Corp",
   "company_name": ""},
  {"phone_number": 49151},
  "P-4",
  {"customer_id": "P-5", "customer_id": "P-6"},
  {"customer_id": "P-7", "phone_number": "+4915112345670", "company_id": "acme", "company_name": "Acme",
   "language": "klingon", "glossary": ["ok", ""]},
  {"customer_id": "P-8", "identities": ["+4915112345671", "nobody"], "company_id": "acme", "company_name": "Acme"},
  {"customer_id": "P-9", "identities": "telegram:1", "company_id": "acme", "company_name": "Acme"}
]}"#;
    assert_eq!(
        told(json),
        [
            "line 3, column 19: customer_id: not a valid customer id: expected 1 to 64 letters, digits, hyphens, underscores or dots (the entry is left out)",
            "line 4, column 20: phone_number: expected +E.164 (a plus sign, 7 to 15 digits), whatsapp:+E.164, whatsapp:CC.id, telegram:id or pin:digits (6 to 10) (the entry is left out)",
            "line 5, column 18: company_id: not a valid company id: expected a lower-case letter or digit, then 1 to 62 lower-case letters, digits or hyphens (the entry is left out)",
            "line 6, column 20: company_name: expected a text of 1 to 200 characters (the entry is left out)",
            "line 7, column 3: customer_id is missing (the entry is left out)",
            "line 7, column 3: company_id is missing (the entry is left out)",
            "line 7, column 3: company_name is missing (the entry is left out)",
            "line 7, column 20: phone_number: expected +E.164 (a plus sign, 7 to 15 digits), whatsapp:+E.164, whatsapp:CC.id, telegram:id or pin:digits (6 to 10) (the entry is left out)",
            "line 8, column 3: expected an object with the fields of a customer (the entry is left out)",
            "line 9, column 3: a field stands in the entry twice (the entry is left out)",
            "line 11, column 16: language: expected en, de or pl (the field is ignored)",
            "line 11, column 39: glossary: 1 of 2 terms are left out, expected at most 40 of 1 to 40 characters (the field is ignored)",
            "line 12, column 59: identities: expected +E.164 (a plus sign, 7 to 15 digits), whatsapp:+E.164, whatsapp:CC.id, telegram:id or pin:digits (6 to 10) (the entry is left out)",
            "line 13, column 40: identities: expected a list of texts (the entry is left out)",
        ]
    );
    let file = CustomerFile::read(json.as_bytes()).unwrap().file;
    assert_eq!(found(&file, "+4915112345678").as_deref(), Some("P-1"));
    assert_eq!(found(&file, "+4915112345670").as_deref(), Some("P-7"));
    assert_eq!(found(&file, "+4915112345671"), None);
}

#[test]
fn g01_a_fault_repeats_no_number_and_no_name() {
    let json = r#"[{"customer_id": "CANARY ID", "phone_number": "CANARY +49", "company_id": "CANARY", "company_name": ["CANARY"], "name": 7, "language": "CANARY"}, "CANARY", CANARY]"#;
    let refused = told(json).join("\n");
    let faulty = told(&json.replace(", CANARY]", "]")).join("\n");
    assert!(refused.contains("not JSON") && faulty.contains("company_id"), "{refused}\n{faulty}");
    assert!(!format!("{refused}{faulty}").contains("CANARY"), "{refused}\n{faulty}");
    let shown = format!("{:?}", CustomerFile::parse(GOOD.as_bytes()).unwrap());
    assert_eq!(shown, "CustomerFile(2 customers)");
}

#[test]
fn an_identity_of_two_entries_finds_nobody() {
    let entry = |id: &str, phone: &str, company: &str| {
        format!(
            "{{\"customer_id\": \"{id}\", \"phone_number\": \"{phone}\", \"identities\": [\"telegram:{}\"], \"company_id\": \"{company}\", \"company_name\": \"X\"}}",
            id.trim_start_matches("P-")
        )
    };
    let json = format!(
        "[\n{},\n{},\n{},\n{}]",
        entry("P-1", "+4915112345678", "acme"),
        entry("P-2", "whatsapp:+4915112345678", "other"),
        entry("P-3", "+4915112345679", "acme"),
        // Faulty otherwise, and still a claim: better silent than wrong.
        entry("P-4", "+4915112345679", "NO COMPANY"),
    );
    let reading = CustomerFile::read(json.as_bytes()).unwrap();
    for ambiguous in ["+4915112345678", "+4915112345679"] {
        assert_eq!(found(&reading.file, ambiguous), None, "{ambiguous}");
    }
    for (unique, id) in [("telegram:1", "P-1"), ("telegram:2", "P-2"), ("telegram:3", "P-3")] {
        assert_eq!(found(&reading.file, unique).as_deref(), Some(id));
    }
    let doubles = reading.faults.iter().filter(|fault| fault.consequence == Consequence::IdentityLeftOut);
    let doubles: Vec<String> = doubles.map(ToString::to_string).collect();
    assert_eq!(
        doubles,
        [
            "line 3: the same identity as in the entry of line 2 (nobody is found by it)",
            "line 5: the same identity as in the entry of line 4 (nobody is found by it)",
        ]
    );
}

#[test]
fn the_same_identity_twice_in_one_entry_is_no_fault() {
    let json = GOOD.replace("\"telegram:123\",", "\"telegram:123\", \"+4915112345679\",");
    let file = CustomerFile::parse(json.as_bytes()).unwrap();
    assert_eq!(found(&file, "+4915112345679").as_deref(), Some("P-2"));
}

#[test]
fn what_is_no_json_is_refused_as_a_whole_with_its_line() {
    for (json, line) in [
        (&b""[..], 1),
        (b"[\n{\"customer_id\": \"P-1\",\n", 3),
        (b"[\n{}\n{}]", 3),
        (b"42", 1),
        (b"{\n\"customer\": []}", 2),
        (b"{\"customers\": {}}", 1),
        (b"null", 1),
        (b"[\n\n\"\xff\"]", 3),
    ] {
        let fault = CustomerFile::read(json).unwrap_err();
        assert_eq!((fault.line, fault.consequence), (line, Consequence::FileRefused), "{json:?}: {fault}");
    }
}

proptest! {
    #[test]
    fn whatever_the_file_holds_reading_it_never_panics(json in "\\PC{0,60}|[\\[\\]{}\",:a-z0-9\n ]{0,80}") {
        let _ = CustomerFile::read(json.as_bytes());
    }

    #[test]
    fn a_file_cut_off_anywhere_is_refused_as_a_whole(cut in 0..GOOD.len()) {
        prop_assert!(CustomerFile::read(&GOOD.as_bytes()[..cut]).is_err());
    }
}
