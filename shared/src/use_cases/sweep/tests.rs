//! What a sweep does with notes in every state, and what becomes of it when it breaks off.

use super::*;
use crate::{
    domain::note::{Answer, FailureReason},
    ports::table::{Condition, ItemKey, TableError, TableStore},
    repositories::notes::{Claimed, StoredNote, Worker},
    testing::{
        MadeUp, failing::Failing, fixed::FixedClock, memory_queue::MemoryQueue, memory_table::MemoryTable,
        recorded_metrics::RecordedMetrics, samples,
    },
};

const MINUTE: Duration = Duration::from_secs(60);
const LEASE: Duration = Duration::from_secs(150);

struct Office {
    clock: Arc<FixedClock>,
    table: Arc<MemoryTable>,
    queue: Arc<MemoryQueue>,
    metrics: Arc<RecordedMetrics>,
    notes: Notes,
}

impl Office {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let queue = Arc::new(MemoryQueue::new(clock.clone()));
        Self { notes: Notes::new(table.clone()), metrics: Arc::default(), clock, table, queue }
    }

    fn sweep(&self) -> Sweep {
        Sweep {
            notes: self.notes.clone(),
            queue: self.queue.clone(),
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
        }
    }

    /// One whose queue, or whose calls of the table, fail as they are told.
    fn sweep_over(&self, table: Arc<dyn TableStore>, queue: Arc<dyn JobQueue>) -> Sweep {
        Sweep { notes: Notes::new(table), queue, ..self.sweep() }
    }

    async fn claim(&self, n: u32) -> StoredNote {
        let fresh = Note::received(samples::message(n, "Order two pipes"), samples::customer());
        let worker = Worker { holder: "w".to_owned(), lease: LEASE, alone: true };
        match self.notes.claim(fresh, &worker, self.clock.now()).await.unwrap() {
            Claimed::Yours(stored) => *stored,
            other => panic!("{other:?}"),
        }
    }

    async fn finish(&self, stored: &mut StoredNote) {
        stored.note.failed(FailureReason::Internal, self.clock.now()).unwrap();
        stored.note.answer = Answer::Sent { id: samples::message_id(500) };
        self.notes.save(stored).await.unwrap();
    }

    fn sent(&self) -> usize {
        self.queue.sent().len()
    }

    fn open(&self) -> usize {
        self.table.items().iter().filter(|item| item.key.partition.starts_with("open-notes")).count()
    }
}

fn away() -> TableError {
    TableError::Unavailable(MadeUp::boxed("away"))
}

const NOTHING: Swept = Swept { looked_at: 0, sent_again: 0, removed: 0, stuck: 0, failed: 0 };
const SENT: Swept = Swept { looked_at: 1, sent_again: 1, ..NOTHING };
const REMOVED: Swept = Swept { looked_at: 1, removed: 1, ..NOTHING };

#[tokio::test]
async fn a_note_whose_job_is_lost_gets_it_again_every_half_an_hour_until_it_is_finished() {
    let office = Office::new();
    office.claim(1).await;
    office.clock.advance(MINUTE * 30 - Duration::from_millis(1));
    assert_eq!(office.sweep().run().await, NOTHING);
    office.clock.advance(Duration::from_millis(1));
    assert_eq!(office.sweep().run().await, SENT);
    let (job, delay) = office.queue.sent().remove(0);
    assert_eq!((job, delay), (samples::job(samples::message(1, "Order two pipes")), Duration::ZERO));
    assert_eq!(office.sweep().run().await, NOTHING, "it has its time");
    office.clock.advance(MINUTE * 30);
    assert_eq!(office.sweep().run().await, SENT);

    let mut stored = office.claim(1).await;
    office.finish(&mut stored).await;
    office.clock.advance(MINUTE * 30);
    assert_eq!(office.sweep().run().await, REMOVED, "under the time that the sweep gave it");
    assert_eq!((office.sweep().run().await, office.open()), (NOTHING, 0));
    assert_eq!(office.sent(), 2);
}

#[tokio::test]
async fn a_finished_note_costs_a_sweep_nothing() {
    let office = Office::new();
    let mut stored = office.claim(1).await;
    office.finish(&mut stored).await;
    office.clock.advance(MINUTE * 60 * 24);
    assert_eq!((office.sweep().run().await, office.open()), (NOTHING, 0));
}

#[tokio::test]
async fn a_note_in_work_is_left_to_its_worker() {
    let office = Office::new();
    office.claim(1).await;
    office.clock.advance(MINUTE * 29);
    let mut stored = office.claim(1).await;
    office.clock.advance(MINUTE);
    assert_eq!(office.sweep().run().await, Swept { looked_at: 1, ..NOTHING });
    office.notes.release(&mut stored, office.clock.now(), MINUTE).await.expect("the worker still has it");
    assert_eq!(office.sent(), 0);
}

#[tokio::test]
async fn a_worker_that_died_is_waited_for_as_long_as_the_queue_hides_its_message() {
    let office = Office::new();
    office.claim(1).await;
    office.clock.advance(MINUTE * 29);
    office.claim(1).await;
    office.clock.advance(MINUTE);
    office.sweep().run().await;
    office.clock.advance(MINUTE * 16);
    assert_eq!(office.sweep().run().await, NOTHING);
    office.clock.advance(MINUTE);
    assert_eq!(office.sweep().run().await, SENT);
}

