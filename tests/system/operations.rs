//! What an operator does with the `hark` command: looks whether all is well, tries again what failed, tends the
//! customer directory, plays the providers.

use std::{collections::BTreeMap, path::Path, process::Stdio};

use reqwest::StatusCode;
use serde_json::{Value, json};
use system_tests::{ANNA, HarkDev, KEY, Office, Phones, process::hark};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    process::Command,
};

use super::command_line::{json as printed, run, text};

fn port_of(url: &str) -> String {
    url.rsplit(':').next().expect("a port").to_owned()
}

/// The settings under which commands find a running `hark dev`.
fn beside(dev: &HarkDev, folder: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("HARK_DATA", folder.display().to_string()),
        ("HARK_PORT", port_of(&dev.url())),
        ("HARK_SIM_PORT", port_of(&dev.simulators())),
    ]
}

fn borrowed<'a>(settings: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    settings.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

async fn start(folder: &Path, more: &[(&str, &str)]) -> HarkDev {
    let mut settings = BTreeMap::from([("HARK_DEMO_API_KEY".to_owned(), KEY.to_owned())]);
    settings.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    HarkDev::start(folder, &settings).await
}

fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("no {name} in {report}"))
}

#[tokio::test]
async fn the_doctor_finds_all_well_beside_a_running_hark_and_says_what_is_wrong_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let dev = start(folder.path(), &[("TWILIO_WHATSAPP_NUMBER", "+4930111111")]).await;
    let mut settings = beside(&dev, folder.path());
    settings.push(("TWILIO_WHATSAPP_NUMBER", "+4930111111".to_owned()));

    let looked = run(&["doctor", "--json"], &borrowed(&settings)).await;
    let report = printed(&looked);
    assert_eq!((looked.status.code(), &report["ok"]), (Some(0), &json!(true)), "{report}");
    for name in [
        "settings",
        "table",
        "customers.json",
        "queue",
        "dead letters",
        "hark",
        "twilio account",
        "twilio sms number",
        "twilio voice number",
        "twilio whatsapp sender",
        "model gpt-4o-mini-transcribe",
        "clock",
    ] {
        assert_eq!(check(&report, name)["state"], "ok", "{report}");
    }
    let shown = text(&run(&["doctor"], &borrowed(&settings)).await.stdout);
    assert!(shown.contains("ok    customers.json") && shown.contains("people: 3"), "{shown}");

    // Twilio was told another address than the one that is expected.
    settings.push(("PUBLIC_BASE_URL", "https://hark.example".to_owned()));
    settings.push(("TWILIO_AUTH_TOKEN", "another-token-than-the-stand-in-has".to_owned()));
    let report = printed(&run(&["doctor", "--json"], &borrowed(&settings)).await);
    assert_eq!(check(&report, "twilio account")["state"], "fail", "{report}");
    settings.pop();
    let looked = run(&["doctor", "--json"], &borrowed(&settings)).await;
    let report = printed(&looked);
    assert_eq!((looked.status.code(), &report["ok"]), (Some(1), &json!(false)));
    let sender = check(&report, "twilio whatsapp sender");
    assert_eq!(sender["state"], "fail");
    assert!(sender["remedy"].as_str().unwrap().contains("https://hark.example/webhook"), "{sender}");
    assert!(!report.to_string().contains("4930111111"), "no number is shown");

    settings.pop();
    dev.kill().await;
    let report = printed(&run(&["doctor", "--json"], &borrowed(&settings)).await);
    for name in ["hark", "twilio account", "model gpt-6.1-terra"] {
        let check = check(&report, name);
        assert_eq!(check["state"], "fail", "{check}");
        assert!(check["remedy"].is_string());
    }
    assert_eq!(check(&report, "table")["state"], "ok");
}

