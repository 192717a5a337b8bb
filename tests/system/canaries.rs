//! G01: values that must never be seen are sent through every path, and all that the process writes is searched
//! for them.

use std::collections::BTreeMap;

use serde_json::json;
use simulators::{SimConfig, Simulators};
use system_tests::{HarkDev, Office, Phones, client, fixture};

const CUSTOMERS: &str = r#"[
  {"customer_id": "c1", "phone_number": "+4915188812345", "identities": ["telegram:15188812345"], "company_id": "acme", "company_name": "Acme", "name": "CANARYPERSON", "glossary": ["CANARYTERM"]},
  {"customer_id": "c2", "phone_number": "CANARYFAULT", "company_id": "acme", "company_name": "Acme"}
]"#;
const WHO: &str = "whatsapp:+4915188812345";
const ON_TELEGRAM: &str = "telegram:15188812345";
const BOT: &str = "77112233:CANARYBOT0123456789abcdef";
const TOKEN: &str = "canarytoken0123456789";
const KEY: &str = "canary-key-0123456789-abcdef";
const CANARIES: [&str; 7] = ["CANARY", "canary", "15188812345", "15188899999", "copper", "Miller", "Kupfer"];

#[tokio::test]
async fn g01_no_word_number_name_or_secret_is_written_anywhere() {
    let simulators = Simulators::start(telegram()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let customers = folder.path().join("people.json");
    std::fs::write(&customers, CUSTOMERS).unwrap();
    let settings = BTreeMap::from([
        ("HARK_DEMO_API_KEY".to_owned(), KEY.to_owned()),
        ("HARK_CUSTOMERS".to_owned(), customers.display().to_string()),
        ("HARK_LOG".to_owned(), "debug".to_owned()),
        ("TWILIO_AUTH_TOKEN".to_owned(), TOKEN.to_owned()),
        // A bot of one's own, at the stand-in.
        ("TELEGRAM_BOT_TOKEN".to_owned(), BOT.to_owned()),
        ("TELEGRAM_API_BASE_URL".to_owned(), simulators.base_url()),
    ]);
    let hark = HarkDev::start(&folder.path().join("data"), &settings).await;
    let (phones, office) = (Phones::at(&hark.simulators()), Office::with_key(&hark.url(), KEY));

    notes_through_a_bot(&Phones::at(&simulators.base_url())).await;
    notes_that_end_well(&phones).await;
    notes_that_stumble(&phones).await;
    refused_requests(&hark.url()).await;
    wrong_and_right_keys(&hark.url(), &office).await;
    hark.settles(&office).await;

    let written = hark.kill().await;
    assert!(
        written.contains("webhook_refused") && written.contains("finished"),
        "the log was collected: {written}"
    );
    for measured in
        ["WebhookAccepted", "WebhookRefused", "UnknownSender", "StepDone", "NoteFinished", "ModelsUsed"]
    {
        assert!(written.contains(measured), "{measured} was measured: {written}");
    }
    for canary in CANARIES {
        let line = written.lines().find(|line| line.contains(canary));
        assert_eq!(line, None, "{canary} was written");
    }
}

/// A stand-in of its own, for a bot whose token was set.
fn telegram() -> SimConfig {
    SimConfig {
        bind: std::net::Ipv4Addr::LOCALHOST.into(),
        port: 0,
        cdn_port: None,
        webhook_url: String::new(),
        public_url: String::new(),
        account_sid: String::new(),
        auth_token: String::new(),
        whatsapp_number: String::new(),
        sms_number: String::new(),
        telegram_token: BOT.to_owned(),
        voice_number: "+15005550009".to_owned(),
        data_dir: None,
    }
}

async fn notes_through_a_bot(phones: &Phones) {
    phones.says(ON_TELEGRAM, "CANARYWORDS please order two copper pipes for Mrs Miller").await;
    phones.messages(ON_TELEGRAM, 1).await;
    for update in [
        json!({"message": {"message_id": "CANARY", "text": "CANARY"}}),
        json!({"message": {"message_id": 5, "text": "CANARY", "chat": {"id": -5, "title": "CANARY"}, "from": {"id": 15_188_899_999_i64}}}),
        json!({"edited_message": {"text": "CANARY"}}),
    ] {
        phones.sends(ON_TELEGRAM, json!({ "update": update })).await;
    }
    phones
        .faults(json!([
            {"call": "POST *getUpdates", "nth": 1, "count": 1, "do": "cut"},
            {"call": "GET /file/*", "nth": 1, "count": 1, "do": "cut"},
            {"call": "POST *sendMessage", "nth": 1, "count": 1, "do": "status:403"},
        ]))
        .await;
    phones.speaks(ON_TELEGRAM, "job-en.ogg").await;
    phones.says("telegram:15188899999", "CANARYSTRANGER").await;
    phones.says(ON_TELEGRAM, "CANARYLAST please order copper").await;
    phones.messages(ON_TELEGRAM, 2).await;
    phones.faults(json!([])).await;
}

async fn notes_that_end_well(phones: &Phones) {
    phones.says(WHO, "CANARYWORDS please order two copper pipes for Mrs Miller").await;
    phones.speaks(WHO, "job-en.ogg").await;
    phones.speaks(WHO, "job-de.ogg").await;
    phones.speaks(WHO, "silence.ogg").await;
    phones.speaks_words(WHO, "x", b"<html>CANARY</html>".to_vec(), "audio/ogg").await;
    phones
        .sends(WHO, json!({"Body": "", "Latitude": "52.5", "Longitude": "13.4", "Label": "CANARYPLACE"}))
        .await;
    let photo = phones.uploads(fixture("media/photo.jpg"), "image/jpeg").await;
    phones
        .sends(
            WHO,
            json!({"Body": "", "NumMedia": "1", "MediaUrl0": photo, "MediaContentType0": "image/CANARY"}),
        )
        .await;
    phones.says("whatsapp:+4915188899999", "CANARYSTRANGER").await;
    phones.delivers(WHO, "SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "CANARYFIRST").await;
    phones.messages(WHO, 8).await;
}

async fn notes_that_stumble(phones: &Phones) {
    phones
        .faults(json!([
            {"call": "POST /v1/audio/transcriptions", "nth": 1, "count": 1, "do": "status:503"},
            {"call": "POST /v1/chat/completions", "nth": 1, "count": 1, "do": "status:400"},
            {"call": "POST /v1/chat/completions", "nth": 2, "count": 1, "do": "cut"},
            {"call": "POST *Messages.json", "nth": 1, "count": 1, "do": "lost_answer"},
            {"call": "GET *Media*", "nth": 1, "count": 1, "do": "status:401"},
        ]))
        .await;
    for n in 0..3 {
        phones.says(WHO, &format!("CANARYSTUMBLE {n} please order copper")).await;
    }
    phones.messages(WHO, 11).await;
    let foreign = json!({"Body": "", "NumMedia": "1", "MediaUrl0": "https://canary.example/CANARY?x=CANARY", "MediaContentType0": "audio/ogg"});
    phones.sends(WHO, foreign).await;
    phones.messages(WHO, 12).await;
}

async fn refused_requests(url: &str) {
    let form = "MessageSid=CANARY&From=whatsapp%3A%2B4915188812345&Body=CANARYBODY";
    for signature in ["", "CANARY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODk="] {
        let request =
            client().post(format!("{url}/webhook?CANARY=1")).header("x-twilio-signature", signature);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(form).send().await.unwrap();
        assert!(answer.status().is_client_error());
        assert!(answer.bytes().await.unwrap().is_empty());
    }
}

async fn wrong_and_right_keys(url: &str, office: &Office) {
    for key in ["CANARYKEY-0123456789-0123", "hark_local_CANARY_x_y", ""] {
        let (status, _) = Office::with_key(url, key).get("/files/list?company_id=acme").await;
        assert!(status.is_client_error());
    }
    let (status, _) = office.get("/files/list?company_id=acme&message_intent=other").await;
    assert!(status.is_success());
    office.get("/files/get-download-url?key=CANARY/../x").await;
    office.get("/files/by-message?company_id=CANARY&message_id=CANARY123").await;
}
