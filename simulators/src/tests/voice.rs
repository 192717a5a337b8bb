//! What somebody who calls meets: documents are performed as Twilio performs them.

mod recordings;
mod stage;

use serde_json::json;

use super::harness::{ACCOUNT, Delivery, TOKEN, VOICE};
use stage::{Answer, CALLER, CallStage, field, heard, twiml};

const INCOMING: &str = "/twilio/voice/incoming";
const STATUS: &str = "/twilio/voice/status";

/// A menu: asks, repeats on silence, and says good-bye.
fn menu(webhook: &Delivery) -> Answer {
    match webhook.target.as_str() {
        INCOMING => twiml(
            "<Say voice=\"Polly.Vicki-Neural\">Guten Tag.</Say><Gather input=\"speech dtmf\" numDigits=\"2\" action=\"heard?turn=1\" \
             language=\"de-DE\"><Say language=\"de-DE\">Was nun?</Say><Say>Eins oder zwei?</Say></Gather>\
             <Redirect>/twilio/voice/incoming/again</Redirect>",
        ),
        "/twilio/voice/incoming/again" => twiml("<Say>Nobody there.</Say><Hangup/>"),
        "/twilio/voice/heard?turn=1" => twiml("<Say>Thank you.</Say>"),
        STATUS => twiml(""),
        _ => Answer { status: 404, ..twiml("") },
    }
}

#[tokio::test]
async fn a_call_is_told_as_twilio_tells_it_and_waits_for_the_caller() {
    let stage = CallStage::new(menu).await;
    let wanted = json!({ "stir_verstat": "A", "forwarded_from": "+15555550199", "pause_factor": 0.0 });
    let call = stage.call_with(wanted).await;
    let fields = stage.got(INCOMING, 1).await;
    let usual = [
        ("From", CALLER),
        ("Caller", CALLER),
        ("To", VOICE),
        ("Called", VOICE),
        ("AccountSid", ACCOUNT),
        ("CallStatus", "ringing"),
        ("Direction", "inbound"),
        ("ApiVersion", "2010-04-01"),
        ("StirVerstat", "TN-Validation-Passed-A"),
        ("ForwardedFrom", "+15555550199"),
        ("FromCountry", ""),
    ];
    for (name, value) in usual {
        assert_eq!(field(&fields, name), Some(value), "{name}");
    }
    let sid = call["call_sid"].as_str().unwrap();
    assert_eq!((field(&fields, "CallSid"), sid.len()), (Some(sid), 34));
    let (signature, right) = stage.signed(INCOMING, 1).await;
    assert_eq!(signature, right);

    assert_eq!(call["status"], "in-progress");
    assert_eq!(heard(&call), ["Guten Tag.", "Was nun?", "Eins oder zwei?"]);
    assert_eq!(
        (&call["heard"][0]["language"], &call["heard"][2]["language"]),
        (&json!("de-DE"), &json!("en-US"))
    );
    let listens = &call["listens"];
    assert_eq!((&listens["kind"], &listens["input"]), (&json!("gather"), &json!(["speech", "dtmf"])));
    assert_eq!((&listens["num_digits"], &listens["timeout"]), (&json!(2), &json!(5)));
    assert_eq!((&call["warnings"], &call["ended_by"]), (&json!([]), &json!(null)));
    assert_eq!(call["requests"][0]["status"], 200);
}

