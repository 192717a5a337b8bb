//! The inbox, a note, and what can be done about it.

use axum::http::{StatusCode, header};
use shared::{
    domain::{
        analysis::{Analysis, Fallback},
        media::{MediaKind, MediaRole},
        note::{Stage, StoredMedia},
    },
    testing::samples,
};

use crate::world::World;

const VOICE: StoredMedia = StoredMedia::Kept { kind: MediaKind::Ogg, role: MediaRole::Audio, size: 10 };

#[tokio::test]
async fn the_inbox_shows_what_came_in_newest_first_whatever_became_of_it() {
    let world = World::new().await;
    let filed = world
        .filed(1, "Please fix the tap at Mrs Miller's, it drips since Monday and she cannot sleep at all.")
        .await;
    let failed = world.given_up(2, "Order pipes", vec![]).await;
    let working = world.begun(3, "Bring the ladder", |_| {}).await;
    let text = world.sees("vera", "/panel").await.text();
    let at = |id: &str| text.find(&format!("id=\"n-{id}\"")).unwrap_or_else(|| panic!("{id} in {text}"));
    assert!(at(&working) < at(&failed) && at(&failed) < at(&filed));
    assert!(text.contains(
        "Please fix the tap at Mrs Miller&#39;s, it drips since Monday and she cannot sleep at all."
    ));
    for (state, shown, hidden) in [
        ("working", [&working].as_slice(), [&failed, &filed].as_slice()),
        ("failed", &[&failed], &[&working, &filed]),
        ("done", &[&filed], &[&working, &failed]),
    ] {
        let text = world.sees("vera", &format!("/panel?state={state}")).await.text();
        assert!(shown.iter().all(|id| text.contains(id.as_str())), "{state}");
        assert!(!hidden.iter().any(|id| text.contains(id.as_str())), "{state}");
    }
    let text = world.sees("vera", "/panel?text=MRS+miller&intent=job-to-be-done").await.text();
    assert!(text.contains(&filed) && !text.contains(&failed));
    assert!(world.sees("vera", "/panel?sender=nobody").await.text().contains("Nothing fits this filter."));
    assert!(world.sees("mallory", "/panel").await.text().contains("Nothing has come in yet."));
}

