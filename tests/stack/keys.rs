//! API keys for the stories, made with `hark keys`.

use std::collections::BTreeMap;

use system_tests::Stack;
use tokio::sync::Mutex;

use crate::commands::Hark;

/// A key as `hark keys create` prints it.
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// The secrets of the keys that all stories share, by company: a company can have two at a time only.
static SHARED: Mutex<BTreeMap<String, String>> = Mutex::const_new(BTreeMap::new());

/// Makes a key that reads a company's files. It ends by itself after a day, whatever becomes of the story.
pub(crate) async fn create(stack: &Stack, company: &str) -> Key {
    create_for(stack, company, "files:read").await
}

/// The same with another scope.
pub(crate) async fn create_for(stack: &Stack, company: &str, scope: &str) -> Key {
    let arguments = ["keys", "create", "--company", company, "--scope", scope, "--expires-in-days", "1"];
    let made = Hark::of(stack).does(&arguments).await;
    let text = |name: &str| made[name].as_str().expect("text").to_owned();
    Key { id: text("id"), secret: text("key") }
}

/// The secret of the company's key for this run. What runs before it left over is revoked: keys that were made to end.
pub(crate) async fn of(stack: &Stack, company: &str) -> String {
    let mut shared = SHARED.lock().await;
    if let Some(secret) = shared.get(company) {
        return secret.clone();
    }
    let hark = Hark::of(stack);
    let listed = hark.does(&["keys", "list", "--company", company]).await;
    for key in listed.as_array().expect("keys") {
        if key["state"] == "active" && !key["expires"].is_null() {
            hark.does(&["keys", "revoke", key["id"].as_str().expect("an id")]).await;
        }
    }
    let secret = create(stack, company).await.secret;
    shared.insert(company.to_owned(), secret.clone());
    secret
}
