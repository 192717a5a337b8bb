//! What is said with a person, and what the office says there.

use axum::http::StatusCode;
use shared::{
    domain::{
        customer::Customer,
        ids::CustomerId,
        letter::{Letter, Origin},
        note::Answer,
        purpose::Purpose,
        user::UserName,
    },
    jobs::Job,
    ports::clock::Clock,
    testing::samples,
};

use crate::world::World;

/// What the office wrote, and whether as the template.
fn letters(world: &World) -> Vec<(String, bool)> {
    let letters = world.queue.sent().into_iter().filter_map(|(job, _)| match job {
        Job::NoteOrdered(ordered) => match ordered.purpose {
            Purpose::Letter(letter) => Some((letter.text.expose().clone(), letter.template)),
            _ => None,
        },
        _ => None,
    });
    letters.collect()
}

#[tokio::test]
async fn a_thread_shows_all_that_was_said_and_what_became_of_it() {
    let world = World::new().await;
    let id = world.filed(1, "Fix the <b>tap</b>").await;
    world
        .begun(2, "Order pipes", |note| {
            note.said = Some("Filed as a job: pipes".to_owned().into());
            note.answer = Answer::Refused { code: 63_016 };
        })
        .await;
    let people = world.sees("vera", "/panel/people").await.text();
    assert!(people.contains("href=\"/panel/people/P-1\"") && people.contains("Petra Sample"), "{people}");
    let thread = world.sees("vera", "/panel/people/P-1").await.text();
    let at = |words: &str| thread.find(words).unwrap_or_else(|| panic!("{words} in {thread}"));
    assert!(
        at("Filed as a job: pipes") < at("Order pipes") && at("Order pipes") < at("Fix the &#60;b&#62;tap")
    );
    assert!(
        thread.contains("More than 24 hours had passed") && thread.contains(&format!("/panel/notes/{id}"))
    );
    assert!(
        thread.contains("WhatsApp delivers free words for another <b class=\"clock\">24:00</b>"),
        "{thread}"
    );
    assert!(!thread.contains("<textarea"), "a viewer does not write");
    for nobodys in ["P-2", "x%2Fy", "%00"] {
        let missing = world.sees("vera", &format!("/panel/people/{nobodys}")).await.status;
        assert_eq!(missing, StatusCode::NOT_FOUND, "{nobodys}");
    }
    let others = world.sees("mallory", "/panel/people/P-1").await;
    assert_eq!(others.status, StatusCode::NOT_FOUND);
    assert!(!world.sees("mallory", "/panel/people").await.text().contains("Petra"));
}

/// A letter to the person, as it is stored once it was sent.
async fn letter(world: &World, n: u32, letter: Letter) -> String {
    let sent = |note: &mut shared::domain::note::Note| {
        note.said = Some(letter.text.clone());
        note.becomes(Purpose::Letter(Box::new(letter)));
        note.answer = Answer::Sent { id: samples::message_id(n + 100) };
    };
    world.begun(n, "", sent).await
}

fn by_phone(by: &Customer, text: &str, origin: Option<Origin>) -> Letter {
    let by = Letter::author(by).unwrap();
    Letter { by, origin, text: text.to_owned().into(), file: None, template: false }
}

#[tokio::test]
async fn what_a_colleague_said_on_the_phone_stands_in_his_name_and_not_in_the_offices() {
    let world = World::new().await;
    world.filed(1, "Fix the tap").await;
    let id = CustomerId::parse("P-2").unwrap();
    let otto = Customer { customer_id: id, name: Some("Otto <b>".to_owned().into()), ..samples::customer() };
    let origin = Some(Origin::of_call(&otto));
    let said = letter(&world, 2, by_phone(&otto, "Otto: I come at ten", origin)).await;
    // As it was stored before letters told where they come from.
    letter(&world, 3, by_phone(&otto, "Otto: At eleven", None)).await;
    let own = Some(Origin::of_call(&samples::customer()));
    letter(&world, 4, by_phone(&samples::customer(), "Otto: Order pipes", own)).await;
    let anna = UserName::parse("anna").unwrap();
    let typed = Letter { by: anna, origin: Some(Origin::Panel), ..by_phone(&otto, "We are closed", None) };
    letter(&world, 5, typed).await;

    let thread = world.sees("vera", "/panel/people/P-1").await.text();
    let head = |words: &str| {
        let before = thread.split(&format!("<p class=\"said\">{words}</p>")).next().unwrap();
        before.rsplit("<p class=\"meta\">").next().unwrap().to_owned()
    };
    let is = |words: &str, who: &str, how: &str| {
        let head = head(words);
        let told = how.is_empty() || head.contains(&format!("WhatsApp {how}"));
        assert!(head.starts_with(&format!("<b>{who}</b>")) && told, "{words}: {head}");
        head
    };
    is("Otto: I come at ten", "Otto &#60;b&#62;", "by phone");
    is("Otto: At eleven", "p-2", "by phone");
    is("Otto: Order pipes", "Hark", "after a call");
    let office = is("We are closed", "anna", "");
    assert!(!office.contains("phone"), "{office}");
    let inbox = world.sees("vera", "/panel").await.text();
    assert_eq!(inbox.matches("<span class=\"chip\">by phone</span>").count(), 3, "{inbox}");
    assert_eq!(inbox.matches("<span class=\"chip\">From the office</span>").count(), 1);
    let note = world.sees("vera", &format!("/panel/notes/{said}")).await.text();
    assert!(note.contains("Otto &#60;b&#62;") && note.contains("by phone"), "{note}");
}

