//! What becomes of notes in a deployed stack when deliveries come twice, fail, or cannot be read.

use std::{sync::Arc, time::Duration};

use adapter_aws::{DynamoTable, testing::DeployedQueue};
use adapter_system::SystemClock;
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use shared::{
    domain::note::Note,
    jobs::Job,
    ports::clock::Clock,
    repositories::notes::{Claimed, Notes, Worker},
    testing::samples::customer,
};
use system_tests::{BEN, CELINA};

use crate::{
    batch::Batch,
    commands::Hark,
    deployment::Templates,
    site::{ALL_TYPES, PATIENCE, PLUMBING, Site, a_word},
    system::logs,
    traces::{tidied, until},
    webhook::Form,
};

#[tokio::test]
async fn b02_the_same_note_delivered_twenty_times_at_once_has_one_effect() {
    let site = Site::by_itself().await;
    let word = a_word();
    let form = Form::words(&site.stack, CELINA, &format!("Proszę zamówić dwie rury dla {word}."));
    let answers = join_all((0..20).map(|_| form.post(&site.stack))).await;
    assert!(answers.iter().all(|(status, _)| *status == StatusCode::OK), "{answers:?}");
    site.filed(PLUMBING, &form.id()).await;
    site.queue_is_empty().await;
    // Looks at each file's versions too: none was written a second time.
    assert_eq!(site.files_of(PLUMBING, &form.id()).await.len(), 3);
    if site.stack.is_local() {
        assert_eq!(site.answers(CELINA, &word).await.len(), 1);
    }
}

#[tokio::test]
async fn b13_of_ten_messages_the_unreadable_one_is_set_aside_and_the_failed_one_is_tried_again() {
    let Some(site) = Site::alone("a poisoned batch").await else { return };
    let batch = Batch::with_one_that_fails(&site, 8).await;
    let unreadable = json!({"kind": "note_received", "v": 1, "message": a_word()}).to_string();
    let bodies: Vec<_> = batch.bodies.iter().cloned().chain([unreadable.clone()]).collect();
    assert_eq!(bodies.len(), 10);
    site.queue.send_together(&bodies).await.expect("sent");

    for id in &batch.ids {
        site.filed(PLUMBING, id).await;
    }
    let failed = site.filed(PLUMBING, &batch.fails).await;
    assert_eq!(failed.keys().map(String::as_str).collect::<Vec<_>>(), ALL_TYPES);
    site.queue_is_empty().await;
    let letters = site.dead_letters.take(&unreadable).await;
    assert_eq!(letters.len(), 1, "the unreadable one, once: {letters:?}");
    assert!(letters[0].reason.starts_with("not a job"), "{}", letters[0].reason);
    for word in batch.words {
        assert_eq!(site.answers(BEN, &word).await.len(), 1, "{word}");
    }
}

/// The check above has teeth: it is this one line of the template that keeps what failed.
#[tokio::test]
async fn b15_without_reports_of_failed_items_the_failed_message_vanishes() {
    let Some(site) = Site::alone("a stack without ReportBatchItemFailures").await else { return };
    let without = Templates::copied();
    without.remove("voice-parser", "Notes", "FunctionResponseTypes");
    // Under another name it is made anew: the stand-in keeps the property of one that is only changed.
    without.edit("voice-parser", "  Notes:\n", "  NotesWithoutReports:\n");
    let vanishes = async {
        without.deploy(&site.stack, "voice-parser").await.well();
        let lost = Batch::with_one_that_fails(&site, 1).await;
        site.queue.send_together(&lost.bodies).await.expect("sent");
        site.filed(PLUMBING, &lost.ids[0]).await;
        lost.has_failed(&site).await;
        site.queue_is_empty().await;
        assert_eq!(site.files_of(PLUMBING, &lost.fails).await.len(), 0, "it is never filed");
        assert_eq!(site.dead_letters.with(&lost.fails).await, [], "nor among the dead letters");
    };
    tidied(vanishes, Templates::restore(&site.stack, "voice-parser")).await;

    let kept = Batch::with_one_that_fails(&site, 1).await;
    site.queue.send_together(&kept.bodies).await.expect("sent");
    site.filed(PLUMBING, &kept.fails).await;
}

#[tokio::test]
async fn b24_a_job_of_a_version_to_come_is_kept_among_the_dead_letters() {
    let site = Site::open().await;
    let word = a_word();
    let body = json!({"kind": "note_received", "v": 99, "text": word}).to_string();
    site.queue.send_together(std::slice::from_ref(&body)).await.expect("sent");
    let letters = site.dead_letters.take(&word).await;
    assert_eq!((letters.len(), letters[0].body.as_str()), (1, body.as_str()), "as it came");
    assert_eq!(letters[0].reason, "unknown job kind or version: note_received v99");
}

