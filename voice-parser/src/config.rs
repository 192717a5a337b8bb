//! How the worker works.

use std::time::Duration;

use shared::{config::Settings, repositories::notes::Worker};

/// The worker's settings.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// `AI=off` makes this false: notes are stored and filed as `other`, no model is called.
    pub ai: bool,
    /// The longest recording that is given to the transcription in one piece, in seconds. OpenAI's
    /// `gpt-4o-*-transcribe` models take 1,400 s.
    pub max_part_s: f64,
    /// After this long the sender is told that the note is in work.
    pub notice_after: Duration,
    /// Who this worker is, and how long it may keep a note.
    pub worker: Worker,
}

impl WorkerSettings {
    /// Reads `AI` (`on` unless set) and `OPENAI_TRANSCRIBE_MAX_SECONDS` (1200 unless set).
    #[must_use]
    pub fn read(settings: &mut Settings<'_>, worker: Worker) -> Self {
        let ai = match settings.or("AI", "on").trim() {
            "on" => true,
            "off" => false,
            _ => {
                settings.fault("AI must be on or off".to_owned());
                true
            }
        };
        let max_part_s = f64::from(settings.parsed("OPENAI_TRANSCRIBE_MAX_SECONDS", 1_200_u16).max(10));
        Self { ai, max_part_s, notice_after: Duration::from_secs(20), worker }
    }
}
