//! What a phone does: it sends, and it receives.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use serde_json::json;
use sha1::Sha1;

use super::{
    harness::{ACCOUNT, Delivery, OWN, PHONE, PUBLIC_URL, Stage, TOKEN},
    sound::ogg,
};

fn right_signature(delivery: &Delivery) -> String {
    signature_of(PUBLIC_URL, delivery)
}

/// Twilio's rule, written a second time.
pub(super) fn signature_of(url: &str, delivery: &Delivery) -> String {
    let mut pairs: Vec<String> =
        delivery.fields.iter().map(|(name, value)| format!("{name}{value}")).collect();
    pairs.sort();
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(format!("{url}{}", pairs.concat()).as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn a_text_arrives_as_a_signed_webhook() {
    let mut stage = Stage::new().await;
    let answer = stage.text("whatsapp%3A%2B491511234567", "Grüße, bitte 3 Rohre").await;
    let delivery = stage.webhook().await;
    assert_eq!(answer["webhook_status"], 200);
    assert_eq!(delivery.field("MessageSid"), answer["message_sid"].as_str());
    assert_eq!(delivery.header("x-twilio-signature"), right_signature(&delivery));
    assert_eq!(delivery.header("i-twilio-idempotency-token").len(), 36);
    let usual = [
        ("Body", "Grüße, bitte 3 Rohre"),
        ("From", PHONE),
        ("To", OWN),
        ("AccountSid", ACCOUNT),
        ("NumMedia", "0"),
        ("MessageType", "text"),
        ("WaId", "491511234567"),
        ("SmsStatus", "received"),
        ("ApiVersion", "2010-04-01"),
        ("ReferralNumMedia", "0"),
    ];
    for (name, value) in usual {
        assert_eq!(delivery.field(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn an_sms_has_no_whatsapp_fields() {
    let mut stage = Stage::new().await;
    stage.text("+491511234567", "").await;
    let delivery = stage.webhook().await;
    assert_eq!((delivery.field("To"), delivery.field("Body")), (Some("+4930222222"), Some("")));
    assert_eq!((delivery.field("WaId"), delivery.field("ProfileName")), (None, None));
    assert_eq!(delivery.field("FromCity"), Some(""));
    assert_eq!(delivery.header("x-twilio-signature"), right_signature(&delivery));
}

#[tokio::test]
async fn the_same_sid_sends_the_same_webhook_again() {
    let mut stage = Stage::new().await;
    let url = stage.url(&format!("/_sim/phone/{PHONE}/voice"));
    let send =
        || stage.client.post(&url).header("X-Sim-Message-Sid", "MM_fixed_1").body(ogg(&[], 0, 1)).send();
    let answers = futures::future::join_all((0..20).map(|_| send())).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().status() == 200));
    let first = stage.webhook().await;
    for _ in 1..20 {
        let next = stage.webhook().await;
        assert_eq!(next.fields, first.fields);
        assert_eq!(next.header("i-twilio-idempotency-token"), first.header("i-twilio-idempotency-token"));
    }
    let media = stage.get(stage.account("Messages/MM_fixed_1/Media.json")).await;
    let media: serde_json::Value = media.json().await.unwrap();
    assert_eq!(media["media_list"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn fields_of_a_message_can_be_chosen() {
    let mut stage = Stage::new().await;
    let url = stage.url(&format!("/_sim/phone/{PHONE}/message"));
    let fields = json!({ "Latitude": 52.5, "Longitude": "13.4", "Body": ["a", "b"], "WaId": null, "MessageSid": "SM_mine_1" });
    stage.client.post(&url).json(&fields).send().await.unwrap();
    let delivery = stage.webhook().await;
    assert_eq!((delivery.field("Latitude"), delivery.field("MessageType")), (Some("52.5"), Some("location")));
    assert_eq!((delivery.field("SmsSid"), delivery.field("WaId")), (Some("SM_mine_1"), None));
    assert_eq!(delivery.fields.iter().filter(|(name, _)| name == "Body").count(), 2);

    let file = stage.client.post(stage.url("/_sim/media")).header("content-type", "image/jpeg").body("jpeg");
    let file: serde_json::Value = file.send().await.unwrap().json().await.unwrap();
    let fields = json!({ "MediaUrl0": file["media_url"], "MediaContentType0": "image/jpeg" });
    stage.client.post(&url).json(&fields).send().await.unwrap();
    let delivery = stage.webhook().await;
    assert_eq!((delivery.field("NumMedia"), delivery.field("MessageType")), (Some("1"), Some("image")));
    assert_eq!(stage.get(delivery.field("MediaUrl0").unwrap().to_owned()).await.status(), 302);
}

#[tokio::test]
async fn waiting_ends_with_the_next_message() {
    let stage = Stage::new().await;
    let url = stage.url(&format!("/_sim/phone/{PHONE}/messages"));
    stage.sent(&[("To", PHONE), ("From", OWN), ("Body", "one")]).await;
    let waiting = stage.client.get(format!("{url}?wait_s=30&after=1")).send();
    let fields = [("To", PHONE), ("From", OWN), ("Body", "two")];
    let (waited, _) = futures::join!(waiting, stage.sent(&fields));
    let received: Vec<serde_json::Value> = waited.unwrap().json().await.unwrap();
    assert_eq!((received[0]["body"].as_str(), received[1]["body"].as_str()), (Some("one"), Some("two")));
    assert_eq!(received[1]["simulated"], true);
    let waited = stage.client.get(format!("{url}?wait_s=0.05&after=2")).send().await.unwrap();
    assert_eq!(waited.json::<Vec<serde_json::Value>>().await.unwrap().len(), 2);
}

#[tokio::test]
async fn plain_text_answers_reach_the_person_as_they_do_at_twilio() {
    let stage = Stage::with(None, (StatusCode::OK, "text/plain; charset=utf-8", "ok")).await;
    stage.text(PHONE, "hello").await;
    assert_eq!(stage.inbox(PHONE).await[0]["body"], "ok");
}

#[tokio::test]
async fn a_webhook_that_is_away_is_told() {
    let stage = Stage::new().await;
    stage.simulators.set_webhook("http://127.0.0.1:1/webhook", PUBLIC_URL);
    let answer = stage.text(PHONE, "hello").await;
    assert!(answer["webhook_status"].is_null());
    assert!(answer["webhook_error"].as_str().unwrap().contains("simulated"));
}

#[tokio::test]
async fn a_restart_keeps_messages_media_and_webhooks() {
    let folder = tempfile::tempdir().unwrap();
    let answer = (StatusCode::OK, "text/xml", "<Response/>");
    let mut stage = Stage::with(Some(folder.path()), answer).await;
    let voice = stage.voice(ogg(&[], 0, 1), Some("Zażółć")).await;
    let before = stage.webhook().await;
    stage.sent(&[("To", PHONE), ("From", OWN), ("Body", "kept")]).await;
    stage.simulators.stop().await;
    // A crash in the middle of a line.
    let journal = folder.path().join("journal.jsonl");
    let mut text = std::fs::read_to_string(&journal).unwrap();
    text.push_str("{\"entry\":\"mess");
    std::fs::write(&journal, text).unwrap();

    let mut stage = Stage::with(Some(folder.path()), answer).await;
    assert_eq!(stage.inbox(PHONE).await[0]["body"], "kept");
    let again = stage.client.post(stage.url(&format!("/_sim/phone/{PHONE}/text")));
    again.header("X-Sim-Message-Sid", voice["message_sid"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(stage.webhook().await.fields, before.fields);
    let path = before.field("MediaUrl0").unwrap().split_once("/2010").unwrap().1.to_owned();
    let response = stage.get(stage.url(&format!("/2010{path}"))).await;
    let bytes = stage.client.get(response.headers()["location"].to_str().unwrap()).send().await.unwrap();
    assert_eq!(bytes.bytes().await.unwrap(), ogg(&[], 0, 1));
    stage.sent(&[("To", PHONE), ("From", OWN), ("Body", "after the torn line")]).await;
    stage.simulators.stop().await;
    let stage = Stage::with(Some(folder.path()), answer).await;
    assert_eq!(stage.inbox(PHONE).await.len(), 2);
}
