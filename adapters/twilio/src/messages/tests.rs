//! Messages sent to a server on this machine that answers as Twilio does.

mod buttons;

use axum::response::Response;
use serde_json::Value;
use shared::domain::{identity::Address, private::Private};

use super::*;
use crate::stub::{self, Stub, our_credentials, status, with};

const SINCE: &str = "2026-11-20T10:00:00.9Z";

fn message() -> OutboundMessage {
    OutboundMessage {
        to: Address::parse("whatsapp:+4915112345678").unwrap(),
        from: Address::parse("whatsapp:+14155238886").unwrap(),
        body: Private::new("CANARY & Müller\n*done* 👍".to_owned()),
        choices: None,
        about: None,
        media: None,
        template: false,
    }
}

fn json(status: u16, body: &Value) -> Option<Response> {
    Some(with(status, &[("content-type", "application/json")], body.to_string()))
}

/// A message as the log has it.
fn logged(sid: &str, date: &str) -> Value {
    json!({
        "sid": sid,
        "date_created": date,
        "direction": "outbound-api",
        "from": "whatsapp:+14155238886",
        "to": "whatsapp:+4915112345678",
        "body": message().body.into_inner(),
        "status": "queued",
        "messaging_service_sid": null,
    })
}

fn created() -> Value {
    logged("SM0000000000000000000000000000000a", "Fri, 20 Nov 2026 10:00:01 +0000")
}

fn fields(body: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body).into_owned().collect()
}

async fn send_to(stub: &Stub) -> Result<SentMessage, SendError> {
    TwilioMessenger::new(stub.api(&[])).send(&message()).await
}

async fn find_in(stub: &Stub, more: &[(&str, &str)]) -> Result<Vec<SentMessage>, SendError> {
    TwilioMessenger::new(stub.api(more)).find_sent(&message(), SINCE.parse().unwrap()).await
}

/// A log of pages, one answer each.
async fn log_of(pages: Vec<Value>) -> Stub {
    Stub::start(move |_, before| json(200, &pages[before.min(pages.len() - 1)])).await
}

#[tokio::test]
async fn a_message_is_posted_as_it_is_with_the_accounts_own_credentials() {
    let twilio = Stub::start(|_, _| json(201, &created())).await;
    let sent = send_to(&twilio).await.unwrap();
    assert_eq!(sent.id.as_str(), "SM0000000000000000000000000000000a");
    assert_eq!(sent.created_at.to_string(), "2026-11-20T10:00:01Z");
    let asked = &twilio.asked()[0];
    assert_eq!(asked.method, Method::POST);
    assert_eq!(asked.target, "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json");
    assert_eq!(asked.authorization(), Some(our_credentials().as_str()));
    assert_eq!(
        fields(&asked.body),
        [
            ("To".to_owned(), "whatsapp:+4915112345678".to_owned()),
            ("From".to_owned(), "whatsapp:+14155238886".to_owned()),
            ("Body".to_owned(), "CANARY & Müller\n*done* 👍".to_owned()),
        ]
    );
}

#[tokio::test]
async fn a_messaging_service_chooses_the_sender() {
    let twilio = Stub::start(|_, _| json(201, &created())).await;
    let api = twilio.api(&[("TWILIO_MESSAGING_SERVICE_SID", "MG1")]);
    TwilioMessenger::new(api).send(&message()).await.unwrap();
    let sender = fields(&twilio.asked()[0].body).remove(1);
    assert_eq!(sender, ("MessagingServiceSid".to_owned(), "MG1".to_owned()));
}

#[tokio::test]
async fn d10_every_answer_has_its_meaning() {
    let refused = |code| Err(SendError::Refused { code });
    let not_taken = |seconds| Err(SendError::NotTaken { after: Duration::from_secs(seconds) });
    for (status, headers, code, meaning) in [
        (400, &[][..], 21_610, refused(21_610)), // opted out
        (400, &[], 63_016, refused(63_016)),     // outside the window
        (400, &[], 21_211, refused(21_211)),     // no such number
        (400, &[], 21_614, refused(21_614)),     // not a mobile number
        (400, &[], 63_024, refused(63_024)),     // not on WhatsApp
        (400, &[], 63_007, refused(63_007)),     // not our sender
        (429, &[("retry-after", "17")], 20_429, not_taken(17)),
        (429, &[], 20_429, not_taken(2)),
        (400, &[], 21_611, not_taken(2)),
        (400, &[], 63_018, not_taken(2)),
        (401, &[], 20_003, not_taken(60)),
        (403, &[], 20_003, not_taken(60)),
        (404, &[], 20_404, not_taken(60)),
        (400, &[], 20_005, not_taken(60)),
        (500, &[], 20_500, Err(SendError::Unknown)),
        (503, &[], 20_503, Err(SendError::Unknown)),
        (408, &[], 0, Err(SendError::Unknown)),
        (302, &[], 0, Err(SendError::Unknown)),
    ] {
        let twilio = Stub::start(move |_, _| {
            let body = json!({ "code": code, "message": "CANARY +4915112345678", "status": status });
            Some(with(status, headers, body.to_string()))
        })
        .await;
        assert_eq!(send_to(&twilio).await, meaning, "{status} {code}");
        assert_eq!(twilio.asked().len(), 1, "one try, whatever the answer");
    }
}

