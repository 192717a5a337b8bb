//! The whole way of a note through a deployed stack, and what is true of all of it.

use reqwest::StatusCode;
use serde_json::json;
use system_tests::{ANNA, BEN, CELINA, Stack, client, fixture};

use crate::{
    commands::{run, script},
    site::{ALL_TYPES, PATIENCE, PLUMBING, Site, a_word, tell},
    traces::until,
    webhook::Form,
};

#[tokio::test]
async fn a_voice_note_is_filed_whole_can_be_downloaded_and_is_answered() {
    let Some(site) = Site::with_stand_ins("a voice note on its whole way").await else { return };
    let (word, recording) = (a_word(), fixture("audio/job-en.ogg"));
    let said = format!("Please order two copper pipes for {word}.");
    let url = site.phones().uploads_words(&said, recording.clone(), "audio/ogg").await;
    let id = site.takes(&Form::file(&site.stack, ANNA, &url, "audio/ogg")).await;

    let in_s3 = site.filed(PLUMBING, &id).await;
    assert_eq!(in_s3.keys().map(String::as_str).collect::<Vec<_>>(), ALL_TYPES, "full_text is the last one");
    let office = site.office(PLUMBING).await;
    assert_eq!(office.files_of(&id).await, in_s3, "the data API shows what lies in S3");
    assert_eq!(office.download(&in_s3["audio"]).await, recording, "byte for byte");
    assert_eq!(office.download(&in_s3["full_text"]).await, said.as_bytes());
    let record = office.record_of(&id).await;
    assert_eq!(record["message_id"], id);

    let answers = site.answered(ANNA, &word).await;
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(answers[0].contains("Filed as a job"), "{}", answers[0]);
    assert_eq!(site.originals_of(PLUMBING, &id).await, 1);
}

#[tokio::test]
async fn a_written_note_is_filed_and_the_office_finds_it() {
    let site = Site::open().await;
    let word = a_word();
    let words = format!("Bitte zwei Kupferrohre für {word} bestellen: 3/4\" & 100 % dicht 👍🏽");
    let id = site.says(BEN, &words).await;
    let in_s3 = site.filed(PLUMBING, &id).await;
    assert!(in_s3.contains_key("record") && !in_s3.contains_key("audio"), "{in_s3:?}");
    let office = site.office(PLUMBING).await;
    assert_eq!(office.files_of(&id).await, in_s3);
    assert_eq!(office.download(&in_s3["full_text"]).await, words.as_bytes());
}

/// The stand-in's phone signs by its own knowledge of Twilio's rule, and its file lies behind a redirect.
#[tokio::test]
async fn a_phone_speaks_and_is_answered() {
    let Some(site) = Site::with_stand_ins("the phones of the stand-in for Twilio").await else { return };
    let word = a_word();
    let words = format!("Please call Mrs Smith about {word}.");
    // A phone of her own: a second recording from one phone within five minutes would join the first.
    let id = site.phones().speaks_words(CELINA, &words, fixture("audio/job-en.wav"), "audio/wav").await;
    let files = site.filed(PLUMBING, &id).await;
    assert!(files["audio"].ends_with(".wav"), "{files:?}");
    assert_eq!(site.answered(CELINA, &word).await.len(), 1);
}

#[tokio::test]
async fn all_apis_say_that_they_are_well_and_ready() {
    let stack = Stack::open();
    for api in ["WEBHOOK_URL", "DATA_API_URL", "PANEL_URL"] {
        for route in ["health", "readyz"] {
            let url = format!("{}/{route}", stack.get(api).trim_end_matches('/'));
            // A function that starts only now asks its neighbours for the first time.
            let is_well = async || {
                let answer = client().get(&url).send().await.expect("the API answers");
                (answer.status() == StatusCode::OK).then_some(())
            };
            until(PATIENCE, &url, is_well).await;
        }
    }
    tell(
        "not tested: throttling, which the stand-in does not do and a story would not provoke on an account",
    );
}

/// G01 on a stack: what must never be seen is sent by every way, and all logs and metrics are searched for it.
#[tokio::test]
async fn g01_no_log_and_no_metric_holds_a_word_a_number_or_a_secret() {
    let site = Site::open().await;
    let word = a_word();
    let right = Form::words(&site.stack, ANNA, &format!("Please order pipes for {word}."));
    let stranger = Form::words(&site.stack, "whatsapp:+4915188899999", &word);
    let forged = Form::words(&site.stack, ANNA, &word);
    assert_eq!(forged.post_signed(&site.stack, &word).await.0, StatusCode::FORBIDDEN);
    assert_eq!(stranger.post(&site.stack).await.0, StatusCode::OK);
    let id = site.takes(&right).await;
    let unreadable =
        json!({"kind": "note_received", "v": 1, "message": {"text": word, "from": ANNA}}).to_string();
    site.queue.send_together(&[unreadable]).await.expect("sent");
    site.filed(PLUMBING, &id).await;
    let office = site.office(PLUMBING).await;
    office.get(&format!("/files/get-download-url?key={word}")).await;
    office.get(&format!("/files/by-message?company_id={PLUMBING}&message_id={id}")).await;
    let panel = site.stack.get("PANEL_URL");
    let link = client().get(format!("{panel}/enter?link={word}")).send().await.expect("an answer");
    assert_eq!(link.status(), StatusCode::FORBIDDEN);
    let typed = client().post(format!("{panel}/sign-in")).body(format!("name={word}&password={word}{word}"));
    let typed = typed.header("content-type", "application/x-www-form-urlencoded").send().await;
    assert_eq!(typed.expect("an answer").status(), StatusCode::FORBIDDEN);

    let is_finished = format!("Note `{id}` is finished");
    let logs = until(PATIENCE, "the logs tell of the note", async || {
        let logs = logs(&site.stack).await;
        logs.contains(&is_finished).then_some(logs)
    })
    .await;
    for expected in ["webhook_refused", "unknown_sender", "NotesFinished", "/aws/lambda/"] {
        assert!(logs.contains(expected), "{expected} is logged");
    }
    let token = site.stack.get("TWILIO_AUTH_TOKEN");
    let secret_access_key = site.stack.get("AWS_SECRET_ACCESS_KEY");
    let canaries =
        [word.as_str(), "15155500001", "15155500004", "15188899999", "copper", "Kupfer", "Miller", &token];
    let is_real = secret_access_key.len() > 10;
    for canary in canaries.into_iter().chain(is_real.then_some(secret_access_key.as_str())) {
        let line = logs.lines().find(|line| line.contains(canary));
        assert_eq!(line, None, "{canary} was written");
    }
    site.dead_letters.take(&word).await;
}

/// All that the functions and the APIs have written.
pub(crate) async fn logs(stack: &Stack) -> String {
    let mut command = script("tests/tools/stack-logs");
    command.arg(stack.get("HARK_ENV"));
    run(stack, command, "").await.well()
}
