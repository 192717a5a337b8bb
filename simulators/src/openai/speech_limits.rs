//! What OpenAI accepts as a transcription request.

use super::errors::OpenAiError;
use crate::audio;

/// The largest file.
const LARGEST_FILE: usize = 26_214_400;
/// The longest sound of the gpt models.
const LONGEST_S: f64 = 1_400.0;
/// File name endings; `.oga` and `.opus` are not among them although the bytes are the same.
const ENDINGS: [&str; 9] = ["flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "wav", "webm"];

/// Checks the file and gives its length in seconds.
pub(super) fn check_file(name: &str, bytes: &[u8], model: &str) -> Result<f64, OpenAiError> {
    if bytes.len() > LARGEST_FILE {
        return Err(OpenAiError::too_large(LARGEST_FILE, bytes.len()));
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    if !ENDINGS.contains(&ending.as_str()) {
        let message = format!("Invalid file format. Supported formats: {ENDINGS:?}").replace('"', "'");
        return Err(OpenAiError::bad_request(message));
    }
    let unreadable = "Audio file might be corrupted or unsupported";
    if audio::kind(bytes).is_none() {
        return Err(OpenAiError::bad_request(unreadable).param("file").code("invalid_value"));
    }
    let seconds = audio::seconds(bytes);
    if is_gpt(model) && seconds > LONGEST_S {
        let message = format!(
            "audio duration {seconds} seconds is longer than {LONGEST_S} seconds which is the maximum for this model"
        );
        return Err(OpenAiError::bad_request(message).param("file").code("audio_too_long"));
    }
    Ok(seconds)
}

/// Checks the other parameters.
pub(super) fn check_parameters(model: &str, format: &str, language: Option<&str>) -> Result<(), OpenAiError> {
    if model.is_empty() {
        return Err(OpenAiError::bad_request("you must provide a model parameter"));
    }
    let formats: &[&str] = if model.starts_with("whisper") {
        &["json", "text", "srt", "verbose_json", "vtt"]
    } else if model.contains("diarize") {
        &["json", "text", "diarized_json"]
    } else if is_gpt(model) {
        &["json", "text"]
    } else {
        return Err(OpenAiError::no_model(model));
    };
    if !formats.contains(&format) {
        let message = format!(
            "response_format '{format}' is not compatible with model '{model}'. Use {} instead.",
            formats.join(" or ")
        );
        return Err(OpenAiError::bad_request(message).param("response_format").code("unsupported_value"));
    }
    let is_iso =
        |code: &str| (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase());
    if let Some(language) = language.filter(|language| !is_iso(language)) {
        let message = format!(
            "Invalid language '{language}'. Language parameter must be specified in ISO-639-1 format."
        );
        return Err(OpenAiError::bad_request(message).param("language").code("invalid_language_format"));
    }
    Ok(())
}

/// Whether this is one of the newer models.
pub(super) fn is_gpt(model: &str) -> bool {
    model.starts_with("gpt-") && model.contains("transcribe")
}
