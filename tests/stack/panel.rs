//! The panel of a deployed stack: who gets in, what a browser is given, and what its role could not show if it wanted to.

use reqwest::{
    Response, StatusCode,
    header::{COOKIE, LOCATION, SET_COOKIE},
};
use serde_json::{Value, json};
use shared::testing::contracts::fresh;
use system_tests::{Stack, client, fixture};

use crate::{
    commands::Hark,
    data_api::may,
    site::{DORA, ELECTRIC, PLUMBING, Site, a_word},
    traces::tidied,
};

/// Somebody in front of a browser.
struct Visitor {
    url: String,
    cookies: String,
}

impl Visitor {
    fn nobody(stack: &Stack) -> Self {
        Self { url: stack.get("PANEL_URL"), cookies: String::new() }
    }

    /// A user who followed a link.
    async fn enters(stack: &Stack, link: &str) -> Self {
        let entered = client().get(link).send().await.expect("an answer");
        assert_eq!(entered.status(), StatusCode::SEE_OTHER);
        assert_eq!(entered.headers()[LOCATION], "/panel");
        let set = entered.headers().get_all(SET_COOKIE).iter().map(|value| value.to_str().expect("text"));
        let set: Vec<_> = set.collect();
        // By HTTPS alone, unless this machine itself is meant.
        let is_secure = stack.get("PANEL_URL").starts_with("https://");
        assert_eq!(set.len(), 2, "a session and a device");
        assert!(set.iter().all(|cookie| cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax")));
        assert!(set.iter().all(|cookie| cookie.ends_with("; Secure") == is_secure));
        let cookies = set.iter().filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>().join("; ");
        Self { cookies, ..Self::nobody(stack) }
    }

    async fn asks(&self, path: &str, range: Option<&str>) -> Response {
        let mut request = client().get(format!("{}{path}", self.url)).header(COOKIE, &self.cookies);
        if let Some(range) = range {
            request = request.header("range", range);
        }
        request.send().await.expect("an answer")
    }

    async fn sees(&self, path: &str) -> (StatusCode, String) {
        let answer = self.asks(path, None).await;
        (answer.status(), answer.text().await.expect("text"))
    }
}

/// A user of a company for as long as the story takes.
async fn as_user(stack: &Stack, company: &str, story: impl AsyncFnOnce(Visitor)) {
    let (name, hark) = (fresh("hark-test"), Hark::of(stack));
    let made = hark.does(&["users", "create", &name, "--company", company, "--role", "viewer"]).await;
    let link = made["link"].as_str().expect("a link");
    assert!(link.starts_with(&stack.get("PANEL_URL")), "it leads to the stack's own panel");
    let told = async { story(Visitor::enters(stack, link).await).await };
    tidied(told, async { drop(hark.does(&["users", "remove", &name]).await) }).await;
    let again = client().get(link).send().await.expect("an answer");
    assert_eq!(again.status(), StatusCode::FORBIDDEN, "the link of somebody who was removed opens nothing");
}

#[tokio::test]
async fn who_is_not_signed_in_is_asked_to_and_sees_nothing() {
    let site = Site::open().await;
    let nobody = Visitor::nobody(&site.stack);
    for path in ["", "/news", "/notes/SM00000000000000000000000000000001", "/keys", "/audit"] {
        let answer = nobody.asks(path, None).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
        assert_eq!(answer.headers()[LOCATION], "/panel/sign-in", "{path}");
    }
    let (status, page) = nobody.sees("/sign-in").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("type=\"password\""));
    let (status, page) = nobody.sees("/none").await;
    assert_eq!(
        (status, page.contains("<html")),
        (StatusCode::NOT_FOUND, true),
        "in the form of its neighbours"
    );
    let forged = nobody.asks("/enter?link=abc", None).await;
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
}

/// A recording that is larger than what a function can answer with, so that it comes in parts. Of Dora's phone, with which
/// nobody else speaks: a second recording from one phone would join the first.
#[tokio::test]
async fn a_note_and_its_recording_are_shown_to_its_company_and_to_no_other() {
    let Some(site) = Site::with_stand_ins("a recording in the panel").await else { return };
    let (word, mut recording) = (a_word(), fixture("audio/job-en.wav"));
    // Silence behind it; what the header says of its length stays as it is.
    recording.resize(9 * 1024 * 1024, 0);
    let said = format!("Please order two fuses for {word}.");
    let id = site.phones().speaks_words(DORA, &said, recording.clone(), "audio/wav").await;
    site.filed(ELECTRIC, &id).await;
    let note = format!("/notes/{id}");
    let play = format!("{note}/recording");
    as_user(&site.stack, ELECTRIC, async |office| {
        assert!(office.sees("").await.1.contains(&word), "it is in the inbox");
        let (status, page) = office.sees(&note).await;
        assert!(status == StatusCode::OK && page.contains(&word), "{status}");
        let mut heard = Vec::new();
        while heard.len() < recording.len() {
            let part = office.asks(&play, Some(&format!("bytes={}-", heard.len()))).await;
            assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
            assert_eq!(part.headers()["content-type"], "audio/wav");
            heard.extend_from_slice(&part.bytes().await.expect("bytes"));
        }
        assert!(heard == recording, "byte for byte");
    })
    .await;
    as_user(&site.stack, PLUMBING, async |other| {
        for path in [&note, &play] {
            assert_eq!(other.sees(path).await.0, StatusCode::NOT_FOUND, "{path}");
        }
        assert!(!other.sees("").await.1.contains(&word));
        assert_eq!(other.sees("/keys").await.0, StatusCode::FORBIDDEN, "a viewer settles nothing");
    })
    .await;
}

/// Even a fault in the function could not show what its role cannot read.
#[tokio::test]
async fn its_role_reads_and_tends_what_the_office_does_and_nothing_else() {
    let site = Site::open().await;
    let allowed = [
        ("s3:GetObject", "_inbox/demo-plumbing/SM0/0.ogg"),
        ("s3:GetObject", "customers.json"),
        ("s3:GetObject", "_prompts/company-demo-plumbing/note.md"),
        // What is allowed is done: so nothing that other stories need. The rules of the templates ask for the rest.
        ("s3:PutObject", "_inbox/demo-plumbing/PE01/0.jpg"),
    ];
    let denied = [
        ("s3:GetObject", "demo-plumbing/other/tag_SM0_full_text.txt"),
        ("s3:GetObject", "_prompts/trade-plumbing/note.md"),
        ("s3:PutObject", "_prompts/trade-plumbing/note.md"),
        ("s3:PutObject", "_inbox/demo-plumbing/SM0/0.ogg"),
        ("s3:DeleteObject", "_inbox/demo-plumbing/SM0/0.ogg"),
        ("s3:DeleteObject", "customers.json"),
    ];
    let keys = allowed.iter().chain(&denied).map(|(action, key)| json!({"action": action, "key": key}));
    let lists =
        ["_inbox/", "demo-plumbing/"].map(|prefix| json!({"action": "s3:ListBucket", "prefix": prefix}));
    let asked: Vec<Value> = keys.chain(lists).collect();
    let answers = may(&site.stack, "panel", &json!(asked)).await;
    assert_eq!(answers[..allowed.len()], ["allowed"; 4]);
    assert_eq!(answers[allowed.len()..], ["denied"; 8]);
}

/// What `hark users` does on a stack.
#[tokio::test]
async fn users_of_a_company_are_made_listed_and_removed() {
    let site = Site::open().await;
    let (company, name) = (fresh("hark-test"), fresh("hark-test"));
    let hark = Hark::of(&site.stack);
    hark.does(&["users", "create", &name, "--company", &company, "--role", "owner"]).await;
    let names = async || -> Vec<Value> {
        let listed = hark.does(&["users", "list", "--company", &company]).await;
        listed.as_array().expect("users").iter().map(|user| user["name"].clone()).collect()
    };
    assert_eq!(names().await, [name.as_str()]);
    hark.does(&["users", "remove", &name]).await;
    assert!(names().await.is_empty());
}
