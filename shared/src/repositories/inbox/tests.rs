//! What a company's inbox shows and counts, and what its items tell of notes.

use std::sync::atomic::{AtomicUsize, Ordering};

/// All messages.
struct Everything;

impl Sought for Everything {
    fn may_be(&self, _: &Digest) -> bool {
        true
    }

    fn is(&self, _: &Note) -> bool {
        true
    }
}

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    domain::{
        digest::Outcome,
        intent::Intent,
        note::{Answer, Effect, FailureReason},
    },
    ports::clock::Clock,
    repositories::notes::{Claimed, Worker},
    testing::{
        filing::{Filing, job},
        fixed::FixedClock,
        memory_table::MemoryTable,
        samples,
    },
};

/// Lets what both say pass, and counts the notes that it is shown.
struct Pick<D, N> {
    digest: D,
    note: N,
    shown: AtomicUsize,
}

impl<D: Fn(&Digest) -> bool, N: Fn(&Note) -> bool> Pick<D, N> {
    fn of(digest: D, note: N) -> Self {
        Self { digest, note, shown: AtomicUsize::new(0) }
    }
}

impl<D, N> Sought for Pick<D, N>
where
    D: Fn(&Digest) -> bool + Send + Sync,
    N: Fn(&Note) -> bool + Send + Sync,
{
    fn may_be(&self, digest: &Digest) -> bool {
        (self.digest)(digest)
    }

    fn is(&self, note: &Note) -> bool {
        self.shown.fetch_add(1, Ordering::Relaxed);
        (self.note)(note)
    }
}

struct World {
    clock: Arc<FixedClock>,
    table: Arc<MemoryTable>,
    filing: Filing,
    inbox: Inbox,
    scope: TenantScope,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        Self {
            filing: Filing::new(table.clone(), clock.clone()),
            inbox: Inbox::new(table.clone()),
            scope: TenantScope::of_customer(&samples::customer()),
            clock,
            table,
        }
    }

    fn message(n: u32) -> crate::domain::message::InboundMessage {
        let mut message = samples::message(n, "Fix the tap");
        message.received_at += SignedDuration::from_secs(n.into());
        message
    }

    async fn filed(&self, n: u32, company: &str) {
        let sender = samples::customer_of(company);
        self.filing.file(Self::message(n), sender, &[job("tap", "Fix the tap")]).await.unwrap();
    }

    /// The n-th message is given up, and its sender told.
    async fn failed(&self, n: u32) {
        let worker =
            Worker { holder: "w".to_owned(), lease: std::time::Duration::from_secs(60), alone: true };
        let fresh = Note::received(Self::message(n), samples::customer());
        let claimed = self.filing.notes().claim(fresh, &worker, self.clock.now()).await.unwrap();
        let Claimed::Yours(mut stored) = claimed else { panic!("{claimed:?}") };
        stored.note.failed(FailureReason::ModelUnavailable, self.clock.now()).unwrap();
        self.filing.notes().save(&mut stored).await.unwrap();
        stored.note.answer = Answer::Sent { id: samples::message_id(900) };
        self.filing.notes().save(&mut stored).await.unwrap();
    }

    /// What the n-th message's item tells.
    fn told(&self, n: u32) -> Option<Digest> {
        let suffix = format!("#{}", samples::message_id(n));
        let items = self.table.items();
        let is_it = |item: &&Item| {
            item.key.partition.starts_with("inbox#") && item.key.sort.ends_with(suffix.as_str())
        };
        Entry::read(items.iter().find(is_it).unwrap()).unwrap().digest
    }

    /// Writes an item as an older version did, or a newer one.
    async fn writes(&self, n: u32, body: &str) {
        let key = ItemKey::new(partition(&self.scope), {
            let message = Self::message(n);
            format!("{}#{}", newest_first(message.received_at), message.id)
        });
        self.table.put(&key, body, Condition::Always, None).await.unwrap();
    }

    async fn counted(&self, from: i64, to: i64, most: usize) -> (Vec<MessageId>, Counted) {
        let at = |seconds| samples::now() + SignedDuration::from_secs(seconds);
        let mut seen = Vec::new();
        let counted = self.inbox.digests(&self.scope, at(from)..at(to), most, |listed| {
            assert_eq!(Some(listed.received_at), self.at(&listed.id));
            seen.push(listed.id);
        });
        let counted = counted.await.unwrap();
        (seen, counted)
    }

    fn at(&self, id: &MessageId) -> Option<Timestamp> {
        (0..2_000).map(Self::message).find(|message| message.id == *id).map(|message| message.received_at)
    }
}

fn ids<const N: usize>(numbers: [u32; N]) -> Vec<MessageId> {
    numbers.map(samples::message_id).into()
}

#[tokio::test]
async fn a_company_sees_its_own_messages_newest_first_page_by_page() {
    let world = World::new();
    for n in 1..=7_u32 {
        world.filed(n, if n == 4 { "other" } else { samples::COMPANY }).await;
    }
    let (inbox, scope) = (&world.inbox, &world.scope);
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = inbox.list(scope, after, 2, 1_000, &Everything).await.unwrap();
        seen.extend(page.notes.iter().map(|note| note.message().id.clone()));
        let Some(next) = page.next else { break };
        after = Place::parse(next.as_str());
        assert!(after.is_some());
    }
    assert_eq!(seen, ids([7, 6, 5, 3, 2, 1]));
    let third = Pick::of(|_| true, |note| note.message().id == samples::message_id(3));
    let page = inbox.list(scope, None, 5, 1_000, &third).await.unwrap();
    assert_eq!((page.notes.len(), page.next), (1, None));
    assert!(inbox.find(scope, &samples::message_id(4)).await.unwrap().is_none());
}

