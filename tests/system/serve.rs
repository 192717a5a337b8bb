//! One machine in earnest: `hark serve` from the first customers.json to an orderly end, with providers that another
//! process plays.

use std::{collections::BTreeMap, path::Path, time::Duration};

use reqwest::StatusCode;
use serde_json::{Value, json};
use system_tests::{ANNA, BEN, HarkServe, Office, Phones, Providers};

use super::command_line::{json as printed, run, text};

/// A company of the same people as the demo one, but not its file.
fn own_people(folder: &Path) -> String {
    let mut directory: Value = serde_json::from_str(cli::demo::CUSTOMERS).unwrap();
    for person in directory["customers"].as_array_mut().unwrap() {
        person["company_name"] = "Rohr und Rinne".into();
    }
    let file = folder.join("people.json");
    std::fs::write(&file, directory.to_string()).unwrap();
    file.to_str().unwrap().to_owned()
}

fn borrowed(settings: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Providers, and the settings of an installation whose people are stored.
async fn installed(folder: &Path) -> (Providers, BTreeMap<String, String>) {
    let providers = Providers::start(folder).await;
    let mut settings = providers.settings.clone();
    settings.insert("HARK_DATA".to_owned(), folder.join("data").to_str().unwrap().to_owned());
    let put = run(&["customers", "put", &own_people(folder)], &borrowed(&settings)).await;
    assert!(put.status.success(), "{}", text(&put.stderr));
    (providers, settings)
}

async fn ready(url: &str) -> (StatusCode, Value) {
    Office::at(url).get("/readyz").await
}

#[tokio::test]
async fn it_does_not_start_with_anything_missing_and_names_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let unset = run(&["serve"], &[("HARK_DATA", data.to_str().unwrap()), ("DEV_MODE", "true")]).await;
    assert_eq!(unset.status.code(), Some(1));
    let said = text(&unset.stderr);
    for name in [
        "PUBLIC_BASE_URL is not set",
        "TWILIO_ACCOUNT_SID is not set",
        "TWILIO_AUTH_TOKEN is not set",
        "TWILIO_WHATSAPP_NUMBER",
        "OPENAI_API_KEY is not set",
        "`hark customers put FILE`",
        "DEV_MODE would switch a check off",
    ] {
        assert!(said.contains(name), "{name} is not named: {said}");
    }
    assert!(unset.stdout.is_empty() && !data.exists(), "nothing was begun");
}

