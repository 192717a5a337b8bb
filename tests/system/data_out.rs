//! What the company's software gets, and what nobody else gets.

use reqwest::StatusCode;
use shared::{domain::api_key::Scope, repositories::api_keys::NewKey, testing::fixed::FixedClock};
use system_tests::{ANNA, KEY, Office, World, client};

#[tokio::test]
async fn e12_hostile_words_are_served_as_inert_text() {
    let world = World::start().await;
    let words = "=cmd() <script>alert(1)</script> please order pipes";
    let id = world.says(ANNA, words).await;
    world.first_message(ANNA).await;
    let key = world.office.files_of(&id).await.remove("full_text").unwrap();
    let (_, answer) = world.office.get(&format!("/files/get-download-url?key={key}")).await;
    let file = client().get(answer["url"].as_str().unwrap()).send().await.unwrap();
    let header = |name: &str| file.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-disposition").starts_with("attachment; filename=\""));
    assert_eq!(file.text().await.unwrap(), words);
}

#[tokio::test]
async fn e01_another_companys_note_is_not_found_and_a_stranger_gets_nothing() {
    let world = World::start().await;
    let id = world.says(ANNA, "Please order pipes.").await;
    world.first_message(ANNA).await;
    let url = &world.dev().started().url;
    let note = format!("/files/by-message?company_id=demo-plumbing&message_id={id}");
    assert_eq!(Office::with_key(url, KEY).get(&note).await.0, StatusCode::OK);

    let new = NewKey {
        company_id: "acme".parse().unwrap(),
        scopes: [Scope::Admin].into_iter().collect(),
        expires_at: None,
    };
    let acme_key = "a-key-of-another-company-entirely".to_owned();
    let keys = world.dev().machine().keys();
    keys.ensure_custom(&acme_key.clone().into(), new, &FixedClock::default()).await.unwrap();
    let acme = Office::with_key(url, &acme_key);
    for company in ["demo-plumbing", "acme"] {
        let (status, body) =
            acme.get(&format!("/files/by-message?company_id={company}&message_id={id}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{company}: {body}");
    }
    let own = world.office.files_of(&id).await;
    for key in own.values() {
        let (status, _) = acme.get(&format!("/files/get-download-url?key={key}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    let nobody = client().get(format!("{url}{note}")).send().await.unwrap();
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(Office::with_key(url, "not-a-key-that-exists").get(&note).await.0, StatusCode::FORBIDDEN);
}
