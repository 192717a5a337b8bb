//! What Hark meets at Twilio's REST API.

use serde_json::{Value, json};

use super::{
    harness::{ACCOUNT, OWN, PHONE, PUBLIC_URL, Stage, TOKEN},
    sound::ogg,
};

async fn refusal(stage: &Stage, fields: &[(&str, &str)]) -> (u16, u64) {
    let response = stage.send(fields).send().await.unwrap();
    let status = response.status().as_u16();
    let error: Value = response.json().await.unwrap();
    assert_eq!(error["status"], status);
    (status, error["code"].as_u64().unwrap())
}

#[tokio::test]
async fn a_message_reaches_the_phone() {
    let stage = Stage::new().await;
    let message = stage.sent(&[("To", PHONE), ("From", OWN), ("Body", "Noted ✓")]).await;
    assert_eq!((&message["status"], &message["direction"]), (&"queued".into(), &"outbound-api".into()));
    assert_eq!(message["sid"].as_str().unwrap().len(), 34);
    assert!(message["date_sent"].is_null());
    let inbox = stage.inbox(PHONE).await;
    assert_eq!((&inbox[0]["sid"], &inbox[0]["body"]), (&message["sid"], &"Noted ✓".into()));

    let url = stage.url(message["uri"].as_str().unwrap());
    let fetched: Value = stage.get(url.clone()).await.json().await.unwrap();
    assert_eq!(fetched["status"], "delivered");
    let deleted = stage.client.delete(&url).basic_auth(ACCOUNT, Some(TOKEN)).send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    assert_eq!(stage.get(url).await.status(), 404);
    assert_eq!(stage.inbox(PHONE).await.len(), 1, "the phone keeps it");
}

#[tokio::test]
async fn wrong_messages_are_refused_with_twilios_codes() {
    let stage = Stage::new().await;
    let long = "x".repeat(1601);
    let refused = [
        (vec![("From", OWN), ("Body", "a")], 21604),
        (vec![("To", "whatsapp:12"), ("From", OWN), ("Body", "a")], 21211),
        (vec![("To", PHONE), ("Body", "a")], 21603),
        (vec![("To", PHONE), ("From", OWN)], 21602),
        (vec![("To", PHONE), ("From", OWN), ("Body", &long)], 21617),
        (vec![("To", PHONE), ("From", "+4930222222"), ("Body", "a")], 21910),
        (vec![("To", PHONE), ("From", "whatsapp:+49999999"), ("Body", "a")], 63007),
    ];
    for (fields, code) in refused {
        assert_eq!(refusal(&stage, &fields).await, (400, code));
    }
    assert!(stage.inbox(PHONE).await.is_empty());
    let service =
        stage.sent(&[("To", PHONE), ("MessagingServiceSid", "MG1"), ("Body", &"x".repeat(1600))]).await;
    assert_eq!((&service["from"], &service["messaging_service_sid"]), (&Value::Null, &"MG1".into()));
    assert_eq!(stage.inbox(PHONE).await[0]["from"], OWN);
}

#[tokio::test]
async fn strangers_are_turned_away() {
    let stage = Stage::new().await;
    let wrong = stage
        .client
        .get(stage.account("Messages.json"))
        .basic_auth(ACCOUNT, Some("guess"))
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), 401);
    assert_eq!(wrong.json::<Value>().await.unwrap()["code"], 20003);
    for path in ["/2010-04-01/Accounts/AC9/Messages.json", "/content/v1/Content"] {
        assert_eq!(stage.client.get(stage.url(path)).send().await.unwrap().status(), 401, "{path}");
    }
    assert_eq!(stage.get(stage.url("/2010-04-01/Accounts/AC9/Messages.json")).await.status(), 401);
    for path in ["/content/v1/Nothing", "/messaging/v2/Indicators/Typing.json", "/2010-04-01/Nothing"] {
        assert_eq!(stage.get(stage.url(path)).await.json::<Value>().await.unwrap()["code"], 20404, "{path}");
    }
}

