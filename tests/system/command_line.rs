//! The `hark` command as people and scripts use it.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Output, Stdio},
};

use reqwest::StatusCode;
use serde_json::Value;
use system_tests::{HarkDev, KEY, Office, process::hark};
use tokio::{io::AsyncWriteExt, process::Command};

pub(super) async fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    Command::new(hark())
        .args(arguments)
        .env_clear()
        .envs(settings.iter().copied())
        .output()
        .await
        .expect("hark runs")
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

pub(super) fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {}", text(&output.stderr)))
}

#[tokio::test]
async fn every_command_has_help_with_an_example_and_json() {
    for command in [
        &["dev"][..],
        &["serve"],
        &["health"],
        &["phone", "text"],
        &["phone", "voice"],
        &["phone", "tap"],
        &["phone", "inbox"],
        &["phone", "call"],
        &["keys", "create"],
        &["keys", "list"],
        &["keys", "revoke"],
        &["users", "create"],
        &["users", "link"],
        &["users", "password"],
        &["users", "list"],
        &["users", "remove"],
        &["customers", "check"],
        &["customers", "put"],
        &["customers", "get"],
        &["stand-ins"],
        &["doctor"],
        &["telegram", "webhook", "set"],
        &["telegram", "webhook", "remove"],
        &["telegram", "webhook", "show"],
        &["replay"],
    ] {
        let help = run(&[command, &["--help"]].concat(), &[]).await;
        let help = text(&help.stdout);
        assert!(help.contains("Example:\n  hark "), "{command:?}: {help}");
        assert!(help.contains("--json"), "{command:?}");
    }
}

#[tokio::test]
async fn the_phone_sends_waits_and_shows_what_it_received() {
    let folder = tempfile::tempdir().unwrap();
    let dev = HarkDev::start(folder.path(), &BTreeMap::new()).await;
    let port = dev.simulators().rsplit(':').next().unwrap().to_owned();
    let settings = [("HARK_SIM_PORT", port.as_str())];

    let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/audio/job-en.ogg");
    let spoken = run(&["phone", "voice", recording.to_str().unwrap()], &settings).await;
    let shown = text(&spoken.stdout);
    assert!(spoken.status.success(), "{}", text(&spoken.stderr));
    assert!(shown.starts_with("sent MM") && shown.contains("(simulated phone)"), "{shown}");
    assert!(shown.contains("Heard: “Please order") && shown.contains("• Call Mrs Miller"), "{shown}");

    let typed = json(&run(&["phone", "text", "Please order pipes.", "--json"], &settings).await);
    assert!(typed["message_sid"].as_str().unwrap().starts_with("SM"));
    assert_eq!(typed["received"].as_array().unwrap().len(), 1);
    let inbox = json(&run(&["phone", "inbox", "--json"], &settings).await);
    assert_eq!(inbox.as_array().unwrap().len(), 2);
    assert_eq!(inbox[1]["buttons"][2]["title"], "Undo");
    assert!(shown.ends_with("\n[OK] [Change] [Undo]\n"), "{shown}");
    let quoting = ["phone", "text", "Call Mr Weber, please.", "--reply-to", "last", "--json"];
    assert!(run(&quoting, &settings).await.status.success());
    let unknown = run(&["phone", "text", "x", "--reply-to", "SM1"], &settings).await;
    assert!(text(&unknown.stderr).contains("no such message"), "{}", text(&unknown.stderr));
    let wrong = run(&["phone", "tap", "Nothing"], &settings).await;
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("[OK] [Change] [Undo]"), "{}", text(&wrong.stderr));

    let silent = run(&["phone", "inbox"], &[("HARK_SIM_PORT", "1")]).await;
    assert_eq!(silent.status.code(), Some(1));
    assert!(text(&silent.stderr).contains("is `hark dev` running"), "{}", text(&silent.stderr));
    dev.kill().await;
}