#[tokio::test]
async fn what_its_digest_rules_out_is_not_fetched_and_what_has_none_is() {
    let world = World::new();
    for n in 1..=5 {
        world.filed(n, samples::COMPANY).await;
    }
    world.failed(6).await;
    world.writes(2, &format!("{{\"note\":\"{}\"}}", samples::message_id(2))).await;
    world.writes(3, &format!("{{\"note\":\"{}\",\"digest\":{{\"new\":1}}}}", samples::message_id(3))).await;
    let failed = Pick::of(|digest| digest.outcome == Outcome::Failed, |note: &Note| note.failure().is_some());
    let page = world.inbox.list(&world.scope, None, 5, 1_000, &failed).await.unwrap();
    assert_eq!((page.notes.len(), page.next), (1, None));
    assert_eq!(page.notes[0].message().id, samples::message_id(6));
    assert_eq!(failed.shown.load(Ordering::Relaxed), 3, "and the two that have no digest");
}

#[tokio::test]
async fn what_a_digest_rules_out_costs_a_tenth() {
    let world = World::new();
    for n in 1..=250 {
        world.filed(n, samples::COMPANY).await;
    }
    // 20 of the first 200 would be looked at in full; nothing is, so the second page is looked at too.
    let first = Pick::of(|_| false, |_| true);
    let page = world.inbox.list(&world.scope, None, 5, 21, &first).await.unwrap();
    assert!(page.notes.is_empty() && page.next.is_none());
    let page = world.inbox.list(&world.scope, None, 5, 20, &first).await.unwrap();
    assert!(page.next.is_some());
    let seen = Pick::of(|_| true, |_| false);
    let page = world.inbox.list(&world.scope, None, 5, 200, &seen).await.unwrap();
    assert_eq!((page.next.is_some(), seen.shown.load(Ordering::Relaxed)), (true, 200));
}

#[tokio::test]
async fn an_item_tells_what_became_of_its_note_when_it_is_finished_reopened_and_changed() {
    let world = World::new();
    world.filed(1, samples::COMPANY).await;
    let done = world.told(1).unwrap();
    assert_eq!((done.outcome, done.intents.as_slice()), (Outcome::Done, [Intent::JobToBeDone].as_slice()));
    world.filing.change(50, &samples::message_id(1), Effect::Withdrawn).await.unwrap();
    let changed = world.told(1).unwrap();
    assert!(changed.withdrawn);
    let note = world.inbox.find(&world.scope, &samples::message_id(1)).await.unwrap().unwrap();
    assert_eq!(changed, Digest::of(&note));
    world.failed(2).await;
    assert_eq!(world.told(2).unwrap().outcome, Outcome::Failed);
    world.filing.notes().reopen(&samples::message_id(2), None).await.unwrap().unwrap();
    assert_eq!(world.told(2), None, "something is left to do");
    world.filed(2, samples::COMPANY).await;
    assert_eq!(world.told(2).unwrap().outcome, Outcome::Done);
}

#[tokio::test]
async fn a_finished_note_that_is_only_claimed_writes_its_item_once() {
    let world = World::new();
    world.filed(1, samples::COMPANY).await;
    let versions = || {
        let items = world.table.items().into_iter();
        items.filter(|item| item.key.partition.starts_with("inbox#")).map(|item| item.version).sum::<u64>()
    };
    let before = versions();
    let worker = Worker { holder: "w".to_owned(), lease: std::time::Duration::from_secs(60), alone: true };
    let id = samples::message_id(1);
    let claimed = world.filing.notes().claim_to_change(&id, &worker, world.clock.now()).await.unwrap();
    let crate::repositories::notes::ToChange::Yours(mut stored) = claimed else { panic!("{claimed:?}") };
    stored.note.lease = None;
    world.filing.notes().save(&mut stored).await.unwrap();
    assert_eq!(versions(), before);
}

#[tokio::test]
async fn a_span_of_time_is_counted_newest_first_its_end_excluded_and_says_when_it_was_cut() {
    let world = World::new();
    for n in 1..=6_u32 {
        world.filed(n, if n == 4 { "other" } else { samples::COMPANY }).await;
    }
    world.writes(3, &format!("{{\"note\":\"{}\"}}", samples::message_id(3))).await;
    // Its note is not there yet.
    world.writes(7, &format!("{{\"note\":\"{}\"}}", samples::message_id(7))).await;
    let whole = |notes| Counted { notes, cut: false };
    assert_eq!(world.counted(2, 6, 100).await, (ids([5, 3, 2]), whole(3)));
    assert_eq!(world.counted(0, 100, 100).await, (ids([6, 5, 3, 2, 1]), whole(5)));
    assert_eq!(world.counted(0, 100, 5).await, (ids([6, 5, 3, 2, 1]), whole(5)));
    assert_eq!(world.counted(0, 100, 2).await, (ids([6, 5]), Counted { notes: 2, cut: true }));
    assert_eq!(world.counted(50, 60, 100).await, (ids([]), whole(0)));
    assert_eq!(world.counted(6, 2, 100).await, (ids([]), whole(0)));
}

#[tokio::test]
async fn more_than_a_page_of_a_table_is_counted() {
    let world = World::new();
    for n in 1..=1_005 {
        world.filed(n, samples::COMPANY).await;
    }
    let mut counted = 0;
    let (from, to) = (samples::now(), samples::now() + SignedDuration::from_hours(1));
    let seen = world.inbox.digests(&world.scope, from..to, 10_000, |_| counted += 1).await.unwrap();
    assert_eq!((seen, counted), (Counted { notes: 1_005, cut: false }, 1_005));
}
