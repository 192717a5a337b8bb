//! D09: what each error of the vendor means, how often a call is tried, and that no error says a secret.

use std::time::Duration;

use serde_json::json;
use shared::{
    domain::media::MediaKind,
    ports::{
        analyst::Analyst,
        transcriber::{Hints, ModelError, Transcriber, Transcript},
    },
};
use url::Url;

use super::{
    KEY, analyst, config, hints, http, question, recording,
    stub::{self, Played, Stub},
    transcriber,
};
use crate::{OpenAiTranscriber, Patience};

fn error(status: u16, code: &str, kind: &str) -> Played {
    let body = json!({ "error": {
        "message": format!("Incorrect API key provided: {KEY}. canary"), "type": kind, "param": null, "code": code,
    }});
    (status, vec![], body.to_string())
}

async fn hear(base: &Url) -> Result<Transcript, ModelError> {
    transcriber(&config(base)).transcribe(&recording(MediaKind::Ogg), &hints()).await
}

/// The error of both models, which must be the same, and the number of requests that it took.
async fn refused(answer: Played) -> (ModelError, usize) {
    let stub = Stub::answering(vec![answer]).await;
    let heard = hear(&stub.base).await.unwrap_err();
    let requests = stub.seen().len();
    let analysed = analyst(&config(&stub.base)).analyse(&question()).await.unwrap_err();
    assert_eq!(heard, analysed);
    assert_eq!(stub.seen().len(), 2 * requests);
    g02_says_no_secret(&heard, &stub.base);
    (heard, requests)
}