#[tokio::test]
async fn a_failed_note_is_replayed_beside_a_running_hark_and_its_sender_gets_the_outcome_once() {
    let folder = tempfile::tempdir().unwrap();
    let dev = start(folder.path(), &[]).await;
    let (phones, office) = (Phones::at(&dev.simulators()), Office::at(&dev.url()));
    let settings = beside(&dev, folder.path());
    let replay =
        async |arguments: &[&str]| run(&[&["replay"], arguments].concat(), &borrowed(&settings)).await;
    let (first, second) = ("SM00000000000000000000000000000001", "SM00000000000000000000000000000002");

    // A file of other words lies where one of the second note belongs: nothing that a retry could mend.
    phones.delivers(ANNA, first, "Please order two copper pipes.").await;
    phones.messages(ANNA, 1).await;
    let place = office.files_of(first).await["full_text"].replace(first, second);
    let in_the_way = folder.path().join("objects").join(&place);
    std::fs::write(&in_the_way, "other words").unwrap();
    phones.delivers(ANNA, second, "Please order two copper pipes.").await;
    assert!(phones.messages(ANNA, 2).await[1].contains("send it again"));
    dev.settles(&office).await;

    let listed = text(&replay(&["--dead-letters", "--dry-run"]).await.stdout);
    assert!(listed.contains(second) && listed.contains("a different file lies"), "{listed}");
    let found = printed(&replay(&["--failed", "--since", "1h", "--dry-run", "--json"]).await);
    assert_eq!(
        (&found["jobs"][0]["message_id"], &found["jobs"][0]["outcome"]),
        (&json!(second), &json!("listed"))
    );
    let report = printed(&run(&["doctor", "--json"], &borrowed(&settings)).await);
    assert_eq!(check(&report, "dead letters")["state"], "warn");

    // Still in the way: it fails again, and nobody is told twice.
    assert_eq!(printed(&replay(&["--message", second, "--json"]).await)["sent_again"], 1);
    dev.settles(&office).await;
    assert_eq!(phones.messages(ANNA, 2).await.len(), 2);

    std::fs::remove_file(&in_the_way).unwrap();
    let done = replay(&["--failed", "--since", "24h", "--json"]).await;
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert_eq!(printed(&done)["sent_again"], 1);
    let received = phones.messages(ANNA, 3).await;
    assert!(received[2].contains("Filed as a job"), "{received:?}");
    assert!(office.files_of(second).await.contains_key("full_text"));
    dev.settles(&office).await;

    for arguments in [&["--dead-letters", "--json"][..], &["--failed", "--since", "24h", "--json"]] {
        assert_eq!(printed(&replay(arguments).await)["jobs"], json!([]), "nothing is left");
    }
    assert_eq!(printed(&replay(&["--message", second, "--json"]).await)["done_already"], 1);
    let unknown = replay(&["--message", "SM99999999"]).await;
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("neither a note nor a dead letter"), "{}", text(&unknown.stderr));
    dev.settles(&office).await;
    assert_eq!(phones.messages(ANNA, 3).await.len(), 3);
    dev.kill().await;
}

#[tokio::test]
async fn the_customer_directory_is_stored_only_without_a_fault_and_keys_of_strangers_are_doubted() {
    let folder = tempfile::tempdir().unwrap();
    let dev = start(folder.path(), &[]).await;
    let settings = beside(&dev, folder.path());
    let file = folder.path().join("new.json");
    let put = ["customers", "put", file.to_str().unwrap(), "--json"];
    let entry = |id: &str, number: &str| json!({"customer_id": id, "phone_number": number, "company_id": "acme", "company_name": "Acme"});

    std::fs::write(&file, json!([entry("a", "0151CANARY")]).to_string()).unwrap();
    let refused = run(&put, &borrowed(&settings)).await;
    assert_eq!(refused.status.code(), Some(1));
    let told = text(&refused.stderr);
    assert!(told.contains("was not stored") && told.contains("line 1") && !told.contains("CANARY"), "{told}");
    let before = printed(&run(&["customers", "get", "--json"], &borrowed(&settings)).await);
    assert_eq!(before["customers"].as_array().unwrap().len(), 3, "the old one stays");

    std::fs::write(&file, json!([entry("a", "+4915155500009")]).to_string()).unwrap();
    let stored = printed(&run(&put, &borrowed(&settings)).await);
    assert_eq!((&stored["companies"], &stored["people"]), (&json!(1), &json!(1)));
    assert_eq!(stored["before"], json!({"companies": 1, "people": 3}));
    let now = text(&run(&["customers", "get"], &borrowed(&settings)).await.stdout);
    assert!(now.contains("+4915155500009"), "{now}");

    let create = async |company: &str| {
        let arguments = ["keys", "create", "--company", company, "--scope", "files:read", "--json"];
        let made = run(&arguments, &borrowed(&settings)).await;
        assert_eq!(made.status.code(), Some(0));
        text(&made.stderr)
    };
    assert!(create("acme-typo").await.contains("nobody in customers.json belongs to acme-typo"));
    assert_eq!(create("acme").await, "");
    dev.kill().await;
}

