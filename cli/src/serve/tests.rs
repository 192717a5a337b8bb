//! Stories of the start: what is missing, what is refused, and which settings there are at all.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::*;
use crate::demo;

const OWN: &str = r#"[{"customer_id": "ola", "phone_number": "+4915112345678", "company_id": "acme", "company_name": "Acme"}]"#;

/// Settings with which it starts.
fn good(folder: &Path) -> BTreeMap<String, String> {
    let customers = folder.join("own.json");
    fs::write(&customers, OWN).unwrap();
    [
        ("HARK_DATA", folder.join("data").to_str().unwrap()),
        ("HARK_CUSTOMERS", customers.to_str().unwrap()),
        ("PUBLIC_BASE_URL", "https://hark.example"),
        ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"),
        ("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef"),
        ("TWILIO_WHATSAPP_NUMBER", "+4930111111"),
        ("OPENAI_API_KEY", "sk-0123456789"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn started_with(values: &BTreeMap<String, String>) -> Result<MachineConfig, String> {
    let settings = Settings::new(|name| values.get(name).cloned()).knowing(values.keys().cloned());
    read(&settings).map_err(|error| format!("{error:#}"))
}

fn fault(folder: &Path, more: &[(&str, &str)]) -> String {
    let mut values = good(folder);
    values.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    started_with(&values).err().unwrap_or_else(|| panic!("it starts with {more:?}"))
}

#[test]
fn all_that_is_missing_is_named_at_once() {
    let told = started_with(&BTreeMap::new()).err().unwrap();
    for name in [
        "HARK_DATA is not set",
        "PUBLIC_BASE_URL is not set",
        "TWILIO_ACCOUNT_SID is not set",
        "TWILIO_AUTH_TOKEN is not set",
        "neither TWILIO_WHATSAPP_NUMBER nor TWILIO_SMS_NUMBER is set",
        "OPENAI_API_KEY is not set",
    ] {
        assert!(told.contains(name), "{name}: {told}");
    }
}

#[test]
fn with_all_settings_it_starts_with_the_usual_budgets_and_on_this_machine_only() {
    let folder = tempfile::tempdir().unwrap();
    let config = started_with(&good(folder.path())).unwrap();
    assert_eq!(config.worker.budgets, Budgets::USUAL);
    assert_eq!(config.custom_keys, CustomKeys::Refused);
    assert_eq!(config.key_per_minute, data_api::DEFAULT_PER_MINUTE);
    assert!(config.listen.ip().is_loopback());
    assert!(!folder.path().join("data").exists(), "reading makes nothing");
}

#[test]
fn without_models_no_key_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let mut values = good(folder.path());
    values.remove("OPENAI_API_KEY");
    assert!(started_with(&values).err().unwrap().contains("OPENAI_API_KEY is not set"));
    values.insert("AI".to_owned(), "off".to_owned());
    assert!(!started_with(&values).unwrap().worker.ai);
}

#[test]
fn g11_what_belongs_to_a_developers_machine_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value, told) in [
        ("HARK_ENV", "dev", "HARK_ENV is set"),
        ("HARK_DEMO_API_KEY", "demo-key-for-the-tests-only", "HARK_DEMO_API_KEY is for hark dev only"),
        ("HARK_DEMO_MESSAGES", "on", "HARK_DEMO_MESSAGES is for hark dev only"),
        ("TWILIO_ACCOUNT_SID", demo::ACCOUNT_SID, "TWILIO_ACCOUNT_SID is the demo value"),
        ("TWILIO_AUTH_TOKEN", demo::AUTH_TOKEN, "TWILIO_AUTH_TOKEN is the demo value"),
        ("TWILIO_AUTH_TOKEN", "changeme", "TWILIO_AUTH_TOKEN is a placeholder"),
        ("OPENAI_API_KEY", demo::OPENAI_API_KEY, "OPENAI_API_KEY is the demo value"),
        ("DEV_ALLOW_NO_JWT", "True", "DEV_ALLOW_NO_JWT would switch a check off"),
        ("TWILIO_VALIDATE_SIGNATURE", "false", "TWILIO_VALIDATE_SIGNATURE would switch a check off"),
        ("VALIDATE", "0", "VALIDATE would switch a check off"),
        ("PUBLIC_BASE_URL", "http://127.0.0.1:8080", "PUBLIC_BASE_URL is this machine"),
        ("PUBLIC_BASE_URL", "http://hark.example", "PUBLIC_BASE_URL is not an https address"),
        ("HARK_LOG_FORMAT", "xml", "HARK_LOG_FORMAT must be lines or json"),
    ] {
        let said = fault(folder.path(), &[(name, value)]);
        assert!(said.contains(told), "{told}: {said}");
        assert!(value.len() < 10 || !said.contains(value), "no value is shown: {said}");
    }
    // What says that a check is on, and what has to do with neither, is nothing to refuse.
    let mut values = good(folder.path());
    for (name, value) in
        [("TWILIO_VALIDATE_SIGNATURE", "true"), ("DEV_HOME", "/home/dev"), ("DEV_MODE", "off")]
    {
        values.insert(name.to_owned(), value.to_owned());
    }
    started_with(&values).unwrap();
}

