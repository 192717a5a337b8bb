//! `POST /v1/audio/transcriptions`. It does not listen: see [`crate::audio::transcript`].

use axum::{
    Json,
    body::Bytes,
    extract::{
        Multipart, State,
        multipart::{MultipartError, MultipartRejection},
    },
    response::{IntoResponse, Response},
};
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::{
    errors::OpenAiError,
    speech_limits::{check_file, check_parameters, is_gpt},
};
use crate::{
    analysis::{
        language::Language,
        sentences::{sentences, words},
    },
    audio,
    world::{SharedWorld, World, locked},
};

/// What a recording without a transcript says.
const NOTHING_CARRIED: &str = "Simulated transcription: this recording carries no transcript.";

/// The form; parts that OpenAI does not know are left aside.
#[derive(Default)]
struct Upload {
    file: Option<(String, Bytes)>,
    model: String,
    language: Option<String>,
    prompt: String,
    response_format: Option<String>,
    include: Vec<String>,
}

/// See the module.
pub(super) async fn create(
    State(world): State<SharedWorld>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, OpenAiError> {
    let form = form.map_err(|_| OpenAiError::bad_request("Could not parse multipart form"))?;
    let upload = read(form).await?;
    let Some((name, bytes)) = &upload.file else {
        return Err(OpenAiError::bad_request("Missing required parameter: 'file'.")
            .param("file")
            .code("missing_required_parameter"));
    };
    let format = upload.response_format.as_deref().unwrap_or("json");
    check_parameters(&upload.model, format, upload.language.as_deref())?;
    let seconds = check_file(name, bytes, &upload.model)?;
    let text = heard(&world, bytes);
    Ok(match format {
        "text" => plain(&text),
        "srt" | "vtt" => plain(&subtitles(format, &text, seconds)),
        "verbose_json" => Json(verbose(&text, seconds)).into_response(),
        _ => Json(compact(&upload, format, &text, seconds)).into_response(),
    })
}

async fn read(mut form: Multipart) -> Result<Upload, OpenAiError> {
    let broken = |error: MultipartError| match error.status() {
        http::StatusCode::PAYLOAD_TOO_LARGE => OpenAiError::too_large(26_214_400, super::LARGEST_BODY),
        _ => OpenAiError::bad_request("Could not parse multipart form"),
    };
    let mut upload = Upload::default();
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            let file_name = field.file_name().unwrap_or_default().to_owned();
            upload.file = Some((file_name, field.bytes().await.map_err(broken)?));
            continue;
        }
        let text = field.text().await.map_err(broken)?;
        match name.as_str() {
            "model" => upload.model = text,
            "language" => upload.language = Some(text),
            "prompt" => upload.prompt = text,
            "response_format" => upload.response_format = Some(text),
            "include[]" | "include" => upload.include.push(text),
            _ => {}
        }
    }
    Ok(upload)
}

fn heard(world: &World, bytes: &[u8]) -> String {
    let fingerprints = audio::fingerprints(bytes);
    let handed_in = locked(&world.store).transcript_of(&fingerprints).map(str::to_owned);
    handed_in.or_else(|| audio::transcript(bytes)).unwrap_or_else(|| NOTHING_CARRIED.to_owned())
}

fn compact(upload: &Upload, format: &str, text: &str, seconds: f64) -> Value {
    let mut answer = json!({ "text": text, "usage": usage(upload, text, seconds) });
    let Some(fields) = answer.as_object_mut() else { return answer };
    if upload.include.iter().any(|what| what == "logprobs") && is_gpt(&upload.model) {
        let tokens =
            words(text).map(|word| json!({ "token": word, "logprob": -0.01, "bytes": word.as_bytes() }));
        fields.insert("logprobs".to_owned(), tokens.collect());
    }
    if format == "diarized_json" {
        let segment = json!({
            "type": "transcript.text.segment", "id": "seg_0", "start": 0.0, "end": seconds, "speaker": "A", "text": text,
        });
        fields.insert("task".to_owned(), json!("transcribe"));
        fields.insert("duration".to_owned(), json!(seconds));
        fields.insert("segments".to_owned(), json!([segment]));
    }
    answer
}

fn usage(upload: &Upload, text: &str, seconds: f64) -> Value {
    if !is_gpt(&upload.model) {
        return json!({ "type": "duration", "seconds": seconds.ceil() });
    }
    // Ten tokens a second are what OpenAI counts for sound.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a length in seconds, below 10^7"
    )]
    let heard = (seconds * 10.0).ceil().max(0.0) as u64;
    let prompt = words(&upload.prompt).count() as u64;
    let output = words(text).count() as u64;
    json!({
        "type": "tokens",
        "input_tokens": heard + prompt,
        "output_tokens": output,
        "total_tokens": heard + prompt + output,
        "input_token_details": { "audio_tokens": heard, "text_tokens": prompt },
    })
}

fn verbose(text: &str, seconds: f64) -> Value {
    let segments: Vec<Value> = timed(text, seconds)
        .enumerate()
        .map(|(id, (start, end, text))| {
            json!({
                "id": id, "seek": 0, "start": start, "end": end, "text": text, "tokens": [], "temperature": 0.0,
                "avg_logprob": -0.2, "compression_ratio": 1.2, "no_speech_prob": 0.01,
            })
        })
        .collect();
    json!({
        "task": "transcribe",
        "language": Language::of(text).name(),
        "duration": seconds,
        "text": text,
        "segments": segments,
        "usage": { "type": "duration", "seconds": seconds.ceil() },
    })
}

fn subtitles(format: &str, text: &str, seconds: f64) -> String {
    let mark = if format == "srt" { ',' } else { '.' };
    let clock = |at: f64| {
        let (minutes, rest) = ((at / 60.0).floor(), at % 60.0);
        format!("{:02}:{:02}:{rest:06.3}", (minutes / 60.0).floor(), minutes % 60.0)
            .replace('.', &mark.to_string())
    };
    let blocks = timed(text, seconds).enumerate().map(|(index, (start, end, text))| {
        let number = if format == "srt" { format!("{}\n", index + 1) } else { String::new() };
        format!("{number}{} --> {}\n{text}\n\n", clock(start), clock(end))
    });
    let head = if format == "vtt" { "WEBVTT\n\n" } else { "" };
    format!("{head}{}", blocks.collect::<String>())
}

/// The sentences, spread evenly over the time.
fn timed(text: &str, seconds: f64) -> impl Iterator<Item = (f64, f64, &str)> {
    let sentences = sentences(text);
    let each = seconds / f64::from(u32::try_from(sentences.len()).unwrap_or(u32::MAX).max(1));
    let starts = (0_u32..).map(move |index| f64::from(index) * each);
    sentences.into_iter().zip(starts).map(move |(text, start)| (start, start + each, text))
}

fn plain(text: &str) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{text}\n")).into_response()
}