#[tokio::test]
async fn an_office_begins_with_its_people_a_user_and_a_key_and_a_signed_message_is_filed() {
    let folder = tempfile::tempdir().unwrap();
    let (providers, mut settings) = installed(folder.path()).await;
    settings.insert("HARK_LOG_FORMAT".to_owned(), "json".to_owned());
    let hark = HarkServe::start(&settings).await;
    assert_eq!(hark.started["people"], 3);
    assert_eq!(hark.started["without_users"], "demo-plumbing");

    let beside = borrowed(&settings);
    assert!(run(&["health"], &beside).await.status.success());
    let well = printed(&run(&["health", "--ready", "--json"], &beside).await);
    assert_eq!(well["answer"]["ready"], true);
    let user = ["users", "create", "ola", "--company", "demo-plumbing", "--role", "owner", "--json"];
    let user = printed(&run(&user, &beside).await);
    let entered = system_tests::client().get(user["link"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(entered.status(), StatusCode::SEE_OTHER);
    let key = ["keys", "create", "--company", "demo-plumbing", "--scope", "files:read", "--json"];
    let key = printed(&run(&key, &beside).await);
    let office = Office::with_key(&hark.url(), key["key"].as_str().unwrap());

    let phones = Phones::at(&providers.url);
    let sid = phones.says(ANNA, "Please order two copper pipes.").await;
    assert!(phones.first_message(ANNA).await.contains("Filed as a job"));
    let files = office.files_of(&sid).await;
    assert!(files.contains_key("full_text") && files.contains_key("record"), "{files:?}");

    // Whoever sends without Twilio's signature is not heard.
    let unsigned = system_tests::client().post(format!("{}/webhook", hark.url())).body("From=x");
    assert_eq!(unsigned.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    // A second one does not take the folder over.
    let second = run(&["serve"], &[&beside[..], &[("HARK_PORT", "0")]].concat()).await;
    assert!(text(&second.stderr).contains("another hark uses this folder"), "{}", text(&second.stderr));

    hark.terminate().await;
    let (ended, log) = hark.ends().await;
    assert!(ended.success(), "{ended}: {log}");
    let said: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(said.iter().any(|line| line["level"] == "INFO"), "{log}");
    let dead = run(&["health"], &beside).await;
    assert_eq!(dead.status.code(), Some(1));
    assert!(text(&dead.stderr).contains("is hark running there"), "{}", text(&dead.stderr));
}

#[tokio::test]
async fn asked_to_end_it_finishes_what_is_under_way_and_takes_what_comes_for_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (providers, settings) = installed(folder.path()).await;
    let hark = HarkServe::start(&settings).await;
    let (phones, url) = (Phones::at(&providers.url), hark.url());
    assert_eq!(ready(&url).await.0, StatusCode::OK);
    // Long enough for all that is to happen while the first note is under way.
    let plan = json!([{"call": "POST /v1/chat/completions", "nth": 1, "count": 1, "do": "delay_ms:6000"}]);
    phones.faults(plan).await;
    let first = phones.says(ANNA, "Please order two copper pipes.").await;
    let mut look = tokio::time::interval(Duration::from_millis(20));
    while phones.calls("POST", "/chat/completions").await == 0 {
        look.tick().await;
    }

    hark.terminate().await;
    let (status, body) = loop {
        let answer = ready(&url).await;
        if answer.0 != StatusCode::OK {
            break answer;
        }
        look.tick().await;
    };
    assert_eq!((status, &body["stopping"]), (StatusCode::SERVICE_UNAVAILABLE, &json!(true)), "{body}");
    assert_eq!(Office::at(&url).get("/healthz").await.0, StatusCode::OK, "it is alive all the same");
    let second = phones.says(BEN, "Bitte zwei Kupferrohre bestellen.").await;
    let (ended, log) = hark.ends().await;
    assert!(ended.success(), "{ended}: {log}");
    assert_eq!(phones.messages(ANNA, 1).await.len(), 1, "what was under way was finished");
    assert_eq!(phones.messages(BEN, 0).await.len(), 0, "nothing new was begun");

    let hark = HarkServe::start(&settings).await;
    assert_eq!(phones.messages(BEN, 1).await.len(), 1);
    assert_eq!(phones.messages(ANNA, 1).await.len(), 1, "and answered once");
    let key = ["keys", "create", "--company", "demo-plumbing", "--scope", "files:read", "--json"];
    let key = printed(&run(&key, &borrowed(&settings)).await);
    let office = Office::with_key(&hark.url(), key["key"].as_str().unwrap());
    for id in [first, second] {
        assert!(office.files_of(&id).await.contains_key("record"), "{id}");
    }
    hark.terminate().await;
    assert!(hark.ends().await.0.success());
}

#[tokio::test]
async fn the_first_people_of_a_machine_stay_when_they_are_put_again_only_if_absent() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let settings = [("HARK_DATA", data.to_str().unwrap())];
    let people = own_people(folder.path());
    let put = ["customers", "put", "--if-absent", &people, "--json"];
    let first = printed(&run(&put, &settings).await);
    assert_eq!((&first["people"], &first["before"]), (&json!(3), &Value::Null));
    std::fs::write(&people, r#"[{"customer_id": "a", "phone_number": "+4915112345678", "company_id": "acme", "company_name": "A"}]"#)
        .unwrap();
    let again = printed(&run(&put, &settings).await);
    assert_eq!(again["kept"]["people"], 3, "{again}");
    let stored = text(&run(&["customers", "get"], &settings).await.stdout);
    assert!(stored.contains("Rohr und Rinne") && !stored.contains("acme"), "{stored}");
}
