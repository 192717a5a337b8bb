//! Notes and changes brought to their end as a worker does it, without media, models and messenger: what is stored is
//! the same. Each can be asked for again after a failure and goes on where it stood.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::samples;
use crate::{
    domain::{
        analysis::{ActionItem, Analysis, Record},
        customer::Customer,
        ids::MessageId,
        language::Language,
        media::{MediaKind, MediaRole},
        message::InboundMessage,
        note::{Answer, Change, Effect, Heard, Note, Stage, StoredMedia, Understood},
        purpose::Purpose,
        tag::Tag,
        usage::Usage,
    },
    ports::{clock::Clock, table::TableStore},
    repositories::notes::{Claimed, NoteError, Notes, StoredNote, ToChange, Worker},
};

/// Files notes into a table.
pub struct Filing {
    notes: Notes,
    clock: Arc<dyn Clock>,
    runs: AtomicU64,
}

/// What is understood of words: a job of one thing to do.
#[must_use]
pub fn job(tag: &str, text: &str) -> Analysis {
    let item = ActionItem { text: text.to_owned(), quote: text.to_owned() };
    let record = Record::Job {
        summary: format!("{tag}: {text}"),
        job: text.to_owned(),
        context: None,
        action_items: vec![item],
    };
    Analysis { tag: Tag::from_words(tag), record, items_dropped: 0, fallback: None }
}

/// The same as a note's whole understanding: one record for each.
///
/// # Panics
/// Without any.
#[must_use]
pub fn understood(records: &[Analysis]) -> Understood {
    let (first, further) = records.split_first().expect("a record");
    Understood { analysis: first.clone(), further: further.to_vec(), model: None, prompt: None }
}

/// Brings a note that was just received to its end at once: a recording of a minute, filed as these records and answered
/// so long after it came.
///
/// # Panics
/// When the note is not just received, or there is no record.
pub fn spoken(note: &mut Note, records: &[Analysis], answered_after: Duration) {
    let follows = "a step that follows";
    let voice = StoredMedia::Kept { kind: MediaKind::Ogg, role: MediaRole::Audio, size: 10_000 };
    let heard = Heard {
        words: note.message().text.clone(),
        spoken: true,
        language: Language::En,
        audio: None,
        outline: None,
        unheard: Vec::new(),
        model: None,
    };
    let used = Usage { input_tokens: 1_000, output_tokens: 120, audio_seconds: 0 };
    note.media_stored(vec![voice]).expect(follows);
    note.transcribed(heard, Usage { audio_seconds: 60, ..Usage::default() }).expect(follows);
    note.analysed(understood(records), used).expect(follows);
    note.filed().expect(follows);
    note.answer = Answer::Sent { id: note.message().id.clone() };
    note.answered().expect(follows);
    note.done().expect(follows);
    note.reached(note.message().received_at + answered_after);
    note.lease = None;
}

impl Filing {
    /// Into this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>, clock: Arc<dyn Clock>) -> Self {
        Self { notes: Notes::new(table), clock, runs: AtomicU64::default() }
    }

    /// The notes.
    #[must_use]
    pub const fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Files the n-th sample message's note, one record for each of `records`.
    ///
    /// # Errors
    /// As the table says; then it may be asked for again.
    pub async fn note(&self, n: u32, text: &str, records: &[Analysis]) -> Result<(), NoteError> {
        self.file(samples::message(n, text), samples::customer(), records).await
    }

    /// Files a message's note.
    ///
    /// # Errors
    /// The same.
    pub async fn file(
        &self,
        message: InboundMessage,
        sender: Customer,
        records: &[Analysis],
    ) -> Result<(), NoteError> {
        let Some(mut stored) = self.claimed(Note::received(message, sender)).await? else { return Ok(()) };
        while stored.note.stage() != Stage::Done {
            step(&mut stored.note, records);
            stored.note.reached(self.clock.now());
            self.notes.save(&mut stored).await?;
        }
        Ok(())
    }

    /// Has the n-th sample message, from the note's own sender, change a note.
    ///
    /// # Errors
    /// The same.
    pub async fn change(&self, n: u32, of: &MessageId, effect: Effect) -> Result<(), NoteError> {
        let purpose = Purpose::Correction { of: of.clone() };
        let sender = self.notes.find(of).await?.expect("a note to change").sender().clone();
        let fresh = Note::received(samples::message(n, "No"), sender).about(purpose, None);
        let Some(mut stored) = self.claimed(fresh).await? else { return Ok(()) };
        while stored.note.stage() != Stage::Done {
            match stored.note.stage() {
                Stage::Transcribed => self.plan(&mut stored.note, of, &effect).await?,
                Stage::Analysed if !self.made(&stored.note, of).await? => {
                    stored.note.plan_anew().expect("a planned change");
                }
                _ => step(&mut stored.note, &[]),
            }
            stored.note.reached(self.clock.now());
            self.notes.save(&mut stored).await?;
        }
        Ok(())
    }

    async fn plan(&self, note: &mut Note, of: &MessageId, effect: &Effect) -> Result<(), NoteError> {
        let target = self.notes.find(of).await?.expect("a note to change");
        let change = Change {
            of: of.clone(),
            base: target.revised().version,
            language: Language::En,
            effect: effect.clone(),
            lines: Vec::new(),
            title: String::new().into(),
        };
        note.planned(change, Usage::default()).expect("a note to plan for");
        Ok(())
    }

    /// Whether the change is made; `false`: another one came between.
    async fn made(&self, note: &Note, of: &MessageId) -> Result<bool, NoteError> {
        let by = &note.message().id;
        let claimed = self.notes.claim_to_change(of, &self.worker(), self.clock.now()).await?;
        let ToChange::Yours(mut target) = claimed else { return Err(NoteError::Lost) };
        if !self.notes.was_changed_by(of, by).await? {
            if note.change().map(|change| change.base) != Some(target.note.revised().version) {
                return Ok(false);
            }
            let mut before = target.note.clone();
            before.lease = None;
            target.note.changed_by(note).expect("a note that can be changed");
            self.notes.save_changed(&mut target, &before, by).await?;
        }
        target.note.lease = None;
        self.notes.save(&mut target).await?;
        Ok(true)
    }

    async fn claimed(&self, fresh: Note) -> Result<Option<StoredNote>, NoteError> {
        match self.notes.claim(fresh, &self.worker(), self.clock.now()).await? {
            Claimed::Yours(stored) => Ok(Some(*stored)),
            Claimed::Finished => Ok(None),
            Claimed::Busy { .. } => Err(NoteError::Lost),
        }
    }

    /// Another one each time, and one that takes over from those that died.
    fn worker(&self) -> Worker {
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        Worker { holder: format!("run {run}"), lease: Duration::from_secs(60), alone: true }
    }
}

fn step(note: &mut Note, records: &[Analysis]) {
    let done = match note.stage() {
        Stage::Received => note.media_stored(Vec::new()),
        Stage::MediaStored => {
            let heard = Heard {
                words: note.message().text.clone(),
                spoken: false,
                language: Language::En,
                audio: None,
                outline: None,
                unheard: Vec::new(),
                model: None,
            };
            note.transcribed(heard, Usage::default())
        }
        Stage::Transcribed => note.analysed(understood(records), Usage::default()),
        Stage::Analysed => note.filed(),
        Stage::Filed => note.answered(),
        _ => {
            note.answer = Answer::Withheld;
            note.lease = None;
            note.done()
        }
    };
    done.expect("a step that follows");
}
