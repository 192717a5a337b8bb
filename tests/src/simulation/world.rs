//! The outside: what is there whoever dies. Stores, people, models and the provider of messages, each counting what it
//! is asked.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use shared::{
    domain::{
        analysis::{DocumentDraft, Draft},
        intent::Intent,
        message::MediaRef,
    },
    ports::{
        analyst::{Analyst, Answer, Question, Revision, Unusable},
        media_source::{FetchError, MediaSource},
        transcriber::{AudioPart, Hints, ModelError, Transcriber, Transcript},
    },
    testing::{
        map_directory::MapDirectory,
        memory_objects::MemoryObjects,
        memory_table::MemoryTable,
        samples::{customer, job_draft},
        scripted_models::{answer, transcript},
    },
};

use super::{
    chance::Chance,
    outbox::Outbox,
    people::PHOTOS,
    queue::SimulatedSqs,
    story::{RunClock, Story},
};
use crate::fixture;

/// What everything that survives a crash is made of.
pub(super) struct World {
    pub(super) table: Arc<MemoryTable>,
    pub(super) objects: Arc<MemoryObjects>,
    pub(super) messenger: Arc<Outbox>,
    pub(super) directory: Arc<MapDirectory>,
    pub(super) media: Arc<Recordings>,
    pub(super) models: Arc<Models>,
    pub(super) queue: Arc<SimulatedSqs>,
}

impl World {
    /// With so many people.
    pub(super) fn of(people: u32, clock: RunClock, chance: &Chance, story: &Story) -> Self {
        let directory = Arc::new(MapDirectory::default());
        for n in 0..people {
            directory.add(&phone(n), customer());
        }
        let clock = Arc::new(clock);
        Self {
            table: Arc::new(MemoryTable::new(clock.clone())),
            objects: Arc::new(MemoryObjects::new(clock.clone())),
            messenger: Arc::new(Outbox::new(*clock)),
            directory,
            media: Arc::new(Recordings::new()),
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

/// Where what the n-th message carries lies.
pub(super) fn media_url(account: &str, n: u32) -> String {
    format!("https://api.twilio.com/2010-04-01/Accounts/{account}/Messages/MM{n:032x}/Media/ME{n:032x}")
}

/// A recording or a photo for each message. Recordings differ by a bit of their first samples, so that each can be told
/// apart, photos behind their end.
pub(super) struct Recordings {
    spoken: Vec<u8>,
    photo: Vec<u8>,
}

/// Where the samples of the fixture begin: behind the header of a WAV file.
const SAMPLES: usize = 64;

impl Recordings {
    fn new() -> Self {
        Self { spoken: fixture("audio/job-en.wav"), photo: fixture("media/photo.jpg") }
    }

    fn of(&self, n: u32) -> Bytes {
        if n >= PHOTOS {
            return Bytes::from([self.photo.as_slice(), n.to_be_bytes().as_slice()].concat());
        }
        let mut bytes = self.spoken.clone();
        for bit in 0..16_usize {
            if let Some(byte) = bytes.get_mut(SAMPLES + 2 * bit) {
                *byte = (*byte & !1) | u8::from(n >> bit & 1 == 1);
            }
        }
        Bytes::from(bytes)
    }
}

#[async_trait]
impl MediaSource for Recordings {
    async fn fetch(&self, media: &MediaRef) -> Result<Bytes, FetchError> {
        let number = media.url.expose().rsplit("/ME").next();
        let number = number.and_then(|hex| u32::from_str_radix(hex, 16).ok());
        number.map(|n| self.of(n)).ok_or(FetchError::Gone)
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
    async fn analyse(&self, question: &Question) -> Result<Answer, ModelError> {
        let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        *questions += 1;
        let Some(revision) = &question.revision else {
            return Ok(answer(Ok(job_draft(&format!("pipes {questions}"), &["Call Mrs Miller tomorrow"]))));
        };
        // Now and then none can be had: then the words are kept with the record.
        let is_declined = questions.is_multiple_of(5);
        Ok(answer(if is_declined { Err(Unusable::Declined) } else { Ok(revised(*questions, revision)) }))
    }
}

/// What a record is after somebody said more about it.
fn revised(questions: u32, revision: &Revision) -> Draft {
    if !revision.said.expose().contains("knowledge") {
        return job_draft(&format!("more pipes {questions}"), &["Call Mrs Miller tomorrow"]);
    }
    let title = format!("About pipes {questions}");
    let document = DocumentDraft { summary: format!("{title}."), title: title.clone(), context: None };
    Draft {
        intent: Some(Intent::KnowledgeDocument),
        tag: title,
        document: Some(document),
        ..Draft::default()
    }
}