#[tokio::test]
async fn the_list_is_newest_first_in_pages() {
    let mut stage = Stage::new().await;
    stage.text(PHONE, "from the phone").await;
    stage.webhook().await;
    for body in ["1", "2", "3"] {
        stage.sent(&[("To", PHONE), ("From", OWN), ("Body", body)]).await;
    }
    let bodies = |page: &Value| -> Vec<String> {
        let messages = page["messages"].as_array().unwrap();
        messages.iter().map(|message| message["body"].as_str().unwrap().to_owned()).collect()
    };
    let query = "Messages.json?To=whatsapp%3A%2B491511234567&DateSent%3E=2020-01-01&PageSize=2";
    let page: Value = stage.get(stage.account(query)).await.json().await.unwrap();
    assert_eq!(bodies(&page), ["3", "2"]);
    assert_eq!((&page["start"], &page["end"]), (&0.into(), &1.into()));
    let next: Value =
        stage.get(stage.url(page["next_page_uri"].as_str().unwrap())).await.json().await.unwrap();
    assert_eq!(bodies(&next), ["1"]);
    assert!(next["next_page_uri"].is_null());

    // What a phone sent is in the log as well, for who looks for a lost webhook.
    let inbound: Value =
        stage.get(stage.account("Messages.json?From=whatsapp:%2B491511234567")).await.json().await.unwrap();
    assert_eq!(bodies(&inbound), ["from the phone"]);
    assert_eq!(inbound["messages"][0]["direction"], "inbound");
    let old: Value =
        stage.get(stage.account("Messages.json?DateSent<=2020-01-01")).await.json().await.unwrap();
    assert!(bodies(&old).is_empty());
    assert_eq!(stage.get(stage.account("Messages.json?DateSent=soon")).await.status(), 400);
}

#[tokio::test]
async fn media_are_redirected_to_a_cdn_that_wants_no_credentials() {
    let mut stage = Stage::new().await;
    stage.voice(ogg(&[], 0, 1), None).await;
    let delivery = stage.webhook().await;
    assert_eq!((delivery.field("NumMedia"), delivery.field("MessageType")), (Some("1"), Some("audio")));
    assert_eq!(delivery.field("MediaContentType0"), Some("audio/ogg"));
    let url = delivery.field("MediaUrl0").unwrap().to_owned();

    assert_eq!(stage.client.get(&url).send().await.unwrap().status(), 401);
    let redirect = stage.get(url.clone()).await;
    assert_eq!(redirect.status(), 302);
    let location = redirect.headers()["location"].to_str().unwrap().to_owned();
    assert!(location.starts_with(&stage.simulators.cdn_url()));
    assert_eq!(stage.get(location.clone()).await.status(), 400, "only one auth mechanism");
    let file = stage.client.get(&location).send().await.unwrap();
    assert_eq!(file.headers()["content-type"], "audio/ogg");
    assert_eq!(file.bytes().await.unwrap(), ogg(&[], 0, 1));
    let unsigned = location.split_once('?').unwrap().0;
    assert_eq!(stage.client.get(unsigned).send().await.unwrap().status(), 403);

    let described: Value = stage.get(format!("{url}.json")).await.json().await.unwrap();
    assert_eq!(
        (&described["content_type"], &described["parent_sid"]),
        (&"audio/ogg".into(), &delivery.field("MessageSid").unwrap().into())
    );
    let deleted = stage.client.delete(&url).basic_auth(ACCOUNT, Some(TOKEN)).send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    assert_eq!(stage.get(url).await.status(), 404);
    assert_eq!(stage.client.get(location).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn who_checks_the_set_up_finds_the_account_its_numbers_and_the_webhook() {
    let stage = Stage::new().await;
    let read = async |path: &str| -> Value { stage.get(stage.url(path)).await.json().await.unwrap() };
    let account = read(&format!("/2010-04-01/Accounts/{ACCOUNT}.json")).await;
    assert_eq!((&account["sid"], &account["status"]), (&ACCOUNT.into(), &"active".into()));

    let numbers = format!("/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json?PhoneNumber=");
    let ours = read(&format!("{numbers}%2B4930222222")).await;
    let number = &ours["incoming_phone_numbers"][0];
    assert_eq!((&number["sms_url"], &number["sms_method"]), (&PUBLIC_URL.into(), &"POST".into()));
    assert_eq!(number["sms_fallback_url"], "https://hark.example/twilio/fallback");
    let calls = read(&format!("{numbers}%2B4930333333")).await;
    let number = &calls["incoming_phone_numbers"][0];
    assert_eq!(number["voice_url"], "https://hark.example/twilio/voice/incoming");
    assert_eq!(number["status_callback"], "https://hark.example/twilio/voice/status");
    assert_eq!(read(&format!("{numbers}%2B4930999999")).await["incoming_phone_numbers"], json!([]));

    let service = read("/messaging/v1/Services/MG1").await;
    assert_eq!(
        (&service["inbound_request_url"], &service["use_inbound_webhook_on_number"]),
        (&PUBLIC_URL.into(), &false.into())
    );
    let senders = read("/messaging/v2/Channels/Senders?Channel=whatsapp").await;
    assert_eq!(senders["senders"][0]["sender_id"], OWN);
    assert_eq!(senders["senders"][0]["webhook"]["callback_url"], PUBLIC_URL);
    assert_eq!(senders["senders"].as_array().unwrap().len(), 1);
    assert_eq!(stage.get(stage.url("/2010-04-01/Accounts/AC9.json")).await.status(), 401);
}
