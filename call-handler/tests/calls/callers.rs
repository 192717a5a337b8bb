//! Who calls, and who hears nothing.

use http::StatusCode;

use crate::world::{CALL, Different, PIN, SUMMARY, World, signature};

#[tokio::test]
async fn a_known_number_is_greeted_by_name_and_what_is_unread_is_looked_for() {
    let world = World::new();
    let answered = world.calls().await;
    assert_eq!(answered.status, StatusCode::OK);
    assert!(answered.says("Hello Anna.") && answered.says("automatic assistant of Demo Plumbing"));
    assert!(answered.says("followup?turn=1</Redirect>"), "{answered:?}");
    let asked = world.asked();
    assert_eq!((asked.len(), asked[0].call.as_str(), asked[0].asked), (1, CALL, SUMMARY));
}

#[tokio::test]
async fn a_stranger_is_asked_for_a_pin_three_times_and_hears_nothing_private() {
    let world = World::new();
    let strange = "+442071234567";
    let first = world.post_from(strange, "/twilio/voice/incoming", "").await;
    assert!(first.says("PIN") && !first.says("Demo Plumbing") && !first.says("Anna"), "{first:?}");
    for turn in 1..=3 {
        let more = format!("&Digits=12345{turn}");
        let answered = world.post_from(strange, &format!("/twilio/voice/followup?turn={turn}"), &more).await;
        assert!(!answered.says("Anna") && !answered.says("Demo"), "{answered:?}");
        assert_eq!(answered.hangs_up(), turn == 3, "{answered:?}");
    }
    let more = format!("&Digits={PIN}");
    let after = world.post_from(strange, "/twilio/voice/followup?turn=4", &more).await;
    assert!(after.hangs_up() && world.asked().is_empty(), "the call is over");
}

#[tokio::test]
async fn who_has_a_pin_is_known_on_any_phone() {
    for said in
        [format!("&Digits={PIN}"), "&SpeechResult=four+seven+one+one+zero+zero+seven&Confidence=0.3".into()]
    {
        let world = World::new();
        world.post_from("anonymous", "/twilio/voice/incoming", "").await;
        let answered = world.post_from("anonymous", "/twilio/voice/followup?turn=1", &said).await;
        assert!(answered.says("Hello Anna."), "{answered:?}");
    }
}

#[tokio::test]
async fn a_number_that_nobody_vouches_for_needs_a_pin_where_that_is_asked_for() {
    for (told, is_known) in [
        ("&StirVerstat=TN-Validation-Passed-A", true),
        ("&StirVerstat=TN-Validation-Passed-B", false),
        ("", false),
    ] {
        let world = World::with(Different { attested_only: true, ..Different::default() });
        let answered = world.post("/twilio/voice/incoming", told).await;
        assert_eq!(answered.says("Hello Anna."), is_known, "{told}");
        assert_eq!(answered.says("PIN"), !is_known, "{told}");
    }
}

#[tokio::test]
async fn pins_are_not_guessed_one_after_the_other() {
    let world = World::new();
    let strange = "+442071234567";
    for call in 0..5 {
        // Each try is a call of its own.
        let path = "/twilio/voice/incoming";
        let id = format!("CA{call:032x}");
        let body = |more: &str| {
            format!(
                "CallSid={id}&AccountSid={}&From=%2B442071234567&To=%2B15005550009{more}",
                crate::world::ACCOUNT
            )
        };
        let begun = body("");
        world.send(path, &begun, &signature(path, &begun)).await;
        for turn in 1..=3 {
            let path = format!("/twilio/voice/followup?turn={turn}");
            let tried = body(&format!("&Digits=99{call}00{turn}"));
            world.send(&path, &tried, &signature(&path, &tried)).await;
        }
    }
    world.post_from(strange, "/twilio/voice/incoming", "").await;
    let right = format!("&Digits={PIN}");
    let answered = world.post_from(strange, "/twilio/voice/followup?turn=1", &right).await;
    assert!(answered.hangs_up() && !answered.says("Anna"), "{answered:?}");
    assert!(world.table.items().iter().all(|item| !format!("{:?}", item.key).contains("442071234567")));
}

#[tokio::test]
async fn what_twilio_did_not_sign_is_no_call() {
    let world = World::new();
    let path = "/twilio/voice/incoming";
    let body = format!("CallSid={CALL}&AccountSid=AC1&From=%2B1&To=%2B1");
    for signature in [String::new(), "x".to_owned(), signature("/twilio/voice/followup", &body)] {
        let answered = world.send(path, &body, &signature).await;
        assert_eq!((answered.status, answered.document.as_str()), (StatusCode::FORBIDDEN, ""));
    }
    let foreign = body.replace("AC1", "AC2");
    let answered = world.send(path, &foreign, &signature(path, &foreign)).await;
    assert_eq!(answered.status, StatusCode::FORBIDDEN, "signed, for another account");
    assert!(world.table.items().is_empty() && world.asked().is_empty());
    assert_eq!(world.metrics.all().len(), 4, "each is counted");
}