#[tokio::test]
async fn what_is_said_goes_to_the_action_and_the_end_is_told() {
    let stage = CallStage::new(menu).await;
    let call = stage.call().await;
    let end = stage.step(&call, "say", json!({ "speech": "the next one", "confidence": 0.5 })).await;
    let fields = stage.got("/twilio/voice/heard", 1).await;
    let said = ["SpeechResult", "Confidence", "Language", "CallStatus"].map(|name| field(&fields, name));
    assert_eq!(said, [Some("the next one"), Some("0.5"), Some("de-DE"), Some("in-progress")]);
    // The query of the action is signed, too.
    let (signature, right) = stage.signed("/twilio/voice/heard", 1).await;
    assert_eq!(signature, right);
    assert_eq!((heard(&end), &end["status"]), (vec!["Thank you."], &json!("completed")));
    assert_eq!(end["ended_by"], "end_of_document");

    let status = stage.got(STATUS, 1).await;
    let told = ["CallStatus", "SequenceNumber", "CallbackSource"].map(|name| field(&status, name));
    assert_eq!(told, [Some("completed"), Some("0"), Some("call-progress-events")]);
    assert!(field(&status, "CallDuration").unwrap().parse::<u32>().unwrap() > 1);
    let (signature, right) = stage.signed(STATUS, 1).await;
    assert_eq!(signature, right);
    let after = stage.step(&call, "say", json!({ "speech": "hello?" })).await;
    assert_eq!((&after["status"], heard(&after)), (&json!("completed"), vec![]));
}

#[tokio::test]
async fn silence_falls_through_unless_the_document_wants_to_hear_of_it() {
    let stage = CallStage::new(menu).await;
    let call = stage.call().await;
    let end = stage.step(&call, "silence", json!({})).await;
    assert_eq!((heard(&end), &end["ended_by"]), (vec!["Nobody there."], &json!("hangup")));

    let stage = CallStage::new(|webhook| match webhook.target.as_str() {
        INCOMING => {
            twiml("<Gather input=\"speech\" action=\"/empty\" actionOnEmptyResult=\"true\"/><Say>never</Say>")
        }
        _ => twiml("<Say>Still there?</Say>"),
    })
    .await;
    let call = stage.call().await;
    let end = stage.step(&call, "silence", json!({})).await;
    assert_eq!(heard(&end), ["Still there?"]);
    let fields = stage.got("/empty", 1).await;
    assert_eq!((field(&fields, "SpeechResult"), field(&fields, "Digits")), (None, None));
}

#[tokio::test]
async fn calls_can_be_told_to_another_place_than_messages() {
    let script = |webhook: &Delivery| match webhook.target.as_str() {
        "/phone/twilio/voice/incoming" => twiml("<Redirect>/phone/twilio/voice/followup</Redirect>"),
        _ => twiml("<Say>Here.</Say>"),
    };
    let stage = CallStage::new(script).await;
    let origin = stage.tell_calls_below("/phone");
    let call = stage.call().await;
    assert_eq!(heard(&call), ["Here."]);
    for told in [INCOMING, "/twilio/voice/followup", STATUS] {
        let (signature, right) = stage.signed_as(origin, &format!("/phone{told}"), 1).await;
        assert_eq!(signature, right, "{told}");
    }
}

#[tokio::test]
async fn keys_end_by_their_number_or_by_a_key_of_their_own() {
    let script = |webhook: &Delivery| match webhook.target.as_str() {
        INCOMING => twiml(
            "<Gather action=\"/pin\"><Say>PIN?</Say></Gather><Redirect>/twilio/voice/incoming</Redirect>",
        ),
        "/pin" => twiml("<Gather numDigits=\"1\" finishOnKey=\"\" action=\"/star\"/>"),
        "/star" => twiml("<Gather input=\"speech\" action=\"/words\"/><Say>not heard</Say>"),
        _ => twiml(""),
    };
    let stage = CallStage::new(script).await;
    let call = stage.call().await;
    // A key that ends ends nothing before another one.
    let again = stage.step(&call, "digits", json!({ "digits": "#" })).await;
    assert_eq!((heard(&again), again["warnings"].as_array().unwrap().len()), (vec!["PIN?"], 1));
    stage.step(&call, "digits", json!({ "digits": "1234#9" })).await;
    let fields = stage.got("/pin", 1).await;
    assert_eq!(
        ["Digits", "FinishedOnKey", "msg"].map(|name| field(&fields, name)),
        [Some("1234"), Some("#"), Some("Gather End")]
    );
    stage.step(&call, "digits", json!({ "digits": "*" })).await;
    assert_eq!(field(&stage.got("/star", 1).await, "Digits"), Some("*"));
    let deaf = stage.step(&call, "digits", json!({ "digits": "1" })).await;
    assert_eq!((heard(&deaf), deaf["warnings"].as_array().unwrap().len()), (vec!["not heard"], 1));
}