#[tokio::test]
async fn d10_an_answer_without_words_is_still_an_answer() {
    let twilio = Stub::start(|_, _| Some(with(400, &[], "<html>no</html>"))).await;
    assert_eq!(send_to(&twilio).await, Err(SendError::Refused { code: 0 }));
    for broken in
        ["", "<html>ok</html>", "{}", r#"{"sid":"../x","date_created":"Fri, 20 Nov 2026 10:00:01 +0000"}"#]
    {
        let twilio = Stub::start(move |_, _| Some(with(201, &[], broken))).await;
        assert_eq!(send_to(&twilio).await, Err(SendError::Unknown), "{broken}");
    }
}

#[tokio::test]
async fn d10_a_connection_that_was_not_made_sent_nothing() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let api = stub::api(&format!("http://127.0.0.1:{port}"), &[]);
    let sent = TwilioMessenger::new(api).send(&message()).await;
    assert_eq!(sent, Err(SendError::NotTaken { after: Duration::from_secs(5) }));
}

#[tokio::test]
async fn d10_an_answer_that_does_not_come_leaves_everything_open() {
    let twilio = Stub::start(|_, _| None).await;
    let mut messenger = TwilioMessenger::new(twilio.api(&[]));
    messenger.timeout = Duration::from_millis(30);
    assert_eq!(messenger.send(&message()).await, Err(SendError::Unknown));

    let cut = Stub::start(|_, _| {
        let chunks = [Ok("{\"sid\":"), Err(std::io::Error::other("cut"))];
        Some(with(201, &[], axum::body::Body::from_stream(futures::stream::iter(chunks))))
    })
    .await;
    assert_eq!(send_to(&cut).await, Err(SendError::Unknown));
}

#[tokio::test]
async fn the_log_is_searched_for_exactly_this_message() {
    let date = "Fri, 20 Nov 2026 10:00:05 +0000";
    let other = |sid, field: &str, value: Value| {
        let mut message = logged(sid, date);
        message[field] = value;
        message
    };
    let twilio = log_of(vec![json!({
        "messages": [
            logged("SM0000000000000000000000000000000c", "Fri, 20 Nov 2026 10:00:30 +0000"),
            other("SM00000000000000000000000000000001", "body", json!("CANARY")),
            other("SM00000000000000000000000000000002", "direction", json!("inbound")),
            other("SM00000000000000000000000000000003", "from", json!("whatsapp:+14155230000")),
            other("SM00000000000000000000000000000004", "from", Value::Null),
            other("SM00000000000000000000000000000005", "to", json!("whatsapp:+4915100000000")),
            other("SM00000000000000000000000000000006", "date_created", json!("not a date")),
            logged("SM0000000000000000000000000000000b", "Fri, 20 Nov 2026 10:00:00 +0000"),
            logged("SM0000000000000000000000000000000a", "Fri, 20 Nov 2026 09:59:59 +0000"),
        ],
        "next_page_uri": null,
    })])
    .await;
    let found = find_in(&twilio, &[]).await.unwrap();
    let found: Vec<_> = found.iter().map(|sent| sent.id.as_str()).collect();
    assert_eq!(found, ["SM0000000000000000000000000000000b", "SM0000000000000000000000000000000c"]);
    let asked = &twilio.asked()[0];
    assert_eq!(asked.method, Method::GET);
    assert_eq!(asked.authorization(), Some(our_credentials().as_str()));
    assert_eq!(
        asked.target,
        "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json\
         ?To=whatsapp%3A%2B4915112345678&From=whatsapp%3A%2B14155238886&PageSize=100"
    );
}

#[tokio::test]
async fn a_message_that_waits_for_its_sender_is_known_by_its_service() {
    let mut waiting = created();
    waiting["from"] = Value::Null;
    waiting["messaging_service_sid"] = json!("MG1");
    let twilio = log_of(vec![json!({ "messages": [waiting], "next_page_uri": null })]).await;
    assert_eq!(find_in(&twilio, &[("TWILIO_MESSAGING_SERVICE_SID", "MG1")]).await.unwrap().len(), 1);
    assert!(!twilio.asked()[0].target.contains("From="));
    assert_eq!(find_in(&twilio, &[("TWILIO_MESSAGING_SERVICE_SID", "MG2")]).await.unwrap().len(), 0);
}

