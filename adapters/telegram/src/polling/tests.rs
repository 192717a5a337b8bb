//! Updates that are asked for: in order, each on its own, and forgotten only when they are safe.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use serde_json::Value;
use shared::{
    jobs::Job,
    ports::message_sync::MessageSync,
    testing::{
        MadeUp, failing::Failing, fixed::FixedClock, log::ThreadLog, map_directory::MapDirectory,
        memory_queue::MemoryQueue, memory_table::MemoryTable, recorded_metrics::RecordedMetrics, samples,
    },
};

use super::*;
use crate::stub::{Asked, Stub, answer};

fn text(update: i64, message: i64, text: &str) -> Value {
    json!({"update_id": update, "message": {"message_id": message, "date": 1, "text": text,
        "from": {"id": 1_111_111, "is_bot": false, "first_name": "A"}, "chat": {"id": 1_111_111, "type": "private"}}})
}

/// Telegram's list of updates: what was confirmed is forgotten.
#[derive(Default)]
struct List {
    waiting: Mutex<Vec<Value>>,
    refuses: Mutex<Option<(u16, &'static str)>>,
    holds: AtomicBool,
}

impl List {
    fn answer(&self, asked: &Asked) -> Option<axum::response::Response> {
        if let Some((code, said)) = *self.refuses.lock().unwrap() {
            return Some(answer(code, &json!({"ok": false, "error_code": code, "description": said})));
        }
        if asked.method() == "answerCallbackQuery" {
            return Some(answer(200, &json!({"ok": true, "result": true})));
        }
        let asked = asked.json();
        let mut waiting = self.waiting.lock().unwrap();
        if let Some(offset) = asked["offset"].as_i64() {
            waiting.retain(|update| update["update_id"].as_i64().is_none_or(|number| number >= offset));
        }
        if waiting.is_empty() && asked["timeout"] != json!(0) && self.holds.load(Ordering::SeqCst) {
            return None;
        }
        let most = usize::try_from(asked["limit"].as_u64().unwrap()).unwrap();
        let given: Vec<_> = waiting.iter().take(most).cloned().collect();
        Some(answer(200, &json!({ "ok": true, "result": given })))
    }

    fn add(&self, updates: impl IntoIterator<Item = Value>) {
        self.waiting.lock().unwrap().extend(updates);
    }
}

struct World {
    list: Arc<List>,
    stub: Stub,
    queue: Arc<MemoryQueue>,
    table: Arc<MemoryTable>,
    metrics: Arc<RecordedMetrics>,
    clock: Arc<FixedClock>,
}

impl World {
    async fn new(updates: impl IntoIterator<Item = Value>) -> Self {
        let list = Arc::new(List::default());
        list.add(updates);
        let served = list.clone();
        let stub = Stub::start(move |asked, _| served.answer(asked)).await;
        let clock = Arc::new(FixedClock::default());
        let queue = Arc::new(MemoryQueue::new(clock.clone()));
        let table = Arc::new(MemoryTable::new(clock.clone()));
        Self { list, stub, queue, table, metrics: Arc::new(RecordedMetrics::new()), clock }
    }

    fn take(&self) -> TakeIn {
        TakeIn {
            directory: Arc::new(MapDirectory::of([("telegram:1111111", samples::customer())])),
            queue: self.queue.clone(),
            metrics: self.metrics.clone(),
        }
    }

    fn polling(&self, take: TakeIn) -> (Polling, PollNow) {
        Polling::new(self.stub.api(), Polled::new(self.table.clone()), take, self.clock.clone())
    }

    fn asker(&self) -> Asker {
        self.polling(self.take()).0.asker
    }

    fn texts(&self) -> Vec<String> {
        let jobs = self.queue.sent().into_iter();
        let text = |job| match job {
            Job::NoteReceived(note) => note.message.text.into_inner(),
            _ => panic!("a message"),
        };
        jobs.map(|(job, _)| text(job)).collect()
    }

