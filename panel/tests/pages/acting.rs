//! What the office does about a note: puts its record right, takes it out of sight, has steps done again.

use axum::http::{StatusCode, header};
use shared::{
    domain::{
        analysis::Record,
        media::{MediaKind, MediaRole},
        note::{Effect, StoredMedia},
        office_change::{OfficeChange, OfficeEdit},
    },
    jobs::Job,
    testing::{
        filing::{job, understood},
        samples,
    },
};

use crate::world::World;

const PHOTO: StoredMedia = StoredMedia::Kept { kind: MediaKind::Jpeg, role: MediaRole::Image, size: 3 };
const LETTER: StoredMedia = StoredMedia::Kept { kind: MediaKind::Text, role: MediaRole::Document, size: 3 };

/// The changes that were asked for.
fn asked(world: &World) -> Vec<OfficeChange> {
    let changes = world.queue.sent().into_iter().filter_map(|(job, _)| match job {
        Job::NoteOrdered(ordered) => ordered.purpose.office().cloned(),
        _ => None,
    });
    changes.collect()
}

#[tokio::test]
async fn staff_puts_an_item_right_and_the_change_goes_the_way_of_all_changes() {
    let world = World::new().await;
    let id = world.filed(1, "Call Mrs Miller").await;
    let (path, ben) = (format!("/panel/notes/{id}/edit"), world.cookies_of("ben").await);
    let page = world.get(&path, &[("cookie", &ben)]).await;
    assert!(page.text().contains(">Call Mrs Miller</textarea>"), "{}", page.text());
    let form = format!(
        "token={}&part=1&version=0&intent=job-to-be-done&title=Tap&text=Call&context=&told=yes\
         &items=Call+Mrs+M%C3%BCller%0D%0A%0D%0ABring+a+ladder",
        page.token()
    );
    let saved = world.post(&path, &ben, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let asked = asked(&world);
    let [change] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(change.told && change.of == samples::message_id(1) && change.by.expose() == "ben");
    let OfficeEdit::Records(records) = &change.edit else { panic!("{change:?}") };
    let [Record::Job { summary, context, action_items, .. }] = records.as_slice() else {
        panic!("{records:?}")
    };
    assert_eq!((summary.as_str(), context), ("Tap", &None));
    let items: Vec<(&str, &str)> =
        action_items.iter().map(|item| (item.text.as_str(), item.quote.as_str())).collect();
    assert_eq!(items, [("Call Mrs Müller", "Call Mrs Miller"), ("Bring a ladder", "")]);
    let after = world.get(saved.goes_to(), &[("cookie", &ben)]).await.text();
    assert!(after.contains("Your change is on its way."), "{after}");
    let audit = world.sees("anna", "/panel/audit").await.text();
    assert!(audit.contains("changed a record") && audit.contains(&id), "{audit}");
}

#[tokio::test]
async fn what_was_typed_is_not_lost_when_the_record_was_changed_meanwhile() {
    let world = World::new().await;
    let id = world.filed(1, "Call Mrs Miller").await;
    let (path, ben) = (format!("/panel/notes/{id}/edit"), world.cookies_of("ben").await);
    let token = world.get(&path, &[("cookie", &ben)]).await.token();
    world.changed(2, 1, Effect::Corrected(Box::new(understood(&[job("tap", "Call Mrs Green")])))).await;
    let form = |version: u32, title: &str| {
        format!("token={token}&part=1&version={version}&intent=job-to-be-done&title={title}&text=")
    };
    let again = world.post(&path, &ben, &form(0, "Typed")).await;
    assert_eq!(again.status, StatusCode::OK);
    let text = again.text();
    assert!(text.contains("was changed meanwhile") && text.contains("value=\"Typed\""), "{text}");
    assert!(text.contains("name=\"version\" value=\"1\""), "{text}");
    let empty = world.post(&path, &ben, &form(1, "")).await.text();
    assert!(empty.contains("must say something"), "{empty}");
    assert_eq!(asked(&world), []);
    for wrong in ["part=2&version=1&intent=other", "part=0&version=1&intent=other"] {
        let refused = world.post(&path, &ben, &format!("token={token}&{wrong}")).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    for wrong in ["part=1&version=1&intent=secret", "part=x&version=1&intent=other", "part=1"] {
        let refused = world.post(&path, &ben, &format!("token={token}&{wrong}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn a_record_is_withdrawn_and_steps_are_done_again_by_those_who_may() {
    let world = World::new().await;
    let id = world.filed(1, "Fix the tap").await;
    let (page, path) = (format!("/panel/notes/{id}"), format!("/panel/notes/{id}/change"));
    let looks = world.sees("vera", &page).await.text();
    assert!(!looks.contains("Withdraw") && !looks.contains("/edit"), "{looks}");
    assert_eq!(world.sees("vera", &format!("{page}/edit")).await.status, StatusCode::FORBIDDEN);

    let ben = world.cookies_of("ben").await;
    let shown = world.get(&page, &[("cookie", &ben)]).await;
    let text = shown.text();
    assert!(
        text.contains("Understand again") && !text.contains("Hear again"),
        "nothing was recorded: {text}"
    );
    let token = shown.token();
    for what in ["withdrawn", "understood", "filed"] {
        let sent = world.post(&path, &ben, &format!("token={token}&what={what}")).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{what}");
    }
    let edits: Vec<OfficeEdit> = asked(&world).into_iter().map(|change| change.edit).collect();
    assert_eq!(edits, [OfficeEdit::Withdrawn, OfficeEdit::UnderstoodAgain, OfficeEdit::FiledAgain]);
    assert!(asked(&world).iter().all(|change| !change.told), "nobody ticked it");
    let refused = world.post(&path, &ben, &format!("token={token}&what=deleted")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);

    let vera = world.cookies_of("vera").await;
    let hers = world.get("/panel", &[("cookie", &vera)]).await.token();
    let refused = world.post(&path, &vera, &format!("token={hers}&what=withdrawn")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let mallory = world.cookies_of("mallory").await;
    let others = world.get("/panel", &[("cookie", &mallory)]).await.token();
    let refused = world.post(&path, &mallory, &format!("token={others}&what=withdrawn")).await;
    assert_eq!((refused.status, asked(&world).len()), (StatusCode::NOT_FOUND, 3));
}

#[tokio::test]
async fn a_failed_note_is_heard_again_from_its_original_not_only_where_it_stopped() {
    let world = World::new().await;
    let voice = StoredMedia::Kept { kind: MediaKind::Ogg, role: MediaRole::Audio, size: 10 };
    let id = world.given_up(1, "", vec![voice]).await;
    let (path, ben) = (format!("/panel/notes/{id}"), world.cookies_of("ben").await);
    let page = world.get(&path, &[("cookie", &ben)]).await;
    let text = page.text();
    assert!(text.contains("value=\"media_stored\"") && text.contains("Try again</button>"), "{text}");
    let form = |from: &str| format!("token={}&from={from}", page.token());
    let refused = world.post(&format!("{path}/replay"), &ben, &form("filed")).await;
    assert_eq!((refused.status, world.queue.sent().len()), (StatusCode::CONFLICT, 0));
    let sent = world.post(&format!("{path}/replay"), &ben, &form("media_stored")).await;
    assert_eq!((sent.status, world.queue.sent().len()), (StatusCode::SEE_OTHER, 1));
}

#[tokio::test]
async fn the_page_of_a_note_is_sent_only_when_it_has_changed() {
    let world = World::new().await;
    let id = world.filed(1, "Fix the tap").await;
    let vera = world.cookies_of("vera").await;
    let page = world.get(&format!("/panel/notes/{id}"), &[("cookie", &vera)]).await.text();
    let tag = page.split("hx-ptag=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let news = format!("/panel/notes/{id}/news");
    let same = world.get(&news, &[("cookie", &vera), ("hx-ptag", &tag)]).await;
    assert_eq!((same.status, same.bytes.len()), (StatusCode::NO_CONTENT, 0));
    world.changed(2, 1, Effect::Withdrawn).await;
    let changed = world.get(&news, &[("cookie", &vera), ("hx-ptag", &tag)]).await;
    let text = changed.text();
    assert!(text.contains("Withdrawn") && text.contains("Petra Sample"), "{text}");
    assert!(!text.contains("<html") && changed.headers.contains_key("hx-ptag"));
}

#[tokio::test]
async fn pictures_are_shown_and_other_files_are_only_saved() {
    let world = World::new().await;
    let id = world.begun(1, "See the photo", |note| note.media_stored(vec![PHOTO, LETTER]).unwrap()).await;
    let folder = format!("_inbox/{}/{id}", samples::COMPANY);
    world.files.insert_raw(&format!("{folder}/0.jpg"), "jpg", "image/jpeg");
    world.files.insert_raw(&format!("{folder}/1.txt"), "<script>", "text/plain");
    let page = world.sees("vera", &format!("/panel/notes/{id}")).await.text();
    assert!(page.contains(&format!("<img src=\"/panel/notes/{id}/files/0\"")), "{page}");
    assert!(!page.contains(&format!("<img src=\"/panel/notes/{id}/files/1\"")), "{page}");
    let shown = world.sees("vera", &format!("/panel/notes/{id}/files/0")).await;
    assert_eq!(
        (shown.text().as_str(), &shown.headers[header::CONTENT_TYPE]),
        ("jpg", &"image/jpeg".parse().unwrap())
    );
    let saved = world.sees("vera", &format!("/panel/notes/{id}/files/1")).await;
    assert_eq!(saved.headers[header::CONTENT_TYPE], "application/octet-stream");
    assert!(saved.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment"));
    for path in ["files/2", "files/-1", "files/x", "files/0%2F..%2F1"] {
        let missing = world.sees("vera", &format!("/panel/notes/{id}/{path}")).await.status;
        assert!(missing.is_client_error(), "{path}: {missing}");
    }
    assert_eq!(
        world.sees("mallory", &format!("/panel/notes/{id}/files/0")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn an_edit_is_refused_where_it_would_cut_bring_back_or_change_nothing() {
    let world = World::new().await;
    let id = world.filed(1, "Call Mrs Miller").await;
    let (path, ben) = (format!("/panel/notes/{id}/edit"), world.cookies_of("ben").await);
    let token = world.get(&path, &[("cookie", &ben)]).await.token();
    let form = |version: u32, items: &str| {
        format!(
            "token={token}&part=1&version={version}&intent=job-to-be-done&title=tap:+Call+Mrs+Miller\
             &text=Call+Mrs+Miller&context=&items={items}"
        )
    };
    let unchanged = world.post(&path, &ben, &form(0, "Call+Mrs+Miller")).await;
    assert_eq!(
        (unchanged.status, unchanged.goes_to()),
        (StatusCode::SEE_OTHER, format!("/panel/notes/{id}").as_str())
    );
    for too_much in ["a%0A".repeat(51), "x".repeat(301)] {
        let refused = world.post(&path, &ben, &form(0, &too_much)).await.text();
        assert!(refused.contains("Something is too long"), "{refused}");
    }
    world.changed(2, 1, Effect::Withdrawn).await;
    let refused = world.post(&path, &ben, &form(1, "Call+Mrs+Green")).await.text();
    assert!(refused.contains("was withdrawn meanwhile") && refused.contains("Call Mrs Green"), "{refused}");
    let change = format!("/panel/notes/{id}/change");
    world.post(&change, &ben, &format!("token={token}&what=withdrawn")).await;
    let refused = world.post(&change, &ben, &format!("token={token}&what=filed")).await;
    assert_eq!((refused.status, asked(&world)), (StatusCode::CONFLICT, vec![]));
}