#[tokio::test]
async fn the_stand_ins_run_alone_and_sign_for_the_stack_that_they_play_for() {
    let folder = tempfile::tempdir().unwrap();
    let stack = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/api", stack.local_addr().unwrap());
    let mut child = Command::new(hark())
        .args(["stand-ins", "--json"])
        .env_clear()
        .envs([
            ("HARK_SIM_PORT", "0"),
            ("HARK_DATA", folder.path().to_str().unwrap()),
            ("WEBHOOK_URL", base.as_str()),
            ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"),
            ("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef"),
            ("TWILIO_WHATSAPP_NUMBER", "+4930111111"),
        ])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    let simulators = ready["simulators"].as_str().unwrap().to_owned();
    assert_eq!(ready["webhook"], format!("{base}/webhook"));

    let settings = [("HARK_SIM_URL", simulators.as_str())];
    let says = ["phone", "text", "Please order pipes.", "--wait", "0"];
    let (sent, request) = tokio::join!(run(&says, &settings), answer_one(&stack));
    assert!(request.starts_with("POST /api/webhook HTTP/1.1"), "{request}");
    assert!(request.to_lowercase().contains("x-twilio-signature: "), "{request}");
    assert!(request.contains("AccountSid=AC00000000000000000000000000000001"), "{request}");
    assert!(text(&sent.stderr).contains("received nothing within 0 s"), "{}", text(&sent.stderr));
    let calls = system_tests::client().get(format!("{simulators}/_sim/calls")).send().await.unwrap();
    assert_eq!(calls.status(), StatusCode::OK);
    assert!(folder.path().join("sim").exists());
    child.kill().await.unwrap();

    let unset = run(&["stand-ins"], &[]).await;
    assert_eq!(unset.status.code(), Some(1));
    for name in ["WEBHOOK_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WHATSAPP_NUMBER"] {
        assert!(text(&unset.stderr).contains(name), "{name} is not named");
    }
}

/// Takes one request whole, and acknowledges it.
async fn answer_one(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = String::new();
    while !is_whole(&request) {
        let mut some = [0; 4_096];
        let read = stream.read(&mut some).await.unwrap();
        assert!(read > 0, "it broke off: {request}");
        request.push_str(std::str::from_utf8(&some[..read]).unwrap());
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    request
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
    length.is_some_and(|length| body.len() >= length.parse().unwrap())
}

#[tokio::test]
async fn a_stack_is_never_guessed_at() {
    for (settings, told) in [
        (&[("HARK_ENV", "production")][..], "HARK_ENV must be local, dev or prod"),
        (&[("HARK_ENV", "dev")], "HARK_ENV=dev names a stack"),
    ] {
        for arguments in
            [&["keys", "list", "--company", "acme"][..], &["replay", "--dead-letters"], &["doctor"]]
        {
            let ended = run(arguments, settings).await;
            assert_eq!(ended.status.code(), Some(1));
            // A build with AWS names all that is missing instead.
            let said = text(&ended.stderr) + &text(&ended.stdout);
            assert!(said.contains(told) || said.contains("TABLE_NAME is not set"), "{arguments:?}: {said}");
        }
    }
}
