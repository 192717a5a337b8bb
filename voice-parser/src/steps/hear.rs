//! media_stored → transcribed or unheard: the words of a note, typed and spoken.

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream::FuturesOrdered};
use shared::{
    domain::{
        ids::MessageId,
        language::Language,
        media::{AudioFigures, MediaKind, MediaRole},
        note::{FailureReason, Heard, Note, StoredMedia, Unheard},
        outline::Outline,
        private::Private,
        text,
        usage::Usage,
    },
    ports::transcriber::{AudioPart, Hints, ModelError, Transcript},
    repositories::notes::NoteError,
};
use tokio::sync::mpsc;
use tracing::info;

use super::collect::{Originals, declares_audio};
use crate::{
    audio::{self, AudioFault, Gate, Give},
    deps::Deps,
    process::StepError,
    vocabulary,
};

/// How many parts of one long recording are transcribed at the same time.
const PARTS_AT_ONCE: usize = 4;

/// What came of one recording.
#[derive(Default)]
struct Recording {
    sound: Option<Sound>,
    outcome: Option<Result<String, Unheard>>,
    model: Option<String>,
    usage: Usage,
}

impl Recording {
    fn unheard(reason: Unheard) -> Self {
        Self { outcome: Some(Err(reason)), ..Self::default() }
    }
}

/// Listens to the note's recordings and joins their words to what was typed. What was heard of a part is kept under
/// `kept_under`, the message that is worked on, so that it is paid for once.
pub(crate) async fn hear(
    deps: &Deps,
    note: &Note,
    originals: &mut Originals,
    kept_under: &MessageId,
) -> Result<(Heard, Usage), StepError> {
    let typed = text::clean(note.message().text.expose()).trim().to_owned();
    let mut words: Vec<String> = Some(typed).filter(|typed| !typed.is_empty()).into_iter().collect();
    let mut heard = Heard {
        words: Private::default(),
        spoken: false,
        language: Language::default(),
        audio: None,
        outline: None,
        unheard: Vec::new(),
        model: None,
    };
    let mut usage = Usage::default();
    for recording in recordings(deps, note, originals, kept_under).await? {
        if let Some((figures, outline)) = recording.sound.filter(|_| heard.audio.is_none()) {
            (heard.audio, heard.outline) = (Some(figures), Some(outline));
        }
        heard.model = heard.model.or(recording.model);
        usage = usage.plus(recording.usage);
        match recording.outcome {
            Some(Ok(said)) => {
                heard.spoken = true;
                words.push(said);
            }
            Some(Err(reason)) => {
                info!(counter = "unheard", message.id = %note.message().id, ?reason, "A recording gave no words");
                if !heard.unheard.contains(&reason) {
                    heard.unheard.push(reason);
                }
            }
            None => {}
        }
    }
    heard.words = Private::new(words.join("\n\n"));
    heard.language =
        note.sender().language.or_else(|| Language::of_text(heard.words.expose())).unwrap_or_default();
    Ok((heard, usage))
}

async fn recordings(
    deps: &Deps,
    note: &Note,
    originals: &mut Originals,
    kept_under: &MessageId,
) -> Result<Vec<Recording>, StepError> {
    let mut recordings = Vec::new();
    for (index, stored) in note.media().iter().enumerate() {
        let declared_audio = note.message().media.get(index).is_some_and(declares_audio);
        match *stored {
            StoredMedia::Lost(loss) => recordings.push(Recording::unheard(Unheard::Lost(loss))),
            StoredMedia::Kept { role: MediaRole::Audio, .. } if !deps.settings.ai => {
                recordings.push(Recording::unheard(Unheard::AiOff));
            }
            StoredMedia::Kept { role: MediaRole::Audio, kind, .. } => {
                let bytes = originals.take(deps, note, index, kind).await?;
                recordings.push(listen(deps, note, (index, kind, bytes), kept_under).await?);
            }
            StoredMedia::Kept { .. } if declared_audio => {
                recordings.push(Recording::unheard(Unheard::NotAudio));
            }
            StoredMedia::Kept { .. } => {}
        }
    }
    Ok(recordings)
}

/// Measures, and only what can hold words is transcribed, in parts. Parts of WAV are given on as they are cut, since
/// all of them would take many times the recording's size; those of Ogg together take as much as the recording.
async fn listen(
    deps: &Deps,
    note: &Note,
    (index, kind, bytes): (usize, MediaKind, Bytes),
    kept_under: &MessageId,
) -> Result<Recording, StepError> {
    let max_part_s = deps.settings.max_part_s;
    let (cut, parts) = mpsc::channel(1);
    let examining = tokio::task::spawn_blocking(move || {
        examine(kind, &bytes, max_part_s, &mut |part| cut.blocking_send(part).is_ok())
    });
    let transcripts = transcribe(deps, note, (index, kind, kept_under), parts).await;
    let panicked = |_| StepError::Again { after: Duration::from_secs(1), reason: FailureReason::Internal };
    let examined = examining.await.map_err(panicked)?;
    let sound = match examined {
        Ok(sound) => sound,
        Err((sound, reason)) => return Ok(Recording { sound, ..Recording::unheard(reason) }),
    };
    let transcripts = match transcripts {
        Ok(transcripts) => transcripts,
        Err(PartError::Model(error)) => {
            // It holds sound, but the transcription will not take it: somebody at the office can listen.
            let refused = || Recording { sound: Some(sound), ..Recording::unheard(Unheard::Untranscribable) };
            return unavailable(&error).map_or_else(|| Ok(refused()), Err);
        }
        Err(PartError::Note(error)) => return Err(error.into()),
    };
    Ok(joined(transcripts, sound))
}