#[tokio::test]
async fn a_note_that_waited_until_now_comes_back_at_its_time() {
    let office = Office::new();
    let mut stored = office.claim(1).await;
    let due = office.clock.now() + MINUTE * 60 * 14;
    office.notes.wait_until(&mut stored, due).await.unwrap();
    office.clock.set(due - Duration::from_millis(1));
    assert_eq!(office.sweep().run().await, NOTHING);
    office.clock.set(due);
    assert_eq!(office.sweep().run().await, SENT);
    let mut stored = office.claim(1).await;
    // It is to wait once more: what the sweep moved is left over.
    office.notes.wait_until(&mut stored, due + MINUTE * 60).await.unwrap();
    office.clock.set(due + MINUTE * 30);
    assert_eq!(office.sweep().run().await, REMOVED);
    office.clock.set(due + MINUTE * 60);
    assert_eq!(office.sweep().run().await, SENT);
}

#[tokio::test]
async fn items_without_a_note_and_of_broken_off_claims_are_removed() {
    let office = Office::new();
    let table: Arc<dyn TableStore> = office.table.clone();
    let broken = Notes::new(Arc::new(Failing::on_call(1, away, table).only(&["put"])));
    let worker = Worker { holder: "w".to_owned(), lease: LEASE, alone: true };
    for n in [1, 2] {
        let fresh = Note::received(samples::message(n, "Order two pipes"), samples::customer());
        drop(broken.claim(fresh, &worker, office.clock.now()).await);
    }
    // The first had no note stored, the second one has; the first is claimed again later.
    office.clock.advance(MINUTE);
    office.claim(1).await;
    office.clock.advance(MINUTE * 29);
    let swept = office.sweep().run().await;
    assert_eq!(swept, Swept { looked_at: 2, sent_again: 1, removed: 1, ..NOTHING });
    office.clock.advance(MINUTE);
    assert_eq!(office.sweep().run().await, SENT);
}

#[tokio::test]
async fn two_sweeps_at_once_do_no_harm() {
    let office = Office::new();
    for n in 1..=40 {
        office.claim(n).await;
    }
    office.clock.advance(MINUTE * 30);
    let (one, other) = (office.sweep(), office.sweep());
    let (one, other) = tokio::join!(one.run(), other.run());
    assert!(one.sent_again + other.sent_again >= 40);
    assert_eq!((one.failed, other.failed, office.open()), (0, 0, 40), "an item each");
    assert_eq!(office.sweep().run().await, NOTHING);
}

#[tokio::test]
async fn what_breaks_off_is_done_by_the_next_sweep() {
    for (method, sent) in
        [(&["get"][..], 1), (&["query"], 1), (&["write_together"], 2), (&["delete"], 1)] as [(_, usize); 4]
    {
        let office = Office::new();
        office.claim(1).await;
        office.clock.advance(MINUTE * 30);
        let table: Arc<dyn TableStore> = office.table.clone();
        let failing = Arc::new(Failing::when(|call| call <= 16, away, table).only(method));
        let swept = office.sweep_over(failing, office.queue.clone()).run().await;
        assert_eq!(swept.failed > 0, method != ["delete"], "{method:?}: {swept:?}");
        office.sweep().run().await;
        assert_eq!((office.sent(), office.open()), (sent, 1), "{method:?}");
    }
}

#[tokio::test]
async fn one_note_that_cannot_be_sent_holds_up_no_other() {
    let office = Office::new();
    for n in 1..=40 {
        office.claim(n).await;
    }
    office.clock.advance(MINUTE * 30);
    let queue: Arc<dyn JobQueue> = office.queue.clone();
    let failing = Failing::on_call(3, || QueueError(MadeUp::boxed("away")), queue);
    let swept = office.sweep_over(office.table.clone(), Arc::new(failing)).run().await;
    assert_eq!(swept, Swept { looked_at: 40, sent_again: 39, failed: 1, ..NOTHING });
    assert_eq!(office.sweep().run().await, SENT);
}

#[tokio::test]
async fn a_note_that_never_ends_is_told_of_and_tried_once_a_day() {
    let office = Office::new();
    office.claim(1).await;
    for _ in 0..20 {
        office.clock.advance(MINUTE * 30);
        assert_eq!(office.sweep().run().await, SENT);
    }
    assert_eq!(office.metrics.all(), []);
    for day in 1..=3_usize {
        office.clock.advance(if day == 1 { MINUTE * 30 } else { MINUTE * 60 * 24 });
        assert_eq!(office.sweep().run().await, Swept { stuck: 1, ..SENT });
        office.clock.advance(MINUTE * 30);
        assert_eq!(office.sweep().run().await, NOTHING);
        assert_eq!(office.metrics.all(), vec![Measurement::NoteStuck; day]);
        office.clock.set(office.clock.now() - MINUTE * 30);
    }
}

#[tokio::test]
async fn a_note_that_this_build_cannot_read_is_told_of_and_holds_up_no_other() {
    let office = Office::new();
    office.claim(1).await;
    let key = ItemKey::new(format!("note#{}", samples::message_id(1)), "note");
    office.table.put(&key, "{}", Condition::Always, None).await.unwrap();
    office.clock.advance(MINUTE * 30);
    assert_eq!(office.sweep().run().await, Swept { looked_at: 1, stuck: 1, ..NOTHING });
    assert_eq!((office.sweep().run().await, office.sent(), office.open()), (NOTHING, 0, 1));
}