#[tokio::test]
async fn b09_a_note_that_was_begun_and_that_sqs_gave_up_is_not_read_again_but_told_of() {
    let site = Site::open().await;
    let last_chances = DeployedQueue::new(&site.stack.aws(), site.stack.get("LAST_CHANCE_QUEUE_URL"));
    let batch = Batch::of(&site, 1);
    begun_by_a_run_that_died(&site, &batch.bodies[0]).await;
    last_chances.send_together(&batch.bodies).await.expect("sent");
    let letters = site.dead_letters.take(&batch.words[0]).await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].reason.starts_with("after received: "), "{:?}", letters[0].reason);
    assert!(site.files_of(PLUMBING, &batch.ids[0]).await.is_empty());
}

#[tokio::test]
async fn b23_a_note_that_sqs_gave_up_before_anybody_had_room_for_it_is_filed() {
    let site = Site::open().await;
    let last_chances = DeployedQueue::new(&site.stack.aws(), site.stack.get("LAST_CHANCE_QUEUE_URL"));
    let batch = Batch::of(&site, 1);
    last_chances.send_together(&batch.bodies).await.expect("sent");
    site.filed(PLUMBING, &batch.ids[0]).await;
    assert_eq!(site.dead_letters.with(&batch.words[0]).await, []);
}

/// A worker took the note of this job and died before it had read its files.
async fn begun_by_a_run_that_died(site: &Site, body: &str) {
    let table = DynamoTable::new(&site.stack.aws(), site.stack.get("TABLE_NAME"), Arc::new(SystemClock));
    let Ok(Job::NoteReceived(job)) = Job::from_body(body) else { panic!("no note: {body}") };
    let note = Note::received(job.message, customer());
    let (lease, holder) = (Duration::from_secs(1), "a run that died".to_owned());
    let long_ago = SystemClock.now() - Duration::from_secs(3_600);
    let claimed =
        Notes::new(Arc::new(table)).claim(note, &Worker { holder, lease, alone: false }, long_ago).await;
    assert!(matches!(claimed, Ok(Claimed::Yours(_))), "{claimed:?}");
}

#[tokio::test]
async fn b16_dead_letters_are_put_back_and_what_was_done_already_is_not_done_again() {
    let Some(site) = Site::alone("putting back all dead letters").await else { return };
    let (done, lost) = (Batch::of(&site, 6), Batch::of(&site, 4));
    site.queue.send_together(&done.bodies).await.expect("sent");
    for id in &done.ids {
        site.filed(PLUMBING, id).await;
    }
    site.queue_is_empty().await;
    let letters: Vec<_> = done.bodies.iter().chain(&lost.bodies).cloned().collect();
    site.dead_letters.add(&letters).await;

    Hark::of(&site.stack).does(&["replay", "--dead-letters"]).await;
    for id in &lost.ids {
        site.filed(PLUMBING, id).await;
    }
    site.queue_is_empty().await;
    let left = site.dead_letters.with("").await;
    assert!(!left.iter().any(|letter| letters.contains(&letter.body)), "{left:?}");
    for word in done.words.iter().chain(&lost.words) {
        assert_eq!(site.answers(BEN, word).await.len(), 1, "{word}");
    }
    for id in &done.ids {
        assert_eq!(site.files_of(PLUMBING, id).await.len(), 3, "written once");
    }
}

#[tokio::test]
async fn a_missing_permission_is_named_in_the_log_and_loses_no_note() {
    let Some(site) = Site::alone("a role without s3:PutObject").await else { return };
    let without = Templates::copied();
    without.edit(
        "voice-parser",
        "                Action: [s3:GetObject, s3:PutObject]\n                Resource: !Sub \"arn:${AWS::Partition}:s3:::${DataBucket}/*\"\n",
        "                Action: s3:GetObject\n                Resource: !Sub \"arn:${AWS::Partition}:s3:::${DataBucket}/*\"\n",
    );
    let word = a_word();
    let form = Form::words(&site.stack, BEN, &format!("Please order pipes for {word}."));
    let id = form.id();
    let is_kept = async {
        without.deploy(&site.stack, "voice-parser").await.well();
        let before = site.phones().messages(BEN, 0).await.len();
        site.takes(&form).await;
        let told = site.phones().messages(BEN, before + 1).await;
        assert!(told[before].contains("nicht abgelegt") && told[before].contains("gespeichert"), "{told:?}");
        let look = async || {
            let logs = logs(&site.stack).await;
            let names = |line: &&str| {
                line.contains(&id) && line.contains("PutObject") && line.contains("AccessDenied")
            };
            logs.lines().find(names).map(str::to_owned)
        };
        until(PATIENCE, "the log names the missing permission", look).await;
        assert_eq!(site.files_of(PLUMBING, &id).await.len(), 0);
        site.queue_is_empty().await;
        assert_eq!(site.dead_letters.with(&id).await.len(), 1, "it is kept");
    };
    tidied(is_kept, Templates::restore(&site.stack, "voice-parser")).await;

    Hark::of(&site.stack).does(&["replay", "--message", &id]).await;
    site.filed(PLUMBING, &id).await;
    assert_eq!(site.answered(BEN, &word).await.len(), 1, "its sender is told how it ended");
    assert_eq!(site.dead_letters.with(&id).await, []);
}
