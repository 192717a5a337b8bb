//! The upload and its answer.

use bytes::Bytes;
use serde_json::json;
use shared::{
    domain::media::MediaKind,
    ports::transcriber::{AudioPart, Hints, ModelError, Transcriber},
};

use super::{
    KEY, config, hints, recording,
    stub::{self, Part, Stub},
    transcriber,
};
use crate::{MAX_UPLOAD_BYTES, OpenAiConfig};

fn value(parts: &[Part], name: &str) -> Option<String> {
    let mut values = values(parts, name);
    assert!(values.len() <= 1, "{name} is there once");
    values.pop()
}

fn values(parts: &[Part], name: &str) -> Vec<String> {
    parts
        .iter()
        .filter(|part| part.parameter("name") == Some(name))
        .map(|part| String::from_utf8(part.body.clone()).unwrap())
        .collect()
}

async fn sent(model: &str, hints: &Hints) -> Vec<Part> {
    let stub = Stub::saying(json!({ "text": "Two pipes." })).await;
    let config = OpenAiConfig { transcribe_model: model.to_owned(), ..config(&stub.base) };
    transcriber(&config).transcribe(&recording(MediaKind::Ogg), hints).await.unwrap();
    stub::form(&stub.seen()[0])
}

#[tokio::test]
async fn a_recording_is_sent_as_the_vendor_documents_it() {
    let stub = Stub::saying(json!({
        "text": " Two pipes. ",
        "usage": { "type": "tokens", "input_tokens": 90, "output_tokens": 5, "total_tokens": 95, "input_token_details": { "audio_tokens": 84 } },
        "logprobs": [],
    }))
    .await;
    let audio = recording(MediaKind::Ogg);
    let heard = transcriber(&config(&stub.base)).transcribe(&audio, &hints()).await.unwrap();
    assert_eq!(heard.text.expose(), "Two pipes.");
    assert_eq!(heard.model, "gpt-4o-mini-transcribe");
    assert_eq!((heard.usage.input_tokens, heard.usage.output_tokens, heard.usage.audio_seconds), (90, 5, 9));

    let seen = &stub.seen()[0];
    assert_eq!(seen.path, "/v1/audio/transcriptions");
    assert_eq!(seen.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(seen.headers["content-length"], seen.body.len().to_string(), "the length is known beforehand");
    let parts = stub::form(seen);
    let file = parts.iter().find(|part| part.parameter("name") == Some("file")).unwrap();
    assert_eq!(file.parameter("filename"), Some("note.ogg"));
    assert!(file.headers.contains("Content-Type: audio/ogg"), "{}", file.headers);
    assert!(file.body == audio.bytes, "the file arrives byte for byte");
    assert_eq!(value(&parts, "model").unwrap(), "gpt-4o-mini-transcribe");
    assert_eq!(value(&parts, "language").unwrap(), "de");
    assert_eq!(value(&parts, "response_format").unwrap(), "json");
    assert_eq!(value(&parts, "prompt").unwrap(), format!("Müller, Kupferrohr 15 mm, {}.", "x".repeat(40)));
    assert_eq!(value(&parts, "temperature"), None);
}

#[tokio::test]
async fn each_family_of_models_gets_its_hints_by_its_own_names() {
    let whisper = sent("whisper-1", &hints()).await;
    assert_eq!(value(&whisper, "temperature").unwrap(), "0");
    assert!(value(&whisper, "prompt").unwrap().starts_with("Müller, "));

    let newest = sent("gpt-transcribe", &hints()).await;
    assert_eq!(values(&newest, "keywords[]").len(), 3);
    assert_eq!(values(&newest, "languages[]"), ["de"]);
    for absent in ["language", "prompt", "temperature", "response_format"] {
        assert_eq!(value(&newest, absent), None, "{absent}");
    }

    let diarizing = sent("gpt-4o-transcribe-diarize", &hints()).await;
    assert_eq!(value(&diarizing, "prompt"), None);
    assert_eq!(value(&diarizing, "chunking_strategy").unwrap(), "auto");

    let bare = sent("gpt-4o-transcribe", &Hints::default()).await;
    for absent in ["language", "prompt"] {
        assert_eq!(value(&bare, absent), None, "{absent}");
    }
}

#[tokio::test]
async fn names_and_types_are_ours_by_the_kind() {
    let stub = Stub::saying(json!({ "text": "" })).await;
    let model = transcriber(&config(&stub.base));
    for (kind, name, content_type) in [
        (MediaKind::Mp3, "note.mp3", "audio/mpeg"),
        (MediaKind::M4a, "note.m4a", "audio/mp4"),
        (MediaKind::Wav, "note.wav", "audio/wav"),
        (MediaKind::Webm, "note.webm", "audio/webm"),
        (MediaKind::Flac, "note.flac", "audio/flac"),
    ] {
        let heard = model.transcribe(&recording(kind), &Hints::default()).await.unwrap();
        assert_eq!(heard.text.expose(), "");
        let file = stub::form(stub.seen().last().unwrap()).remove(0);
        assert_eq!(file.parameter("filename"), Some(name));
        assert!(file.headers.ends_with(&format!("Content-Type: {content_type}")), "{}", file.headers);
    }
}

#[tokio::test]
async fn c12_what_the_vendor_would_not_take_is_not_uploaded() {
    let stub = Stub::saying(json!({ "text": "Two pipes." })).await;
    let model = transcriber(&config(&stub.base));
    let sized = |len| AudioPart { bytes: Bytes::from(vec![0; len]), ..recording(MediaKind::Ogg) };
    for audio in [
        sized(MAX_UPLOAD_BYTES + 1),
        sized(0),
        recording(MediaKind::Amr),
        recording(MediaKind::ThreeGp),
        recording(MediaKind::Aac),
        recording(MediaKind::Pdf),
    ] {
        let refused = model.transcribe(&audio, &Hints::default()).await;
        assert!(matches!(refused, Err(ModelError::InputRefused(_))), "{refused:?}");
    }
    assert_eq!(stub.seen().len(), 0);
    for len in [MAX_UPLOAD_BYTES - 1, MAX_UPLOAD_BYTES] {
        model.transcribe(&sized(len), &Hints::default()).await.unwrap();
    }
    assert_eq!(stub.seen().len(), 2);
}

#[tokio::test]
async fn seconds_are_told_by_the_older_model_and_counted_for_the_newer() {
    let stub = Stub::saying(json!({ "text": "a", "usage": { "type": "duration", "seconds": 12 } })).await;
    let heard =
        transcriber(&config(&stub.base)).transcribe(&recording(MediaKind::Ogg), &Hints::default()).await;
    assert_eq!(heard.unwrap().usage.audio_seconds, 12);
}

#[tokio::test]
async fn a_prompt_that_comes_back_was_not_said() {
    let echo = format!("Müller, Kupferrohr 15 mm, {}", "x".repeat(40));
    let stub = Stub::saying(json!({ "text": echo })).await;
    let heard =
        transcriber(&config(&stub.base)).transcribe(&recording(MediaKind::Ogg), &hints()).await.unwrap();
    assert_eq!(heard.text.expose(), "");
}

#[tokio::test]
async fn d07_half_a_character_in_the_answer_is_no_fault() {
    let stub = Stub::answering(vec![(200, vec![], r#"{"text":"two pipes \ud83d"}"#.to_owned())]).await;
    let heard =
        transcriber(&config(&stub.base)).transcribe(&recording(MediaKind::Ogg), &Hints::default()).await;
    assert_eq!(heard.unwrap().text.expose(), "two pipes \u{fffd}");
}
