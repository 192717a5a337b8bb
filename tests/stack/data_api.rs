//! What the data API of a deployed stack shows, to whom, and what its role could not show if it wanted to.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::testing::contracts::fresh;
use system_tests::{ANNA, Office, Stack, client};

use crate::{
    commands::{Hark, run, script},
    deployment::Templates,
    keys,
    site::{DORA, ELECTRIC, PLUMBING, Site, a_word},
    traces::{tidied, until},
};

#[tokio::test]
async fn e09_a_new_key_works_and_a_revoked_one_is_refused_within_a_minute() {
    let site = Site::open().await;
    // Of a company of its own: the others share their keys.
    let company = fresh("hark-test");
    let key = keys::create(&site.stack, &company).await;
    let office = Office::with_key(&site.stack.get("DATA_API_URL"), &key.secret);
    let list = format!("/files/list?company_id={company}");
    assert_eq!(office.get(&list).await.0, StatusCode::OK);
    Hark::of(&site.stack).does(&["keys", "revoke", &key.id]).await;
    let is_refused = async || (office.get(&list).await.0 == StatusCode::FORBIDDEN).then_some(());
    until(Duration::from_secs(60), "the revoked key is refused", is_refused).await;
}

#[tokio::test]
async fn e01_another_companys_note_is_not_found_and_without_a_key_there_is_nothing() {
    let site = Site::open().await;
    let id = site.says(ANNA, &format!("Please order pipes for {}.", a_word())).await;
    let files = site.filed(PLUMBING, &id).await;
    let (own, other) = (site.office(PLUMBING).await, site.office(ELECTRIC).await);
    let note = format!("/files/by-message?company_id={PLUMBING}&message_id={id}");
    assert_eq!(own.get(&note).await.0, StatusCode::OK);
    assert_eq!(other.get(&note).await.0, StatusCode::NOT_FOUND);
    assert_eq!(other.get(&format!("/files/list?company_id={PLUMBING}")).await.0, StatusCode::NOT_FOUND);
    for key in files.values() {
        assert_eq!(other.get(&format!("/files/get-download-url?key={key}")).await.0, StatusCode::NOT_FOUND);
    }
    let url = site.stack.get("DATA_API_URL");
    let nobody = client().get(format!("{url}{note}")).send().await.expect("an answer");
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(Office::with_key(&url, "hark_local_no_such_key").get(&note).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn e04_lists_show_the_companys_notes_and_never_what_is_harks_own() {
    let site = Site::open().await;
    let id = site.says(DORA, &format!("Please order cables for {}.", a_word())).await;
    site.filed(ELECTRIC, &id).await;
    let office = site.office(ELECTRIC).await;
    let mut keys = Vec::new();
    let mut token = String::new();
    loop {
        let (status, page) = office.get(&format!("/files/list?company_id={ELECTRIC}{token}")).await;
        assert_eq!(status, StatusCode::OK);
        let files = page["files"].as_array().expect("files");
        keys.extend(files.iter().map(|file| file["key"].as_str().expect("a key").to_owned()));
        let Some(next) = page["nextContinuationToken"].as_str() else { break };
        token = format!("&nextContinuationToken={next}");
    }
    assert!(keys.iter().any(|key| key.contains(&id)), "{keys:?}");
    assert!(keys.iter().all(|key| key.starts_with(&format!("{ELECTRIC}/"))), "{keys:?}");
    for own in ["_inbox", "_inbox/demo-electric", "_prompts", "customers.json"] {
        let (status, _) = office.get(&format!("/files/list?company_id={own}")).await;
        assert!(status.is_client_error(), "{own}: {status}");
        let (status, _) =
            office.get(&format!("/files/list?company_id={ELECTRIC}&message_intent={own}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{own}");
        let (status, _) = office.get(&format!("/files/get-download-url?key={own}")).await;
        assert!(status.is_client_error(), "{own}: {status}");
    }
}

#[tokio::test]
async fn the_office_keeps_its_glossary_and_writes_over_nothing_that_it_has_not_read() {
    let site = Site::open().await;
    let company = fresh("hark-test");
    let key = keys::create_for(&site.stack, &company, "records:write").await;
    let reader = keys::create(&site.stack, &company).await;
    let url = format!("{}/v1/glossary", site.stack.get("DATA_API_URL"));
    let read = async |key: &str| client().get(&url).header("x-api-key", key).send().await.expect("an answer");
    let put = async |tag: &str, terms: &[&str]| {
        let request = client().put(&url).header("x-api-key", &key.secret).header("if-match", tag);
        request.json(&json!({ "terms": terms })).send().await.expect("an answer")
    };
    let empty = read(&key.secret).await;
    assert_eq!(
        (empty.status(), &empty.headers()["etag"]),
        (StatusCode::OK, &"\"0\"".parse().expect("a tag"))
    );
    let first = put("\"0\"", &["Grohe", "Müller"]).await;
    assert_eq!(
        (first.status(), &first.headers()["etag"]),
        (StatusCode::OK, &"\"1\"".parse().expect("a tag"))
    );
    let late = put("\"0\"", &[]).await;
    assert_eq!(late.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(late.headers()["content-type"], "application/problem+json");
    let body: Value = read(&key.secret).await.json().await.expect("JSON");
    let terms: Vec<_> = body["terms"].as_array().expect("terms").iter().map(|entry| &entry["term"]).collect();
    assert_eq!(terms, ["Grohe", "Müller"]);
    assert_eq!(read(&reader.secret).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(read("hark_local_no_such_key").await.status(), StatusCode::UNAUTHORIZED);
}

/// Even a fault in the function could not show what its role cannot read.
#[tokio::test]
async fn its_role_reads_companies_files_and_nothing_of_harks_own() {
    let site = Site::open().await;
    let asked = json!([
        {"action": "s3:GetObject", "key": "demo-plumbing/other/tag_SM0_full_text.txt"},
        {"action": "s3:ListBucket", "prefix": "demo-plumbing/"},
        {"action": "s3:GetObject", "key": "_inbox/demo-plumbing/SM0/0.ogg"},
        {"action": "s3:GetObject", "key": "_prompts/general/analyse.md"},
        {"action": "s3:GetObject", "key": "customers.json"},
        {"action": "s3:ListBucket", "prefix": "_inbox/"},
        {"action": "s3:PutObject", "key": "demo-plumbing/other/tag_SM0_full_text.txt"},
        {"action": "s3:DeleteObject", "key": "demo-plumbing/other/tag_SM0_full_text.txt"},
        {"action": "s3:DeleteObjectVersion", "key": "demo-plumbing/other/tag_SM0_full_text.txt"},
    ]);
    let answers = may(&site.stack, "data-api", &asked).await;
    assert_eq!(answers[..2], ["allowed", "allowed"]);
    assert_eq!(answers[2..], ["denied"; 7]);
}

/// A key in a web page would be everybody's: without `ClientOrigins`, no page may read an answer.
#[tokio::test]
async fn no_web_page_may_read_an_answer() {
    let site = Site::open().await;
    let url = format!("{}/files/list?company_id={PLUMBING}", site.stack.get("DATA_API_URL"));
    for method in [Method::GET, Method::OPTIONS] {
        let request = client()
            .request(method.clone(), &url)
            .header("origin", "https://page.example")
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "x-api-key");
        let answer = request.send().await.expect("an answer");
        let allowed = answer.headers().keys().find(|name| name.as_str().starts_with("access-control-allow"));
        assert_eq!(allowed, None, "{method}");
    }
}

#[tokio::test]
async fn a_deployment_that_fails_says_why_and_leaves_the_old_one_serving() {
    let Some(site) = Site::alone("a deployment that fails").await else { return };
    let office = site.office(PLUMBING).await;
    let list = format!("/files/list?company_id={PLUMBING}");
    assert_eq!(office.get(&list).await.0, StatusCode::OK);

    let templates = Templates::copied();
    templates.edit("data-api", "          TABLE_NAME: !Ref TableName\n", "          TABLE_NAME: nowhere\n");
    templates.edit("data-api", "  ApiMayInvoke:\n", &format!("{FAILS}\n  ApiMayInvoke:\n"));
    let fails = async {
        let failed = templates.deploy(&site.stack, "data-api").await;
        assert!(!failed.is_success, "{}", failed.told);
        assert!(failed.told.contains("NeverMade"), "the cause is named: {}", failed.told);
        assert!(failed.told.contains("still running"), "{}", failed.told);
        assert_eq!(office.get(&list).await.0, StatusCode::OK, "the old one still serves");
    };
    tidied(fails, Templates::restore(&site.stack, "data-api")).await;
    assert_eq!(office.get(&list).await.0, StatusCode::OK);
}

/// A resource that cannot be made: its log group does not exist. It comes last, when everything else was changed.
const FAILS: &str = "  NeverMade:
    Type: AWS::Logs::LogStream
    DependsOn: [Function, Stage]
    Properties:
      LogGroupName: /hark/no-such-group
";

/// What a function's role lets it do with the bucket: `allowed` or `denied` for each question.
pub(crate) async fn may(stack: &Stack, function: &str, questions: &Value) -> Vec<String> {
    let mut command = script("tests/tools/as-role");
    command.args([&stack.get("HARK_ENV"), function]);
    let printed = run(stack, command, &questions.to_string()).await.well();
    serde_json::from_str(&printed).expect("a list")
}
