//! Whoever only follows the feed misses nothing and hears of nothing twice, whatever breaks off meanwhile.

use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicUsize, Ordering},
};

use tokio::task::{JoinSet, yield_now};

use super::*;
use crate::{
    domain::note::Effect,
    ports::clock::Clock,
    repositories::announcements::Announcement,
    testing::{
        bad_day::BadDay,
        filing::{Filing, job, understood},
        fixed::FixedClock,
        memory_table::MemoryTable,
        samples,
    },
};

fn scope() -> TenantScope {
    TenantScope::of_customer(&samples::customer())
}

/// Again and again, as the queue does.
macro_rules! until_done {
    ($attempt:expr) => {
        while $attempt.await.is_err() {
            yield_now().await;
        }
    };
}

#[tokio::test]
async fn a_record_is_told_of_when_it_is_filed_and_each_time_that_it_is_changed() {
    let clock = Arc::new(FixedClock::default());
    let table = Arc::new(MemoryTable::new(clock.clone()));
    let (filing, feed) = (Filing::new(table.clone(), clock), Feed::new(table));
    assert_eq!(feed.after(&scope(), 0, 10).await.unwrap(), []);
    filing.note(1, "Fix the tap", &[job("tap", "Fix the tap")]).await.unwrap();
    filing.note(2, "Bring pipes", &[job("pipes", "Bring pipes")]).await.unwrap();
    assert_eq!(feed.last(&scope()).await.unwrap(), 2);
    let corrected = Effect::Corrected(Box::new(understood(&[job("tap", "Fix two taps")])));
    for (n, effect) in
        (3..).zip([corrected, Effect::Asked, Effect::Confirmed, Effect::Withdrawn, Effect::Restored])
    {
        filing.change(n, &samples::message_id(1), effect).await.unwrap();
    }
    let all = feed.after(&scope(), 0, 10).await.unwrap();
    let told: Vec<_> = all.iter().map(|entry| (entry.number, entry.note.clone(), entry.kind)).collect();
    let id = samples::message_id;
    assert_eq!(
        told,
        [
            (1, id(1), ChangeKind::Created),
            (2, id(2), ChangeKind::Created),
            (3, id(1), ChangeKind::Corrected),
            (4, id(1), ChangeKind::StatusChanged),
            (5, id(1), ChangeKind::Withdrawn),
            (6, id(1), ChangeKind::Restored),
        ]
    );
    assert_eq!(feed.after(&scope(), 4, 1).await.unwrap(), [all[4].clone()]);
    assert_eq!(feed.after(&scope(), 6, 10).await.unwrap(), []);
    assert_eq!(feed.last(&scope()).await.unwrap(), 6);
    let other = TenantScope::of_customer(&samples::customer_of("acme"));
    assert_eq!(feed.after(&other, 0, 10).await.unwrap(), []);
}

#[tokio::test]
async fn two_workers_whose_clocks_differ_are_told_of_in_the_order_of_the_records_versions() {
    let table = Arc::new(MemoryTable::new(Arc::new(FixedClock::default())));
    let feed = Feed::new(table.clone());
    let second = std::time::Duration::from_secs(1);
    for (n, version, at) in
        [(1, 0, samples::now() + second), (2, 0, samples::now()), (1, 1, samples::now() - second)]
    {
        let kind = if version == 0 { ChangeKind::Created } else { ChangeKind::Corrected };
        let told = Announcement { note: samples::message_id(n), record: None, kind, version, at };
        table.write_together(&[told.put(scope().company(), &version.to_string()).unwrap()]).await.unwrap();
    }
    let told = feed.after(&scope(), 0, 10).await.unwrap();
    let told: Vec<_> = told.into_iter().map(|entry| (entry.note, entry.kind)).collect();
    let id = samples::message_id;
    assert_eq!(
        told,
        [(id(1), ChangeKind::Created), (id(2), ChangeKind::Created), (id(1), ChangeKind::Corrected)]
    );
}

/// 32 writers file and change notes, three readers follow, and one of twelve calls fails, half of them after it was made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_32_writers_and_crashes_nothing_is_missed_and_nothing_is_told_twice() {
    const WRITERS: u32 = 32;
    const ROUNDS: u32 = 6;
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::default());
    let table = BadDay::new(clock.clone(), 12, 0x5EED);
    let filing = Arc::new(Filing::new(table.clone(), clock));
    let writing = Arc::new(AtomicUsize::new(WRITERS as usize));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (filing, writing) = (filing.clone(), writing.clone());
        writers.spawn(async move {
            for round in 0..ROUNDS {
                let n = 1 + 2 * (writer * ROUNDS + round);
                let records = [job("tap", "Fix the tap")];
                until_done!(filing.note(n, "Fix the tap", &records));
                // Two writers change the same note at the same time.
                let of = samples::message_id(if writer % 2 == 0 { n } else { n - 2 * ROUNDS });
                while filing.notes().find(&of).await.ok().flatten().is_none_or(|note| !note.is_changeable()) {
                    yield_now().await;
                }
                let effect = if round % 2 == 0 { Effect::Withdrawn } else { Effect::Confirmed };
                until_done!(filing.change(n + 1, &of, effect.clone()));
            }
            writing.fetch_sub(1, Ordering::SeqCst);
        });
    }
    let mut readers = JoinSet::new();
    for limit in [1, 7, 500] {
        let (feed, writing) = (Feed::new(table.clone()), writing.clone());
        readers.spawn(async move {
            let mut heard: Vec<Entry> = Vec::new();
            loop {
                let is_over = writing.load(Ordering::SeqCst) == 0;
                let number = heard.last().map_or(0, |entry| entry.number);
                let more = feed.after(&scope(), number, limit).await.unwrap_or_default();
                let is_all = is_over && more.is_empty() && number == u64::from(2 * WRITERS * ROUNDS);
                heard.extend(more);
                if is_all {
                    return heard;
                }
                yield_now().await;
            }
        });
    }
    writers.join_all().await;
    let heard = readers.join_all().await;
    assert!(heard.iter().all(|all| *all == heard[0]), "every reader hears the same");

    let mut of_note: HashMap<&MessageId, Vec<ChangeKind>> = HashMap::new();
    for (entry, expected) in heard[0].iter().zip(1..) {
        assert_eq!(entry.number, expected);
        of_note.entry(&entry.note).or_default().push(entry.kind);
    }
    assert_eq!(of_note.len(), (WRITERS * ROUNDS) as usize);
    let mut counted: BTreeMap<&str, u32> = BTreeMap::new();
    for kinds in of_note.values() {
        assert_eq!(kinds[0], ChangeKind::Created, "{kinds:?}");
        kinds.iter().for_each(|kind| *counted.entry(kind.as_str()).or_default() += 1);
    }
    let half = WRITERS * ROUNDS / 2;
    assert_eq!(
        counted,
        BTreeMap::from([("created", 2 * half), ("withdrawn", half), ("status_changed", half)])
    );
    assert!(table.items().iter().all(|item| !item.key.partition.starts_with("outbox#")));
}
