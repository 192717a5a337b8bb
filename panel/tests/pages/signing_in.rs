//! Who gets in, and who does not.

use axum::http::{StatusCode, header};
use shared::domain::user::UserName;

use crate::world::{PASSWORD, World};

fn typed(name: &str, password: &str) -> String {
    format!("name={name}&password={}", password.replace(' ', "+"))
}

#[tokio::test]
async fn nobody_sees_anything_without_signing_in() {
    let world = World::new().await;
    let id = world.filed(1, "Fix the tap").await;
    let note = format!("/panel/notes/{id}");
    for path in [
        "/panel",
        "/panel/news",
        "/panel/dashboard",
        "/panel/dashboard.csv",
        "/panel/audit",
        &note,
        &format!("{note}/recording"),
    ] {
        for cookie in ["", "hark_session=made-up", "hark_session=", "hark_device=x"] {
            let answer = world.get(path, &[("cookie", cookie)]).await;
            assert_eq!(
                (answer.status, answer.goes_to()),
                (StatusCode::SEE_OTHER, "/panel/sign-in"),
                "{path}"
            );
            assert!(answer.bytes.is_empty());
        }
    }
    let posted = world.post(&format!("{note}/replay"), "", "token=x").await;
    assert_eq!(posted.goes_to(), "/panel/sign-in");
    assert_eq!(world.get("/panel/enter?link=made-up", &[]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_password_opens_the_inbox_until_one_signs_out() {
    let world = World::new().await;
    let page = world.get("/panel/sign-in", &[("accept-language", "de")]).await;
    assert!(page.text().contains("Anmelden") && page.text().contains("lang=\"de\""));
    let wrong = world.post("/panel/sign-in", "", &typed("anna", "wrong wrong wrong")).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert!(wrong.cookies().is_empty() && wrong.text().contains("do not belong together"));
    let entered = world.post("/panel/sign-in", "", &typed("Anna", PASSWORD)).await;
    assert_eq!((entered.status, entered.goes_to()), (StatusCode::SEE_OTHER, "/panel"));
    for cookie in entered.headers.get_all(header::SET_COOKIE) {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    }
    let cookies = entered.cookies();
    let inbox = world.get("/panel", &[("cookie", &cookies)]).await;
    assert_eq!(inbox.status, StatusCode::OK);
    // A form of another session, or none, does nothing.
    let others = world.sees("ben", "/panel").await.token();
    for token in ["", "made-up", &others] {
        let refused = world.post("/panel/sign-out", &cookies, &format!("token={token}")).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
    }
    assert_eq!(world.post("/panel/sign-out", &cookies, "").await.status, StatusCode::BAD_REQUEST);
    let out = world.post("/panel/sign-out", &cookies, &format!("token={}", inbox.token())).await;
    assert_eq!((out.goes_to(), out.cookies().as_str()), ("/panel/sign-in", "hark_session="));
}

#[tokio::test]
async fn another_site_signs_nobody_in() {
    let world = World::new().await;
    for (site, status) in [("same-origin", StatusCode::SEE_OTHER), ("cross-site", StatusCode::BAD_REQUEST)] {
        let sent = world.post_from(site, "/panel/sign-in", &typed("anna", PASSWORD)).await;
        assert_eq!(sent.status, status, "{site}");
        assert_eq!(sent.cookies().is_empty(), site == "cross-site");
    }
    for path in ["/panel/enter", "/panel/enter?x=1"] {
        let answer = world.get(path, &[("accept-language", "pl")]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.text().contains("Nie dało się tego odczytać"));
    }
    let empty = world.post("/panel/sign-in", "", "name=anna").await;
    assert!(empty.text().contains("That could not be read") && !empty.text().contains("missing field"));
}

#[tokio::test]
async fn who_was_removed_is_out_at_once() {
    let world = World::new().await;
    let cookies = world.cookies_of("ben").await;
    let stored = world.users.find(&UserName::parse("ben").unwrap()).await.unwrap().unwrap();
    world.users.remove(&stored).await.unwrap();
    let answer = world.get("/panel", &[("cookie", &cookies)]).await;
    assert_eq!(answer.goes_to(), "/panel/sign-in");
}

#[tokio::test]
async fn guessing_ends_and_the_owners_own_browser_still_gets_in() {
    let world = World::new().await;
    let known = world.cookies_of("anna").await;
    let mut last = StatusCode::OK;
    for _ in 0..11 {
        last = world.post("/panel/sign-in", "", &typed("anna", "wrong wrong wrong")).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let device = known.split("; ").find(|cookie| cookie.starts_with("hark_device=")).unwrap();
    let entered = world.post("/panel/sign-in", device, &typed("anna", PASSWORD)).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn every_answer_keeps_the_browser_from_loading_anything_else() {
    let world = World::new().await;
    for path in [
        "/panel",
        "/panel/dashboard",
        "/panel/dashboard.csv",
        "/panel/sign-in",
        "/panel/assets/no.js",
        "/panel/notes/x/y",
        "/panel/notes/SM1",
    ] {
        let headers = world.sees("vera", path).await.headers;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{path}");
        assert!(!policy.contains("unsafe"));
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    }
}
