//! The bot, met as Hark and a phone meet it.

use std::net::Ipv4Addr;

use axum::{Json, Router, body::Bytes, routing::post};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc};

use super::harness::Stage;

pub(super) const BOT: &str = "5550000:test-token-of-a-bot-0123456789";
const PHONE: &str = "telegram:5550003";

async fn call(stage: &Stage, method: &str, parameters: Value) -> (u16, Value) {
    let url = stage.url(&format!("/bot{BOT}/{method}"));
    let answer = stage.client.post(url).json(&parameters).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn result(stage: &Stage, method: &str, parameters: Value) -> Value {
    let (status, answer) = call(stage, method, parameters).await;
    assert_eq!((status, answer["ok"].as_bool()), (200, Some(true)), "{answer}");
    answer["result"].clone()
}

async fn refused(stage: &Stage, method: &str, parameters: Value) -> (u16, String) {
    let (status, answer) = call(stage, method, parameters).await;
    assert_eq!((answer["ok"].as_bool(), answer["error_code"].as_u64()), (Some(false), Some(status.into())));
    (status, answer["description"].as_str().unwrap().to_owned())
}

async fn says(stage: &Stage, words: &str) -> Value {
    stage.text(PHONE, words).await
}

#[tokio::test]
async fn only_the_bots_own_token_is_taken() {
    let stage = Stage::new().await;
    assert_eq!(result(&stage, "getMe", json!({})).await["id"], 5_550_000);
    for (token, status) in [("5550000:another-token-0123456789", 401), ("none", 404), (":x", 404)] {
        let url = stage.url(&format!("/bot{token}/getMe"));
        assert_eq!(stage.client.get(url).send().await.unwrap().status().as_u16(), status, "{token}");
    }
    assert_eq!(refused(&stage, "dance", json!({})).await, (404, "Not Found".to_owned()));
    let calls = json!(stage.calls().await).to_string();
    assert!(calls.contains("/bot<token>/getMe") && !calls.contains("test-token"), "{calls}");
}

#[tokio::test]
async fn updates_wait_in_order_until_a_higher_offset_is_asked_for() {
    let stage = Stage::new().await;
    let first = says(&stage, "one").await;
    assert_eq!((first["waits"].as_bool(), first["webhook_status"].is_null()), (Some(true), true));
    says(&stage, "two").await;
    let updates = result(&stage, "getUpdates", json!({"limit": 1})).await;
    assert_eq!(updates.as_array().unwrap().len(), 1);
    let all = result(&stage, "getUpdates", json!({})).await;
    let (one, two) = (&all[0], &all[1]);
    assert_eq!(
        (one["message"]["text"].as_str(), two["message"]["text"].as_str()),
        (Some("one"), Some("two"))
    );
    assert_eq!(one["message"]["message_id"].to_string(), first["message_sid"].as_str().unwrap());
    assert_eq!(
        one["message"]["chat"],
        json!({"id": 5_550_003, "type": "private", "first_name": "Demo Phone"})
    );
    let rest = result(&stage, "getUpdates", json!({"offset": one["update_id"].as_i64().unwrap() + 1})).await;
    assert_eq!(rest.as_array().unwrap().len(), 1);
    assert_eq!(result(&stage, "getUpdates", json!({"offset": -1})).await[0], *two);
    let none = result(&stage, "getUpdates", json!({"offset": two["update_id"].as_i64().unwrap() + 1})).await;
    assert_eq!(none, json!([]));
}

#[tokio::test]
async fn a_command_is_marked_and_another_slash_is_not() {
    let stage = Stage::new().await;
    let said = [
        ("/start", 6),
        ("/start abc", 6),
        ("/help@hark_simulated_bot now", 24),
        ("/2 pipes", 2),
        ("/ 2 pipes", 0),
        ("/Müller", 0),
        ("/dev/null", 0),
        ("say /start", 0),
    ];
    for (text, _) in said {
        says(&stage, text).await;
    }
    let updates = result(&stage, "getUpdates", json!({})).await;
    for (update, (text, length)) in updates.as_array().unwrap().iter().zip(said) {
        let marked = json!([{"type": "bot_command", "offset": 0, "length": length}]);
        let expected = if length > 0 { marked } else { Value::Null };
        assert_eq!(update["message"]["entities"], expected, "{text}");
    }
}

#[tokio::test]
async fn a_question_is_held_until_there_is_something_to_tell_and_a_second_one_ends_it() {
    let stage = Stage::new().await;
    let (held, ()) = tokio::join!(result(&stage, "getUpdates", json!({"timeout": 30})), async {
        while stage.calls().await.is_empty() {}
        says(&stage, "hello").await;
    });
    assert_eq!(held[0]["message"]["text"], "hello");
    let next = json!({"timeout": 30, "offset": held[0]["update_id"].as_i64().unwrap() + 1});
    let (first, ()) = tokio::join!(refused(&stage, "getUpdates", next), async {
        while stage.calls().await.len() < 2 {}
        result(&stage, "getUpdates", json!({})).await;
    });
    assert_eq!(first.0, 409);
    assert!(first.1.starts_with("Conflict: terminated by other getUpdates request"), "{}", first.1);
}

#[tokio::test]
async fn kinds_that_are_not_wanted_do_not_wait() {
    let stage = Stage::new().await;
    result(&stage, "getUpdates", json!({"allowed_updates": ["message"]})).await;
    let url = stage.url(&format!("/_sim/phone/{PHONE}/message"));
    let odd = json!({"update": {"edited_message": {}}});
    stage.client.post(url).json(&odd).send().await.unwrap();
    says(&stage, "hello").await;
    assert_eq!(result(&stage, "getUpdates", json!({})).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_webhook_gets_what_waits_with_its_secret_and_what_it_does_not_take_again() {
    let stage = Stage::new().await;
    let (sender, mut brought) = mpsc::unbounded_channel();
    let mut left = vec![StatusCode::OK, StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE];
    let answers = std::sync::Mutex::new(move || left.pop().unwrap_or(StatusCode::OK));
    let answers = std::sync::Arc::new(answers);
    let hook = post(async move |headers: HeaderMap, body: Bytes| {
        let update: Value = serde_json::from_slice(&body).unwrap();
        let tap = update["callback_query"]["id"].clone();
        sender.send((headers, update)).unwrap();
        let status = answers.lock().unwrap()();
        (status, Json(json!({"method": "answerCallbackQuery", "callback_query_id": tap})))
    });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", hook)).await });

    says(&stage, "before").await;
    result(&stage, "setWebhook", json!({"url": url, "secret_token": "s_-1"})).await;
    let mut texts = Vec::new();
    for _ in 0..2 {
        let (headers, update) = brought.recv().await.unwrap();
        assert_eq!(headers["x-telegram-bot-api-secret-token"], "s_-1");
        texts.push(update["message"]["text"].as_str().unwrap().to_owned());
    }
    assert_eq!(texts, ["before", "before"], "the first time it was not taken");
    assert_eq!(says(&stage, "after").await["webhook_status"], 200);
    let info = result(&stage, "getWebhookInfo", json!({})).await;
    assert_eq!((info["url"].as_str(), info["pending_update_count"].as_u64()), (Some(url.as_str()), Some(0)));
    assert_eq!(info["last_error_message"], "Wrong response from the webhook: 503");
    let (status, why) = refused(&stage, "getUpdates", json!({})).await;
    assert!(status == 409 && why.contains("while webhook is active"), "{why}");
    result(&stage, "deleteWebhook", json!({})).await;
    assert_eq!(says(&stage, "later").await["waits"], true);
    for (url, secret) in [("http://hark.example/x", "s"), ("nonsense", "s"), (url.as_str(), "a b")] {
        assert_eq!(refused(&stage, "setWebhook", json!({"url": url, "secret_token": secret})).await.0, 400);
    }
}

#[tokio::test]
async fn a_message_is_received_with_its_buttons_and_a_tap_comes_back() {
    let stage = Stage::new().await;
    let to = |text: &str| json!({"chat_id": 5_550_003, "text": text});
    assert_eq!(
        refused(&stage, "sendMessage", to("hi")).await,
        (400, "Bad Request: chat not found".to_owned())
    );
    says(&stage, "hello").await;
    for (text, why) in [("", "message text is empty"), (&"x".repeat(4_097), "message is too long")] {
        assert_eq!(refused(&stage, "sendMessage", to(text)).await.1, format!("Bad Request: {why}"));
    }
    let keys = json!({"inline_keyboard": [[{"text": "OK", "callback_data": "ok"}, {"text": "No", "callback_data": "no"}]]});
    let mut message = to("Filed.");
    message["reply_markup"] = keys;
    let sent = result(&stage, "sendMessage", message.clone()).await;
    message["reply_markup"]["inline_keyboard"][0][0]["callback_data"] = json!("x".repeat(65));
    assert_eq!(refused(&stage, "sendMessage", message).await.1, "Bad Request: BUTTON_DATA_INVALID");
    let inbox = stage.inbox(PHONE).await;
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0]["sid"], sent["message_id"].to_string());
    assert_eq!(inbox[0]["buttons"][1], json!({"title": "No", "id": "no"}));

    let url = stage.url(&format!("/_sim/phone/{PHONE}/tap"));
    let tapped: Value =
        stage.client.post(url).json(&json!({"title": "No"})).send().await.unwrap().json().await.unwrap();
    let updates = result(&stage, "getUpdates", json!({})).await;
    let query = &updates[1]["callback_query"];
    assert_eq!((query["data"].as_str(), query["id"].as_str()), (Some("no"), tapped["message_sid"].as_str()));
    assert_eq!(query["message"]["message_id"], sent["message_id"]);
    assert_eq!(query["message"]["reply_markup"]["inline_keyboard"][0][1]["text"], "No");
    let answer = json!({"callback_query_id": query["id"]});
    result(&stage, "answerCallbackQuery", answer.clone()).await;
    assert_eq!(refused(&stage, "answerCallbackQuery", answer).await.0, 400, "each tap once");

    let request = stage.client.post(stage.url(&format!("/_sim/phone/{PHONE}/text")));
    request.header("x-sim-reply-to", sent["message_id"].to_string()).body("No").send().await.unwrap();
    let updates = result(&stage, "getUpdates", json!({})).await;
    assert_eq!(updates[2]["message"]["reply_to_message"]["message_id"], sent["message_id"]);
    let twilio: Value = stage.get(stage.account("Messages.json")).await.json().await.unwrap();
    assert_eq!(twilio["messages"], json!([]), "Twilio knows nothing of it");
}

#[tokio::test]
async fn a_voice_message_is_a_file_that_can_be_fetched_up_to_20_mb() {
    let stage = Stage::new().await;
    let send = async |bytes: Vec<u8>, kind: &str| {
        let url = stage.url(&format!("/_sim/phone/{PHONE}/voice"));
        let request = stage.client.post(url).header("content-type", kind).body(bytes);
        assert!(request.send().await.unwrap().status().is_success());
    };
    send(b"OggS".to_vec(), "audio/ogg").await;
    send(vec![7; (20 << 20) + 1], "application/pdf").await;
    send(b"jpeg".to_vec(), "image/jpeg").await;
    let updates = result(&stage, "getUpdates", json!({})).await;
    let voice = &updates[0]["message"]["voice"];
    assert_eq!((voice["mime_type"].as_str(), voice["file_size"].as_u64()), (Some("audio/ogg"), Some(4)));
    let file = result(&stage, "getFile", json!({"file_id": voice["file_id"]})).await;
    let path = file["file_path"].as_str().unwrap();
    assert!(path.starts_with("voice/") && path.ends_with(".oga"), "{path}");
    let bytes = stage.client.get(stage.url(&format!("/file/bot{BOT}/{path}"))).send().await.unwrap();
    assert_eq!(bytes.bytes().await.unwrap(), "OggS");
    let wrong = stage.client.get(stage.url(&format!("/file/bot5550000:another-token-0123456789/{path}")));
    assert_eq!(wrong.send().await.unwrap().status(), 401);
    let large = json!({"file_id": updates[1]["message"]["document"]["file_id"]});
    assert_eq!(refused(&stage, "getFile", large).await.1, "Bad Request: file is too big");
    assert_eq!(refused(&stage, "getFile", json!({"file_id": "x"})).await.1, "Bad Request: invalid file_id");
    assert_eq!(updates[2]["message"]["photo"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn faults_are_told_in_telegrams_words_and_numbers_go_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let answer = (StatusCode::OK, "text/xml", "<Response/>");
    let stage = Stage::with(Some(folder.path()), answer).await;
    stage.fault("POST /bot*/getMe", "status:429").await;
    let (status, busy) = call(&stage, "getMe", json!({})).await;
    assert_eq!((status, busy["parameters"]["retry_after"].as_u64()), (429, Some(1)));
    let first: i64 = says(&stage, "one").await["message_sid"].as_str().unwrap().parse().unwrap();
    stage.simulators.stop().await;
    let stage = Stage::with(Some(folder.path()), answer).await;
    let second: i64 = says(&stage, "two").await["message_sid"].as_str().unwrap().parse().unwrap();
    assert!(second > first);
}