#[tokio::test]
async fn staff_writes_within_the_window_and_not_outside_of_it() {
    let world = World::new().await;
    world.filed(1, "Fix the tap").await;
    let (path, ben) = ("/panel/people/P-1", world.cookies_of("ben").await);
    let token = world.get(path, &[("cookie", &ben)]).await.token();
    let sent = world.writes("P-1", &ben, &token, "I come at ten", b"").await;
    assert_eq!((sent.status, sent.goes_to()), (StatusCode::SEE_OTHER, path), "{}", sent.text());
    assert_eq!(letters(&world), [("I come at ten".to_owned(), false)]);
    for nothing in ["", " \r\n"] {
        let refused = world.writes("P-1", &ben, &token, nothing, b"").await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{nothing}");
        assert!(refused.text().contains("A message has 1 to 1,600 characters."), "{}", refused.text());
    }
    let vera = world.cookies_of("vera").await;
    let hers = world.get("/panel", &[("cookie", &vera)]).await.token();
    let refused = world.writes("P-1", &vera, &hers, "Hi", b"").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    world.clock.advance(std::time::Duration::from_secs(24 * 3_600));
    let ben = world.cookies_of("ben").await;
    let page = world.get(path, &[("cookie", &ben)]).await;
    assert!(page.text().contains("more than 24 hours old"), "{}", page.text());
    let refused = world.writes("P-1", &ben, &page.token(), "Too late", b"").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("TWILIO_TEMPLATE_SID"));
    assert!(refused.text().contains(">Too late</textarea>"), "what was typed stays: {}", refused.text());
    assert_eq!(letters(&world).len(), 1);
    let trail = world.sees("anna", "/panel/audit").await.text();
    assert_eq!(trail.matches("wrote to a person").count(), 1, "{trail}");
}