#[tokio::test]
async fn keys_are_made_listed_and_revoked_beside_a_running_hark() {
    let folder = tempfile::tempdir().unwrap();
    let demo = BTreeMap::from([("HARK_DEMO_API_KEY".to_owned(), KEY.to_owned())]);
    let dev = HarkDev::start(folder.path(), &demo).await;
    let settings = [("HARK_DATA", folder.path().to_str().unwrap())];
    let create = ["keys", "create", "--company", "acme", "--scope", "files:read", "--json"];

    let made = json(&run(&create, &settings).await);
    assert_eq!(made["company"], "acme");
    assert_eq!(made["scopes"], serde_json::json!(["files:read"]));
    assert_eq!(made["expires"], Value::Null);
    let key = made["key"].as_str().unwrap();
    let acme = Office::with_key(&dev.url(), key);
    assert_eq!(acme.get("/files/list?company_id=acme").await.0, StatusCode::OK);
    assert_eq!(acme.get("/files/list?company_id=demo-plumbing").await.0, StatusCode::NOT_FOUND);

    let listed = run(&["keys", "list", "--company", "acme"], &settings).await;
    let listed = text(&listed.stdout);
    assert!(listed.contains(made["id"].as_str().unwrap()) && !listed.contains(key), "{listed}");

    assert!(run(&create, &settings).await.status.success(), "a second one, for rotation");
    let third = run(&create, &settings).await;
    assert_eq!(third.status.code(), Some(1));
    assert!(text(&third.stderr).contains("revoke"), "says what to do: {}", text(&third.stderr));

    assert!(run(&["keys", "revoke", made["id"].as_str().unwrap()], &settings).await.status.success());
    let listed = json(&run(&["keys", "list", "--company", "acme", "--json"], &settings).await);
    assert!(listed.as_array().unwrap().iter().any(|key| key["state"] == "revoked"));
    assert_eq!(run(&["keys", "revoke", "nosuchkey"], &settings).await.status.code(), Some(1));
    dev.kill().await;
}

#[tokio::test]
async fn users_are_made_get_in_and_are_removed_beside_a_running_hark() {
    let folder = tempfile::tempdir().unwrap();
    let dev = HarkDev::start(folder.path(), &BTreeMap::new()).await;
    let (data, url) = (folder.path().to_str().unwrap(), dev.url());
    let settings = [("HARK_DATA", data), ("PUBLIC_BASE_URL", url.as_str())];
    let create =
        ["users", "create", "Ola@example.com", "--company", "demo-plumbing", "--role", "staff", "--json"];
    let made = json(&run(&create, &settings).await);
    assert_eq!((&made["name"], &made["role"]), (&"ola@example.com".into(), &"staff".into()));
    let client = system_tests::client();
    let opens = async |link: &str| client.get(link).send().await.unwrap().status();
    assert_eq!(opens(made["link"].as_str().unwrap()).await, StatusCode::SEE_OTHER);
    let twice = run(&create, &settings).await;
    assert!(text(&twice.stderr).contains("there is a user of this name already"));

    let short = hark_reads(&["users", "password", "ola@example.com"], &settings, "short\n").await;
    assert!(text(&short.stderr).contains("at least 12 characters"), "{}", text(&short.stderr));
    let set = hark_reads(&["users", "password", "ola@example.com"], &settings, "a long enough one\n").await;
    assert!(set.status.success(), "{}", text(&set.stderr));
    assert_eq!(opens(made["link"].as_str().unwrap()).await, StatusCode::FORBIDDEN, "a link of before");
    let listed = json(&run(&["users", "list", "--company", "demo-plumbing", "--json"], &settings).await);
    // Beside her the owner, whom `hark dev` made.
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!((&listed[1]["name"], &listed[1]["has_password"]), (&"ola@example.com".into(), &true.into()));
    let link = json(&run(&["users", "link", "ola@example.com", "--json"], &settings).await);
    let link = link["link"].as_str().unwrap();
    assert_eq!(opens(link).await, StatusCode::SEE_OTHER);
    assert!(run(&["users", "remove", "ola@example.com"], &settings).await.status.success());
    assert_eq!(opens(link).await, StatusCode::FORBIDDEN);
}

