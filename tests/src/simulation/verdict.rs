//! What must hold after a run: every message that was taken has exactly one final answer, or was given up and its sender
//! told; what is stored is what the notes say (`records`); nothing was paid for twice without a reason.

use std::sync::atomic::Ordering;

use shared::{
    domain::{
        ids::MessageId,
        note::{Note, Stage},
    },
    ports::clock::Clock,
    repositories::notes::Notes,
};

use super::{
    people::Sending,
    records,
    story::{RunClock, Story},
    weather::Damage,
    world::World,
};

/// What of one run did not hold.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Messages that were taken.
    pub notes: u32,
    /// Of these: about an earlier note, which was changed.
    pub changes: u32,
    /// Of these: given up, or without a recording that could be fetched; and the sender was told so.
    pub given_up: u32,
    /// Without files or without an answer, and nobody was told.
    pub lost: u32,
    /// With more than one set of files, or more answers than unknown outcomes explain.
    pub duplicated: u32,
    /// The same, explained by a clock that was set by more than a lease bears. At most one for each such clock.
    pub duplicated_by_clocks: u32,
    /// Files, versions or leases that are not as the stored notes say.
    pub astray: u32,
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
        self.lost == 0 && self.duplicated == 0 && self.hung == 0 && self.astray == 0 && !self.overpaid
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
        self.sum.changes += verdict.changes;
        self.sum.astray += verdict.astray;
        self.sum.given_up += verdict.given_up;
        self.sum.lost += verdict.lost;
        self.sum.duplicated += verdict.duplicated;
        self.sum.duplicated_by_clocks += verdict.duplicated_by_clocks;
        self.sum.hung += verdict.hung;
        self.sum.messages_lost += verdict.messages_lost;
        self.sum.overpaid |= verdict.overpaid;
        if !verdict.holds() {
            self.first_bad.get_or_insert(seed);
        }
    }
}

/// Looks at what is there after a run. `sent`: what each person sent, and whether it was taken.
pub(super) async fn of(
    world: &World,
    clock: RunClock,
    story: &Story,
    sent: Vec<Vec<(Sending, bool)>>,
    settled: bool,
    damage: &Damage,
) -> Verdict {
    let mut verdict = Verdict::default();
    let mut spoken = 0;
    let mut notes = records::Notes::new();
    for (person, sent) in (0..).zip(sent) {
        let mut to_be_answered = 0;
        for (sending, taken) in sent {
            let note = note(world, &sending.id()).await;
            if note.is_none() && !taken {
                continue;
            }
            verdict.notes += 1;
            spoken += u32::from(sending.is_spoken());
            to_be_answered += 1;
            judge(&mut verdict, story, &sending.id(), note.as_ref());
            notes.extend(note.map(|note| (sending.id(), note)));
        }
        judge_answers(&mut verdict, story, person, to_be_answered, world.messenger.answers(person));
    }
    verdict.duplicated_by_clocks = verdict.duplicated.min(damage.leaps.load(Ordering::Relaxed));
    verdict.duplicated -= verdict.duplicated_by_clocks;
    for fault in records::faults(world, &notes, clock.now()) {
        story.tell(fault);
        verdict.astray += 1;
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
    // A process that dies, or is taken for dead, takes up to ten notes along; what could not be stored is paid again.
    let taken_for_dead = damage.deaths.load(Ordering::Relaxed) + damage.leaps.load(Ordering::Relaxed);
    let explained = taken_for_dead * 10
        + damage.lost_answers.load(Ordering::Relaxed)
        + damage.failures.load(Ordering::Relaxed);
    verdict.overpaid = world.models.transcriptions() > spoken + explained;
    if verdict.overpaid {
        story.tell(format!("{} transcriptions for {spoken} recordings", world.models.transcriptions()));
    }
    verdict
}

async fn note(world: &World, id: &str) -> Option<Note> {
    let id = MessageId::parse(id).expect("an id");
    Notes::new(world.table.clone()).find(&id).await.ok().flatten()
}

fn judge(verdict: &mut Verdict, story: &Story, id: &str, note: Option<&Note>) {
    let Some(note) = note else {
        story.tell(format!("{id} is lost: there is no note"));
        verdict.lost += 1;
        return;
    };
    if !note.is_finished() {
        story.tell(format!("{id} hangs in {:?}", note.stage()));
        verdict.hung += 1;
    } else if note.stage() != Stage::Failed && note.change().is_some() {
        verdict.changes += 1;
    } else if note.stage() == Stage::Failed || note.understood().is_none() {
        // Its recording could not be fetched at any try, or all of it failed: its sender knows.
        verdict.given_up += 1;
    }
}

/// Each message has one final answer. Two with the same words may be told apart by nobody, and need not be.
fn judge_answers(verdict: &mut Verdict, story: &Story, person: u32, messages: u32, answers: usize) {
    let answers = u32::try_from(answers).unwrap_or(u32::MAX);
    if answers != messages {
        story.tell(format!("person {person} has {answers} answers to {messages} messages"));
    }
    verdict.lost += messages.saturating_sub(answers);
    verdict.duplicated += answers.saturating_sub(messages);
}
