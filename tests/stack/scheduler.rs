//! What becomes of a note in a deployed stack whose job the queue has forgotten.

use std::{sync::Arc, time::Duration};

use adapter_aws::{DynamoTable, InvokedDirectory};
use adapter_system::SystemClock;
use jiff::Timestamp;
use serde_json::Value;
use shared::{
    domain::note::Note,
    jobs::Job,
    ports::{clock::Clock, directory::CustomerDirectory},
    repositories::notes::{Claimed, Notes, StoredNote, Worker},
};
use system_tests::{BEN, Stack};
use tokio::sync::Mutex;

use crate::{
    batch::Batch,
    commands::{run, script},
    site::{PATIENCE, PLUMBING, Site},
    traces::until,
};

/// Held by whoever invokes the function by hand, and by the story in which nobody may.
static BY_HAND: Mutex<()> = Mutex::const_new(());

/// Invokes the function by hand, instead of waiting for the minute.
async fn sweep(stack: &Stack) -> Value {
    let _by_hand = BY_HAND.lock().await;
    let mut command = script("tests/tools/look-after");
    command.arg(stack.get("HARK_ENV"));
    serde_json::from_str(&run(stack, command, "").await.well()).expect("JSON")
}

fn notes(stack: &Stack) -> Notes {
    let table = DynamoTable::new(&stack.aws(), stack.get("TABLE_NAME"), Arc::new(SystemClock));
    Notes::new(Arc::new(table))
}

/// Begins a note of Ben's, as a worker would that dies at once; its message is in no queue.
async fn begun(site: &Site, body: &str) -> StoredNote {
    let Ok(Job::NoteReceived(job)) = Job::from_body(body) else { panic!("a job") };
    let directory = InvokedDirectory::new(&site.stack.aws(), site.stack.get("CUSTOMER_LOOKUP_FUNCTION"));
    let sender = directory.find(job.message.from.identity()).await.expect("the lookup answers");
    let fresh = Note::received(job.message, sender.expect("Ben is known"));
    let worker = Worker { holder: "a-story".to_owned(), lease: Duration::from_secs(1), alone: false };
    match notes(&site.stack).claim(fresh, &worker, SystemClock.now()).await.expect("the table answers") {
        Claimed::Yours(stored) => *stored,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_note_whose_job_the_queue_forgot_is_finished_by_the_sweep() {
    let site = Site::open().await;
    let batch = Batch::of(&site, 1);
    let mut stored = begun(&site, &batch.bodies[0]).await;
    // It was to wait until long ago.
    notes(&site.stack).wait_until(&mut stored, Timestamp::UNIX_EPOCH).await.expect("stored");

    let swept = sweep(&site.stack).await;
    assert_eq!((&swept["error"], &swept["answer"]["sweep"]["failed"]), (&Value::Null, &0.into()), "{swept}");
    site.filed(PLUMBING, &batch.ids[0]).await;
    if site.stack.is_local() {
        assert_eq!(site.answered(BEN, &batch.words[0]).await.len(), 1);
    }
    let id = &stored.note.message().id;
    let is_finished = async || {
        let note = notes(&site.stack).find(id).await.expect("the table answers").expect("the note");
        (note.is_finished() && note.due().is_none()).then_some(())
    };
    until(PATIENCE, "the note is finished", is_finished).await;
}

#[tokio::test]
async fn the_rule_invokes_the_function_every_minute() {
    let stack = Stack::open();
    let told = sweep(&stack).await;
    assert_eq!((&told["state"], &told["schedule"]), (&"ENABLED".into(), &"rate(1 minute)".into()));
    let function = format!(":function:hark-{}-scheduler", stack.get("HARK_ENV"));
    let targets = told["targets"].as_array().expect("a list");
    assert!(matches!(&targets[..], [Value::String(arn)] if arn.ends_with(&function)), "{told}");
}

#[tokio::test]
async fn a_note_that_waited_until_now_comes_back_by_the_rule_alone() {
    let site = Site::open().await;
    let _nobody = BY_HAND.lock().await;
    let batch = Batch::of(&site, 1);
    let mut stored = begun(&site, &batch.bodies[0]).await;
    notes(&site.stack).wait_until(&mut stored, SystemClock.now()).await.expect("stored");
    site.filed(PLUMBING, &batch.ids[0]).await;
}
