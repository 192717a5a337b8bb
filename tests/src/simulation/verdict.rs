//! What must hold after a run: every message that was taken has exactly one set of files and exactly one final answer,
//! or was given up and its sender told; nothing is still claimed; nothing was paid for twice without a reason.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use shared::{
    domain::{
        ids::MessageId,
        note::{Note, Stage},
        reply::is_notice,
    },
    repositories::notes::Notes,
};

use super::{
    story::Story,
    twilio::Sending,
    weather::Damage,
    world::{World, phone},
};

/// What of one run did not hold.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Messages that were taken.
    pub notes: u32,
    /// Of these: given up, or without a recording that could be fetched; and the sender was told so.
    pub given_up: u32,
    /// Without files or without an answer, and nobody was told.
    pub lost: u32,
    /// With more than one set of files, or more answers than unknown outcomes explain.
    pub duplicated: u32,
    /// Not finished at the end.
    pub hung: u32,
    /// Messages that the queue lost, of notes that were begun.
    pub messages_lost: u32,
    /// Whether transcription was paid for more often than crashes and lost answers explain.
    pub overpaid: bool,
}

impl Verdict {
    /// Whether everything held.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.lost == 0 && self.duplicated == 0 && self.hung == 0 && !self.overpaid
    }
}

/// Many runs together.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    /// How many runs.
    pub seeds: u64,
    /// All of theirs.
    pub sum: Verdict,
    /// The first seed that did not hold.
    pub first_bad: Option<u64>,
}

impl Tally {
    /// Adds a run.
    pub fn add(&mut self, seed: u64, verdict: Verdict) {
        self.seeds += 1;
        self.sum.notes += verdict.notes;
        self.sum.given_up += verdict.given_up;
        self.sum.lost += verdict.lost;
        self.sum.duplicated += verdict.duplicated;
        self.sum.hung += verdict.hung;
        self.sum.messages_lost += verdict.messages_lost;
        self.sum.overpaid |= verdict.overpaid;
        if !verdict.holds() {
            self.first_bad.get_or_insert(seed);
        }
    }
}

/// Looks at what is there after a run.
pub(super) async fn of(
    world: &World,
    story: &Story,
    sent: Vec<(Sending, bool)>,
    settled: bool,
    damage: &Damage,
) -> Verdict {
    let mut verdict = Verdict::default();
    let notes = Notes::new(world.table.clone());
    let mut spoken = 0;
    for (sending, _) in sent.iter().filter(|(_, taken)| *taken) {
        verdict.notes += 1;
        spoken += u32::from(sending.spoken);
        let id = MessageId::parse(&sending.id()).expect("an id");
        let note = notes.find(&id).await.ok().flatten();
        let files = files(world, &sending.id());
        let answers = answers(world, sending.person);
        judge(&mut verdict, story, &sending.id(), note.as_ref(), &files, answers);
    }
    if !settled {
        story.tell("the queue is still not empty, or a note still to be looked after");
        verdict.hung = verdict.hung.max(1);
    }
    for letter in world.queue.dead_letters() {
        let reason = letter.reason.as_deref().unwrap_or("none: SQS gave it up by itself");
        story.tell(format!("a dead letter of {} bytes, its reason {reason}", letter.body.len()));
    }
    verdict.messages_lost = damage.lost_messages.load(Ordering::Relaxed);
    // A process that dies takes up to ten notes along; what could not be stored is paid again.
    let explained = damage.deaths.load(Ordering::Relaxed) * 10
        + damage.lost_answers.load(Ordering::Relaxed)
        + damage.failures.load(Ordering::Relaxed);
    verdict.overpaid = world.models.transcriptions() > spoken + explained;
    if verdict.overpaid {
        story.tell(format!("{} transcriptions for {spoken} recordings", world.models.transcriptions()));
    }
    verdict
}

fn judge(
    verdict: &mut Verdict,
    story: &Story,
    id: &str,
    note: Option<&Note>,
    files: &[String],
    answers: usize,
) {
    let Some(note) = note else {
        story.tell(format!("{id} is lost: there is no note"));
        verdict.lost += 1;
        return;
    };
    let sets: BTreeSet<&str> =
        files.iter().filter_map(|key| key.rsplit_once('/').map(|(place, _)| place)).collect();
    if !note.is_finished() {
        story.tell(format!("{id} hangs in {:?}", note.stage()));
        verdict.hung += 1;
    } else if answers == 0 {
        story.tell(format!("{id} is silent in {:?}", note.stage()));
        verdict.lost += 1;
    } else if note.stage() == Stage::Failed || note.understood().is_none() {
        // Its recording could not be fetched at any try, or all of it failed: its sender knows.
        verdict.given_up += 1;
    } else if !is_whole(files) {
        story.tell(format!("{id} has not all of its files: {files:?}"));
        verdict.lost += 1;
    }
    if answers > 1 || sets.len() > 1 {
        story.tell(format!("{id} has {answers} answers and {} sets of files", sets.len()));
        verdict.duplicated += 1;
    }
}

/// The artifacts of a message, wherever they lie.
fn files(world: &World, id: &str) -> Vec<String> {
    world.objects.keys().into_iter().filter(|key| !key.starts_with('_') && key.contains(id)).collect()
}

/// Every note has its words and its record; one that a model understood has a summary, too.
fn is_whole(files: &[String]) -> bool {
    let count = |end: &str| files.iter().filter(|key| key.ends_with(end)).count();
    let understood = files.iter().all(|key| !key.contains("/other/"));
    count("_full_text.txt") == 1
        && count("_record.json") == 1
        && count("_text_summary.txt") == usize::from(understood)
}

/// How many final answers a person was sent.
fn answers(world: &World, person: u32) -> usize {
    let received = world.messenger.bodies_to(&format!("whatsapp:{}", phone(person)));
    received.iter().filter(|body| !is_notice(body)).count()
}
