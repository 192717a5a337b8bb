//! What is sent, and what Telegram's answers mean.

use serde_json::Value;
use shared::{
    domain::language::Language,
    testing::samples::{self, address},
};

use super::*;
use crate::stub::{self, Stub, answer, with};

fn letter(body: &str) -> OutboundMessage {
    OutboundMessage {
        to: address("telegram:1111111"),
        from: address("telegram:5550000"),
        ..samples::outbound(body)
    }
}

fn taken(number: i64) -> Value {
    json!({"ok": true, "result": {"message_id": number, "date": 1_795_168_801, "chat": {"id": 1_111_111, "type": "private"}, "text": "x"}})
}

async fn taking() -> Stub {
    Stub::start(|_, before| Some(answer(200, &taken(1_366 + i64::try_from(before).unwrap())))).await
}

#[tokio::test]
async fn a_message_is_sent_as_it_is_and_known_by_the_id_that_an_answer_to_it_names() {
    let stub = taking().await;
    let messenger = TelegramMessenger::new(stub.api());
    let sent = messenger.send(&letter("*Filed as a job:*\n<b>_x_</b>")).await.unwrap();
    assert_eq!(sent.id, stub.api().bot().message_id(1_111_111, 1_366).unwrap());
    assert_eq!(sent.created_at.as_second(), 1_795_168_801);
    let asked = stub.asked();
    assert_eq!(asked[0].method(), "sendMessage");
    let text = json!({"chat_id": 1_111_111, "text": "*Filed as a job:*\n<b>_x_</b>", "link_preview_options": {"is_disabled": true}});
    assert_eq!(asked[0].json(), text);
}

#[tokio::test]
async fn choices_are_buttons_whose_payloads_are_ours() {
    let stub = taking().await;
    let choices = Some(Choices::of_record(Language::De));
    TelegramMessenger::new(stub.api()).send(&OutboundMessage { choices, ..letter("Filed") }).await.unwrap();
    let asked = stub.asked()[0].json();
    assert_eq!(asked["text"], "Filed", "nothing in words beside the buttons");
    let row = json!([[
        {"text": "OK", "callback_data": "hark-ok"},
        {"text": "Ändern", "callback_data": "hark-change"},
        {"text": "Rückgängig", "callback_data": "hark-undo"},
    ]]);
    assert_eq!(asked["reply_markup"]["inline_keyboard"], row);
}

#[tokio::test]
async fn a_file_goes_with_its_words_below_it_or_behind_it() {
    let stub = taking().await;
    let messenger = TelegramMessenger::new(stub.api());
    let with_file =
        |body: &str, url: &str| OutboundMessage { media: Some(url.to_owned().into()), ..letter(body) };
    messenger.send(&with_file("Look", "https://a.example/x/0.jpg?sig=1")).await.unwrap();
    messenger.send(&with_file(&"ä".repeat(1_025), "https://a.example/x/0.pdf?sig=1.jpg")).await.unwrap();
    let asked: Vec<_> = stub.asked().iter().map(|asked| (asked.method().to_owned(), asked.json())).collect();
    assert_eq!(asked[0].0, "sendPhoto");
    assert_eq!(
        asked[0].1,
        json!({"chat_id": 1_111_111, "photo": "https://a.example/x/0.jpg?sig=1", "caption": "Look"})
    );
    assert_eq!((asked[1].0.as_str(), asked[2].0.as_str()), ("sendDocument", "sendMessage"));
    assert_eq!(asked[1].1.get("caption"), None);
}

#[tokio::test]
async fn nothing_is_sent_that_cannot_be_taken() {
    let stub = taking().await;
    let messenger = TelegramMessenger::new(stub.api());
    let refused = Err(SendError::Refused { code: 400 });
    assert_eq!(messenger.send(&letter(&"x".repeat(4_097))).await, refused);
    assert_eq!(messenger.send(&letter(&"👍".repeat(2_049))).await, refused);
    assert_eq!(messenger.send(&samples::outbound("to a phone")).await, refused);
    assert!(stub.asked().is_empty());
    messenger.send(&letter(&"👍".repeat(2_048))).await.unwrap();
}

#[tokio::test]
async fn what_telegram_answers_decides_whether_it_is_sent_again() {
    let refused =
        |code: u16, said: &str| answer(code, &json!({"ok": false, "error_code": code, "description": said}));
    type Answer = Box<dyn Fn() -> axum::response::Response + Send + Sync>;
    let cases: Vec<(Answer, SendError)> = vec![
        (
            Box::new(move || refused(403, "Forbidden: bot was blocked by the user")),
            SendError::Refused { code: 403 },
        ),
        (Box::new(move || refused(400, "Bad Request: chat not found")), SendError::Refused { code: 400 }),
        (
            Box::new(|| {
                answer(429, &json!({"ok": false, "error_code": 429, "parameters": {"retry_after": 35}}))
            }),
            SendError::NotTaken { after: Duration::from_secs(35) },
        ),
        (
            Box::new(move || refused(401, "Unauthorized")),
            SendError::NotTaken { after: Duration::from_secs(60) },
        ),
        (Box::new(move || refused(404, "Not Found")), SendError::NotTaken { after: Duration::from_secs(60) }),
        (Box::new(move || refused(500, "Internal Server Error")), SendError::Unknown),
        (Box::new(|| with(502, &[], "<html>CANARY</html>")), SendError::Unknown),
        (Box::new(|| with(200, &[], "<html>CANARY</html>")), SendError::Unknown),
        (Box::new(|| answer(200, &json!({"ok": true, "result": true}))), SendError::Unknown),
    ];
    for (answer, means) in cases {
        let stub = Stub::start(move |_, _| Some(answer())).await;
        assert_eq!(TelegramMessenger::new(stub.api()).send(&letter("x")).await, Err(means));
        assert_eq!(stub.asked().len(), 1, "sent once");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_unknown_and_a_connection_that_is_not_made_is_not() {
    let stub = Stub::start(|_, _| None).await;
    let messenger =
        TelegramMessenger { timeout: Duration::from_millis(50), ..TelegramMessenger::new(stub.api()) };
    assert_eq!(messenger.send(&letter("x")).await, Err(SendError::Unknown));
    // A file has a time of its own.
    let url = "https://a.example/x/0.jpg".to_owned().into();
    let messenger =
        TelegramMessenger { file_timeout: Duration::from_millis(50), ..TelegramMessenger::new(stub.api()) };
    let file = OutboundMessage { media: Some(url), ..letter("x") };
    assert_eq!(messenger.send(&file).await, Err(SendError::Unknown));
    let nobody = TelegramMessenger::new(stub::api("http://127.0.0.1:1"));
    assert_eq!(nobody.send(&letter("x")).await, Err(SendError::NotTaken { after: UNREACHABLE }));
}

#[tokio::test]
async fn nothing_that_was_sent_can_be_found_and_it_says_so() {
    let messenger = TelegramMessenger::new(stub::api("http://127.0.0.1:1"));
    assert!(!messenger.can_look_up(Channel::Telegram));
    assert_eq!(messenger.find_sent(&letter("x"), samples::now()).await, Ok(Vec::new()));
}
