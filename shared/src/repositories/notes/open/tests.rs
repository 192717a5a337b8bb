//! What is kept of notes that are not finished, whatever breaks off in between.

use std::sync::Arc;

use super::*;
use crate::{
    domain::note::{Answer, FailureReason},
    ports::{clock::Clock, table::TableStore},
    repositories::notes::{Claimed, Worker},
    testing::{MadeUp, failing::Failing, fixed::FixedClock, memory_table::MemoryTable, samples},
};

const MINUTE: Duration = Duration::from_secs(60);

struct World {
    clock: Arc<FixedClock>,
    table: Arc<MemoryTable>,
    notes: Notes,
}

fn away() -> TableError {
    TableError::Unavailable(MadeUp::boxed("away"))
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        Self { notes: Notes::new(table.clone()), clock, table }
    }

    /// The notes over a table of which a call fails.
    fn failing_on(&self, method: &'static [&'static str], call: usize) -> Notes {
        let table: Arc<dyn TableStore> = self.table.clone();
        Notes::new(Arc::new(Failing::on_call(call, away, table).only(method)))
    }

    async fn try_claim(&self, notes: &Notes, n: u32) -> Result<Claimed, NoteError> {
        let fresh = Note::received(samples::message(n, "Order two pipes"), samples::customer());
        let worker = Worker { holder: "w".to_owned(), lease: MINUTE, alone: true };
        notes.claim(fresh, &worker, self.clock.now()).await
    }

    async fn claim(&self, n: u32) -> StoredNote {
        match self.try_claim(&self.notes, n).await.unwrap() {
            Claimed::Yours(stored) => *stored,
            other => panic!("{other:?}"),
        }
    }

    /// All items, the longest due first.
    async fn open(&self) -> Vec<OpenNote> {
        let mut all = Vec::new();
        for shard in Notes::shards() {
            all.extend(self.notes.list_due(shard, Timestamp::MAX, None, 1_000).await.unwrap().notes);
        }
        all.sort_by_key(|open| open.due);
        all
    }

    async fn minutes(&self) -> Vec<i64> {
        let since = |open: &OpenNote| open.due.duration_since(samples::now()).as_mins();
        self.open().await.iter().map(since).collect()
    }

    fn writes(&self) -> u64 {
        self.table.items().iter().map(|item| item.version).sum()
    }
}

fn fail(stored: &mut StoredNote) {
    stored.note.failed(FailureReason::Internal, samples::now()).unwrap();
    stored.note.answer = Answer::Sent { id: samples::message_id(500) };
}

#[tokio::test]
async fn a_note_is_open_from_its_first_claim_until_it_is_stored_finished() {
    let world = World::new();
    let mut stored = world.claim(1).await;
    assert_eq!(world.minutes().await, [30]);
    assert_eq!(stored.note.due(), Some(world.open().await[0].due));
    world.clock.advance(MINUTE);
    world.notes.release(&mut stored, world.clock.now(), MINUTE).await.unwrap();
    let mut stored = world.claim(1).await;
    assert_eq!(world.minutes().await, [30], "a retry moves nothing");
    fail(&mut stored);
    world.notes.save(&mut stored).await.unwrap();
    assert_eq!((world.minutes().await, stored.note.due()), (Vec::new(), None));
    let writes = world.writes();
    assert!(matches!(world.try_claim(&world.notes, 1).await.unwrap(), Claimed::Finished));
    assert_eq!(world.writes(), writes, "a finished note costs nothing more");
}

#[tokio::test]
async fn a_note_that_is_tried_for_long_or_waits_for_long_is_looked_after_later() {
    let world = World::new();
    let mut waits = world.claim(1).await;
    world.notes.release(&mut waits, world.clock.now(), MINUTE * 60).await.unwrap();
    assert_eq!(world.minutes().await, [75]);
    let mut tried = world.claim(2).await;
    world.clock.advance(MINUTE * 16);
    world.notes.release(&mut tried, world.clock.now(), MINUTE).await.unwrap();
    assert_eq!(world.minutes().await, [75, 16 + 75]);
}

#[tokio::test]
async fn a_note_that_waits_until_a_time_is_due_then_and_nobody_holds_it() {
    let world = World::new();
    for (n, minutes) in [(1, 5), (2, 600)] {
        let mut stored = world.claim(n).await;
        let due = world.clock.now() + MINUTE * minutes;
        world.notes.wait_until(&mut stored, due).await.unwrap();
        let note = world.notes.find(&samples::message_id(n)).await.unwrap().unwrap();
        assert_eq!((note.due(), note.lease), (Some(due), None));
    }
    assert_eq!(world.minutes().await, [5, 600], "no other items are left");
    let mut stored = world.claim(1).await;
    assert_eq!(world.minutes().await, [5, 600], "a claim keeps the time");
    let due = stored.note.due().unwrap();
    world.notes.wait_until(&mut stored, due).await.unwrap();
    assert_eq!(world.minutes().await, [5, 600], "the same time once more");
}