#[tokio::test]
async fn a_caller_who_interrupts_does_not_hear_the_rest() {
    let stage = CallStage::new(menu).await;
    let call = stage.call().await;
    stage.step(&call, "say", json!({ "speech": "stop", "barge_in_after": 1 })).await;
    let protocol = stage.protocol(&call).await;
    let cut: Vec<bool> =
        (0..3).map(|at| protocol["heard"][at]["cut_off"].as_bool().unwrap_or(false)).collect();
    assert_eq!(cut, [false, false, true]);
}

#[tokio::test]
async fn redirects_are_followed_to_a_limit_and_pauses_pass_on_the_calls_own_clock() {
    let stage =
        CallStage::new(|_| twiml("<Pause length=\"2\"/><Redirect method=\"GET\">wait?a=1</Redirect>")).await;
    let call = stage.call_with(json!({ "max_steps": 5, "pause_factor": 0.0 })).await;
    assert_eq!((&call["ended_by"], call["requests"].as_array().unwrap().len()), (&json!("error"), 5));
    assert!(call["seconds"].as_f64().unwrap() >= 10.0);
    assert!(call["error"].as_str().unwrap().contains("more than 5"));
    let fields = stage.got("/twilio/voice/wait", 1).await;
    // A pause and a redirect let the phone ring on.
    assert_eq!((field(&fields, "a"), field(&fields, "CallStatus")), (Some("1"), Some("ringing")));
    assert_eq!(stage.protocol(&call).await["requests"][1]["method"], "GET");
}

#[tokio::test]
async fn answers_that_twilio_cannot_use_end_the_call_with_its_words() {
    let answers = [
        (Answer { status: 500, ..twiml("") }, "11200"),
        (Answer { status: 403, ..twiml("") }, "11200"),
        (Answer { kind: "application/json", ..twiml("") }, "12300"),
        (Answer { text: "<Response><Say>".to_owned(), ..twiml("") }, "12100"),
        (Answer { text: String::new(), ..twiml("") }, "12100"),
        (Answer { text: "<Twiml/>".to_owned(), ..twiml("") }, "12102"),
        (twiml(&"<Pause/>".repeat(9_000)), "11750"),
    ];
    for (answer, code) in answers {
        let (status, kind, text) = (answer.status, answer.kind, answer.text);
        let stage =
            CallStage::new(move |_| Answer { status, kind, text: text.clone(), after_the_end: false }).await;
        let call = stage.call().await;
        assert_eq!(call["ended_by"], "error", "{code}");
        assert!(call["error"].as_str().unwrap().starts_with(code), "{}", call["error"]);
        assert!(heard(&call).last().unwrap().contains("application error"), "{code}");
    }
    let stage = CallStage::new(menu).await;
    stage.forget_webhook();
    assert!(stage.call().await["error"].as_str().unwrap().starts_with("11205"));
}

#[tokio::test]
async fn a_document_with_faults_is_performed_and_its_faults_are_told() {
    let stage = CallStage::new(|_| twiml("<Say voice=\"nobody\">Hello.</Say><Dial>+1</Dial>")).await;
    let call = stage.call().await;
    assert_eq!(heard(&call), ["Hello."]);
    let warnings = call["warnings"].as_array().unwrap();
    assert!(warnings[0].as_str().unwrap().starts_with("13512"), "{warnings:?}");
    assert!(warnings[1].as_str().unwrap().starts_with("not simulated"), "{warnings:?}");
    assert_eq!(stage.protocol(&call).await["warnings"], call["warnings"]);
}

#[tokio::test]
async fn a_webhook_of_the_call_can_be_sent_again_and_moves_nothing() {
    let stage = CallStage::new(menu).await;
    let call = stage.call().await;
    let again = stage.step(&call, "replay", json!({ "request": 1 })).await;
    assert_eq!(again["says"], json!(["Guten Tag.", "Was nun?", "Eins oder zwei?"]));
    assert_eq!(stage.got(INCOMING, 2).await, stage.got(INCOMING, 1).await);
    assert_eq!(stage.signed(INCOMING, 2).await.0, stage.signed(INCOMING, 1).await.0);
    let protocol = stage.protocol(&call).await;
    assert_eq!(
        (&protocol["status"], protocol["requests"].as_array().unwrap().len()),
        (&json!("in-progress"), 1)
    );
    assert!(stage.step(&call, "replay", json!({ "request": 9 })).await["error"].is_string());
}

