//! What the webhook of a deployed stack takes, and what it refuses without a trace.

use reqwest::{StatusCode, header::CONTENT_TYPE};
use system_tests::{ANNA, BEN};

use crate::{
    site::{PLUMBING, Site, a_word},
    webhook::Form,
};

#[tokio::test]
async fn one_character_of_the_signature_changed_is_refused_and_nothing_is_queued() {
    let site = Site::open().await;
    let form = Form::words(&site.stack, ANNA, &format!("Please order pipes for {}.", a_word()));
    let right = form.signature(&site.stack);
    let first = if right.starts_with('A') { "B" } else { "A" };
    for wrong in [format!("{first}{}", &right[1..]), String::new(), "x".repeat(28)] {
        assert_eq!(form.post_signed(&site.stack, &wrong).await, (StatusCode::FORBIDDEN, String::new()));
    }
    for (name, value) in [("Body", "Please order gold."), ("From", BEN), ("Extra", "1")] {
        let changed = Form::words(&site.stack, ANNA, "").with("MessageSid", &form.id()).with(name, value);
        assert_eq!(changed.post_signed(&site.stack, &right).await.0, StatusCode::FORBIDDEN, "{name}");
    }
    leaves_nothing(&site, &form).await;
}

#[tokio::test]
async fn a27_a_stranger_is_answered_like_everybody_and_leaves_nothing() {
    let site = Site::open().await;
    let stranger = Form::words(&site.stack, "whatsapp:+4917139200001", "Please order pipes.");
    let known = Form::words(&site.stack, ANNA, &format!("Please order pipes for {}.", a_word()));
    assert_eq!(stranger.post(&site.stack).await, known.post(&site.stack).await);
    site.filed(PLUMBING, &known.id()).await;
    leaves_nothing(&site, &stranger).await;
}

#[tokio::test]
async fn the_answer_is_empty_twiml_on_every_route() {
    let site = Site::open().await;
    let form = Form::words(&site.stack, BEN, &format!("Please order pipes for {}.", a_word()));
    let (status, body) = form.post(&site.stack).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.is_empty() || body.ends_with("<Response/>"), "{body}");
    let base = site.stack.get("WEBHOOK_URL");
    let request = system_tests::client().post(format!("{}/twilio/fallback", base.trim_end_matches('/')));
    let unsigned =
        request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body("Body=x").send().await;
    assert_eq!(unsigned.expect("an answer").status(), StatusCode::FORBIDDEN, "the fallback is as strict");
}

/// A message that was not taken is nowhere, not even when one that was sent after it is filed.
async fn leaves_nothing(site: &Site, form: &Form) {
    let after = site.says(BEN, &format!("Please bring {}.", a_word())).await;
    site.filed(PLUMBING, &after).await;
    let id = form.id();
    assert_eq!(site.files_of(PLUMBING, &id).await.len(), 0);
    assert_eq!(site.originals_of(PLUMBING, &id).await, 0);
    assert_eq!(site.dead_letters.with(&id).await, []);
}