#[tokio::test]
async fn colleagues_remark_among_themselves_and_one_takes_over() {
    let world = World::new().await;
    world.filed(1, "Fix the tap").await;
    let (path, ben) = ("/panel/people/P-1", world.cookies_of("ben").await);
    let token = world.get(path, &[("cookie", &ben)]).await.token();
    let form = format!("token={token}&text=%3Cscript%3EI+take+this");
    assert_eq!(world.post(&format!("{path}/remark"), &ben, &form).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.queue.sent().len(), 0, "it goes nowhere");
    let thread = world.sees("vera", path).await.text();
    assert!(
        thread.contains("&#60;script&#62;I take this") && thread.contains("among colleagues"),
        "{thread}"
    );

    let person = samples::address(samples::SENDER).identity().clone();
    let taken = || async {
        let conversation = world.conversations.with(&person).await.unwrap();
        conversation.taken_over_at(world.clock.now()).map(|taken| taken.by.expose().to_owned())
    };
    world.post(&format!("{path}/take"), &ben, &format!("token={token}&take=over")).await;
    assert_eq!(taken().await.as_deref(), Some("ben"));
    assert!(world.sees("ben", path).await.text().contains("Let Hark answer again"));
    world.post(&format!("{path}/take"), &ben, &format!("token={token}&take=back")).await;
    assert_eq!(taken().await, None);
    let wrong = world.post(&format!("{path}/take"), &ben, &format!("token={token}&take=away")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let trail = world.sees("anna", "/panel/audit").await.text();
    assert!(
        trail.contains("remarked something")
            && trail.contains("took the answering over")
            && trail.contains("handed the answering back")
    );
}

#[tokio::test]
async fn a_photo_beside_a_word_to_colleagues_is_not_dropped_silently() {
    let world = World::new().await;
    world.filed(1, "Fix the tap").await;
    let (path, ben) = ("/panel/people/P-1/remark", world.cookies_of("ben").await);
    let token = world.get("/panel/people/P-1", &[("cookie", &ben)]).await.token();
    // A browser sends the name of a file that was chosen, and an empty one where none was.
    let refused = world.post(path, &ben, &format!("token={token}&text=Look+at+it&file=tap.jpg")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let text = refused.text();
    assert!(text.contains("Colleagues get words only") && text.contains(">Look at it</textarea>"), "{text}");
    assert!(!text.contains("among colleagues") && world.queue.sent().is_empty(), "nothing was said: {text}");
    let long = "x".repeat(1_601);
    let refused = world.post(path, &ben, &format!("token={token}&text={long}&file=")).await.text();
    assert!(refused.contains("1 to 1,600 characters") && refused.contains(&format!(">{long}</textarea>")));
    let said = world.post(path, &ben, &format!("token={token}&text=Look+at+it&file=")).await;
    assert_eq!(said.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn who_listens_on_the_phone_has_heard_what_is_said_to_be_heard() {
    let world = World::new().await;
    world.filed(1, "Fix the tap").await;
    let path = "/panel/people/P-1";
    let id = world.answered(2, "Otto <b>", std::time::Duration::from_secs(2)).await;
    world.answered(3, "Olga", std::time::Duration::from_secs(2)).await;
    assert!(!world.sees("vera", path).await.text().contains("Heard on the phone"), "nobody called");
    let unread = shared::use_cases::unread::Unread::new(&(world.table.clone() as _));
    let (scope, petra) = (
        shared::domain::tenant::TenantScope::of_customer(&samples::customer()),
        samples::customer().customer_id,
    );
    let within = jiff::SignedDuration::from_hours(24);
    let overview = unread.overview(&scope, &petra, world.clock.now(), within).await.unwrap();
    unread.heard(&scope, &petra, &overview.messages[0], world.clock.now()).await.unwrap();
    let text = world.sees("vera", path).await.text();
    let (_, section) = text.split_once("<h2>Heard on the phone</h2>").unwrap_or_else(|| panic!("{text}"));
    let rows: Vec<&str> = section.split("<li>").skip(1).collect();
    assert_eq!(rows.len(), 2, "her own are not read out to her: {section}");
    assert!(rows[0].contains("\"chip\">not heard<") && rows[0].contains("<b>Olga</b>"), "{section}");
    assert!(rows[1].contains("chip done\">heard<") && rows[1].contains("Otto &#60;b&#62;"), "{section}");
    assert!(rows[1].contains(&format!("href=\"/panel/notes/{id}\"")), "{section}");
    let others = world.sees("vera", "/panel/people/P-3").await.text();
    assert!(!others.contains("Heard on the phone"), "what one has heard another has not");
}

#[tokio::test]
async fn a_photo_or_a_pdf_goes_along_and_nothing_else() {
    let world = World::new().await;
    world.filed(1, "Fix the tap").await;
    let ben = world.cookies_of("ben").await;
    let token = world.get("/panel/people/P-1", &[("cookie", &ben)]).await.token();
    let photo = b"\xFF\xD8\xFF\xE0 a photo";
    let sent = world.writes("P-1", &ben, &token, "This valve", photo).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let keys = world.files.keys();
    assert!(
        keys.len() == 1 && keys[0].starts_with("_inbox/demo-plumbing/PE") && keys[0].ends_with("/0.jpg"),
        "{keys:?}"
    );
    for other in [b"<script>".as_slice(), b"PK\x03\x04"] {
        let refused = world.writes("P-1", &ben, &token, "This <b>", other).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(refused.text().contains("Photos (JPEG, PNG) and PDF"));
        assert!(refused.text().contains(">This &#60;b&#62;</textarea>"), "{}", refused.text());
    }
    for megabytes in [6, 12] {
        let mut large = photo.to_vec();
        large.resize(megabytes * 1_024 * 1_024, 0);
        let refused = world.writes("P-1", &ben, &token, "This valve", &large).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{megabytes}");
        let text = refused.text();
        assert!(text.contains("of at most 4 MB") && text.contains(">This valve</textarea>"), "{text}");
    }
    let foreign = world.writes("P-1", &ben, "another token", "This valve", photo).await;
    assert_eq!(foreign.status, StatusCode::CONFLICT);
    assert_eq!((letters(&world).len(), world.files.keys().len()), (1, 1));
}

#[tokio::test]
async fn a_form_that_is_sent_off_twice_is_one_letter() {
    let world = World::new().await;
    world.filed(1, "Fix the tap").await;
    let ben = world.cookies_of("ben").await;
    let token = world.get("/panel/people/P-1", &[("cookie", &ben)]).await.token();
    for _ in 0..2 {
        world.writes("P-1", &ben, &token, "I come at ten", b"").await;
    }
    world.writes("P-1", &ben, &token, "I come at eleven", b"").await;
    let ids: Vec<String> = world.queue.sent().iter().map(|(job, _)| job.message_id().to_string()).collect();
    assert!(ids[0] == ids[1] && ids[1] != ids[2], "{ids:?}");
}
