//! Buttons: content is created, sent, shown on the phone and tapped; and what becomes of a message is told.

use serde_json::{Value, json};

use super::{
    harness::{ACCOUNT, OWN, PHONE, Stage, TOKEN},
    phone::signature_of,
};

fn quick_reply(body: &str, titles: &[&str]) -> Value {
    let actions: Vec<_> =
        titles.iter().map(|title| json!({ "title": title, "id": format!("id-{title}") })).collect();
    json!({ "twilio/quick-reply": { "body": body, "actions": actions } })
}

async fn create(stage: &Stage, types: Value) -> (u16, Value) {
    let body = json!({ "friendly_name": "hark-test", "language": "en", "variables": { "1": "usual" }, "types": types });
    let request = stage.client.post(stage.url("/content/v1/Content")).basic_auth(ACCOUNT, Some(TOKEN));
    let answer = request.json(&body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn created(stage: &Stage, titles: &[&str]) -> String {
    let (status, content) = create(stage, quick_reply("{{1}}", titles)).await;
    assert_eq!(status, 201);
    content["sid"].as_str().unwrap().to_owned()
}

async fn code(stage: &Stage, fields: &[(&str, &str)]) -> u64 {
    let answer = stage.send(fields).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    answer.json::<Value>().await.unwrap()["code"].as_u64().unwrap()
}

async fn tap(stage: &Stage, what: Value) -> (u16, Value) {
    let url = stage.url(&format!("/_sim/phone/{PHONE}/tap"));
    let answer = stage.client.post(url).json(&what).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn content_is_created_listed_fetched_and_deleted() {
    let stage = Stage::new().await;
    let first = created(&stage, &["OK"]).await;
    let second = created(&stage, &["OK", "Undo"]).await;
    assert!(first.starts_with("HX") && first.len() == 34);
    let list: Value = stage.get(stage.url("/content/v1/Content?PageSize=1")).await.json().await.unwrap();
    assert_eq!(
        (&list["contents"][0]["sid"], list["contents"].as_array().unwrap().len()),
        (&json!(second), 1)
    );
    let next = list["meta"]["next_page_url"].as_str().unwrap().to_owned();
    let list: Value = stage.get(next).await.json().await.unwrap();
    assert_eq!((&list["contents"][0]["sid"], &list["meta"]["next_page_url"]), (&json!(first), &Value::Null));

    let one = stage.url(&format!("/content/v1/Content/{first}"));
    let fetched: Value = stage.get(one.clone()).await.json().await.unwrap();
    assert_eq!(fetched["types"], quick_reply("{{1}}", &["OK"]));
    let deleted = stage.client.delete(&one).basic_auth(ACCOUNT, Some(TOKEN)).send().await.unwrap();
    assert_eq!((deleted.status().as_u16(), stage.get(one).await.status().as_u16()), (204, 404));
    let fields = [("To", PHONE), ("From", OWN), ("ContentSid", first.as_str())];
    assert_eq!(code(&stage, &fields).await, 21655);
}

#[tokio::test]
async fn content_beyond_the_limits_is_not_created() {
    let stage = Stage::new().await;
    let long = "x".repeat(21);
    for types in [
        json!({}),
        quick_reply("", &["OK"]),
        quick_reply(&"x".repeat(1_025), &["OK"]),
        quick_reply("a", &[]),
        quick_reply("a", &["1", "2", "3", "4", "5", "6"]),
        quick_reply("a", &["OK", "OK"]),
        quick_reply("a", &[&long]),
        json!({ "twilio/card": { "body": "a" } }),
    ] {
        let (status, error) = create(&stage, types.clone()).await;
        assert_eq!((status, &error["code"]), (400, &json!(20001)), "{types}");
    }
}

#[tokio::test]
async fn a_message_with_content_has_the_words_that_it_brings_and_its_buttons() {
    let stage = Stage::new().await;
    let content = created(&stage, &["OK", "Undo"]).await;
    let variables = json!({ "1": "Filed\nas a job: {{1}}" }).to_string();
    let fields = [("To", PHONE), ("From", OWN), ("ContentSid", &content), ("ContentVariables", &variables)];
    let message = stage.sent(&fields).await;
    assert_eq!(message["body"], "Filed\nas a job: {{1}}");
    let inbox = stage.inbox(PHONE).await;
    assert_eq!(
        inbox[0]["buttons"],
        json!([{ "title": "OK", "id": "id-OK" }, { "title": "Undo", "id": "id-Undo" }])
    );
    stage.sent(&fields[..3]).await;
    let inbox = stage.inbox(PHONE).await;
    assert_eq!(inbox[1]["body"], "usual");
    stage.sent(&[("To", PHONE), ("From", OWN), ("Body", "plain")]).await;
    assert_eq!(stage.inbox(PHONE).await[2]["buttons"], json!([]));
}

#[tokio::test]
async fn wrong_content_is_refused_with_twilios_codes() {
    let stage = Stage::new().await;
    let content = created(&stage, &["OK"]).await;
    let many = created(&stage, &["1", "2", "3", "4"]).await;
    let variables = |value: &str| json!({ "1": value }).to_string();
    let (long, longest, empty) =
        (variables(&"x".repeat(1_025)), variables(&"x".repeat(1_601)), variables(""));
    let to = [("To", PHONE), ("From", OWN)];
    for (more, wanted) in [
        (vec![("ContentSid", "HX00000000000000000000000000000000")], 21655),
        (vec![("ContentVariables", "{}"), ("Body", "a")], 21654),
        (vec![("ContentSid", &content), ("ContentVariables", "nonsense")], 21656),
        (vec![("ContentSid", &content), ("ContentVariables", &empty)], 21656),
        (vec![("ContentSid", &content), ("ContentVariables", &longest)], 21658),
        (vec![("ContentSid", &content), ("ContentVariables", &long)], 63005),
        (vec![("ContentSid", &many)], 63005),
        (vec![("Body", "a"), ("StatusCallback", "nonsense")], 21609),
        (vec![("Body", "a"), ("StatusCallback", "https://a_b.example/")], 21609),
    ] {
        let fields: Vec<_> = to.iter().copied().chain(more).collect();
        assert_eq!(code(&stage, &fields).await, wanted, "{fields:?}");
    }
    let sms = [("To", "+491511234567"), ("From", "+4930222222"), ("ContentSid", content.as_str())];
    assert_eq!(code(&stage, &sms).await, 19023);
    assert!(stage.inbox(PHONE).await.is_empty());
}

#[tokio::test]
async fn a_tap_arrives_as_twilio_sends_it() {
    let mut stage = Stage::new().await;
    assert_eq!(tap(&stage, json!({ "title": "OK" })).await.0, 400, "nothing to tap yet");
    let content = created(&stage, &["OK", "Undo"]).await;
    let fields = [("To", PHONE), ("From", OWN), ("ContentSid", content.as_str())];
    let older = stage.sent(&fields).await;
    let newer = stage.sent(&fields).await;
    stage.sent(&[("To", PHONE), ("From", OWN), ("Body", "without buttons")]).await;
    for (what, message, title) in [
        (json!({ "title": "Undo" }), &newer, "Undo"),
        (json!({ "id": "id-OK", "message_sid": older["sid"] }), &older, "OK"),
    ] {
        let (status, answer) = tap(&stage, what).await;
        assert_eq!((status, &answer["webhook_status"]), (200, &json!(200)));
        let delivery = stage.webhook().await;
        let (payload, replied_to) = (format!("id-{title}"), message["sid"].as_str());
        for (name, value) in [
            ("Body", Some(title)),
            ("ButtonText", Some(title)),
            ("ButtonPayload", Some(payload.as_str())),
            ("MessageType", Some("button")),
            ("OriginalRepliedMessageSid", replied_to),
            ("OriginalRepliedMessageSender", Some(OWN)),
            ("NumMedia", Some("0")),
        ] {
            assert_eq!(delivery.field(name), value, "{name}");
        }
        assert_eq!(
            delivery.header("x-twilio-signature"),
            signature_of(super::harness::PUBLIC_URL, &delivery)
        );
    }
    for wrong in [json!({}), json!({ "title": "Change" }), json!({ "title": "OK", "message_sid": "SM1" })] {
        assert_eq!(tap(&stage, wrong.clone()).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_quote_names_the_message_that_it_answers() {
    let mut stage = Stage::new().await;
    let message = stage.sent(&[("To", PHONE), ("From", OWN), ("Body", "Filed")]).await;
    let sid = message["sid"].as_str().unwrap();
    for what in ["text", "voice"] {
        let url = stage.url(&format!("/_sim/phone/{PHONE}/{what}"));
        stage.client.post(url).header("X-Sim-Reply-To", sid).body("two, not three").send().await.unwrap();
        let delivery = stage.webhook().await;
        assert_eq!(delivery.field("OriginalRepliedMessageSid"), Some(sid));
        assert_eq!(delivery.field("OriginalRepliedMessageSender"), Some(OWN));
        assert_eq!(delivery.field("ButtonPayload"), None);
    }
}

#[tokio::test]
async fn what_becomes_of_a_message_is_told_signed_in_order_and_once() {
    let mut stage = Stage::new().await;
    let public = "https://hark.example/twilio/status?note=SM00000001";
    let fields = [("To", PHONE), ("From", OWN), ("Body", "Filed"), ("StatusCallback", public)];
    let message = stage.sent(&fields).await;
    for status in ["sent", "delivered"] {
        let told = stage.webhook().await;
        assert_eq!(told.target, "/twilio/status?note=SM00000001");
        assert_eq!(told.header("x-twilio-signature"), signature_of(public, &told));
        for (name, value) in [
            ("MessageSid", message["sid"].as_str().unwrap()),
            ("MessageStatus", status),
            ("SmsStatus", status),
            ("AccountSid", ACCOUNT),
            ("To", PHONE),
            ("From", OWN),
            ("ChannelPrefix", "whatsapp"),
        ] {
            assert_eq!(told.field(name), Some(value), "{name}");
        }
    }
    // Another host is never called: the next thing that arrives is the phone's own message.
    let fields =
        [("To", PHONE), ("From", OWN), ("Body", "x"), ("StatusCallback", "https://elsewhere.example/")];
    stage.sent(&fields).await;
    stage.text(PHONE, "next").await;
    assert_eq!(stage.webhook().await.field("Body"), Some("next"));
}

#[tokio::test]
async fn a_restart_keeps_content_and_buttons() {
    let folder = tempfile::tempdir().unwrap();
    let answer = (http::StatusCode::OK, "text/xml", "<Response/>");
    let stage = Stage::with(Some(folder.path()), answer).await;
    let content = created(&stage, &["OK"]).await;
    let fields = [("To", PHONE), ("From", OWN), ("ContentSid", content.as_str())];
    stage.sent(&fields).await;
    stage.simulators.stop().await;
    let stage = Stage::with(Some(folder.path()), answer).await;
    stage.sent(&fields).await;
    let inbox = stage.inbox(PHONE).await;
    assert!(inbox.iter().all(|message| message["buttons"][0]["title"] == "OK"), "{inbox:?}");
    assert_eq!(inbox.len(), 2);
}
