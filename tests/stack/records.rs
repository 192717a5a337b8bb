//! What the office's software reads, follows, searches and writes back on a deployed stack.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::testing::contracts::fresh;
use system_tests::{ANNA, client};

use crate::{
    commands::Hark,
    keys,
    site::{PLUMBING, Site, a_word},
    traces::until,
};

/// A key and where it is used.
struct Api {
    url: String,
    key: String,
}

impl Api {
    async fn ask(
        &self,
        method: Method,
        path: &str,
        tag: Option<&str>,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request =
            client().request(method, format!("{}{path}", self.url)).header("x-api-key", &self.key);
        if let Some(tag) = tag {
            request = request.header("if-match", tag);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("an answer");
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// All changes of a record since a cursor, and the next cursor.
    async fn changes(&self, id: &str, cursor: &str) -> (Vec<String>, String) {
        let mut cursor = cursor.to_owned();
        let mut kinds = Vec::new();
        loop {
            let asked = if cursor.is_empty() { String::new() } else { format!("&cursor={cursor}") };
            let page = self.get(&format!("/v1/changes?limit=500{asked}")).await;
            let changes = page["changes"].as_array().expect("changes").iter();
            kinds.extend(
                changes
                    .filter(|change| change["message_id"] == id)
                    .map(|change| change["kind"].as_str().expect("a kind").to_owned()),
            );
            page["cursor"].as_str().expect("a cursor").clone_into(&mut cursor);
            if page["has_more"] == false {
                return (kinds, cursor);
            }
        }
    }
}

#[tokio::test]
async fn the_office_follows_searches_and_writes_back() {
    let site = Site::open().await;
    let key = keys::create_for(&site.stack, PLUMBING, "records:write").await;
    let api = Api { url: site.stack.get("DATA_API_URL"), key: key.secret.clone() };
    let (_, before) = api.changes("", "").await;
    let word = a_word();
    let id = site.says(ANNA, &format!("Please order pipes for {word}.")).await;
    site.filed(PLUMBING, &id).await;

    // A client that waits hears of it as soon as it is there.
    let heard = async || {
        let (kinds, _) = api.changes(&id, &before).await;
        (!kinds.is_empty()).then_some(kinds)
    };
    assert_eq!(until(Duration::from_secs(20), "the change is told", heard).await, ["created"]);
    let found = api.get(&format!("/v1/search?q={word}")).await;
    assert_eq!(found["results"][0]["message_id"], id.as_str(), "{found}");
    let listed = api.get(&format!("/v1/records?text={word}&intent=job-to-be-done")).await;
    assert_eq!(listed["records"][0]["message_id"], id.as_str(), "{listed}");
    let path = format!("/v1/records/{id}");
    let record = api.get(&format!("{path}?urls=true")).await;
    for file in record["artifacts"].as_array().expect("artifacts") {
        let url = file["url"].as_str().expect("an address");
        assert_eq!(client().get(url).send().await.expect("an answer").status(), StatusCode::OK, "{file}");
    }

    let body = json!({"status": "exported", "reference": "J-17"});
    let (status, _) = api.ask(Method::PATCH, &path, None, Some(body.clone())).await;
    assert_eq!(status, StatusCode::PRECONDITION_REQUIRED);
    let (status, written) = api.ask(Method::PATCH, &path, Some("*"), Some(body.clone())).await;
    assert_eq!((status, &written["status"]), (StatusCode::OK, &json!("exported")), "{written}");
    let (status, _) = api.ask(Method::PATCH, &path, Some("\"old\""), Some(body)).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(api.changes(&id, &before).await.0, ["created", "status_changed"]);
    let (status, _) = api.ask(Method::POST, &format!("{path}/replay"), None, None).await;
    assert_eq!(status, StatusCode::CONFLICT, "it was not given up");
    let (status, problem) = api.ask(Method::GET, "/v1/keys", None, None).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
    Hark::of(&site.stack).does(&["keys", "revoke", &key.id]).await;
}

#[tokio::test]
async fn a_webhook_is_made_pinged_and_removed_and_never_leads_inside() {
    let site = Site::open().await;
    let company = fresh("hark-test");
    let key = keys::create_for(&site.stack, &company, "admin").await;
    let api = Api { url: site.stack.get("DATA_API_URL"), key: key.secret };
    let post = async |path: &str, body: Value| api.ask(Method::POST, path, None, Some(body)).await;
    for inside in ["http://127.0.0.1:4566/", "https://127.0.0.1/", "https://localhost/"] {
        let (status, problem) = post("/v1/webhooks", json!({"url": inside})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{inside}: {problem}");
    }
    // An inner address that is not this machine's is refused when it is dialled.
    let (status, made) = post("/v1/webhooks", json!({"url": "https://10.0.0.1/hook"})).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let path = format!("/v1/webhooks/{}", made["id"].as_str().expect("an id"));
    let (status, pinged) = post(&format!("{path}/ping"), json!({})).await;
    assert_eq!((status, &pinged["accepted"]), (StatusCode::OK, &json!(false)), "{pinged}");
    assert!(pinged["detail"].as_str().expect("words").contains("public internet"), "{pinged}");
    let (status, rotated) = post(&format!("{path}/rotate-secret"), json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(rotated["secret"], made["secret"]);
    assert_eq!(api.get(&format!("{path}/dead-letters")).await["dead_letters"], json!([]));
    let (status, _) = api.ask(Method::DELETE, &path, None, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(api.get("/v1/webhooks").await, json!({"webhooks": []}));
}

#[tokio::test]
async fn the_description_and_its_page_are_there_for_everybody() {
    let site = Site::open().await;
    let url = site.stack.get("DATA_API_URL");
    let described = client().get(format!("{url}/v1/openapi.json")).send().await.expect("an answer");
    assert_eq!(described.json::<Value>().await.expect("JSON")["openapi"], "3.1.0");
    let page = client().get(format!("{url}/docs")).send().await.expect("an answer");
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
}