#[tokio::test]
async fn notes_that_are_due_come_in_pages_the_longest_due_first() {
    let world = World::new();
    for n in 1..=200 {
        world.claim(n).await;
        world.clock.advance(Duration::from_secs(1));
    }
    let now = samples::now() + MINUTE * 30 + Duration::from_secs(99);
    let mut found = Vec::new();
    for shard in Notes::shards() {
        let (mut after, mut before) = (None, Timestamp::MIN);
        loop {
            let page = world.notes.list_due(shard, now, after, 3).await.unwrap();
            assert!(page.notes.len() <= 3);
            for open in page.notes {
                assert!(open.due >= before && open.due <= now);
                before = open.due;
                found.push(open.id);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    found.sort();
    assert_eq!(found, (1..=100).map(samples::message_id).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_claim_that_breaks_off_leaves_an_item_too_many_and_never_a_note_without_one() {
    let world = World::new();
    let broken = world.failing_on(&["write_together"], 1);
    assert!(world.try_claim(&broken, 1).await.is_err());
    assert_eq!(world.table.items(), [], "without its item there is no note");
    let broken = world.failing_on(&["put"], 1);
    assert!(world.try_claim(&broken, 1).await.is_err());
    // The item by which it is looked after, and its places in the inbox and its person's thread.
    assert_eq!((world.minutes().await, world.table.items().len()), (vec![30], 3));

    world.clock.advance(MINUTE);
    let stored = world.claim(1).await;
    let open = world.open().await;
    let left_over: Vec<bool> = open.iter().map(|open| open.is_left_over(&stored.note)).collect();
    assert_eq!((world.minutes().await, left_over), (vec![30, 31], vec![true, false]));
}

#[tokio::test]
async fn a_finished_note_whose_item_could_not_be_removed_is_finished_all_the_same() {
    let world = World::new();
    let mut stored = world.claim(1).await;
    fail(&mut stored);
    world.failing_on(&["delete"], 1).save(&mut stored).await.unwrap();
    let open = world.open().await;
    assert_eq!(open.len(), 1);
    assert!(open[0].is_left_over(&stored.note));
}

#[tokio::test]
async fn a_wait_that_could_not_be_stored_changes_nothing() {
    let world = World::new();
    let mut stored = world.claim(1).await;
    let due = world.clock.now() + MINUTE * 600;
    let broken = world.failing_on(&["write_together"], 1);
    assert!(broken.wait_until(&mut stored, due).await.is_err());
    assert_eq!((world.minutes().await, stored.note.due()), (vec![30], Some(world.open().await[0].due)));
    // Somebody else moved the note meanwhile.
    let mut other = stored.clone();
    world.notes.save(&mut other).await.unwrap();
    assert!(matches!(world.notes.wait_until(&mut stored, due).await, Err(NoteError::Lost)));
    assert_eq!(world.minutes().await, [30]);
}

#[tokio::test]
async fn of_two_who_move_an_item_at_once_one_does() {
    let world = World::new();
    let stored = world.claim(1).await;
    let open = world.open().await.remove(0);
    let later = |minutes: u32| world.clock.now() + MINUTE * minutes;
    assert!(world.notes.postpone(&open, later(60), 1).await.unwrap());
    assert!(!world.notes.postpone(&open, later(61), 1).await.unwrap());
    let moved = world.open().await.remove(0);
    assert_eq!((world.minutes().await, moved.sent_again), (vec![60], 1));
    assert!(!moved.is_left_over(&stored.note), "the note need not know");
}

#[tokio::test]
async fn a_note_that_was_given_up_unfinished_or_reopened_is_open_again_with_its_next_claim() {
    let world = World::new();
    let mut stored = world.claim(1).await;
    world.notes.give_up_unfinished(&mut stored).await.unwrap();
    assert_eq!(world.minutes().await, [0; 0]);
    let mut stored = world.claim(1).await;
    assert_eq!(world.minutes().await, [30]);
    fail(&mut stored);
    world.notes.save(&mut stored).await.unwrap();
    world.notes.reopen(&samples::message_id(1), None).await.unwrap().unwrap();
    assert_eq!(world.minutes().await, [0; 0]);
    world.claim(1).await;
    assert_eq!(world.minutes().await, [30]);
}

#[tokio::test]
async fn a_note_of_a_version_that_knew_no_due_time_gets_one_with_its_next_claim() {
    let world = World::new();
    let mut stored = world.claim(1).await;
    let open = world.open().await.remove(0);
    stored.note.set_due(None);
    stored.note.lease = None;
    world.notes.save(&mut stored).await.unwrap();
    assert!(!open.is_left_over(&stored.note), "it may be all that there is");
    world.notes.forget_open(&open).await.unwrap();
    let stored = world.claim(1).await;
    assert_eq!(stored.note.due(), Some(world.open().await[0].due));
}