    fn offsets(&self) -> Vec<Option<i64>> {
        let asked = self.stub.asked().into_iter().filter(|asked| asked.method() == "getUpdates");
        asked.map(|asked| asked.json()["offset"].as_i64()).collect()
    }
}

#[tokio::test]
async fn f09_poison_between_two_good_updates_stops_neither_and_is_passed() {
    let log = ThreadLog::begin();
    let world = World::new([
        text(10, 1, "first"),
        json!({"update_id": 11, "message": {"message_id": "CANARY"}}),
        json!({"update_id": 12, "message": {"message_id": 2, "date": 1_000_000_000_000_000_i64, "chat": {"id": 1_111_111}, "from": {"id": 1_111_111}}}),
        json!({"update_id": 13, "channel_post": {"text": "CANARY"}}),
        text(14, 3, "last"),
    ])
    .await;
    assert_eq!(world.asker().poll_now().await.unwrap(), 2);
    assert_eq!(world.texts(), ["first", "last"]);
    assert_eq!(world.asker().poll_now().await.unwrap(), 0);
    assert_eq!(world.offsets(), [None, Some(15)]);
    let refused = log.text().lines().filter(|line| line.contains("webhook_refused")).count();
    assert_eq!(refused, 2, "{}", log.text());
    assert!(!log.text().contains("CANARY") && !log.text().contains("1111111"), "{}", log.text());
}

#[tokio::test]
async fn f09_updates_out_of_order_and_twice_are_each_one_message() {
    let world = World::new([
        text(12, 3, "c"),
        text(10, 1, "a"),
        text(11, 2, "b"),
        text(10, 1, "a"),
        text(13, 1, "a"),
    ])
    .await;
    world.asker().poll_now().await.unwrap();
    assert_eq!(world.texts(), ["a", "a", "b", "c", "a"]);
    let ids: std::collections::BTreeSet<_> =
        world.queue.sent().iter().map(|(job, _)| job.message_id().to_string()).collect();
    assert_eq!(ids.len(), 3, "the queue's worker makes one note of each");
    world.asker().poll_now().await.unwrap();
    assert_eq!(world.offsets(), [None, Some(14)]);
}

#[tokio::test]
async fn nothing_is_forgotten_before_the_queue_has_it() {
    let world = World::new([text(10, 1, "a"), text(11, 2, "b"), text(12, 3, "c")]).await;
    let full = || shared::ports::job_queue::QueueError(MadeUp::boxed("full"));
    let take = TakeIn { queue: Arc::new(Failing::on_call(2, full, world.queue.clone())), ..world.take() };
    let asker = world.polling(take).0.asker;
    assert!(matches!(asker.poll_now().await, Err(Failed::NotQueued)));
    assert_eq!(world.texts(), ["a"]);
    assert_eq!(asker.poll_now().await.unwrap(), 2);
    assert_eq!(world.texts(), ["a", "b", "c"]);
    assert_eq!(world.offsets(), [None, Some(11)]);
}

#[tokio::test]
async fn a_process_that_starts_anew_goes_on_where_the_last_one_was() {
    let world = World::new([text(10, 1, "a")]).await;
    world.asker().poll_now().await.unwrap();
    world.list.add([text(11, 2, "b")]);
    world.asker().poll_now().await.unwrap();
    assert_eq!(world.texts(), ["a", "b"]);
    // What was confirmed needs no number: after a week Telegram may begin with a smaller one.
    world.asker().poll_now().await.unwrap();
    world.list.add([text(3, 3, "c")]);
    world.asker().poll_now().await.unwrap();
    assert_eq!(world.texts(), ["a", "b", "c"]);
    assert_eq!(world.offsets(), [None, Some(11), Some(12), None]);
}

#[tokio::test]
async fn updates_without_numbers_are_passed_by_those_that_have_one() {
    let world = World::new([
        json!({"message": 5}),
        text(10, 1, "a"),
        json!({"update_id": -1}),
        json!({"update_id": i64::MAX}),
    ])
    .await;
    world.asker().poll_now().await.unwrap();
    assert_eq!(world.texts(), ["a"]);
    let alone = World::new([json!({"message": 5})]).await;
    assert!(matches!(alone.asker().poll_now().await, Err(Failed::NotNumbered)));
}

#[tokio::test]
async fn a_stranger_and_a_group_are_passed_without_a_word() {
    let mut stranger = text(10, 1, "a");
    stranger["message"]["from"]["id"] = json!(2_222_222);
    stranger["message"]["chat"]["id"] = json!(2_222_222);
    let mut group = text(11, 2, "b");
    group["message"]["chat"] = json!({"id": -42, "type": "group"});
    let world = World::new([stranger, group]).await;
    assert_eq!(world.asker().poll_now().await.unwrap(), 0);
    world.asker().poll_now().await.unwrap();
    assert!(world.texts().is_empty());
    assert_eq!(world.offsets(), [None, Some(12)]);
}

#[tokio::test]
async fn more_than_one_answer_holds_is_taken_at_once() {
    let world = World::new((0..250).map(|n| text(n, n, "x"))).await;
    assert_eq!(world.asker().poll_now().await.unwrap(), 250);
    assert_eq!(world.texts().len(), 250);
}

#[tokio::test]
async fn a_tap_is_taken_and_its_button_waits_no_longer() {
    let tap = json!({"update_id": 10, "callback_query": {"id": "77", "from": {"id": 1_111_111}, "data": "hark-ok",
        "message": {"message_id": 5, "chat": {"id": 1_111_111, "type": "private"}, "date": 0}}});
    let world = World::new([tap]).await;
    assert_eq!(world.asker().poll_now().await.unwrap(), 1);
    let asked = world.stub.asked();
    assert_eq!(asked[1].method(), "answerCallbackQuery");
    assert_eq!(asked[1].json(), json!({"callback_query_id": "77"}));
}

#[tokio::test]
async fn a_tap_that_waited_comes_before_what_was_written_after_it() {
    let tap = json!({"update_id": 11, "callback_query": {"id": "77", "from": {"id": 1_111_111}, "data": "hark-change",
        "message": {"message_id": 5, "chat": {"id": 1_111_111, "type": "private"}, "date": 0}}});
    let world = World::new([]).await;
    let now = samples::now();
    let written = |update: i64, minutes: i64| {
        let mut written = text(update, update, "x");
        written["message"]["date"] = json!(now.as_second() - 60 * minutes);
        written
    };
    world.list.add([written(10, 90), tap, written(12, 60), text(13, 13, "of 1970")]);
    world.asker().poll_now().await.unwrap();
    let received: Vec<_> = world
        .queue
        .sent()
        .into_iter()
        .map(|(job, _)| match job {
            Job::NoteReceived(note) => now.duration_since(note.message.received_at).as_secs() / 60,
            _ => panic!("a message"),
        })
        .collect();
    assert_eq!(received, [90, 60, 60, 0]);
}

#[tokio::test]
async fn a_conflict_is_told_with_its_remedy_and_tried_again_more_and_more_slowly() {
    let log = ThreadLog::begin();
    let world = World::new([]).await;
    *world.list.refuses.lock().unwrap() =
        Some((409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook"));
    let failed = world.asker().poll_now().await.unwrap_err();
    tell(&failed);
    assert!(
        log.text().contains("alarm")
            && log.text().contains("telegram_conflict")
            && log.text().contains("hark telegram webhook remove")
    );
    let waits: Vec<u64> = [0, 1, 2, 5, 6, 40].map(|before| back_off(&failed, before).as_secs()).to_vec();
    assert_eq!(waits, [1, 2, 4, 32, 60, 60]);
    let busy = Failed::Telegram(CallError::Busy(Duration::from_secs(90)));
    assert_eq!(back_off(&busy, 0), Duration::from_secs(90));
}

#[tokio::test]
async fn a_token_that_is_refused_is_an_alarm_and_is_asked_with_again() {
    let log = ThreadLog::begin();
    let world = World::new([text(10, 1, "a")]).await;
    for (code, said) in [(401, "Unauthorized"), (404, "Not Found")] {
        *world.list.refuses.lock().unwrap() = Some((code, said));
        let failed = world.asker().poll_now().await.unwrap_err();
        tell(&failed);
        assert_eq!(back_off(&failed, 0), LONGEST_WAIT);
    }
    assert!(log.text().contains("telegram_bot_refused") && log.text().contains("alarm"), "{}", log.text());

    let (polling, now) = world.polling(world.take());
    let (stop, stopped) = oneshot::channel::<()>();
    let asked = world.stub.asked().len();
    let running = tokio::spawn(polling.run(async move { drop(stopped.await) }));
    while world.stub.asked().len() == asked {
        tokio::task::yield_now().await;
    }
    assert_eq!(now.sync().await, Err(SyncError::Unavailable));
    *world.list.refuses.lock().unwrap() = None;
    assert_eq!(now.sync().await, Ok(1), "it had not ended");
    stop.send(()).unwrap();
    running.await.unwrap();
    assert_eq!(world.texts(), ["a"]);
}

#[tokio::test]
async fn updates_that_are_too_large_are_passed_one_by_one_and_those_between_them_are_taken() {
    let log = ThreadLog::begin();
    // Its number comes first, as Telegram writes it.
    let large = |number: i64| json!({"update_id": number, "with": "CANARY".repeat(1_500_000)});
    let world =
        World::new([text(10, 1, "first"), large(11), text(12, 2, "between"), large(13), text(14, 3, "last")])
            .await;
    assert_eq!(world.asker().poll_now().await.unwrap(), 3);
    assert_eq!(world.texts(), ["first", "between", "last"]);
    assert_eq!(world.asker().poll_now().await.unwrap(), 0);
    let refused = log.text().lines().filter(|line| line.contains("webhook_refused")).count();
    assert_eq!(refused, 2, "{}", log.text());
    assert!(!log.text().contains("CANARY"));
}

#[tokio::test]
async fn what_is_no_answer_of_telegrams_passes_nothing() {
    let stub = Stub::start(|_, _| Some(crate::stub::with(200, &[], "<html>\"update_id\":7,"))).await;
    let world = World::new([]).await;
    let polled = Polled::new(world.table.clone());
    let (polling, _) = Polling::new(stub.api(), polled.clone(), world.take(), world.clock.clone());
    assert!(matches!(polling.asker.poll_now().await, Err(Failed::Telegram(CallError::Lost(_)))));
    assert_eq!(polled.next("5550000").await.unwrap(), None);
    let limits: Vec<_> = stub.asked().iter().map(|asked| asked.json()["limit"].as_u64().unwrap()).collect();
    assert_eq!(limits, [25, 1]);
}

#[tokio::test]
async fn it_asks_out_of_turn_while_a_question_is_held_and_ends_when_it_is_stopped() {
    let world = World::new([]).await;
    world.list.holds.store(true, Ordering::SeqCst);
    let (polling, now) = world.polling(world.take());
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(polling.run(async move { drop(stopped.await) }));
    while world.stub.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    world.list.add([text(10, 1, "a"), text(11, 2, "b")]);
    assert_eq!(now.sync().await, Ok(2));
    assert_eq!(world.texts(), ["a", "b"]);
    stop.send(()).unwrap();
    running.await.unwrap();
}
