//! The outside: what is there whoever dies. Stores, people, models and the provider of messages, each counting what it
//! is asked.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use shared::{
    domain::message::MediaRef,
    ports::{
        analyst::{Analyst, Answer, Question},
        media_source::{FetchError, MediaSource},
        transcriber::{AudioPart, Hints, ModelError, Transcriber, Transcript},
    },
    testing::{
        map_directory::MapDirectory,
        memory_objects::MemoryObjects,
        memory_table::MemoryTable,
        recorded_messenger::RecordedMessenger,
        samples::{customer, job_draft},
        scripted_models::{answer, transcript},
    },
};

use super::{
    chance::Chance,
    queue::SimulatedSqs,
    story::{RunClock, Story},
};
use crate::fixture;

/// What everything that survives a crash is made of.
pub(super) struct World {
    pub(super) table: Arc<MemoryTable>,
    pub(super) objects: Arc<MemoryObjects>,
    pub(super) messenger: Arc<RecordedMessenger>,
    pub(super) directory: Arc<MapDirectory>,
    pub(super) media: Arc<Recordings>,
    pub(super) models: Arc<Models>,
    pub(super) queue: Arc<SimulatedSqs>,
}

impl World {
    /// With so many people, each of whom sends one note.
    pub(super) fn of(people: u32, clock: RunClock, chance: &Chance, story: &Story) -> Self {
        let directory = Arc::new(MapDirectory::default());
        for n in 0..people {
            directory.add(&phone(n), customer());
        }
        let clock = Arc::new(clock);
        Self {
            table: Arc::new(MemoryTable::new(clock.clone())),
            objects: Arc::new(MemoryObjects::new(clock.clone())),
            messenger: Arc::new(RecordedMessenger::new(clock.clone())),
            directory,
            media: Arc::new(Recordings::of(people)),
            models: Arc::default(),
            queue: SimulatedSqs::new(*clock, chance.clone(), story.clone()),
        }
    }
}

impl World {
    /// How many notes are still to be looked after.
    pub(super) fn open_notes(&self) -> usize {
        self.table.items().iter().filter(|item| item.key.partition.starts_with("open-notes#")).count()
    }
}

/// The n-th person's number.
pub(super) fn phone(n: u32) -> String {
    format!("+4915155{n:06}")
}

/// Where the n-th person's recording lies.
pub(super) fn recording_url(account: &str, n: u32) -> String {
    format!("https://api.twilio.com/2010-04-01/Accounts/{account}/Messages/MM{n:032x}/Media/ME{n:032x}")
}

/// One recording for each person, which differ by a bit of their first samples, so that each can be told apart.
pub(super) struct Recordings(Vec<Bytes>);

/// Where the samples of the fixture begin: behind the header of a WAV file.
const SAMPLES: usize = 64;

impl Recordings {
    fn of(people: u32) -> Self {
        let spoken = fixture("audio/job-en.wav");
        let recording = |n: u32| {
            let mut bytes = spoken.clone();
            for bit in 0..16_usize {
                if let Some(byte) = bytes.get_mut(SAMPLES + 2 * bit) {
                    *byte = (*byte & !1) | u8::from(n >> bit & 1 == 1);
                }
            }
            Bytes::from(bytes)
        };
        Self((0..people).map(recording).collect())
    }
}

#[async_trait]
impl MediaSource for Recordings {
    async fn fetch(&self, media: &MediaRef) -> Result<Bytes, FetchError> {
        let number = media.url.expose().rsplit("/ME").next();
        let number = number.and_then(|hex| usize::from_str_radix(hex, 16).ok());
        number.and_then(|n| self.0.get(n)).cloned().ok_or(FetchError::Gone)
    }
}

/// Models that never say the same twice: what is stored first must stay.
#[derive(Default)]
pub(super) struct Models {
    /// How often each recording was transcribed.
    heard: Mutex<BTreeMap<Bytes, u32>>,
    questions: Mutex<u32>,
}

impl Models {
    fn heard(&self) -> MutexGuard<'_, BTreeMap<Bytes, u32>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often any recording was transcribed.
    pub(super) fn transcriptions(&self) -> u32 {
        self.heard().values().sum()
    }
}

#[async_trait]
impl Transcriber for Models {
    async fn transcribe(&self, audio: &AudioPart, _: &Hints) -> Result<Transcript, ModelError> {
        let mut heard = self.heard();
        let times = heard.entry(audio.bytes.clone()).or_default();
        *times += 1;
        Ok(transcript(&format!("Please order {times} copper pipes. Call Mrs Miller tomorrow.")))
    }
}

#[async_trait]
impl Analyst for Models {
    async fn analyse(&self, _: &Question) -> Result<Answer, ModelError> {
        let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        *questions += 1;
        let draft = job_draft(&format!("pipes {questions}"), &["Call Mrs Miller tomorrow"]);
        Ok(answer(Ok(draft)))
    }
}