/// The words of all parts; words that a model makes up where nobody speaks are none.
fn joined(transcripts: Vec<Transcript>, sound: Sound) -> Recording {
    let figures = sound.0;
    let mut recording = Recording { sound: Some(sound), ..Recording::default() };
    let mut said = Vec::new();
    for transcript in transcripts {
        recording.usage = recording.usage.plus(transcript.usage);
        recording.model = Some(transcript.model);
        said.push(text::clean(transcript.text.expose()).trim().to_owned());
    }
    let said = said.join(" ").trim().to_owned();
    let is_words = !said.is_empty() && !audio::is_invented(&said, &figures);
    recording.outcome = Some(if is_words { Ok(said) } else { Err(Unheard::NoSpeech) });
    recording
}

/// What was measured of a recording.
type Sound = (AudioFigures, Outline);
type Examined = Result<Sound, (Option<Sound>, Unheard)>;

/// Decodes and measures the recording, and cuts it into parts that the model takes. Heavy on the processor.
fn examine(kind: MediaKind, bytes: &Bytes, max_part_s: f64, give: Give<'_>) -> Examined {
    let fault = |fault: AudioFault| (None, unheard(&fault));
    let measured = audio::measure(kind, bytes).map_err(fault)?;
    let (figures, outline) = (measured.figures.rounded(), measured.outline);
    let stop = |reason| Err((Some((figures, outline.clone())), reason));
    match audio::gate(&figures) {
        Gate::Pass => {}
        Gate::Silent => return stop(Unheard::Silent),
        Gate::TooShort => return stop(Unheard::TooShort),
        Gate::TooLittleSpeech => return stop(Unheard::NoSpeech),
    }
    audio::split(kind, bytes, max_part_s, give).map_err(fault)?;
    Ok((figures, outline))
}

enum PartError {
    Model(ModelError),
    Note(NoteError),
}

/// All parts, in their order. Each is stored as soon as it is heard: when one fails, those that were begun are
/// finished and none is paid for again.
async fn transcribe(
    deps: &Deps,
    note: &Note,
    (index, kind, kept_under): (usize, MediaKind, &MessageId),
    mut parts: mpsc::Receiver<AudioPart>,
) -> Result<Vec<Transcript>, PartError> {
    let sender = vocabulary::sender(deps, note).await.map_err(|error| PartError::Note(error.into()))?;
    let hints = Hints { language: sender.language, glossary: sender.glossary };
    // Parts of Ogg are small; those of other kinds are WAV, of which one at a time is enough to hold.
    let at_once = if kind == MediaKind::Ogg { PARTS_AT_ONCE } else { 1 };
    let mut running = FuturesOrdered::new();
    let mut heard = Vec::new();
    let (mut given, mut more) = (0_usize, true);
    loop {
        // In this order each time, so that a run of the simulation is the same each time.
        tokio::select! {
            biased;
            part = parts.recv(), if more && running.len() < at_once => match part {
                Some(part) => {
                    // By its content, too: a part that was cut otherwise is another part.
                    let content = crc32fast::hash(&part.bytes);
                    let which = format!("{index}.{given}.{}.{content:08x}", part.bytes.len());
                    running.push_back(transcribe_part(deps, kept_under, which, part, &hints));
                    given += 1;
                }
                None => more = false,
            },
            Some(part) = running.next() => {
                if part.is_err() {
                    parts.close();
                    more = false;
                }
                heard.push(part);
            }
            else => return heard.into_iter().collect(),
        }
    }
}

async fn transcribe_part(
    deps: &Deps,
    kept_under: &MessageId,
    which: String,
    part: AudioPart,
    hints: &Hints,
) -> Result<Transcript, PartError> {
    let stored = deps.notes.part(kept_under, &which).await.map_err(PartError::Note)?;
    if let Some(transcript) = stored.and_then(|stored| serde_json::from_str(&stored).ok()) {
        return Ok(transcript);
    }
    let transcript = deps.transcriber.transcribe(&part, hints).await.map_err(PartError::Model)?;
    let body = serde_json::to_string(&transcript).map_err(|_| PartError::Note(NoteError::Unreadable))?;
    deps.notes.keep_part(kept_under, &which, &body).await.map_err(PartError::Note)?;
    Ok(transcript)
}

const fn unheard(fault: &AudioFault) -> Unheard {
    match fault {
        AudioFault::TooLong => Unheard::TooLong,
        AudioFault::NotTranscribable { .. } => Unheard::Untranscribable,
        AudioFault::Empty | AudioFault::Truncated | AudioFault::Undecodable(_) => Unheard::NotAudio,
    }
}

/// What a note waits for when a model does not answer. `None` when the model refused what it was given: then no
/// waiting helps.
pub(super) fn unavailable(error: &ModelError) -> Option<StepError> {
    let again = |after| StepError::Again { after, reason: FailureReason::ModelUnavailable };
    match error {
        ModelError::RateLimited { after } => Some(again(*after)),
        ModelError::Unavailable(_) => Some(again(Duration::from_secs(10))),
        // Every call will be refused until somebody acts; the note waits for that, and uses up none of its tries.
        ModelError::AccountRefused(why) => {
            tracing::error!(
                alarm = true,
                counter = "model_account_refused",
                why,
                "The model's account refuses all calls; somebody must act"
            );
            Some(StepError::NotYet { after: Duration::from_secs(60) })
        }
        ModelError::InputRefused(_) => None,
    }
}
