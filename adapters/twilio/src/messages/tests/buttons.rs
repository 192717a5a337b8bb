//! Messages with choices: buttons where they can be, words where they cannot, and each message once.

use std::sync::atomic::AtomicUsize;

use shared::{
    domain::{ids::MessageId, language::Language},
    testing::log::ThreadLog,
};

use super::*;

const HX: &str = "HX0000000000000000000000000000000c";
const SM: &str = "SM0000000000000000000000000000000a";
const WORDS: &str = "CANARY & Müller\n*done* 👍\n\nReply 1 = OK, 2 = change, 3 = undo";

fn with_choices() -> OutboundMessage {
    OutboundMessage { choices: Some(Choices::of_record(Language::En)), ..message() }
}

fn actions() -> Value {
    json!([
        { "title": "OK", "id": "hark-ok" },
        { "title": "Change", "id": "hark-change" },
        { "title": "Undo", "id": "hark-undo" },
    ])
}

/// Content as the list shows it.
fn content(sid: &str, name: &str) -> Value {
    json!({
        "sid": sid,
        "friendly_name": name,
        "language": "en",
        "types": { "twilio/quick-reply": { "body": "{{1}}", "actions": actions() } },
    })
}

fn page(contents: &[Value], next: Option<&str>) -> Value {
    json!({ "contents": contents, "meta": { "page": 0, "page_size": 1000, "next_page_url": next, "key": "contents" } })
}

fn is_list(asked: &stub::Asked) -> bool {
    asked.method == Method::GET && asked.target.contains("/v1/Content")
}

fn is_creation(asked: &stub::Asked) -> bool {
    asked.method == Method::POST && asked.target.ends_with("/v1/Content")
}

/// A Twilio with no content yet, whose messages are answered by `answer` and how many came before.
async fn twilio<F>(answer: F) -> Stub
where
    F: Fn(&[(String, String)], usize) -> Option<Response> + Send + Sync + 'static,
{
    let posted = AtomicUsize::new(0);
    Stub::start(move |asked, _| {
        if is_list(asked) {
            json(200, &page(&[], None))
        } else if is_creation(asked) {
            json(201, &content(HX, "any"))
        } else {
            answer(&fields(&asked.body), posted.fetch_add(1, Ordering::SeqCst))
        }
    })
    .await
}

fn messenger(twilio: &Stub) -> TwilioMessenger {
    let content = format!("{}/content", twilio.base);
    TwilioMessenger::new(twilio.api(&[("TWILIO_CONTENT_BASE_URL", &content)]))
}

fn refused(code: u32) -> Option<Response> {
    json(400, &json!({ "code": code, "message": "CANARY", "status": 400 }))
}

/// The forms of all messages that were posted.
fn posted(twilio: &Stub) -> Vec<Vec<(String, String)>> {
    let is_message = |asked: &stub::Asked| asked.target.ends_with("/Messages.json");
    twilio.asked().iter().filter(|asked| is_message(asked)).map(|asked| fields(&asked.body)).collect()
}

fn value<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn creations(twilio: &Stub) -> usize {
    twilio.asked().iter().filter(|asked| is_creation(asked)).count()
}

#[tokio::test]
async fn buttons_are_made_once_and_every_message_brings_its_own_words() {
    let twilio = twilio(|_, _| json(201, &created())).await;
    let messenger = messenger(&twilio);
    for _ in 0..2 {
        assert_eq!(messenger.send(&with_choices()).await.unwrap().id.as_str(), SM);
    }
    let asked = twilio.asked();
    assert_eq!(asked[0].target, "/content/v1/Content?PageSize=1000");
    assert_eq!(asked[0].authorization(), Some(our_credentials().as_str()));
    assert_eq!(asked[1].target, "/content/v1/Content");
    let body: Value = serde_json::from_slice(&asked[1].body).unwrap();
    assert_eq!(body["types"], json!({ "twilio/quick-reply": { "body": "{{1}}", "actions": actions() } }));
    assert!(body["friendly_name"].as_str().unwrap().starts_with("hark-choices-"));
    assert_eq!((&body["language"], body["variables"]["1"].is_string()), (&json!("en"), true));
    assert_eq!(asked.len(), 4, "the second message finds the content known");
    for form in posted(&twilio) {
        assert_eq!((value(&form, "ContentSid"), value(&form, "Body")), (Some(HX), None));
        let variables: Value = serde_json::from_str(value(&form, "ContentVariables").unwrap()).unwrap();
        assert_eq!(variables, json!({ "1": "CANARY & Müller\n*done* 👍" }));
    }
}

