//! Stories of companies that tend their people in one file.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use proptest::prelude::*;

use super::*;
use crate::{
    domain::customer_file::{CustomerFile, PersonForm},
    ports::objects::{Fetched, ObjectMeta, ObjectPage, Presign, PutIfAbsent},
    testing::{
        fixed::FixedClock,
        memory_objects::MemoryObjects,
        samples::{customer, customer_of},
    },
};

mod pins;

const TWO: &str = r#"{"version": 3, "customers": [
  {"customer_id": "P-1", "phone_number": "+4915100000001", "company_id": "demo-plumbing", "company_name": "Demo Plumbing", "vacation": {"any":  1}},
  {"customer_id": "O-1",   "phone_number": "whatsapp:+4915100000002", "company_id": "other", "company_name": "Secret & Sons"},
  {"customer_id": "O 2", "phone_number": "+4915100000003", "company_id": "other"}
], "by": "hand"}"#;

async fn store(text: Option<&str>) -> Arc<MemoryObjects> {
    let files = MemoryObjects::new(Arc::new(FixedClock::default()));
    if let Some(text) = text {
        let bytes = Bytes::copy_from_slice(text.as_bytes());
        files.put(&ObjectKey::customers(), bytes, JSON).await.unwrap();
    }
    Arc::new(files)
}

fn ours() -> TenantScope {
    TenantScope::of_customer(&customer())
}

fn theirs() -> TenantScope {
    TenantScope::of_customer(&customer_of("other"))
}

fn person(id: &str, number: &str) -> PersonForm {
    let numbers = vec![number.to_owned()];
    PersonForm { customer_id: id.to_owned(), name: "Petra".to_owned(), numbers, ..PersonForm::default() }
}

async fn refused(tend: &TendCustomers, change: PeopleChange) -> Refused {
    let checked = tend.check(&ours(), &change).await;
    let Err(TendError::Refused(refused)) = tend.change(&ours(), &change).await else { panic!("it was made") };
    assert!(matches!(checked, Err(TendError::Refused(said)) if said == refused));
    refused
}

async fn ids(tend: &TendCustomers, scope: &TenantScope) -> Vec<String> {
    let people = tend.people(scope).await.unwrap().entries;
    people.into_iter().map(|each| each.form.customer_id).collect()
}

