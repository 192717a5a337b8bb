//! Files that are there, that are too large, that are gone, and addresses that are none.

use axum::body::Body;
use serde_json::Value;

use super::*;
use crate::stub::{Asked, Stub, TOKEN, answer, with};

fn file(url: &str) -> MediaRef {
    MediaRef { url: url.to_owned().into(), content_type: "audio/ogg".to_owned() }
}

fn found(asked: &Asked, path: &str) -> Option<axum::response::Response> {
    let result =
        json!({"file_id": asked.json()["file_id"], "file_unique_id": "u", "file_size": 5, "file_path": path});
    Some(answer(200, &json!({ "ok": true, "result": result })))
}

/// A server whose `getFile` answers this, and whose files are that.
async fn serving(found: Value, file: fn() -> axum::response::Response) -> Stub {
    Stub::start(move |asked, _| {
        Some(if asked.method() == "getFile" {
            answer(200, &json!({ "ok": true, "result": found }))
        } else {
            file()
        })
    })
    .await
}

#[tokio::test]
async fn a_file_is_found_and_fetched() {
    let stub = Stub::start(|asked, _| match asked.method() {
        "getFile" => found(asked, "voice/file_7.oga"),
        _ => Some(with(200, &[], "OggS!")),
    })
    .await;
    let media = TelegramMedia::new(stub.api());
    assert_eq!(media.fetch(&file("telegram:AwAD-_x?size=5")).await.unwrap(), "OggS!");
    let asked = stub.asked();
    assert_eq!(asked[0].json(), json!({"file_id": "AwAD-_x"}));
    assert_eq!(asked[1].target, format!("/file/bot{TOKEN}/voice/file_7.oga"));
}

#[tokio::test]
async fn what_is_too_large_for_a_bot_is_too_large_for_ever() {
    let too_large = Err(FetchError::TooLarge { limit: 20 * 1_024 * 1_024 });
    let stub = Stub::start(|_, _| {
        Some(answer(
            400,
            &json!({"ok": false, "error_code": 400, "description": "Bad Request: file is too big"}),
        ))
    })
    .await;
    let media = TelegramMedia::new(stub.api());
    assert_eq!(media.fetch(&file("telegram:A?size=22020096")).await, too_large);
    assert!(stub.asked().is_empty(), "its size was told");
    assert_eq!(media.fetch(&file("telegram:A")).await, too_large);
    assert_eq!(media.fetch(&file("telegram:A?size=20971520")).await, too_large);
    let told = serving(json!({"file_path": "a", "file_size": 20_971_521}), || panic!("not fetched")).await;
    assert_eq!(TelegramMedia::new(told.api()).fetch(&file("telegram:A")).await, too_large);
    // A server that lies about it: by its header, and without one.
    let lying = serving(json!({"file_path": "a"}), || with(200, &[], vec![7; 20_971_521])).await;
    assert_eq!(TelegramMedia::new(lying.api()).fetch(&file("telegram:A")).await, too_large);
    let streaming = serving(json!({"file_path": "a"}), || {
        let chunks = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![7_u8; 1 << 20])).take(22);
        with(200, &[], Body::from_stream(chunks))
    })
    .await;
    assert_eq!(TelegramMedia::new(streaming.api()).fetch(&file("telegram:A")).await, too_large);
}

#[tokio::test]
async fn a_redirect_and_a_path_that_leads_elsewhere_are_not_followed() {
    let stub =
        serving(json!({"file_path": "a"}), || with(302, &[("location", "http://127.0.0.1/x")], "")).await;
    assert_eq!(
        TelegramMedia::new(stub.api()).fetch(&file("telegram:A")).await,
        Err(FetchError::Forbidden("a redirect"))
    );
    assert_eq!(stub.asked().len(), 2);
    for path in ["/var/lib/telegram/x.oga", "../../x", "voice/..", "https://evil.example/x"] {
        let stub = serving(json!({ "file_path": path }), || panic!("not fetched")).await;
        let fetched = TelegramMedia::new(stub.api()).fetch(&file("telegram:A")).await;
        assert!(matches!(fetched, Err(FetchError::Forbidden(_))), "{path}: {fetched:?}");
    }
}

#[tokio::test]
async fn only_addresses_of_telegrams_files_are_asked_for() {
    let stub = Stub::start(|_, _| panic!("nothing is asked")).await;
    let media = TelegramMedia::new(stub.api());
    for url in [
        "",
        "telegram:",
        "telegram:a/b",
        "telegram:a?size=x",
        "telegram:a?x=1",
        "https://a.example/x",
        "telegram:a b",
    ] {
        assert!(matches!(media.fetch(&file(url)).await, Err(FetchError::Forbidden(_))), "{url}");
    }
    assert!(address_of("", None).is_none() && address_of(&"a".repeat(513), None).is_none());
}

#[tokio::test]
async fn what_may_come_back_is_tried_again_and_what_may_not_is_gone() {
    let refused =
        |code: u16, said: &str| answer(code, &json!({"ok": false, "error_code": code, "description": said}));
    let later = |seconds| FetchError::Unavailable { after: Duration::from_secs(seconds) };
    for (code, said, means) in [
        (400, "Bad Request: wrong file_id or the file is temporarily unavailable", later(10)),
        (400, "Bad Request: invalid file_id", FetchError::Gone),
        (401, "Unauthorized", FetchError::Unauthorised),
        (500, "Internal Server Error", later(10)),
        (429, "Too Many Requests: retry after 5", later(5)),
    ] {
        let said = said.to_owned();
        let stub = Stub::start(move |_, _| Some(refused(code, &said))).await;
        assert_eq!(TelegramMedia::new(stub.api()).fetch(&file("telegram:A")).await, Err(means), "{code}");
    }
    for (status, means) in [(404, FetchError::Gone), (503, later(10)), (401, FetchError::Unauthorised)] {
        let stub = Stub::start(move |asked, _| match asked.method() {
            "getFile" => found(asked, "a"),
            _ => Some(with(status, &[], "")),
        })
        .await;
        assert_eq!(TelegramMedia::new(stub.api()).fetch(&file("telegram:A")).await, Err(means), "{status}");
    }
}
