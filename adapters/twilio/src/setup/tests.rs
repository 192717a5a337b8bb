//! What an operator finds out about the set-up at Twilio.

use axum::response::Response;
use serde_json::json;
use shared::config::Settings;

use super::*;
use crate::stub::{ACCOUNT, Stub, TOKEN, our_credentials, status, with};

fn setup(stub: &Stub) -> TwilioSetup {
    let mut settings = Settings::new(|name| match name {
        "TWILIO_ACCOUNT_SID" => Some(ACCOUNT.to_owned()),
        "TWILIO_AUTH_TOKEN" => Some(TOKEN.to_owned()),
        "TWILIO_WHATSAPP_NUMBER" => Some("+4930111111".to_owned()),
        "TWILIO_API_BASE_URL" => Some(stub.base.clone()),
        "TWILIO_MESSAGING_BASE_URL" => Some(format!("{}/messaging", stub.base)),
        _ => None,
    });
    let config = TwilioConfig::read(&mut settings);
    settings.finish().unwrap();
    TwilioSetup::new(&config).unwrap()
}

fn json_body(body: &serde_json::Value) -> Response {
    with(200, &[("content-type", "application/json")], body.to_string())
}

fn number() -> E164 {
    E164::parse("+4930111111").unwrap()
}

#[tokio::test]
async fn the_account_tells_whether_the_credentials_work_and_what_time_it_is() {
    for (state, active) in [("active", true), ("suspended", false), ("closed", false)] {
        let stub = Stub::start(move |_, _| {
            let date = [("date", "Fri, 20 Nov 2026 10:00:00 GMT")];
            Some(with(200, &date, json!({"status": state, "auth_token": "CANARY"}).to_string()))
        })
        .await;
        let account = setup(&stub).account().await.unwrap();
        assert_eq!(account.active, active);
        assert_eq!(account.clock.unwrap().to_string(), "2026-11-20T10:00:00Z");
        let asked = stub.asked().remove(0);
        assert_eq!(asked.target, format!("/2010-04-01/Accounts/{ACCOUNT}.json"));
        assert_eq!(asked.authorization(), Some(our_credentials().as_str()));
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_told_without_the_answer() {
    for (code, error) in [
        (401, SetupError::Unauthorised),
        (403, SetupError::Unauthorised),
        (404, SetupError::Unauthorised),
        (429, SetupError::Unavailable("too many requests")),
        (503, SetupError::Unavailable("an error at Twilio")),
        (302, SetupError::Unexpected),
    ] {
        let stub = Stub::start(move |_, _| Some(status(code))).await;
        assert_eq!(setup(&stub).account().await, Err(error), "{code}");
    }
    let stub = Stub::start(|_, _| Some(with(200, &[], "CANARY"))).await;
    let error = setup(&stub).account().await.unwrap_err();
    assert_eq!(error.to_string(), "Twilio's answer cannot be read");
}

#[tokio::test]
async fn a_number_tells_where_its_messages_and_calls_go() {
    let stub = Stub::start(|_, before| {
        Some(json_body(&match before {
            0 => json!({"incoming_phone_numbers": [{
                "phone_number": "+4930111111", "sms_url": "https://hark.example/webhook", "sms_method": "POST",
                "sms_fallback_url": "", "sms_application_sid": "", "voice_url": "https://hark.example/twilio/voice/incoming",
                "voice_method": "POST", "voice_fallback_url": "", "voice_application_sid": "", "trunk_sid": null,
                "status_callback": "https://hark.example/twilio/voice/status",
            }]}),
            1 => json!({"incoming_phone_numbers": [{
                "phone_number": "+4930111111", "sms_url": "", "sms_method": "GET", "sms_fallback_url": null,
                "sms_application_sid": "AP1", "trunk_sid": "TK1",
            }]}),
            _ => json!({"incoming_phone_numbers": []}),
        }))
    })
    .await;
    let setup = setup(&stub);
    let route = setup.number(&number()).await.unwrap().unwrap();
    let to = |url: &str| InboundRoute {
        url: Some(url.to_owned()),
        by_post: true,
        fallback_url: None,
        decided_elsewhere: false,
        online: true,
    };
    assert_eq!(
        route,
        NumberRoutes {
            messages: to("https://hark.example/webhook"),
            calls: to("https://hark.example/twilio/voice/incoming"),
            call_ended_url: Some("https://hark.example/twilio/voice/status".to_owned()),
        }
    );
    let route = setup.number(&number()).await.unwrap().unwrap();
    let NumberRoutes { messages, calls, call_ended_url } = route;
    assert!(!messages.by_post && messages.decided_elsewhere && messages.url.is_none());
    assert!(calls.decided_elsewhere && calls.url.is_none() && call_ended_url.is_none());
    assert_eq!(setup.number(&number()).await.unwrap(), None, "it is none of ours");
    let asked = stub.asked().remove(0);
    assert!(
        asked.target.ends_with("/IncomingPhoneNumbers.json?PhoneNumber=%2B4930111111"),
        "{}",
        asked.target
    );
}

#[tokio::test]
async fn a_messaging_service_tells_who_decides() {
    let stub = Stub::start(|_, before| match before {
        0 => Some(json_body(&json!({
            "inbound_request_url": null, "inbound_method": "POST", "fallback_url": null,
            "use_inbound_webhook_on_number": true,
        }))),
        _ => Some(status(404)),
    })
    .await;
    let setup = setup(&stub);
    let route = setup.service("MG1").await.unwrap().unwrap();
    assert!(route.decided_elsewhere && route.url.is_none());
    assert_eq!(setup.service("MG1").await.unwrap(), None);
    assert_eq!(stub.asked()[0].target, "/messaging/v1/Services/MG1");
}

#[tokio::test]
async fn a_whatsapp_sender_is_found_on_any_page_and_may_have_no_webhook() {
    let stub = Stub::start(|asked, _| {
        let next = format!(
            "http://{}/messaging/v2/Channels/Senders?Page=1",
            asked.headers["host"].to_str().unwrap()
        );
        Some(json_body(&if asked.target.contains("Page=1") {
            json!({
                "senders": [{"sender_id": "whatsapp:+4930111111", "status": "OFFLINE", "webhook": {}}],
                "meta": {"next_page_url": null},
            })
        } else {
            json!({
                "senders": [{"sender_id": "whatsapp:+49309", "status": "ONLINE", "webhook": null}],
                "meta": {"next_page_url": next},
            })
        }))
    })
    .await;
    let setup = setup(&stub);
    let route = setup.whatsapp_sender(&number()).await.unwrap().unwrap();
    assert_eq!((route.url, route.online), (None, false));
    assert_eq!(setup.whatsapp_sender(&E164::parse("+4930999999").unwrap()).await.unwrap(), None);
    assert_eq!(stub.asked()[0].target, "/messaging/v2/Channels/Senders?Channel=whatsapp&PageSize=50");
}

#[tokio::test]
async fn our_credentials_follow_no_link_elsewhere() {
    let elsewhere = Stub::start(|_, _| Some(status(200))).await;
    let link = format!("{}/messaging/v2/Channels/Senders?Page=1", elsewhere.base);
    let stub =
        Stub::start(move |_, _| Some(json_body(&json!({"senders": [], "meta": {"next_page_url": link}}))))
            .await;
    assert_eq!(setup(&stub).whatsapp_sender(&number()).await, Err(SetupError::Unexpected));
    assert!(elsewhere.asked().is_empty());
}