#[tokio::test]
async fn content_that_another_process_made_is_found_on_any_page() {
    let first = twilio(|_, _| json(201, &created())).await;
    messenger(&first).send(&with_choices()).await.unwrap();
    let body: Value = serde_json::from_slice(&first.asked()[1].body).unwrap();
    let name = body["friendly_name"].as_str().unwrap().to_owned();

    let mut changed = content("HX00000000000000000000000000000001", &name);
    changed["types"]["twilio/quick-reply"]["body"] = json!("somebody changed it");
    let pages = [
        page(
            &[changed, content("HX00000000000000000000000000000002", "else"), content("HX/../x", &name)],
            Some("/content/v1/Content?PageSize=1000&Page=1"),
        ),
        page(&[content(HX, &name)], None),
    ];
    let second = Stub::start(
        move |asked, before| {
            if is_list(asked) { json(200, &pages[before]) } else { json(201, &created()) }
        },
    )
    .await;
    messenger(&second).send(&with_choices()).await.unwrap();
    assert_eq!(second.asked()[1].target, "/content/v1/Content?PageSize=1000&Page=1");
    assert_eq!(creations(&second), 0);
    assert_eq!(value(&posted(&second)[0], "ContentSid"), Some(HX));
}

#[tokio::test]
async fn where_no_button_can_be_the_choices_stand_in_words() {
    let twilio = twilio(|_, _| json(201, &created())).await;
    let messenger = messenger(&twilio);
    let sms = OutboundMessage {
        to: Address::parse("+4915112345678").unwrap(),
        from: Address::parse("+14155238887").unwrap(),
        ..with_choices()
    };
    messenger.send(&sms).await.unwrap();
    let long = OutboundMessage { body: Private::new("x".repeat(1_025)), ..with_choices() };
    messenger.send(&long).await.unwrap();
    let forms = posted(&twilio);
    assert_eq!(value(&forms[0], "Body"), Some(WORDS));
    assert!(value(&forms[1], "Body").unwrap().ends_with("x\n\nReply 1 = OK, 2 = change, 3 = undo"));
    assert_eq!(twilio.asked().len(), 2, "the Content API is not asked");

    // Of two addresses one is a stand-in: its credentials do not go to the other.
    let half = TwilioMessenger::new(twilio.api(&[]));
    half.send(&with_choices()).await.unwrap();
    assert_eq!(value(&posted(&twilio)[2], "Body"), Some(WORDS));
}

#[tokio::test]
async fn content_that_cannot_be_had_costs_no_message_and_is_not_asked_for_each_time() {
    for (status, body) in [(500, "{}"), (401, "{}"), (429, "{}"), (200, "<html>"), (200, "{}")] {
        let twilio =
            Stub::start(
                move |asked, _| {
                    if is_list(asked) { Some(with(status, &[], body)) } else { json(201, &created()) }
                },
            )
            .await;
        let messenger = messenger(&twilio);
        for _ in 0..3 {
            messenger.send(&with_choices()).await.unwrap();
        }
        let bodies: Vec<_> =
            posted(&twilio).iter().map(|form| value(form, "Body").unwrap().to_owned()).collect();
        assert_eq!(bodies, [WORDS; 3], "{status}");
        assert_eq!(twilio.asked().len(), 4, "{status}");
    }
}

#[tokio::test]
async fn content_whose_answer_is_lost_holds_no_message_up_and_is_found_later() {
    let made = Arc::new(AtomicUsize::new(0));
    let twilio = Stub::start({
        let made = made.clone();
        move |asked, _| {
            if is_list(asked) {
                let name = name_of_english();
                let contents = vec![content(HX, &name); made.load(Ordering::SeqCst)];
                json(200, &page(&contents, None))
            } else if is_creation(asked) {
                // It is made, and its answer never comes.
                made.store(1, Ordering::SeqCst);
                None
            } else {
                json(201, &created())
            }
        }
    })
    .await;
    let mut messenger = messenger(&twilio);
    messenger.timeout = Duration::from_millis(300);
    messenger.contents.pause = Duration::ZERO;
    for _ in 0..2 {
        messenger.send(&with_choices()).await.unwrap();
    }
    let forms = posted(&twilio);
    assert_eq!((value(&forms[0], "Body"), value(&forms[1], "ContentSid")), (Some(WORDS), Some(HX)));
    assert_eq!(creations(&twilio), 1, "no second one piles up");
}

fn name_of_english() -> String {
    content::name_of(&Choices::of_record(Language::En))
}

#[tokio::test]
async fn a_content_that_twilio_refuses_is_sent_in_words_once() {
    for code in [21_655, 21_656, 63_005, 63_013, 92_006] {
        let twilio =
            twilio(move |_, before| if before == 0 { refused(code) } else { json(201, &created()) }).await;
        let messenger = messenger(&twilio);
        messenger.send(&with_choices()).await.unwrap();
        let forms = posted(&twilio);
        assert_eq!(forms.len(), 2, "{code}");
        assert_eq!((value(&forms[0], "Body"), value(&forms[1], "Body")), (None, Some(WORDS)));
        assert_eq!(value(&forms[1], "ContentSid"), None);
        // One that is gone is looked for anew.
        messenger.send(&with_choices()).await.unwrap();
        assert_eq!(creations(&twilio), if [21_655, 92_006].contains(&code) { 2 } else { 1 }, "{code}");
    }
}