#[test]
fn g11_a_folder_of_hark_dev_is_refused() {
    for made in ["demo-key", "simulators"] {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("data").join(made)).unwrap();
        let said = fault(folder.path(), &[]);
        assert!(said.contains("HARK_DATA is a folder of hark dev"), "{said}");
    }
}

#[test]
fn without_people_it_says_how_to_make_some() {
    let folder = tempfile::tempdir().unwrap();
    let with = |text: &str| {
        let file = folder.path().join("other.json");
        fs::write(&file, text).unwrap();
        fault(folder.path(), &[("HARK_CUSTOMERS", file.to_str().unwrap())])
    };
    let nowhere = folder.path().join("nowhere.json");
    let missing = fault(folder.path(), &[("HARK_CUSTOMERS", nowhere.to_str().unwrap()), ("HARK_PORT", "x")]);
    assert!(
        missing.contains("nobody is known") && missing.contains("`hark customers put FILE`"),
        "{missing}"
    );
    assert!(missing.contains("HARK_PORT cannot be read"), "beside all else that is wrong: {missing}");
    let broken = with("[{");
    assert!(broken.contains("line 1") && broken.contains("`hark customers check"), "{broken}");
    assert!(with("[]").contains("nobody in"), "an empty file");
    assert!(with(demo::CUSTOMERS).contains("the demo company of hark dev"));
    // In the folder itself, where it is looked for unless a setting names another place.
    let mut values = good(folder.path());
    values.remove("HARK_CUSTOMERS");
    assert!(started_with(&values).err().unwrap().contains("objects/customers.json"));
    fs::create_dir_all(folder.path().join("data/objects")).unwrap();
    fs::write(folder.path().join("data/objects/customers.json"), OWN).unwrap();
    started_with(&values).unwrap();
}

#[test]
fn one_entry_with_a_fault_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one-fault.json");
    let other =
        r#", {"customer_id": "b", "phone_number": "0151", "company_id": "acme", "company_name": "Acme"}]"#;
    fs::write(&file, OWN.trim_end_matches(']').to_owned() + other).unwrap();
    let mut values = good(folder.path());
    values.insert("HARK_CUSTOMERS".to_owned(), file.to_str().unwrap().to_owned());
    started_with(&values).unwrap();
}

/// Set in the cluster's configuration and secret, and read: each is a list of the other.
#[test]
fn the_manifests_of_kubernetes_give_every_setting_that_is_read_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let values = good(folder.path());
    let asked = RefCell::new(BTreeSet::new());
    let settings = Settings::new(|name| {
        asked.borrow_mut().insert(name.to_owned());
        values.get(name).cloned()
    });
    read(&settings).unwrap();
    drop(settings);
    let mut asked = asked.into_inner();
    // Read before any command is.
    asked.insert("HARK_LOG".to_owned());
    // Only looked at to refuse them; and what a volume makes needless.
    for refused in ["HARK_ENV", "HARK_DEMO_API_KEY", "HARK_DEMO_MESSAGES", "HARK_CUSTOMERS"] {
        assert!(asked.remove(refused), "{refused}");
    }
    let given: BTreeSet<String> =
        ["configmap.yaml", "secret.example.yaml"].into_iter().flat_map(names_in_data_of).collect();
    assert_eq!(asked, given, "read by hark serve, and given by infrastructure/kubernetes");
}

/// The names below `data:` or `stringData:`.
fn names_in_data_of(manifest: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infrastructure/kubernetes").join(manifest);
    let text = fs::read_to_string(path).unwrap();
    let data = text.split_once("\ndata:\n").or_else(|| text.split_once("\nstringData:\n")).unwrap().1;
    data.lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once(':'))
        .map(|(name, _)| name.to_owned())
        .filter(|name| !name.starts_with('#'))
        .collect()
}
