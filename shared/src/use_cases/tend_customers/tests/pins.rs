//! Stories of PINs, which a company keeps without seeing them.

use super::*;
use crate::domain::identity::Identity;

const MASK: &str = "pin:••••";

#[tokio::test]
async fn a_company_keeps_its_pins_and_is_not_told_which_others_are_taken() {
    let with_pins = TWO
        .replace(r#""phone_number": "+4915100000001""#, r#""identities": ["+4915100000001", "pin:4711007"]"#)
        .replace(r#""phone_number": "+4915100000003""#, r#""identities": ["pin:5550005"]"#);
    let files = store(Some(&with_pins)).await;
    let tend = TendCustomers::new(files.clone());
    // A free one and a taken one are refused alike.
    for pin in ["pin:5550005", "pin:9999999"] {
        let add = PeopleChange::Add(person("P-9", pin));
        assert_eq!(refused(&tend, add).await, Refused::NewPin, "{pin}");
        let listed = tend.people(&ours()).await.unwrap();
        let text = format!(
            r#"[{{"customer_id":"P-1","company_id":"demo-plumbing","company_name":"x","identities":["{pin}"]}}]"#
        );
        let import = PeopleChange::Import { version: listed.version, text };
        assert_eq!(refused(&tend, import).await, Refused::NewPin, "{pin}");
    }
    // Who has one keeps it when something else of him is changed.
    let mark = tend.people(&ours()).await.unwrap().entries[0].mark.clone();
    let numbers = vec!["+4915100000001".to_owned(), "pin:4711007".to_owned()];
    let edited = PersonForm { numbers, language: "pl".to_owned(), ..person("P-1", "") };
    tend.change(&ours(), &PeopleChange::Edit { mark, person: edited }).await.unwrap();
    assert!(files.text("customers.json").unwrap().contains("pin:4711007"));
}

/// Anna and Ben of the company, who have PINs, Celina who has none, and Oscar of another company.
const PINS: &str = r#"[
  {"customer_id": "anna", "identities": ["telegram:1", "pin:111111"], "company_id": "demo-plumbing", "company_name": "D"},
  {"customer_id": "ben", "phone_number": "\u0070in:222222", "company_id": "demo-plumbing", "company_name": "D", "name": "Ben"},
  {"customer_id": "celina", "phone_number": "telegram:3", "company_id": "demo-plumbing", "company_name": "D"},
  {"customer_id": "oscar", "phone_number": "pin:444444", "company_id": "other", "company_name": "O"}
]"#;

fn whose(text: &str, pin: &str) -> Option<String> {
    let file = CustomerFile::parse(text.as_bytes()).unwrap();
    file.find(&Identity::parse(pin).unwrap()).map(|found| found.customer_id.to_string())
}

/// Who has each of the three.
fn owners(text: &str) -> [Option<String>; 3] {
    ["pin:111111", "pin:222222", "pin:444444"].map(|pin| whose(text, pin))
}

fn as_before() -> [Option<String>; 3] {
    ["anna", "ben", "oscar"].map(|id| Some(id.to_owned()))
}

async fn import(tend: &TendCustomers, text: &str) -> PeopleChange {
    PeopleChange::Import { version: tend.people(&ours()).await.unwrap().version, text: text.to_owned() }
}

#[tokio::test]
async fn a_pin_is_seen_nowhere_and_stays_where_what_stands_for_it_is_left() {
    let files = store(Some(PINS)).await;
    let tend = TendCustomers::new(files.clone());
    let people = tend.people(&ours()).await.unwrap();
    assert_eq!(people.entries[0].form.numbers, ["telegram:1", MASK]);
    assert_eq!(people.entries[1].form.numbers, [MASK]);
    for pin in ["111111", "222222", "444444"] {
        assert!(!people.export.contains(pin), "{}", people.export);
    }
    assert_eq!(people.export.matches(MASK).count(), 2);

    // A form that is saved as it is, but for the name and the id.
    let form = PersonForm {
        name: "Benno".to_owned(),
        customer_id: "benno".to_owned(),
        ..people.entries[1].form.clone()
    };
    let mark = people.entries[1].mark.clone();
    tend.change(&ours(), &PeopleChange::Edit { mark, person: form }).await.unwrap();
    let text = files.text("customers.json").unwrap();
    assert_eq!(whose(&text, "pin:222222").as_deref(), Some("benno"));

    // An import of what was shown changes nothing at all of the PINs.
    let shown = tend.people(&ours()).await.unwrap().export;
    tend.change(&ours(), &import(&tend, &shown).await).await.unwrap();
    let after = files.text("customers.json").unwrap();
    assert_eq!(
        [whose(&after, "pin:111111"), whose(&after, "pin:222222")],
        [Some("anna".to_owned()), Some("benno".to_owned())]
    );
    assert!(!after.contains('•'), "{after}");
}

#[tokio::test]
async fn entries_that_change_places_keep_their_own_pins() {
    let files = store(Some(PINS)).await;
    let tend = TendCustomers::new(files.clone());
    let shown = tend.people(&ours()).await.unwrap().export;
    let lines: Vec<&str> = shown.lines().map(|line| line.trim().trim_end_matches(',')).collect();
    // Ben first, then Anna, whose other identity is gone.
    let text = format!("[{},\n{}]", lines[2], lines[1].replace("\"telegram:1\", ", ""));
    tend.change(&ours(), &import(&tend, &text).await).await.unwrap();
    let after = files.text("customers.json").unwrap();
    assert_eq!(owners(&after), as_before());
    assert!(!after.contains("telegram:1"), "{after}");
}

#[tokio::test]
async fn what_stands_for_no_pin_is_a_fault_with_its_line_and_is_never_stored() {
    let files = store(Some(PINS)).await;
    let tend = TendCustomers::new(files.clone());
    let entry = |id: &str, number: &str| {
        format!(
            r#"{{"customer_id": "{id}", "phone_number": "{number}", "company_id": "demo-plumbing", "company_name": "D"}}"#
        )
    };
    for (id, number) in [("celina", MASK), ("nobody", MASK), ("oscar", MASK), ("anna", "pin:•••• (2)")]
    {
        let text = format!("[{},\n{}]", entry("ben", MASK), entry(id, number));
        let Refused::Faults(faults) = refused(&tend, import(&tend, &text).await).await else {
            panic!("{id}")
        };
        let [fault] = faults.as_slice() else { panic!("{faults:?}") };
        assert!(fault.line == 2 && fault.reason.contains("a masked PIN"), "{id}: {fault}");
    }
    // What only looks like it is no identity.
    for number in ["pin:•••", "pin:******", "PIN:••••", "pin:•••••• "] {
        let text = format!("[\n{}]", entry("anna", number));
        let Refused::Faults(faults) = refused(&tend, import(&tend, &text).await).await else {
            panic!("{number}")
        };
        assert!(faults[0].line == 2 && faults[0].reason.contains("expected"), "{number}");
    }
    let entries = tend.people(&ours()).await.unwrap().entries;
    let celinas = PeopleChange::Edit { mark: entries[2].mark.clone(), person: person("celina", MASK) };
    assert_eq!(refused(&tend, celinas).await, Refused::NoSuchPin);
    assert_eq!(refused(&tend, PeopleChange::Add(person("anna", MASK))).await, Refused::NoSuchPin);
    assert_eq!(files.text("customers.json").unwrap(), PINS);
    // Where it got into the file by hand, nobody is found by it, and it goes no further.
    let by_hand = PINS.replace("pin:111111", MASK);
    let files = store(Some(&by_hand)).await;
    let tend = TendCustomers::new(files.clone());
    let found = tend.people(&ours()).await.unwrap().entries;
    assert!(found[0].customer.is_none() && !found[0].faults.is_empty());
    let kept = PeopleChange::Edit { mark: found[0].mark.clone(), person: found[0].form.clone() };
    assert!(matches!(refused(&tend, kept).await, Refused::Faults(_)));
}

#[tokio::test]
async fn a_pin_that_is_written_out_is_the_companys_to_move() {
    let files = store(Some(PINS)).await;
    let tend = TendCustomers::new(files.clone());
    let shown = tend.people(&ours()).await.unwrap().export;
    // Anna gives hers to Celina; both is said in so many digits.
    let text = shown.replace(", \"pin:••••\"", "").replace("telegram:3", "pin:111111");
    tend.change(&ours(), &import(&tend, &text).await).await.unwrap();
    let after = files.text("customers.json").unwrap();
    let [of_anna, of_ben, of_oscar] = owners(&after);
    assert_eq!(of_anna.as_deref(), Some("celina"));
    assert_eq!([of_ben, of_oscar], [Some("ben".to_owned()), Some("oscar".to_owned())]);
    // Who has it twice has it once.
    let entries = tend.people(&ours()).await.unwrap().entries;
    let numbers = vec![MASK.to_owned(), "pin:222222".to_owned()];
    let twice = PersonForm { numbers, ..person("ben", "") };
    let mark = entries[1].mark.clone();
    tend.change(&ours(), &PeopleChange::Edit { mark, person: twice }).await.unwrap();
    assert_eq!(whose(&files.text("customers.json").unwrap(), "pin:222222").as_deref(), Some("ben"));
}

#[tokio::test]
async fn no_mark_tells_which_pin_it_is() {
    let (one, other) = (store(Some(PINS)).await, store(Some(&PINS.replace("111111", "999999"))).await);
    let [one, other] = [one, other].map(TendCustomers::new);
    let (one, other) = (one.people(&ours()).await.unwrap(), other.people(&ours()).await.unwrap());
    assert_eq!(one.version, other.version);
    assert_eq!(one.entries[0].mark, other.entries[0].mark);
    assert_ne!(one.entries[0].mark, one.entries[1].mark);
}

proptest! {
    #[test]
    fn what_is_shown_is_imported_to_the_same_letter(of in prop::collection::vec((0..3_u8, 1..4_usize), 1..6)) {
        let mut pin = 100_000;
        let entries: Vec<String> = of.iter().map(|(id, pins)| {
            let pins: Vec<String> = (0..*pins).map(|_| { pin += 1; format!("\"pin:{pin}\"") }).collect();
            format!(r#"{{"customer_id": "P-{id}", "company_id": "demo-plumbing", "company_name": "D", "identities": [{}]}}"#, pins.join(", "))
        }).collect();
        let text = format!("[\n  {}\n]", entries.join(",\n  "));
        let scope = ours();
        let file = CompanyFile::read(text.as_bytes(), scope.company()).unwrap();
        let marks: std::collections::HashSet<String> = file.entries().into_iter().map(|entry| entry.mark).collect();
        prop_assert_eq!(marks.len(), entries.len());
        let change = PeopleChange::Import { version: file.version(), text: file.export() };
        prop_assert_eq!(file.change(&change).unwrap(), text);
    }
}
