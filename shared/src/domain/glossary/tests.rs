//! What is learned of corrections, and what a glossary keeps.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

use std::time::Duration;

use super::*;
use crate::testing::samples::{message_id, now};

fn learned(correction: &str) -> Vec<String> {
    learned_from(correction).into_iter().map(String::from).collect()
}

fn term(text: &str) -> Term {
    Term::parse(text).unwrap()
}

fn terms(glossary: &Glossary) -> Vec<&str> {
    glossary.entries().iter().map(|entry| entry.term.expose().as_str()).collect()
}

fn numbered(range: std::ops::Range<usize>) -> Vec<Term> {
    range.map(|n| term(&format!("Term {n}"))).collect()
}

#[test]
fn names_are_learned_in_each_language() {
    for (correction, names) in [
        ("No, not Miller, Müller.", vec!["Müller"]),
        ("Kowalski, not Kovalski", vec!["Kowalski"]),
        ("Please: Müller instead of Miller", vec!["Müller"]),
        ("Nein, nicht Schmidt, sondern Schmitt", vec!["Schmitt"]),
        ("Grohe statt Grohse", vec!["Grohe"]),
        ("Nie, nie Kowalczik, tylko Kowalczyk", vec!["Kowalczyk"]),
        ("Viessmann zamiast Wismann", vec!["Viessmann"]),
        ("not the Miller bathroom, the Müller bathroom", vec!["Müller"]),
        ("not Anna Miler, Anna Müller", vec!["Müller"]),
        ("not van der Meer, van der Meeren", vec!["Meeren"]),
        ("not O'Brian, O'Brien", vec!["O'Brien"]),
        ("not Muller, Müller", vec!["Müller"]),
        ("not mcdonald, McDonald", vec!["McDonald"]),
        ("Not Miller, Müller. Not Kovalski, Kowalski. Müller, not Miler!", vec!["Müller", "Kowalski"]),
    ] {
        assert_eq!(learned(correction), names, "{correction}");
    }
}

#[test]
fn what_is_no_name_is_not_learned() {
    for correction in [
        "not two pipes, three pipes",
        "not 2, 3",
        "not 15 mm, 18 mm",
        "not Tuesday, Thursday",
        "not June, July",
        "nicht am Montag, sondern am Sonntag",
        "nicht März, Mai",
        "nicht zwei, sondern drei",
        "nie w środę, tylko w sobotę",
        "nie marca, tylko maja",
        "not this, that",
        "nicht im Keller, sondern am Keller",
        "not copper but stainless steel",
        "not miller.de, mueller.de",
        "not https://a.example/x, https://b.example/x",
        "not a@example.com, b@example.com",
        "The boiler is not working, call Miller",
        "not Miller",
        "",
    ] {
        assert_eq!(learned(correction), Vec::<String>::new(), "{correction}");
    }
    let long = "x".repeat(41);
    assert_eq!(learned(&format!("not {long}, {long}y")), Vec::<String>::new());
}

#[test]
fn a_term_is_one_line_of_at_most_forty_characters() {
    assert_eq!(term("  Müller \n & \u{0}Sohn ").expose(), "Müller & Sohn");
    assert_eq!(term(&"ü".repeat(40)).expose().chars().count(), 40);
    assert_eq!(Term::parse(&"ü".repeat(41)), Err(InvalidTerm::TooLong));
    for empty in ["", "  ", "–", "\u{0}"] {
        assert_eq!(Term::parse(empty), Err(InvalidTerm::Empty));
    }
    assert!(!format!("{:?}", term("Müller")).contains("ller"), "g01: a name in Debug");
}

#[test]
fn learned_terms_give_way_oldest_first_and_the_offices_never() {
    let mut glossary = Glossary::default();
    glossary.replace(numbered(0..38), now()).unwrap();
    for n in 1..=4_u32 {
        let at = now() + Duration::from_secs(u64::from(n));
        assert!(glossary.learn(&[term(&format!("Learned {n}"))], &message_id(n), at));
    }
    let kept = terms(&glossary);
    assert_eq!((kept.len(), &kept[38..]), (40, ["Learned 3", "Learned 4"].as_slice()));
    let mut full = Glossary::default();
    full.replace(numbered(0..40), now()).unwrap();
    assert!(!full.learn(&[term("Müller")], &message_id(1), now()));
    assert!(full.entries().iter().all(|entry| entry.source == Source::Office));
}

#[test]
fn a_message_teaches_once_and_what_is_known_is_not_learned_again() {
    let mut glossary = Glossary::default();
    assert!(glossary.learn(&[term("Müller")], &message_id(1), now()));
    assert!(!glossary.learn(&[term("müller")], &message_id(2), now()), "the same in another case");
    assert!(glossary.learn(&[term("Muller")], &message_id(3), now()), "another name");
    glossary.replace(Vec::new(), now()).unwrap();
    assert!(!glossary.learn(&[term("Müller")], &message_id(1), now()), "the office took it out since");
    assert!(glossary.learn(&[term("Müller")], &message_id(4), now()));
    assert!(!glossary.learn(&[], &message_id(5), now()));
}

#[test]
fn what_the_office_lists_is_the_glossary() {
    let mut glossary = Glossary::default();
    glossary.learn(&[term("Müller"), term("Kowalski")], &message_id(1), now());
    let later = now() + Duration::from_secs(60);
    glossary.replace(vec![term("Grohe"), term("Müller")], later).unwrap();
    let entry = |text, source, since| Entry { term: term(text), source, since };
    let expected = [entry("Grohe", Source::Office, later), entry("Müller", Source::Learned, now())];
    assert_eq!(glossary.entries(), expected);
    let before = glossary.clone();
    assert_eq!(glossary.replace(numbered(0..41), later), Err(BadTerms::TooMany));
    assert_eq!(glossary.replace(vec![term("A1"), term("B"), term("a1")], later), Err(BadTerms::Twice(2)));
    assert_eq!(glossary, before);
}

#[test]
fn a_glossary_is_stored_and_read_again() {
    let mut glossary = Glossary::default();
    glossary.learn(&[term("Müller")], &message_id(1), now());
    let body = serde_json::to_string(&glossary).unwrap();
    assert_eq!(serde_json::from_str::<Glossary>(&body).unwrap(), glossary);
}