#[tokio::test]
async fn a_caller_may_hang_up_while_hark_is_still_thinking() {
    let stage = CallStage::new(|webhook| match webhook.target.as_str() {
        INCOMING => twiml("<Gather action=\"/slow\"/>"),
        "/slow" => Answer { after_the_end: true, ..twiml("<Say>too late</Say>") },
        _ => twiml(""),
    })
    .await;
    let call = stage.call().await;
    let hang_up = async {
        stage.got("/slow", 1).await;
        stage.step(&call, "hangup", json!({})).await
    };
    let (step, hung_up) = futures::join!(stage.step(&call, "digits", json!({ "digits": "1#" })), hang_up);
    assert_eq!((heard(&step), &step["ended_by"]), (vec![], &json!("caller")));
    assert_eq!(hung_up["status"], "completed");
    assert_eq!(field(&stage.got(STATUS, 1).await, "CallStatus"), Some("completed"));
    stage.let_go();
}

#[tokio::test]
async fn hark_hangs_up_over_the_rest_api_once() {
    let stage = CallStage::new(menu).await;
    let call = stage.call().await;
    let url = stage.account(&format!("Calls/{}.json", call["call_sid"].as_str().unwrap()));
    let resource: serde_json::Value = stage.get(&url).await.json().await.unwrap();
    assert_eq!((&resource["status"], &resource["from"]), (&json!("in-progress"), &json!(CALLER)));
    let hang_up =
        || stage.client.post(&url).basic_auth(ACCOUNT, Some(TOKEN)).form(&[("Status", "completed")]).send();
    assert_eq!(hang_up().await.unwrap().status(), 200);
    assert_eq!(stage.step(&call, "silence", json!({})).await["ended_by"], "hangup");
    let second = hang_up().await.unwrap();
    assert_eq!(second.status(), 404);
    assert_eq!(second.json::<serde_json::Value>().await.unwrap()["code"], 20404);
    assert_eq!(stage.client.get(&url).send().await.unwrap().status(), 401);
    let resource: serde_json::Value = stage.get(&url).await.json().await.unwrap();
    assert_eq!(resource["status"], "completed");
}

#[tokio::test]
async fn a_call_can_be_rejected_and_a_caller_can_hide() {
    let stage = CallStage::new(|webhook| match webhook.field("From") {
        Some("anonymous") => twiml("<Reject reason=\"busy\"/>"),
        _ => twiml("<Say>Hello.</Say><Reject/>"),
    })
    .await;
    let call = stage.post("/_sim/phone/anonymous/call", json!({})).await;
    assert_eq!((&call["ended_by"], heard(&call)), (&json!("rejected"), vec![]));
    assert_eq!(field(&stage.got(STATUS, 1).await, "CallStatus"), Some("busy"));
    assert_eq!(stage.call().await["ended_by"], "hangup");
}

#[tokio::test]
async fn nonsense_is_refused() {
    let stage = CallStage::new(menu).await;
    let call = stage.call().await;
    let steps = [
        ("say", json!({ "speech": "x", "confidence": 2 })),
        ("say", json!({ "words": "x" })),
        ("digits", json!({ "digits": "12a" })),
        ("record", json!({})),
        ("replay", json!({})),
    ];
    for (step, body) in steps {
        assert!(stage.step(&call, step, body).await["error"].is_string(), "{step}");
    }
    assert!(stage.post("/_sim/calls/CA0/say", json!({ "speech": "x" })).await["error"].is_string());
    assert!(stage.call_with(json!({ "call_sid": call["call_sid"] })).await["error"].is_string());
    assert_eq!(stage.protocol(&call).await["status"], "in-progress");
}
