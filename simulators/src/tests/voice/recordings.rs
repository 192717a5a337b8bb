//! A recording that a caller leaves: told to its action, served behind the account's credentials.

use serde_json::{Value, json};

use super::{
    super::sound::ogg,
    INCOMING, STATUS,
    stage::{CallStage, field, heard, twiml},
};

async fn stage() -> CallStage {
    CallStage::new(|webhook| match webhook.target.as_str() {
        INCOMING => twiml(
            "<Say>After the beep.</Say><Record action=\"/left\" finishOnKey=\"#\" maxLength=\"60\" \
             recordingStatusCallback=\"/recorded\" recordingStatusCallbackEvent=\"completed absent\"/><Say>Nothing?</Say>",
        ),
        "/left" => twiml("<Say>Kept.</Say>"),
        _ => twiml(""),
    })
    .await
}

async fn leave(stage: &CallStage, call: &Value, finish: &str) -> Value {
    let path = format!("/_sim/calls/{}/record", call["call_sid"].as_str().unwrap());
    let request = stage.client.post(stage.url(&path)).header("content-type", "audio/ogg");
    let request = request.header("x-sim-transcript", "Please order 3 valves.").header("x-sim-finish", finish);
    request.body(ogg(&[], 0, 2)).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_recording_goes_to_the_action_and_is_there_to_be_fetched() {
    let stage = stage().await;
    let call = stage.call().await;
    assert_eq!((&call["listens"]["kind"], &call["listens"]["max_length"]), (&json!("record"), &json!(60)));
    let end = leave(&stage, &call, "#").await;
    assert_eq!((heard(&end), &end["ended_by"]), (vec!["Kept."], &json!("end_of_document")));
    let fields = stage.got("/left", 1).await;
    assert_eq!(["Digits", "RecordingDuration"].map(|name| field(&fields, name)), [Some("#"), Some("2")]);
    let (sid, url) = (field(&fields, "RecordingSid").unwrap(), field(&fields, "RecordingUrl").unwrap());
    assert!(sid.starts_with("RE") && sid.len() == 34 && url.ends_with(sid), "{url}");
    for ending in ["", ".wav", ".mp3"] {
        let file = stage.get(&format!("{url}{ending}")).await;
        assert_eq!(
            (file.status().as_u16(), &file.headers()["content-type"]),
            (200, &"audio/ogg".parse().unwrap())
        );
        assert_eq!(file.bytes().await.unwrap(), ogg(&[], 0, 2));
    }
    assert_eq!(stage.client.get(url).send().await.unwrap().status(), 401);
    let described: Value = stage.get(&format!("{url}.json")).await.json().await.unwrap();
    assert_eq!(described["call_sid"], call["call_sid"]);

    let callback = stage.got("/recorded", 1).await;
    assert_eq!(field(&callback, "RecordingStatus"), Some("completed"));
    assert_eq!(field(&callback, "From"), None);
    let (signature, right) = stage.signed("/recorded", 1).await;
    assert_eq!(signature, right);

    let plan = json!([{ "call": "GET */Recordings/*", "do": "status:404" }]);
    stage.post("/_sim/faults", plan).await;
    assert_eq!(stage.get(url).await.status(), 404);
    assert_eq!(stage.get(url).await.status(), 200);
}

#[tokio::test]
async fn the_transcription_stand_in_hears_what_was_left() {
    let stage = stage().await;
    let call = stage.call().await;
    leave(&stage, &call, "#").await;
    let part = reqwest::multipart::Part::bytes(ogg(&[], 0, 2)).file_name("a.ogg");
    let form = reqwest::multipart::Form::new().text("model", "gpt-4o-transcribe").part("file", part);
    let request = stage.client.post(stage.url("/v1/audio/transcriptions")).bearer_auth("k").multipart(form);
    let heard: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(heard["text"], "Please order 3 valves.");
}

#[tokio::test]
async fn a_caller_who_hangs_up_while_recording_leaves_it_and_hears_no_more() {
    let stage = stage().await;
    let call = stage.call().await;
    let end = leave(&stage, &call, "hangup").await;
    assert_eq!((heard(&end), &end["ended_by"]), (vec![], &json!("caller")));
    let fields = stage.got("/left", 1).await;
    assert_eq!(
        ["Digits", "CallStatus"].map(|name| field(&fields, name)),
        [Some("hangup"), Some("completed")]
    );
    assert_eq!(field(&stage.got(STATUS, 1).await, "CallStatus"), Some("completed"));
}

#[tokio::test]
async fn a_recording_of_nothing_is_none() {
    let stage = stage().await;
    let call = stage.call().await;
    let end = stage.step(&call, "silence", json!({})).await;
    assert_eq!(heard(&end), ["Nothing?"]);
    assert_eq!(field(&stage.got("/recorded", 1).await, "RecordingStatus"), Some("absent"));
}
