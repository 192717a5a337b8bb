//! Changes that meet one another, a fault or a worker that was overtaken: each is made once, and the files say what the
//! record says.

use shared::{
    domain::object_key::ObjectKey,
    ports::objects::{ObjectReplace, Replaced},
};

use super::{
    changing::{outside, quoting, tapped},
    *,
};

/// Two messages change the same record at once: the second is planned on what the first made.
#[tokio::test]
async fn two_changes_at_once_both_count() {
    let outside = outside();
    outside.handle(message(1, WORDS)).await.unwrap();
    let first = quoting(&outside, 0, message(2, "No, not Miller, Müller."));
    let second = quoting(&outside, 0, tapped(3, "hark-ok"));
    let (worker, other) = (outside.worker(), outside.worker());
    let (first, second) = (job(first), job(second));
    let (a, b) = tokio::join!(worker.handle(&first, FIRST), other.handle(&second, FIRST));
    for (ended, job) in [(a, first), (b, second)] {
        if ended.is_err() {
            outside.clock.advance(Duration::from_secs(6));
            outside.worker().handle(&job, FIRST).await.unwrap();
        }
    }
    let note = outside.note(1).await;
    assert_eq!(note.revised().version, 2);
    assert_eq!(outside.messenger.bodies_to(SENDER).len(), 3);
}

/// The process dies, or a store fails, at every one of its calls: afterwards the change is made once, its files are
/// right, and its sender is told once.
#[tokio::test]
async fn b07_a_change_survives_a_failure_at_every_call() {
    let mut failed = 0;
    for lost in [false, true] {
        for n in 1..60 {
            let mut outside = outside();
            outside.handle(voice_note()).await.unwrap();
            let intact = outside.deps.clone();
            let away = || TableError::Unavailable(shared::testing::MadeUp::boxed("away"));
            let table: Failing<dyn TableStore, TableError> =
                Failing::on_call(n, away, outside.table.clone() as Arc<dyn TableStore>);
            let table: Arc<dyn TableStore> = Arc::new(if lost { table.losing_answers() } else { table });
            outside.deps.notes = Notes::new(table.clone());
            outside.deps.sent = Sent::new(table.clone());
            outside.deps.filed = Filed::new(table.clone());
            outside.deps.conversations = Conversations::new(table);
            let correction = quoting(&outside, 0, message(2, "This is knowledge, not a job."));
            let mut ended = outside.then(60, correction.clone()).await;
            failed += usize::from(ended.is_err());
            outside.deps = intact;
            for _ in 0..5 {
                if ended.is_ok() {
                    break;
                }
                outside.clock.advance(Duration::from_secs(200));
                ended = outside.handle(correction.clone()).await;
            }
            assert_eq!(ended, Ok(()), "call {n}");
            let files = outside.files();
            assert_eq!(files.len(), 4, "call {n}: {files:?}");
            assert!(files.iter().all(|key| key.contains("/knowledge-document/")), "call {n}: {files:?}");
            assert_eq!(outside.note(1).await.revised().version, 1, "call {n}");
            assert_eq!(outside.messenger.bodies_to(SENDER).len(), 2, "call {n}");
        }
    }
    assert!(failed > 20, "{failed} calls failed");
}

/// The record is changed and the last try is spent, but the files cannot follow: nobody is told that it failed.
#[tokio::test(start_paused = true)]
async fn b07_a_change_that_was_begun_is_never_given_up() {
    let mut outside = outside();
    outside.handle(message(1, WORDS)).await.unwrap();
    let undo = job(quoting(&outside, 0, tapped(2, "hark-undo")));
    let away = || ObjectError::Unavailable(shared::testing::MadeUp::boxed("away"));
    let intact = outside.deps.writes.clone();
    outside.deps.writes = Arc::new(Failing::always(away, intact.clone()));
    let ended = outside.worker().handle(&undo, LAST).await;
    assert!(matches!(ended, Err(JobError::Busy { .. })), "{ended:?}");
    assert_eq!(outside.note(1).await.revised().version, 1);
    assert_eq!(outside.messenger.bodies_to(SENDER).len(), 1);

    outside.deps.writes = intact;
    outside.clock.advance(Duration::from_secs(200));
    outside.worker().handle(&undo, LAST).await.unwrap();
    assert!(outside.files().is_empty(), "{:?}", outside.files());
    assert_eq!(outside.note(1).await.revised().version, 1);
    assert!(outside.last_answer().contains("Withdrawn"), "{}", outside.last_answer());
}

/// Files that somebody else changes just before they are replaced.
struct Overtaken {
    inner: Arc<dyn ObjectReplace>,
    by: std::sync::Mutex<Option<(VoiceParser, Job)>>,
}

#[async_trait]
impl ObjectReplace for Overtaken {
    async fn replace(
        &self,
        key: &ObjectKey,
        etag: &str,
        bytes: bytes::Bytes,
        content_type: &str,
    ) -> Result<Replaced, ObjectError> {
        let by = self.by.lock().unwrap().take();
        if let Some((other, job)) = by {
            other.handle(&job, FIRST).await.unwrap();
        }
        self.inner.replace(key, etag, bytes, content_type).await
    }
}

/// A worker whose clock is ahead takes the record of one that still works on it, and is done first.
#[tokio::test]
async fn b07_whoever_was_overtaken_brings_the_files_to_what_the_record_says_now() {
    let mut outside = outside();
    outside.handle(message(1, WORDS)).await.unwrap();
    let correction = job(quoting(&outside, 0, message(2, "No, not Miller, Müller.")));
    let undo = job(quoting(&outside, 0, tapped(3, "hark-undo")));
    let ahead = Arc::new(FixedClock::default());
    ahead.advance(Duration::from_secs(200));
    let other = VoiceParser::new(Deps { clock: ahead, ..outside.deps.clone() });
    let intact = outside.deps.replaces.clone();
    let by = std::sync::Mutex::new(Some((other, undo)));
    outside.deps.replaces = Arc::new(Overtaken { inner: intact.clone(), by });
    let ended = outside.worker().handle(&correction, FIRST).await;
    assert!(matches!(ended, Err(JobError::Busy { .. })), "{ended:?}");

    outside.deps.replaces = intact;
    outside.clock.advance(Duration::from_secs(200));
    outside.worker().handle(&correction, FIRST).await.unwrap();
    assert!(outside.files().is_empty(), "withdrawn: {:?}", outside.files());
    assert_eq!(outside.note(1).await.revised().version, 2);
    assert_eq!(outside.messenger.bodies_to(SENDER).len(), 3);
}
