//! How the worker works.

use std::time::Duration;

use jiff::SignedDuration;
use shared::{budgets::Budgets, config::Settings, prices::Prices, repositories::notes::Worker};

/// The worker's settings.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// `AI=off` makes this false: notes are stored and filed as `other`, no model is called.
    pub ai: bool,
    /// The longest recording that is given to the transcription in one piece, in seconds. OpenAI's
    /// `gpt-4o-*-transcribe` models take 1,400 s.
    pub max_part_s: f64,
    /// What the models cost, if it is known; without it no costs are estimated.
    pub prices: Option<Prices>,
    /// How much of people and companies is worked on before notes wait.
    pub budgets: Budgets,
    /// After this long the sender is told that the note is in work.
    pub notice_after: Duration,
    /// Messages that are older count as heard by everybody.
    pub unread_within: SignedDuration,
    /// Who this worker is, and how long it may keep a note.
    pub worker: Worker,
}

impl WorkerSettings {
    /// Reads `AI` (`on` unless set), `OPENAI_TRANSCRIBE_MAX_SECONDS` (1200 unless set), the [`Prices`], the
    /// [`Budgets`], which are `unless_set` otherwise, and `HARK_UNREAD_DAYS` (7 unless set, at most 30).
    #[must_use]
    pub fn read(settings: &mut Settings<'_>, worker: Worker, unless_set: Budgets) -> Self {
        let ai = match settings.or("AI", "on").trim() {
            "on" => true,
            "off" => false,
            _ => {
                settings.fault("AI must be on or off".to_owned());
                true
            }
        };
        let max_part_s = f64::from(settings.parsed("OPENAI_TRANSCRIBE_MAX_SECONDS", 1_200_u16).max(10));
        let prices = Prices::read(settings);
        let budgets = Budgets::read(settings, unless_set);
        let days = settings.parsed("HARK_UNREAD_DAYS", 7_u8).clamp(1, 30);
        let unread_within = SignedDuration::from_hours(24 * i64::from(days));
        Self { ai, max_part_s, prices, budgets, notice_after: Duration::from_secs(20), unread_within, worker }
    }
}
