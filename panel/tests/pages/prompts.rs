//! What a company tells the model: tried on a note first, then used.

use axum::http::StatusCode;
use shared::testing::{
    filing::{job, understood},
    samples,
};

use crate::world::World;

#[tokio::test]
async fn an_owner_tries_a_prompt_on_a_note_sees_what_would_come_of_it_and_uses_it() {
    let world = World::new().await;
    let id = world.filed(1, "Fix the tap").await;
    let (path, anna) = ("/panel/settings/prompts", world.cookies_of("anna").await);
    assert_eq!(world.sees("ben", path).await.status, StatusCode::FORBIDDEN);
    let page = world.get(path, &[("cookie", &anna)]).await;
    assert!(page.text().contains(&format!("<option value=\"{id}\"")), "{}", page.text());
    let token = page.token();
    let form = format!("token={token}&note={id}&prompt=%3Cscript%3EBoilers+first.");
    let asked = world.post(path, &anna, &form).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
    let waits = world.get(asked.goes_to(), &[("cookie", &anna)]).await.text();
    assert!(waits.contains("It is being tried.") && !waits.contains("Use it from now on"), "{waits}");

    let (trial, of) = world.tried(&understood(&[job("boiler", "Mend the boiler")])).await;
    assert_eq!((of, asked.goes_to().ends_with(&trial)), (samples::message_id(1), true));
    let seen = world.get(asked.goes_to(), &[("cookie", &anna)]).await.text();
    assert!(seen.contains("tap: Fix the tap") && seen.contains("Mend the boiler"), "both: {seen}");
    assert!(seen.contains("&#60;script&#62;Boilers first.</textarea>"), "{seen}");
    let used = world.post(&format!("{path}/use"), &anna, &format!("token={token}&trial={trial}")).await;
    assert_eq!(used.status, StatusCode::SEE_OTHER, "{}", used.text());
    let key = format!("_prompts/company-{}/note.md", samples::COMPANY);
    assert_eq!(world.files.text(&key).as_deref(), Some("<script>Boilers first."));
    assert!(world.get(used.goes_to(), &[("cookie", &anna)]).await.text().contains("It is used from now on"));
    assert!(world.sees("anna", "/panel/audit").await.text().contains("changed what the model is told"));
    assert!(world.sees("anna", "/panel/audit").await.text().contains("tried what the model could be told"));
    let inbox = world.sees("anna", "/panel").await.text();
    assert!(!inbox.contains(&trial), "a trial is no message");
}

#[tokio::test]
async fn nobody_tries_or_uses_what_belongs_to_another_company() {
    let world = World::new().await;
    let id = world.filed(1, "Fix the tap").await;
    let (path, mallory) = ("/panel/settings/prompts", world.cookies_of("mallory").await);
    let token = world.get(path, &[("cookie", &mallory)]).await.token();
    let refused = world.post(path, &mallory, &format!("token={token}&note={id}&prompt=x")).await;
    assert_eq!((refused.status, world.queue.sent().len()), (StatusCode::NOT_FOUND, 0));
    let anna = world.cookies_of("anna").await;
    let hers = world.get(path, &[("cookie", &anna)]).await.token();
    world.post(path, &anna, &format!("token={hers}&note={id}&prompt=secret")).await;
    let (trial, _) = world.tried(&understood(&[job("tap", "Fix it")])).await;
    let looked = world.get(&format!("{path}?trial={trial}"), &[("cookie", &mallory)]).await.text();
    assert!(!looked.contains("secret") && !looked.contains("Fix"), "{looked}");
    let refused = world.post(&format!("{path}/use"), &mallory, &format!("token={token}&trial={trial}")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    // A note is no trial.
    let refused = world.post(&format!("{path}/use"), &anna, &format!("token={hers}&trial={id}")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(world.files.keys(), Vec::<String>::new());
}