async fn hark_reads(arguments: &[&str], settings: &[(&str, &str)], typed: &str) -> Output {
    let mut command = Command::new(hark());
    command.args(arguments).env_clear().envs(settings.iter().copied());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("hark runs");
    let mut stdin = child.stdin.take().expect("an input");
    stdin.write_all(typed.as_bytes()).await.expect("it reads");
    drop(stdin);
    child.wait_with_output().await.expect("hark ends")
}

#[tokio::test]
async fn a_customers_file_is_checked_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("customers.json");
    std::fs::write(
        &file,
        "[\n  {\"customer_id\": \"a\", \"phone_number\": \"+4915112345678\", \"company_id\": \"acme\", \"company_name\": \"Acme\"},\n  \
         {\"customer_id\": \"b\", \"phone_number\": \"0151CANARY\", \"company_id\": \"acme\", \"company_name\": \"Acme\"}\n]\n",
    )
    .unwrap();
    let checked = run(&["customers", "check", file.to_str().unwrap()], &[]).await;
    assert_eq!(checked.status.code(), Some(1));
    let shown = text(&checked.stdout);
    assert!(shown.starts_with("line 3") && shown.contains("1 customers can be used, 1 faults"), "{shown}");
    assert!(!shown.contains("CANARY"));

    // `hark ... | head -1`: whoever read is gone, and the verdict is the same.
    let (gone, pipe) = std::io::pipe().unwrap();
    drop(gone);
    let unread = Command::new(hark())
        .args(["customers", "check", file.to_str().unwrap()])
        .env_clear()
        .stdout(pipe)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let unread = unread.wait_with_output().await.unwrap();
    assert_eq!((unread.status.code(), unread.stderr), (Some(1), checked.stderr));

    std::fs::write(&file, "[{\"customer_id\": ").unwrap();
    let checked = json(&run(&["customers", "check", file.to_str().unwrap(), "--json"], &[]).await);
    assert_eq!(checked["faults"][0]["line"], 1);
    assert_eq!(checked["faults"][0]["consequence"], "file_refused");
}

#[tokio::test]
async fn a_start_that_cannot_be_says_why_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let dev = HarkDev::start(folder.path(), &BTreeMap::new()).await;
    let data = folder.path().to_str().unwrap();
    let ports = [("HARK_PORT", "0"), ("HARK_SIM_PORT", "0")];

    let second = run(&["dev"], &[&ports[..], &[("HARK_DATA", data)]].concat()).await;
    assert!(text(&second.stderr).contains("another hark uses this folder"), "{}", text(&second.stderr));

    let other = tempfile::tempdir().unwrap();
    let other = other.path().join("data");
    let taken = dev.url().rsplit(':').next().unwrap().to_owned();
    let settings =
        [("HARK_PORT", taken.as_str()), ("HARK_SIM_PORT", "0"), ("HARK_DATA", other.to_str().unwrap())];
    let taken = run(&["dev"], &settings).await;
    assert!(text(&taken.stderr).contains("HARK_PORT"), "{}", text(&taken.stderr));

    let settings = [("HARK_PORT", "x"), ("AI", "maybe"), ("TWILIO_API_BASE_URL", "https://api.twilio.com")];
    let settings =
        [&settings[..], &[("HARK_SIM_PORT", "0"), ("HARK_DATA", other.to_str().unwrap())]].concat();
    let said = text(&run(&["dev"], &settings).await.stderr);
    for name in [
        "HARK_PORT",
        "AI must be on or off",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_WHATSAPP_NUMBER",
    ] {
        assert!(said.contains(name), "{name} is not named: {said}");
    }
    dev.kill().await;
}