#[tokio::test]
async fn a_list_that_is_looked_at_is_told_only_what_has_changed() {
    let world = World::new().await;
    world.filed(1, "Fix the tap").await;
    let cookies = world.cookies_of("vera").await;
    let page = world.get("/panel", &[("cookie", &cookies)]).await.text();
    let tag = page.split("hx-ptag=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let unchanged = world.get("/panel/news", &[("cookie", &cookies), ("hx-ptag", &tag)]).await;
    assert_eq!((unchanged.status, unchanged.bytes.len()), (StatusCode::NO_CONTENT, 0));

    let new = world.begun(2, "Order pipes", |_| {}).await;
    let news = world.get("/panel/news", &[("cookie", &cookies), ("hx-ptag", &tag)]).await;
    let (text, tag) = (news.text(), news.headers["hx-ptag"].to_str().unwrap().to_owned());
    assert!(text.contains(&new) && !text.contains("Fix the tap") && text.contains("row working"), "{text}");
    world.clock.advance(std::time::Duration::from_secs(600));
    let note = world.notes.find(&samples::message_id(2)).await.unwrap().unwrap();
    assert_eq!(note.stage(), Stage::Received);
    world.filed(2, "Order pipes").await;
    let news = world.get("/panel/news", &[("cookie", &cookies), ("hx-ptag", &tag)]).await.text();
    assert!(news.contains(&new) && news.contains("row done") && !news.contains("Fix the tap"), "{news}");
}

#[tokio::test]
async fn older_messages_are_pages_away() {
    let world = World::new().await;
    for n in 1..=120 {
        world.filed(n, &format!("Fix tap number {n}.")).await;
    }
    let (mut path, mut seen) = ("/panel".to_owned(), Vec::new());
    loop {
        let text = world.sees("vera", &path).await.text();
        assert!(text.len() < 100_000, "{} bytes", text.len());
        let numbers =
            text.split("Fix tap number ").skip(1).filter_map(|part| part.split('.').next()?.parse().ok());
        seen.extend(numbers.collect::<Vec<u32>>());
        let Some(older) = text.split("href=\"/panel?after=").nth(1) else { break };
        path = format!("/panel?after={}", older.split('"').next().unwrap());
    }
    assert_eq!(seen, (1..=120).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_note_shows_the_words_with_what_was_taken_from_them() {
    let world = World::new().await;
    let id = world.filed(1, "Fix the tap").await;
    let text = world.sees("vera", &format!("/panel/notes/{id}")).await.text();
    assert!(text.contains("<mark>Fix the tap</mark>") && text.contains("$0."), "{text}");
    for nobodys in ["SM00000000000000000000000000000999", "x", "..%2F..", "%00"] {
        assert_eq!(
            world.sees("vera", &format!("/panel/notes/{nobodys}")).await.status,
            StatusCode::NOT_FOUND
        );
    }
    // Another company's is none.
    let others = world.sees("mallory", &format!("/panel/notes/{id}")).await;
    assert_eq!(others.status, StatusCode::NOT_FOUND);
    assert!(!others.text().contains("tap"));
}

#[tokio::test]
async fn what_was_given_up_says_why_and_staff_has_it_tried_again() {
    let world = World::new().await;
    let id = world.given_up(1, "Order pipes", vec![]).await;
    let path = format!("/panel/notes/{id}");
    let looks = world.sees("vera", &path).await.text();
    assert!(looks.contains("A model did not answer") && !looks.contains("Try again</button>"));
    let vera = world.cookies_of("vera").await;
    let token = world.get(&path, &[("cookie", &vera)]).await.token();
    let refused = world.post(&format!("{path}/replay"), &vera, &format!("token={token}")).await;
    assert_eq!((refused.status, world.queue.sent().len()), (StatusCode::FORBIDDEN, 0));

    let ben = world.cookies_of("ben").await;
    let page = world.get(&path, &[("cookie", &ben)]).await;
    assert!(page.text().contains("Try again</button>"));
    let form = format!("token={}", page.token());
    let mallory = world.cookies_of("mallory").await;
    let others = world.get("/panel", &[("cookie", &mallory)]).await.token();
    let refused = world.post(&format!("{path}/replay"), &mallory, &format!("token={others}")).await;
    assert_eq!((refused.status, world.queue.sent().len()), (StatusCode::NOT_FOUND, 0));
    let sent = world.post(&format!("{path}/replay"), &ben, &form).await;
    assert_eq!((sent.status, sent.goes_to()), (StatusCode::SEE_OTHER, format!("{path}?sent=true").as_str()));
    assert_eq!(world.queue.sent().len(), 1);
    // Twice is once.
    world.post(&format!("{path}/replay"), &ben, &form).await;
    assert_eq!(world.queue.sent().len(), 1);
    let after = world.sees("ben", sent.goes_to()).await.text();
    assert!(after.contains("It is being tried again.") && !after.contains("A model did not answer"));

    let audit = world.sees("anna", "/panel/audit").await.text();
    assert!(
        audit.contains("had a note tried again") && audit.contains(&id) && audit.contains("ben"),
        "{audit}"
    );
    assert_eq!(world.sees("ben", "/panel/audit").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_recording_is_played_whole_or_in_parts_by_its_own_company() {
    let world = World::new().await;
    let id = world.given_up(1, "", vec![VOICE]).await;
    world.files.insert_raw(&format!("_inbox/{}/{id}/0.ogg", samples::COMPANY), "01234567", "audio/ogg");
    let path = format!("/panel/notes/{id}/recording");
    assert!(
        world.sees("vera", &format!("/panel/notes/{id}")).await.text().contains(&format!("src=\"{path}\""))
    );
    let cookies = world.cookies_of("vera").await;
    let whole = world.get(&path, &[("cookie", &cookies)]).await;
    assert_eq!((whole.status, whole.text().as_str()), (StatusCode::OK, "01234567"));
    assert_eq!(whole.headers[header::CONTENT_TYPE], "audio/ogg");
    let part = world.get(&path, &[("cookie", &cookies), ("range", "bytes=3-5")]).await;
    assert_eq!((part.status, part.text().as_str()), (StatusCode::PARTIAL_CONTENT, "345"));
    assert_eq!(part.headers[header::CONTENT_RANGE], "bytes 3-5/8");
    let beyond = world.get(&path, &[("cookie", &cookies), ("range", "bytes=8-")]).await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(world.sees("mallory", &path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_recording_that_is_too_long_for_one_answer_comes_in_parts() {
    let world = World::new().await;
    let id = world.given_up(1, "", vec![VOICE]).await;
    world.files.insert_raw(&format!("_inbox/{}/{id}/0.ogg", samples::COMPANY), "0123456789", "audio/ogg");
    let path = format!("/panel/notes/{id}/recording");
    let cookies = world.cookies_of("vera").await;
    let first = world.get(&path, &[("cookie", &cookies)]).await;
    assert_eq!((first.status, first.text().as_str()), (StatusCode::PARTIAL_CONTENT, "01234567"));
    assert_eq!(first.headers[header::CONTENT_RANGE], "bytes 0-7/10");
    let rest = world.get(&path, &[("cookie", &cookies), ("range", "bytes=8-")]).await;
    assert_eq!((rest.status, rest.text().as_str()), (StatusCode::PARTIAL_CONTENT, "89"));
    assert_eq!(rest.headers[header::CONTENT_RANGE], "bytes 8-9/10");
}

#[tokio::test]
async fn the_function_says_that_it_is_well_and_has_a_page_for_what_is_no_route() {
    let world = World::new().await;
    let well = world.get("/panel/health", &[]).await;
    assert_eq!((well.status, well.text().as_str()), (StatusCode::OK, r#"{"status":"healthy"}"#));
    let ready = world.get("/panel/readyz", &[]).await;
    assert_eq!(ready.status, StatusCode::OK);
    assert!(ready.text().contains(r#""dependencies":{"objects":"ok","table":"ok"}"#), "{}", ready.text());
    for nothing in ["/", "/panel/", "/panel/none", "/v1/records"] {
        let answer = world.get(nothing, &[("accept-language", "de")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{nothing}");
        assert!(answer.text().contains("lang=\"de\""), "{nothing}");
        assert_eq!(answer.headers[header::X_FRAME_OPTIONS], "DENY", "{nothing}");
    }
}

#[tokio::test]
async fn e12_what_people_say_is_inert_on_every_page() {
    let world = World::new().await;
    let evil = "<script>alert(1)</script> \" onmouseover=\"x' <img src=x onerror=y> {{7*7}}";
    let id = world.filed(1, evil).await;
    let search = "/panel?text=%22%3E%3Cscript%3E&sender=%22%20autofocus%20onfocus%3Dx";
    for path in ["/panel", &format!("/panel/notes/{id}"), search] {
        let text = world.sees("vera", path).await.text();
        assert!(
            !text.contains("<script>") && !text.contains("<img") && !text.contains("\" onmouseover"),
            "{path}"
        );
        assert!(!text.contains("\" autofocus"), "{path}");
    }
    assert!(world.sees("vera", "/panel").await.text().contains("&#60;script&#62;alert(1)"));
}

#[tokio::test]
async fn an_owner_makes_a_key_that_is_seen_once_and_ends_it() {
    let world = World::new().await;
    assert_eq!(world.sees("ben", "/panel/keys").await.status, StatusCode::FORBIDDEN);
    let anna = world.cookies_of("anna").await;
    let page = world.get("/panel/keys", &[("cookie", &anna)]).await;
    let token = page.token();
    let form = |once: &str| format!("token={token}&scope=records:read&days=30&once={once}");
    let first = form(&page.hidden("once"));
    let made = world.post("/panel/keys", &anna, &first).await;
    let second = made.hidden("once");
    let made = made.text();
    let key = made.split("class=\"key\">").nth(1).expect("a key").split('<').next().unwrap();
    assert!(key.starts_with("hark_dev_"), "{made}");
    let stored = world.keys.list(&samples::customer().company_id).await.unwrap();
    assert_eq!(stored.len(), 1);
    let id = stored[0].id.to_string();
    let later = world.get("/panel/keys", &[("cookie", &anna)]).await.text();
    assert!(later.contains(&id) && !later.contains(key));
    // The page is loaded again.
    let again = world.post("/panel/keys", &anna, &first).await.text();
    assert!(again.contains("role=\"status\">It was made already; its secret is not shown again."), "{again}");
    assert!(again.contains(&id) && !again.contains("hark_dev_"), "{again}");
    assert_eq!(world.keys.list(&samples::customer().company_id).await.unwrap().len(), 1);
    world.post("/panel/keys", &anna, &form(&second)).await;
    let third = world.post("/panel/keys", &anna, &form("third")).await.text();
    assert!(third.contains("Two keys are in use already"));
    let trail = world.sees("anna", "/panel/audit").await.text();
    assert_eq!(trail.matches("made an API key").count(), 2, "one that was refused was not made");
    for wrong in [
        "scope=everything&once=4",
        "scope=admin&days=0&once=4",
        "scope=admin&days=x&once=4",
        "scope=admin",
        "",
    ] {
        let refused = world.post("/panel/keys", &anna, &format!("token={token}&{wrong}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
    }

    let mallory = world.cookies_of("mallory").await;
    let others = world.get("/panel/keys", &[("cookie", &mallory)]).await.token();
    let end = format!("/panel/keys/{id}/end");
    let refused = world.post(&end, &mallory, &format!("token={others}")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert!(world.keys.find(&stored[0].id).await.unwrap().unwrap().revoked_at.is_none());
    world.post(&end, &anna, &format!("token={token}")).await;
    assert!(world.keys.find(&stored[0].id).await.unwrap().unwrap().revoked_at.is_some());
    let audit = world.sees("anna", "/panel/audit").await.text();
    assert!(audit.contains("made an API key") && audit.contains("ended an API key"));
}

#[tokio::test]
async fn what_nobody_could_sort_or_hear_is_not_called_done() {
    let world = World::new().await;
    let sorted = world.filed(1, "Fix the tap").await;
    let unsorted = Analysis::filed_as_other(Fallback::AnswerUnusable);
    let unsorted = world.filed_as(2, "Something strange", unsorted).await;
    let text = world.sees("vera", "/panel").await.text();
    assert!(text.contains("row unsorted") && text.contains("To be sorted"), "{text}");
    for (state, shown, hidden) in [("unsorted", &unsorted, &sorted), ("done", &sorted, &unsorted)] {
        let text = world.sees("vera", &format!("/panel?state={state}")).await.text();
        assert!(text.contains(shown.as_str()) && !text.contains(hidden.as_str()), "{state}");
    }
    // A recording that was to join another note is one of these, too.
    let unheard = world.unheard_addition(3, 1).await;
    for (state, is_found) in [("unheard", true), ("done", false)] {
        let text = world.sees("vera", &format!("/panel?state={state}")).await.text();
        assert_eq!(text.contains(&unheard), is_found, "{state}");
    }
    let note = world.sees("vera", &format!("/panel/notes/{unsorted}")).await.text();
    assert!(note.contains("Its sender was told that somebody at the office reads it"), "{note}");
}

#[tokio::test]
async fn signs_are_looked_for_as_they_are_and_the_record_is_looked_through_too() {
    let world = World::new().await;
    let id = world.filed(1, "Fix the tap").await;
    for (text, is_found) in [("%25", false), ("%F0%9F%98%80", false), ("tap%3A+fix", true), ("TAP", true)] {
        let page = world.sees("vera", &format!("/panel?text={text}")).await.text();
        assert_eq!(page.contains(&id), is_found, "{text}");
    }
}