#[tokio::test]
async fn a_person_is_added_changed_and_removed_and_all_else_stays_as_it_was_written() {
    let files = store(Some(TWO)).await;
    let tend = TendCustomers::new(files.clone());
    tend.change(&ours(), &PeopleChange::Add(person("P-2", "+4915100000009"))).await.unwrap();
    let text = files.text("customers.json").unwrap();
    let kept: Vec<&str> = TWO.lines().skip(1).map(|line| line.trim_end_matches(',')).take(3).collect();
    assert!(kept.iter().all(|line| text.contains(line)), "{text}");
    assert!(text.starts_with(r#"{"version": 3, "customers": ["#) && text.ends_with(r#"], "by": "hand"}"#));
    let reading = CustomerFile::read(text.as_bytes()).unwrap();
    let added = reading.file.customers().last().unwrap();
    assert_eq!((added.customer_id.as_str(), added.company_name.as_str()), ("P-2", "Demo Plumbing"));

    let mark = tend.people(&ours()).await.unwrap().entries[0].mark.clone();
    let edited = PersonForm { language: "pl".to_owned(), ..person("P-1", "+4915100000005") };
    tend.change(&ours(), &PeopleChange::Edit { mark: mark.clone(), person: edited.clone() }).await.unwrap();
    let text = files.text("customers.json").unwrap();
    assert!(text.contains(r#""vacation":{"any":  1}"#), "what is others' business stays: {text}");
    let stale = PeopleChange::Edit { mark, person: edited };
    assert_eq!(refused(&tend, stale).await, Refused::Changed);

    let mark = tend.people(&ours()).await.unwrap().entries[0].mark.clone();
    tend.change(&ours(), &PeopleChange::Remove { mark }).await.unwrap();
    assert_eq!(ids(&tend, &ours()).await, ["P-2"]);
    assert_eq!(ids(&tend, &theirs()).await, ["O-1", "O 2"]);
}

#[tokio::test]
async fn nobody_takes_a_number_of_another_company_nor_touches_its_entries() {
    let files = store(Some(TWO)).await;
    let tend = TendCustomers::new(files.clone());
    // Those of an entry that is left out, too: it is put right some day.
    for number in ["+4915100000002", "whatsapp:+4915100000003"] {
        let add = PeopleChange::Add(person("P-9", number));
        assert_eq!(refused(&tend, add).await, Refused::Taken(vec![1]));
    }
    assert_eq!(refused(&tend, PeopleChange::Add(person("P-9", "+4915100000001"))).await, Refused::TakenByOwn);
    assert_eq!(refused(&tend, PeopleChange::Add(person("P-1", "+4915100000007"))).await, Refused::SameId);
    let bad = refused(&tend, PeopleChange::Add(person("P-9", "0151 1234"))).await;
    assert!(matches!(bad, Refused::Faults(faults) if faults.len() == 1));
    for entry in tend.people(&theirs()).await.unwrap().entries {
        let change = PeopleChange::Remove { mark: entry.mark.clone() };
        assert_eq!(refused(&tend, change).await, Refused::Changed);
        let change = PeopleChange::Edit { mark: entry.mark, person: person("P-9", "+4915100000008") };
        assert_eq!(refused(&tend, change).await, Refused::Changed);
    }
    let export = tend.people(&ours()).await.unwrap().export;
    assert!(export.contains("P-1") && !export.contains("other") && !export.contains("Secret"), "{export}");
    assert_eq!(files.text("customers.json").unwrap(), TWO);
}

#[tokio::test]
async fn an_import_is_checked_whole_and_takes_the_place_of_the_companys_own_entries() {
    let files = store(Some(TWO)).await;
    let tend = TendCustomers::new(files.clone());
    let version = tend.people(&ours()).await.unwrap().version;
    let import = |text: &str| PeopleChange::Import { version: version.clone(), text: text.to_owned() };
    let entry = |company: &str, number: &str| {
        format!(
            r#"{{"customer_id": "P-5", "phone_number": "{number}", "company_id": "{company}", "company_name": "D"}}"#
        )
    };
    let faults = [
        ("[", "not JSON"),
        ("[\n{}]", "company_id is missing"),
        (&format!("[\n{}]", entry("other", "+4915100000005")), "expected your own company's"),
        (
            &format!(
                "[\n{},\n{}]",
                entry("demo-plumbing", "+4915100000005"),
                entry("demo-plumbing", "+4915100000005")
            ),
            "the same identity",
        ),
    ];
    for (text, told) in faults {
        let Refused::Faults(faults) = refused(&tend, import(text)).await else { panic!("{text}") };
        assert!(faults.iter().any(|fault| fault.to_string().contains(told)), "{text}: {faults:?}");
    }
    let taken = format!("[\n{}]", entry("demo-plumbing", "+4915100000002"));
    assert_eq!(refused(&tend, import(&taken)).await, Refused::Taken(vec![2]));
    assert_eq!(files.text("customers.json").unwrap(), TWO);

    let good = import(&format!("{{\"customers\": [{}]}}", entry("demo-plumbing", "+4915100000001")));
    tend.change(&ours(), &good).await.unwrap();
    assert_eq!(ids(&tend, &ours()).await, ["P-5"]);
    assert_eq!(ids(&tend, &theirs()).await, ["O-1", "O 2"]);
    assert_eq!(refused(&tend, good).await, Refused::Changed, "it was looked at before that");
}

#[tokio::test]
async fn the_first_person_makes_the_file_and_a_broken_one_is_left_alone() {
    let files = store(None).await;
    let tend = TendCustomers::new(files.clone());
    assert!(tend.people(&ours()).await.unwrap().entries.is_empty());
    tend.change(&ours(), &PeopleChange::Add(person("P-1", "telegram:77"))).await.unwrap();
    let file = CustomerFile::parse(files.text("customers.json").unwrap().as_bytes()).unwrap();
    assert_eq!(file.customers()[0].company_name, "demo-plumbing", "there is no better name");

    let files = store(Some("[{")).await;
    let tend = TendCustomers::new(files.clone());
    let changed = tend.change(&ours(), &PeopleChange::Add(person("P-1", "telegram:77"))).await;
    assert!(matches!(changed, Err(TendError::Unusable)));
    assert_eq!(files.text("customers.json").unwrap(), "[{");
}

/// Before each of the first replacements somebody of another company stores.
struct Meddling {
    files: Arc<MemoryObjects>,
    left: AtomicUsize,
    loses_answers: bool,
}

#[async_trait]
impl ObjectRead for Meddling {
    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectError> {
        self.files.get(key).await
    }
    async fn get_unless(&self, key: &ObjectKey, etag: Option<&str>) -> Result<Fetched, ObjectError> {
        self.files.get_unless(key, etag).await
    }
    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectMeta>, ObjectError> {
        self.files.head(key).await
    }
    async fn list(
        &self,
        prefix: &crate::domain::object_key::KeyPrefix,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ObjectPage, ObjectError> {
        self.files.list(prefix, after, limit).await
    }
    async fn presign(&self, key: &ObjectKey, what: &Presign) -> Result<String, ObjectError> {
        self.files.presign(key, what).await
    }
}

#[async_trait]
impl ObjectWrite for Meddling {
    async fn put(&self, key: &ObjectKey, bytes: Bytes, kind: &str) -> Result<(), ObjectError> {
        self.files.put(key, bytes, kind).await
    }
    async fn put_if_absent(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        kind: &str,
    ) -> Result<PutIfAbsent, ObjectError> {
        self.files.put_if_absent(key, bytes, kind).await
    }
    async fn copy(&self, from: &ObjectKey, to: &ObjectKey, kind: &str) -> Result<bool, ObjectError> {
        self.files.copy(from, to, kind).await
    }
}

#[async_trait]
impl ObjectReplace for Meddling {
    async fn replace(
        &self,
        key: &ObjectKey,
        etag: &str,
        bytes: Bytes,
        kind: &str,
    ) -> Result<Replaced, ObjectError> {
        if self.loses_answers {
            self.files.replace(key, etag, bytes, kind).await?;
            return Ok(Replaced::Changed);
        }
        let left = self.left.load(Ordering::SeqCst);
        if left > 0 {
            self.left.store(left - 1, Ordering::SeqCst);
            let add = PeopleChange::Add(person(&format!("O-{left}"), &format!("telegram:{left}")));
            TendCustomers::new(self.files.clone()).change(&theirs(), &add).await.unwrap();
        }
        self.files.replace(key, etag, bytes, kind).await
    }
}

#[tokio::test]
async fn of_those_who_store_at_once_none_is_lost_and_nobody_tries_for_ever() {
    for (meddles, is_made) in [(0, true), (1, true), (TRIES - 1, true), (TRIES, false)] {
        let files = store(Some("[]")).await;
        let left = AtomicUsize::new(meddles);
        let meddling = Meddling { files: files.clone(), left, loses_answers: false };
        let tend = TendCustomers::new(Arc::new(meddling));
        let made = tend.change(&ours(), &PeopleChange::Add(person("P-1", "telegram:77"))).await;
        assert_eq!(made.is_ok(), is_made, "{meddles}");
        assert!(is_made || matches!(made, Err(TendError::Busy)));
        let tend = TendCustomers::new(files);
        assert_eq!(ids(&tend, &ours()).await.len(), usize::from(is_made));
        assert_eq!(ids(&tend, &theirs()).await.len(), meddles);
    }
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_known_again() {
    let files = store(Some("[]")).await;
    let lost = Meddling { files: files.clone(), left: AtomicUsize::new(0), loses_answers: true };
    let add = PeopleChange::Add(person("P-1", "telegram:77"));
    TendCustomers::new(Arc::new(lost)).change(&ours(), &add).await.unwrap();
    assert_eq!(ids(&TendCustomers::new(files), &ours()).await, ["P-1"]);
}

/// An entry of one of three companies, or of none, good or not.
fn some_entry() -> impl Strategy<Value = String> {
    let company = prop_oneof![
        Just(r#""company_id": "demo-plumbing","#),
        Just(r#""company_id":"other","#),
        Just(r#""company_id": "third" ,"#),
        Just(r#""company_id": 7,"#),
        Just(""),
    ];
    let rest = prop_oneof![
        (0..9_u8, 0..20_u8).prop_map(|(id, n)| format!(
            r#""customer_id": "P-{id}", "phone_number": "+49151000000{n:02}", "company_name": "Ä \" {id}""#
        )),
        (0..9_u8).prop_map(|n| format!(
            r#""identities": ["telegram:{n}"], "x": [1.0, {{"company_id": "other"}}]"#
        )),
        Just(r#""company_id": "demo-plumbing""#.to_owned()),
    ];
    let odd = prop_oneof![Just("7".to_owned()), Just("[\"demo-plumbing\"]".to_owned())];
    prop_oneof![9 => (company, rest).prop_map(|(company, rest)| format!("{{ {company}\n {rest}}}")), 1 => odd]
}

/// What a company does, of what it may know.
#[derive(Debug, Clone)]
enum Does {
    Add(u8, u8),
    Edit(usize, u8, u8),
    Remove(usize),
    Import(Vec<String>),
}

fn something() -> impl Strategy<Value = Does> {
    prop_oneof![
        (0..9_u8, 0..30_u8).prop_map(|(id, n)| Does::Add(id, n)),
        (0..9_usize, 0..9_u8, 0..30_u8).prop_map(|(at, id, n)| Does::Edit(at, id, n)),
        (0..9_usize).prop_map(Does::Remove),
        prop::collection::vec(some_entry(), 0..3).prop_map(Does::Import),
    ]
}

fn change_of(does: &Does, file: &CompanyFile<'_>) -> Option<PeopleChange> {
    let form = |id: u8, n: u8| person(&format!("P-{id}"), &format!("+49151000000{n:02}"));
    let mark = |at: usize| file.entries().get(at).map(|entry| entry.mark.clone());
    Some(match does {
        Does::Add(id, n) => PeopleChange::Add(form(*id, *n)),
        Does::Edit(at, id, n) => PeopleChange::Edit { mark: mark(*at)?, person: form(*id, *n) },
        Does::Remove(at) => PeopleChange::Remove { mark: mark(*at)? },
        Does::Import(entries) => {
            PeopleChange::Import { version: file.version(), text: format!("[{}]", entries.join(",\n")) }
        }
    })
}

/// Every entry of a file that is not our company's, letter by letter.
fn others_in(text: &str) -> Vec<String> {
    let raws: Vec<&serde_json::value::RawValue> = serde_json::from_str(text).unwrap();
    let is_ours = |raw: &str| {
        let value: serde_json::Value = serde_json::from_str(raw).unwrap();
        let twice = raw.matches("\"company_id\"").count() > 1 && !raw.contains("\"x\"");
        value.get("company_id").is_some_and(|id| id == "demo-plumbing") && !twice
    };
    raws.into_iter().map(|raw| raw.get().to_owned()).filter(|raw| !is_ours(raw)).collect()
}

proptest! {
    #[test]
    fn whatever_a_company_does_the_entries_of_others_stay_letter_by_letter(
        entries in prop::collection::vec(some_entry(), 0..8),
        doing in prop::collection::vec(something(), 1..6),
    ) {
        let mut text = format!("[\n{}]", entries.join(" ,\n"));
        for does in doing {
            let scope = ours();
            let file = CompanyFile::read(text.as_bytes(), scope.company()).unwrap();
            let Some(change) = change_of(&does, &file) else { continue };
            let Ok(after) = file.change(&change) else { continue };
            prop_assert_eq!(others_in(&after), others_in(&text));
            // Nor does anybody of another company stop being found.
            let (before, now) = (CustomerFile::read(text.as_bytes()).unwrap(), CustomerFile::read(after.as_bytes()).unwrap());
            for n in 0..30 {
                let number = crate::domain::identity::Identity::parse(&format!("+49151000000{n:02}")).unwrap();
                let found = before.file.find(&number).filter(|found| found.company_id.as_str() != "demo-plumbing");
                prop_assert!(found.is_none() || now.file.find(&number) == found);
            }
            text = after;
        }
    }

    #[test]
    fn whatever_is_imported_nothing_panics(text in "\\PC{0,60}|[\\[\\]{}\",:a-z0-9\n ]{0,80}") {
        let scope = ours();
        let file = CompanyFile::read(TWO.as_bytes(), scope.company()).unwrap();
        let _ = file.change(&PeopleChange::Import { version: file.version(), text });
    }
}