#[tokio::test]
async fn the_log_is_read_page_by_page_until_it_is_old() {
    let page = |date: &str, next: &str| {
        let mut other = logged("SM00000000000000000000000000000001", date);
        other["body"] = json!("other");
        json!({ "messages": [other], "next_page_uri": next })
    };
    let next = "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json?Page=1&PageToken=PA1";
    let (new, old) = ("Fri, 20 Nov 2026 10:00:05 +0000", "Fri, 20 Nov 2026 09:00:00 +0000");
    let twilio = log_of(vec![page(new, next), page(old, next), page(old, next)]).await;
    assert_eq!(find_in(&twilio, &[]).await.unwrap(), []);
    assert_eq!(twilio.asked().len(), 2);
    assert_eq!(twilio.asked()[1].target, next);

    // Nothing found in as many pages as are read, and more to come: nobody may say that it was not sent.
    let endless = log_of(vec![page(new, next)]).await;
    assert_eq!(find_in(&endless, &[]).await, Err(SendError::Unknown));
    assert_eq!(endless.asked().len(), 5);
}

#[tokio::test]
async fn the_next_page_is_never_anywhere_else() {
    let other = Stub::start(|_, _| Some(status(200))).await;
    for next in
        [format!("{}/x", other.base), "//evil.example/x".to_owned(), "https://evil.example/".to_owned()]
    {
        let page = json!({ "messages": [created()], "next_page_uri": next });
        let twilio = log_of(vec![page]).await;
        assert_eq!(find_in(&twilio, &[]).await, Err(SendError::Unknown), "{next}");
    }
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn a_log_that_cannot_be_read_settles_nothing() {
    for (status, body) in [(500, "{}"), (429, "{}"), (401, "{}"), (200, "<html>"), (200, "{}")] {
        let twilio = Stub::start(move |_, _| Some(with(status, &[], body))).await;
        assert_eq!(find_in(&twilio, &[]).await, Err(SendError::Unknown), "{status}");
    }
}

/// A letter of the office outside of WhatsApp's window.
fn as_template() -> OutboundMessage {
    OutboundMessage { template: true, ..message() }
}

const TEMPLATE: &str = "HX00000000000000000000000000000001";

#[tokio::test]
async fn a_template_is_sent_as_content_with_the_words_in_one_line() {
    let twilio = Stub::start(|_, _| json(201, &created())).await;
    let messenger = TwilioMessenger::new(twilio.api(&[("TWILIO_TEMPLATE_SID", TEMPLATE)]));
    messenger.send(&as_template()).await.unwrap();
    let sent = fields(&twilio.asked()[0].body);
    let field = |name: &str| sent.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(field("ContentSid"), Some(TEMPLATE));
    assert_eq!(field("ContentVariables"), Some(r#"{"1":"CANARY & Müller *done* 👍"}"#));
    assert_eq!(field("Body"), None, "Twilio refuses both together");
}

#[tokio::test]
async fn without_a_template_nothing_is_asked_of_twilio_and_it_is_outside_of_the_window() {
    let twilio = Stub::start(|_, _| json(201, &created())).await;
    let refused = TwilioMessenger::new(twilio.api(&[])).send(&as_template()).await;
    assert_eq!(refused, Err(SendError::Refused { code: 63_016 }));
    assert_eq!(twilio.asked().len(), 0);
}

#[tokio::test]
async fn a_template_whose_answer_was_lost_is_found_by_the_words_in_it() {
    let mut found = logged("SM0000000000000000000000000000000b", "Fri, 20 Nov 2026 10:00:02 +0000");
    found["body"] = "Your office writes: CANARY & Müller *done* 👍. Answer to talk to us.".into();
    let twilio = log_of(vec![json!({ "messages": [found], "next_page_uri": null })]).await;
    let messenger = TwilioMessenger::new(twilio.api(&[("TWILIO_TEMPLATE_SID", TEMPLATE)]));
    let since = SINCE.parse().unwrap();
    assert_eq!(messenger.find_sent(&as_template(), since).await.unwrap().len(), 1);
    assert_eq!(messenger.find_sent(&message(), since).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_file_goes_along_by_its_address() {
    let twilio = Stub::start(|_, _| json(201, &created())).await;
    let address = "https://bucket.example/_inbox/acme/PE01/0.jpg?signature=x&more=y";
    let along = OutboundMessage { media: Some(address.to_owned().into()), ..message() };
    TwilioMessenger::new(twilio.api(&[])).send(&along).await.unwrap();
    let sent = fields(&twilio.asked()[0].body);
    assert!(sent.contains(&("MediaUrl".to_owned(), address.to_owned())), "{sent:?}");
    assert!(sent.iter().any(|(name, _)| name == "Body"), "its words stand with it");
}