fn g02_says_no_secret(error: &ModelError, base: &Url) {
    let shown = format!("{error} {error:?}");
    for secret in [KEY, "canary", "127.0.0.1", &base.port().unwrap().to_string(), "transcriptions", "Müller"]
    {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn d09_the_account_s_faults_are_told_from_the_first_answer() {
    for (answer, expected) in [
        (error(401, "invalid_api_key", "invalid_request_error"), "the key is not accepted"),
        (error(403, "unsupported_country_region_territory", "request_forbidden"), "access is denied"),
        (error(404, "model_not_found", "invalid_request_error"), "there is no such model or address"),
        (error(429, "insufficient_quota", "insufficient_quota"), "no credit"),
        (error(429, "", "insufficient_quota"), "no credit"),
        (error(400, "billing_hard_limit_reached", "invalid_request_error"), "no credit"),
        (error(402, "", ""), "no credit"),
        (
            error(400, "unsupported_parameter", "invalid_request_error"),
            "the model does not take our requests",
        ),
        ((401, vec![], "<html>canary</html>".to_owned()), "the key is not accepted"),
    ] {
        assert_eq!(refused(answer).await, (ModelError::AccountRefused(expected), 1));
    }
}

#[tokio::test]
async fn d09_a_rate_limit_is_told_with_its_wait_and_not_tried_again() {
    for (headers, seconds) in [
        (vec![("retry-after", "7")], 7.0),
        (vec![("retry-after-ms", "1500"), ("retry-after", "2")], 1.5),
        (vec![], 5.0),
        (vec![("retry-after", "Fri, 20 Nov 2026 10:00:00 GMT")], 5.0),
        (vec![("retry-after", "-3")], 5.0),
        (vec![("retry-after", "1e300")], 5.0),
        (vec![("retry-after", "900000")], 3_600.0),
    ] {
        let (_, _, body) = error(429, "rate_limit_exceeded", "tokens");
        let after = Duration::from_secs_f64(seconds);
        assert_eq!(refused((429, headers, body)).await, (ModelError::RateLimited { after }, 1));
    }
}

#[tokio::test]
async fn d09_an_input_that_is_refused_is_refused_for_good() {
    for (answer, expected) in [
        (error(400, "audio_too_short", "invalid_request_error"), "400 audio_too_short"),
        (error(413, "", ""), "413"),
        (error(415, "Please call canary", ""), "415"),
        ((422, vec![], "canary".to_owned()), "422"),
    ] {
        assert_eq!(refused(answer).await, (ModelError::InputRefused(expected.to_owned()), 1));
    }
    let body = json!({ "error": { "code": "unsupported_value", "param": "file", "message": "canary" } });
    let (error, _) = refused((400, vec![], body.to_string())).await;
    assert_eq!(error, ModelError::InputRefused("400 unsupported_value".to_owned()));
}

#[tokio::test]
async fn d09_a_provider_that_fails_is_asked_three_times() {
    for status in [500, 502, 503, 529, 408, 409] {
        let (error, requests) = refused(error(status, "", "server_error")).await;
        assert!(matches!(error, ModelError::Unavailable(_)), "{status}");
        assert_eq!(requests, 3, "{status}");
    }
    // An answer that is none is not worth a second question.
    let (error, requests) = refused((302, vec![("location", "http://canary.example/")], String::new())).await;
    assert_eq!((error, requests), (ModelError::Unavailable("an answer that is none"), 1));
}

#[tokio::test]
async fn a_second_try_sends_the_whole_recording_again() {
    let good = (200, vec![], json!({ "text": "Two pipes." }).to_string());
    let stub = Stub::answering(vec![error(500, "", ""), error(503, "", ""), good]).await;
    assert_eq!(hear(&stub.base).await.unwrap().text.expose(), "Two pipes.");
    let seen = stub.seen();
    assert_eq!(seen.len(), 3);
    let audio = recording(MediaKind::Ogg);
    for request in &seen {
        let parts = stub::form(request);
        assert_eq!(parts, stub::form(&seen[0]));
        assert!(parts[0].body == audio.bytes);
    }
}

#[tokio::test]
async fn d09_a_connection_that_breaks_is_made_three_times() {
    for beginning in [
        b"".as_slice(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"text\": \"half",
        b"nonsense\r\n\r\n",
    ] {
        let (base, connections) = stub::hanging_up("http", beginning).await;
        let error = hear(&base).await.unwrap_err();
        assert!(matches!(error, ModelError::Unavailable(_)), "{error:?}");
        g02_says_no_secret(&error, &base);
        assert_eq!(*connections.lock().unwrap(), 3);
    }
}

#[tokio::test]
async fn d09_no_connection_and_no_tls_are_not_to_be_had_just_now() {
    let (tls, connections) = stub::hanging_up("https", b"this is no TLS").await;
    for base in [stub::nobody().await, tls] {
        let error = hear(&base).await.unwrap_err();
        assert!(matches!(error, ModelError::Unavailable(_)), "{error:?}");
        g02_says_no_secret(&error, &base);
    }
    assert_eq!(*connections.lock().unwrap(), 3);
}

#[tokio::test]
async fn d09_a_call_ends_at_its_deadline_whether_the_server_is_silent_or_slow() {
    let base = stub::silent().await;
    let patience = Patience { waits: vec![], deadline: Duration::from_millis(50) };
    let model = OpenAiTranscriber::new(http(), &config(&base)).with_patience(patience);
    let error = model.transcribe(&recording(MediaKind::Ogg), &Hints::default()).await.unwrap_err();
    assert_eq!(error, ModelError::Unavailable("no answer in time"));
    // The waits count too.
    let failing = Stub::answering(vec![error_500()]).await;
    let patience = Patience { waits: vec![Duration::from_secs(3_600)], deadline: Duration::from_millis(300) };
    let model = OpenAiTranscriber::new(http(), &config(&failing.base)).with_patience(patience);
    let error = model.transcribe(&recording(MediaKind::Ogg), &Hints::default()).await.unwrap_err();
    assert_eq!(error, ModelError::Unavailable("no answer in time"));
}

fn error_500() -> Played {
    error(500, "", "")
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let stub = Stub::answering(vec![(200, vec![], "x".repeat(5 * 1_024 * 1_024))]).await;
    assert_eq!(hear(&stub.base).await.unwrap_err(), ModelError::Unavailable("the answer is too long"));
    assert_eq!(stub.seen().len(), 1);
}

#[test]
fn the_default_patience_fits_into_a_function_s_time() {
    let patience = Patience::default();
    assert_eq!(patience.waits, [Duration::from_millis(300), Duration::from_secs(1)]);
    assert!(patience.deadline <= Duration::from_secs(90));
}