#[tokio::test]
async fn d10_any_other_outcome_with_buttons_is_left_as_it_is() {
    for (answer, meaning) in [
        (400, SendError::Refused { code: 63_016 }),
        (429, SendError::NotTaken { after: Duration::from_secs(2) }),
        (503, SendError::Unknown),
    ] {
        let twilio = twilio(move |_, _| json(answer, &json!({ "code": 63_016 }))).await;
        assert_eq!(messenger(&twilio).send(&with_choices()).await, Err(meaning));
        assert_eq!(posted(&twilio).len(), 1, "it may have been sent, or will never be");
    }
}

#[tokio::test]
async fn d10_a_lost_answer_of_a_message_with_buttons_leaves_everything_open() {
    let twilio = twilio(|_, _| None).await;
    let mut messenger = messenger(&twilio);
    messenger.timeout = Duration::from_millis(300);
    assert_eq!(messenger.send(&with_choices()).await, Err(SendError::Unknown));
    assert_eq!(posted(&twilio).len(), 1);
}

#[tokio::test]
async fn d10_a_message_with_choices_is_found_in_every_form_that_it_may_have_gone_in() {
    let date = "Fri, 20 Nov 2026 10:00:05 +0000";
    for (body, found) in [
        ("CANARY & Müller\n*done* 👍", true),
        (WORDS, true),
        ("CANARY & Müller\n*done* 👍\n", true),
        ("CANARY & Müller *done* 👍", true),
        ("CANARY & Müller\n*done* 👍\n\n[OK] [Change] [Undo]", true),
        ("CANARY & Müller\n*done* 👍\nOK | Change | Undo", true),
        ("CANARY & Müller\n*done* 👍\n\nReply 3 to bring it back", false),
        ("CANARY & Müller\n*done* 👍 and more", false),
        ("CANARY & Müller", false),
        ("", false),
    ] {
        let mut logged = logged(SM, date);
        logged["body"] = json!(body);
        let twilio = log_of(vec![json!({ "messages": [logged], "next_page_uri": null })]).await;
        let messenger = TwilioMessenger::new(twilio.api(&[]));
        let sent = messenger.find_sent(&with_choices(), SINCE.parse().unwrap()).await.unwrap();
        assert_eq!(sent.len(), usize::from(found), "{body}");
    }
}

#[tokio::test]
async fn twilio_is_asked_to_tell_what_becomes_of_a_message_and_of_which_note_it_is() {
    let twilio = Stub::start(|_, _| json(201, &created())).await;
    let about = |id| OutboundMessage { about: MessageId::parse(id).ok(), ..message() };
    let messenger = TwilioMessenger::new(twilio.api(&[])).told_at("https://hark.example/prod/");
    messenger.send(&about("SM00000001")).await.unwrap();
    messenger.send(&message()).await.unwrap();
    let forms = posted(&twilio);
    assert_eq!(
        value(&forms[0], "StatusCallback"),
        Some("https://hark.example/prod/twilio/status?note=SM00000001")
    );
    assert_eq!(value(&forms[1], "StatusCallback"), Some("https://hark.example/prod/twilio/status"));

    // An address that Twilio cannot reach is not given to it.
    let of_twilio = stub::api("https://api.twilio.com", &[]);
    assert_eq!(TwilioMessenger::new(of_twilio.clone()).told_at("http://127.0.0.1:8080").told_at, None);
    assert!(TwilioMessenger::new(of_twilio).told_at("https://hark.example").told_at.is_some());
    assert!(TwilioMessenger::new(twilio.api(&[])).told_at("http://127.0.0.1:8080").told_at.is_some());
}

#[tokio::test]
async fn a_status_callback_that_twilio_refuses_costs_no_message() {
    let twilio = Stub::start(|asked, _| {
        if value(&fields(&asked.body), "StatusCallback").is_some() {
            refused(21_609)
        } else {
            json(201, &created())
        }
    })
    .await;
    let messenger = TwilioMessenger::new(twilio.api(&[])).told_at("https://hark_example.test");
    for _ in 0..2 {
        messenger.send(&message()).await.unwrap();
    }
    assert_eq!(posted(&twilio).len(), 3, "only the first one tries");
}

#[tokio::test]
async fn g01_no_word_and_no_secret_stands_in_the_log() {
    let log = ThreadLog::begin();
    let twilio = twilio(|_, before| if before == 0 { refused(21_656) } else { None }).await;
    let mut messenger = messenger(&twilio).told_at("https://hark.example");
    messenger.timeout = Duration::from_millis(300);
    messenger.send(&with_choices()).await.unwrap_err();
    let text = log.text();
    assert!(text.contains("buttons_refused") && text.contains("21656"), "{text}");
    for secret in ["CANARY", "4915112345678", "14155238886", stub::TOKEN, stub::ACCOUNT] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
