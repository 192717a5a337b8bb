//! Recordings to words: `POST /audio/transcriptions` (platform.openai.com, API reference, audio).

use async_trait::async_trait;
use reqwest::{
    Body, Client,
    multipart::{Form, Part},
};
use serde::Deserialize;
use shared::{
    domain::{media::MediaKind, private::Private, text::folded, usage::Usage},
    ports::transcriber::{AudioPart, Hints, ModelError, Transcriber, Transcript},
};

use crate::{
    api::{Api, Patience},
    config::OpenAiConfig,
    surrogates::mend,
};

/// The largest file that the API takes: 25 MiB.
pub const MAX_UPLOAD_BYTES: usize = 26_214_400;

/// Words of the glossary that are passed on, and characters of each.
const MAX_TERMS: usize = 40;
const MAX_TERM: usize = 40;

/// Hears through an OpenAI-compatible server.
pub struct OpenAiTranscriber {
    api: Api,
    model: String,
}

impl OpenAiTranscriber {
    /// With the one HTTP client, from `adapter_egress`.
    #[must_use]
    pub fn new(http: Client, config: &OpenAiConfig) -> Self {
        Self { api: Api::new(http, config), model: config.transcribe_model.clone() }
    }

    /// With other waits and another deadline than the default.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.api.patience = patience;
        self
    }
}

#[async_trait]
impl Transcriber for OpenAiTranscriber {
    async fn transcribe(&self, audio: &AudioPart, hints: &Hints) -> Result<Transcript, ModelError> {
        let name = file_name(audio.kind)
            .ok_or_else(|| ModelError::InputRefused(format!("no {} files", audio.kind.extension())))?;
        if audio.bytes.len() > MAX_UPLOAD_BYTES {
            return Err(ModelError::InputRefused("larger than 25 MiB".to_owned()));
        }
        if audio.bytes.is_empty() {
            return Err(ModelError::InputRefused("an empty file".to_owned()));
        }
        let fields = fields(&self.model, hints);
        let answer = self
            .api
            .post(&["audio", "transcriptions"], |request| Ok(request.multipart(form(audio, name, &fields)?)))
            .await?;
        let answer: AnswerWire = serde_json::from_str(&mend(&String::from_utf8_lossy(&answer)))
            .map_err(|_| ModelError::Unavailable("an answer that cannot be read"))?;
        Ok(Transcript {
            usage: answer.usage(audio.duration_s),
            text: Private::new(heard(&answer.text, &fields)),
            model: self.model.clone(),
        })
    }
}

/// The name that the file is sent under. The API goes by its extension, and `.oga` and `.opus` are not among
/// those that it knows. `None` for what it does not take.
const fn file_name(kind: MediaKind) -> Option<&'static str> {
    match kind {
        MediaKind::Ogg => Some("note.ogg"),
        MediaKind::Mp3 => Some("note.mp3"),
        MediaKind::M4a => Some("note.m4a"),
        MediaKind::Wav => Some("note.wav"),
        MediaKind::Webm => Some("note.webm"),
        MediaKind::Flac => Some("note.flac"),
        _ => None,
    }
}

/// The parts of the form beside the file. The families of models take their hints by different names.
fn fields(model: &str, hints: &Hints) -> Vec<(&'static str, String)> {
    let mut fields = vec![("model", model.to_owned())];
    let terms = terms(hints);
    if model == "gpt-transcribe" || model.starts_with("gpt-transcribe-") {
        // Its answer is JSON in any case.
        fields.extend(hints.language.map(|language| ("languages[]", language.code().to_owned())));
        fields.extend(terms.into_iter().map(|term| ("keywords[]", term)));
        return fields;
    }
    fields.push(("response_format", "json".to_owned()));
    fields.extend(hints.language.map(|language| ("language", language.code().to_owned())));
    if model.contains("diarize") {
        // It takes no prompt, and nothing longer than 30 s without being told how to cut it.
        fields.push(("chunking_strategy", "auto".to_owned()));
    } else if !terms.is_empty() {
        fields.push(("prompt", format!("{}.", terms.join(", "))));
    }
    if model.starts_with("whisper") {
        fields.push(("temperature", "0".to_owned()));
    }
    fields
}

fn terms(hints: &Hints) -> Vec<String> {
    let terms = hints.glossary.iter().map(|term| {
        let words = term
            .expose()
            .split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join(" ").chars().take(MAX_TERM).collect::<String>()
    });
    terms.filter(|term| !term.is_empty()).take(MAX_TERMS).collect()
}

/// The bytes are shared with the recording, and their length is known to the server.
fn form(audio: &AudioPart, name: &'static str, fields: &[(&'static str, String)]) -> reqwest::Result<Form> {
    let length = u64::try_from(audio.bytes.len()).unwrap_or(u64::MAX);
    let file = Part::stream_with_length(Body::from(audio.bytes.clone()), length)
        .file_name(name)
        .mime_str(audio.kind.content_type())?;
    let form = Form::new().percent_encode_noop().part("file", file);
    Ok(fields.iter().fold(form, |form, (name, value)| form.text(*name, value.clone())))
}

/// The words. On silence the newer models repeat their prompt, which nobody said.
fn heard(text: &str, fields: &[(&'static str, String)]) -> String {
    let words = folded(text);
    let is_echo = fields.iter().any(|(name, value)| *name == "prompt" && folded(value) == words);
    if is_echo { String::new() } else { text.trim().to_owned() }
}

#[derive(Deserialize)]
struct AnswerWire {
    text: String,
    #[serde(default)]
    usage: Option<UsageWire>,
}

/// Tokens for the newer models, seconds for `whisper-1`.
#[derive(Deserialize)]
struct UsageWire {
    #[serde(default)]
    input_tokens: u64,
    #[serde(default)]
    output_tokens: u64,
    #[serde(default)]
    seconds: Option<f64>,
}

impl AnswerWire {
    fn usage(&self, duration_s: f64) -> Usage {
        let wire = self.usage.as_ref();
        let seconds = wire.and_then(|wire| wire.seconds).unwrap_or(duration_s).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float becomes the nearest number that fits"
        )]
        let audio_seconds = seconds as u64;
        Usage {
            input_tokens: wire.map_or(0, |wire| wire.input_tokens),
            output_tokens: wire.map_or(0, |wire| wire.output_tokens),
            audio_seconds,
        }
    }
}
