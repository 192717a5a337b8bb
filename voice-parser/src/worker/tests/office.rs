//! What the office changes of a record, and what it has done over again.

use shared::{
    domain::{
        analysis::Record, note::FailureReason, note::Understood, office_change::OfficeEdit,
        record_form::RecordForm, trial::Trial, user::UserName,
    },
    ports::job_queue::JobQueue,
    testing::{fixed::SeededIds, memory_queue::MemoryQueue, scripted_models::transcript},
    use_cases::{office::Office as Orders, replay::send_again},
};

use super::{
    changing::{JOB, PHOTO},
    *,
};

/// The office beside the worker.
pub(super) struct Office {
    pub(super) outside: Outside,
    pub(super) queue: Arc<MemoryQueue>,
    pub(super) asks: Orders,
}

impl Office {
    pub(super) fn over(outside: Outside) -> Self {
        let queue = Arc::new(MemoryQueue::new(outside.clock.clone()));
        let asks = Orders::new(
            queue.clone(),
            outside.objects.clone(),
            outside.clock.clone(),
            Arc::new(SeededIds::default()),
        );
        Self { outside, queue, asks }
    }

    /// Asks for it, and lets the worker do it.
    pub(super) async fn changes(&self, edit: OfficeEdit, told: bool) -> Note {
        let note = self.outside.note(1).await;
        let by = UserName::parse("boss").unwrap();
        let id = self.asks.change(&note, by, edit, told).await.unwrap();
        self.works().await;
        self.outside.deps.notes.find(&id).await.unwrap().expect("the change is a note")
    }

    pub(super) async fn works(&self) {
        for _ in 0..50 {
            if self.queue.depth() == 0 {
                return;
            }
            self.queue.deliver_due(&self.outside.worker()).await;
            self.outside.clock.advance(Duration::from_secs(200));
        }
        panic!("the queue is never empty");
    }

    pub(super) fn edited(&self, note: &Note, wrong: &str, right: &str) -> OfficeEdit {
        let record = &note.understood().unwrap().analysis.record;
        let mut form = RecordForm::of(record);
        form.items = form.items.iter().map(|item| item.replace(wrong, right)).collect();
        OfficeEdit::Records(vec![form.record(record.intent(), record).unwrap()])
    }

    pub(super) fn answers(&self) -> usize {
        self.outside.messenger.bodies_to(SENDER).len()
    }
}

#[tokio::test]
async fn the_office_puts_an_item_right_and_the_sender_reads_what_it_was_and_is() {
    let office = Office::over(Outside::new());
    office.outside.handle(message(1, WORDS)).await.unwrap();
    let files = office.outside.files();
    let edit = office.edited(&office.outside.note(1).await, "Miller", "Müller");
    let change = office.changes(edit, true).await;

    assert_eq!(change.stage(), Stage::Done);
    assert_eq!(office.outside.files(), files, "no file under another key");
    let record = office.outside.record(&format!("{JOB}_{}_record.json", message_id(1)));
    assert_eq!(record["job"]["action_items"][1]["text"], "Call Mrs Müller tomorrow");
    assert_eq!(record["job"]["action_items"][1]["quote"], "Call Mrs Miller tomorrow", "what was said stays");
    assert_eq!((record["version"].as_u64(), record.get("corrections")), (Some(1), None));
    assert!(office.outside.deps.notes.old_version(&message_id(1), 0).await.unwrap().is_some());
    let told = office.outside.last_answer();
    assert!(told.starts_with("Your office looked at your record."), "{told}");
    assert!(told.contains("✗ Call Mrs Miller tomorrow\n✓ Call Mrs Müller tomorrow"), "{told}");
    let asked = office.outside.analyst.calls();
    assert_eq!(asked, 1, "no model has anything to say about it");
}

#[tokio::test]
async fn the_office_puts_it_right_quietly_and_nobody_is_told() {
    let office = Office::over(Outside::new());
    office.outside.handle(message(1, WORDS)).await.unwrap();
    let told_at = office.outside.note(1).await.told_at;
    let edit = office.edited(&office.outside.note(1).await, "two", "three");
    let change = office.changes(edit, false).await;
    assert_eq!((change.stage(), &change.answer), (Stage::Done, &Answer::Withheld));
    assert_eq!(office.answers(), 1, "that to the note itself");
    let note = office.outside.note(1).await;
    assert_eq!((note.told_at, note.revised().version), (told_at, 1));
    assert!(note.understood().unwrap().analysis.record.texts().iter().any(|text| text.contains("three")));
}

#[tokio::test]
async fn what_the_office_withdraws_goes_out_of_sight_and_comes_back() {
    let office = Office::over(Outside::new());
    office.outside.handle(message(1, WORDS)).await.unwrap();
    let files = office.outside.files();
    office.changes(OfficeEdit::Withdrawn, true).await;
    assert_eq!(office.outside.files(), Vec::<String>::new());
    assert!(office.outside.last_answer().contains("Withdrawn"), "{}", office.outside.last_answer());
    office.changes(OfficeEdit::Restored, false).await;
    assert_eq!(office.outside.files(), files);
    assert_eq!(office.answers(), 2);
}

#[tokio::test]
async fn a_recording_is_heard_again_and_its_record_says_what_was_heard_this_time() {
    let outside = Outside::with(
        ScriptedTranscriber::new(|call, _, _| {
            Ok(transcript(if call == 1 { "Please order two copper pipes for Miller." } else { WORDS }))
        }),
        ScriptedAnalyst::drafting(pipes()),
    );
    let office = Office::over(outside.with_media(fixture("job-en.ogg")));
    office.outside.handle(voice_note()).await.unwrap();
    let change = office.changes(OfficeEdit::HeardAgain, false).await;
    assert_eq!(change.stage(), Stage::Done, "{:?}", change.failure());
    let key = format!("{JOB}_{}_full_text.txt", message_id(1));
    assert_eq!(office.outside.objects.text(&key).unwrap(), WORDS);
    let note = office.outside.note(1).await;
    assert_eq!((note.revised().version, office.outside.transcriber.calls()), (1, 2));
    assert!(change.usage() != shared::domain::usage::Usage::default(), "what it cost is counted");

    office.changes(OfficeEdit::UnderstoodAgain, false).await;
    assert_eq!((office.outside.transcriber.calls(), office.outside.analyst.calls()), (2, 3));
    office.changes(OfficeEdit::FiledAgain, false).await;
    assert_eq!(office.outside.analyst.calls(), 3);
    assert_eq!(office.outside.note(1).await.revised().version, 3);
}

#[tokio::test]
async fn what_cannot_be_changed_fails_and_the_sender_hears_nothing_of_it() {
    let office = Office::over(Outside::new().with_media(fixture("silence.ogg")));
    office.outside.handle(voice_note()).await.unwrap();
    let before = office.answers();
    let record = Record::Other { summary: Some("Nothing was said".to_owned()) };
    let change = office.changes(OfficeEdit::Records(vec![record]), true).await;
    assert_eq!(change.failure().map(|failure| failure.reason), Some(FailureReason::Internal));
    assert_eq!((&change.answer, office.answers()), (&Answer::Withheld, before));
}

#[tokio::test]
async fn another_companys_record_is_not_there_to_be_changed() {
    let office = Office::over(Outside::new());
    office.outside.handle(message(1, WORDS)).await.unwrap();
    let foreign =
        Note::received(office.outside.note(1).await.message().clone(), samples::customer_of("other"));
    let by = UserName::parse("boss").unwrap();
    let id = office.asks.change(&foreign, by, OfficeEdit::Withdrawn, true).await.unwrap();
    office.works().await;
    let change = office.outside.deps.notes.find(&id).await.unwrap().unwrap();
    assert_eq!((change.stage(), office.outside.note(1).await.revised().version), (Stage::Failed, 0));
}

#[tokio::test]
async fn a_silent_recording_is_heard_again_from_its_original_and_its_sender_gets_the_outcome() {
    let outside = Outside::with(
        ScriptedTranscriber::new(|call, _, _| Ok(transcript(if call == 1 { "" } else { WORDS }))),
        ScriptedAnalyst::drafting(pipes()),
    );
    let office = Office::over(outside.with_media(fixture("job-en.ogg")));
    office.outside.handle(voice_note()).await.unwrap();
    let note = office.outside.note(1).await;
    assert!(note.understood().is_none() && note.stage() == Stage::Done);
    assert_eq!(note.can_go_back_to(), [Stage::MediaStored]);

    let (notes, from) = (&office.outside.deps.notes, Some(Stage::MediaStored));
    send_again(notes, &*office.queue, &message_id(1), from).await.unwrap();
    office.works().await;
    let note = office.outside.note(1).await;
    assert_eq!((note.stage(), note.words().as_str()), (Stage::Done, WORDS));
    assert_eq!(office.answers(), 2);
    assert!(office.outside.last_answer().contains("Filed as a job"), "{}", office.outside.last_answer());
    assert_eq!(note.can_go_back_to(), []);
    assert_eq!(office.outside.open_notes(), 0);
}

#[tokio::test]
async fn a_photo_alone_is_not_heard_again_and_a_filed_note_goes_nowhere_back() {
    let mut outside = Outside::new();
    let photo = std::fs::read(format!("{}/../tests/fixtures/media/photo.jpg", env!("CARGO_MANIFEST_DIR")));
    outside.deps.media = Arc::new(MapMedia::new().with(PHOTO, photo.expect("a photo")));
    let office = Office::over(outside);
    office.outside.handle(message_with_media(1, "", &[(PHOTO, "image/jpeg")])).await.unwrap();
    assert_eq!(office.outside.note(1).await.can_go_back_to(), []);
    let before = office.outside.note(1).await;
    let from = Some(Stage::Received);
    send_again(&office.outside.deps.notes, &*office.queue, &message_id(1), from).await.unwrap();
    office.works().await;
    assert_eq!((office.outside.note(1).await, office.answers()), (before, 1), "nothing is done twice");
}

#[tokio::test]
async fn what_the_model_would_be_told_is_tried_on_a_note_and_changes_nothing() {
    let analyst = ScriptedAnalyst::new(|_, question| {
        let summary = if question.instructions.contains("Boilers first") { "Boiler" } else { "Copper pipes" };
        Ok(answer(Ok(job_draft(summary, &["order two copper pipes"]))))
    });
    let office = Office::over(Outside::with(ScriptedTranscriber::saying(WORDS), analyst));
    office.outside.handle(message(1, WORDS)).await.unwrap();
    let (before, files) = (office.outside.note(1).await, office.outside.files());
    let trial = Trial {
        of: message_id(1),
        by: UserName::parse("boss").unwrap(),
        prompt: "Boilers first.".to_owned().into(),
        replaces: None,
    };
    let id = office.asks.try_prompt(&before, trial).await.unwrap();
    office.works().await;
    let tried = office.outside.deps.notes.find(&id).await.unwrap().unwrap();
    assert_eq!((tried.stage(), tried.understood(), &tried.answer), (Stage::Done, None, &Answer::Withheld));
    let kept = office.outside.deps.notes.part(&id, "tried").await.unwrap().expect("what came of it");
    let kept: Understood = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept.analysis.record.title(), "Boiler.");
    assert_eq!((office.outside.note(1).await, office.outside.files(), office.answers()), (before, files, 1));
    let listed = |name: &str| {
        let items = office.outside.table.items();
        items.iter().filter(|item| item.key.partition.starts_with(name)).count()
    };
    assert_eq!((listed("inbox#"), listed("thread#"), office.outside.open_notes()), (1, 1, 0));
}

#[tokio::test]
async fn of_two_edits_of_one_version_the_second_changes_nothing_and_says_so() {
    let office = Office::over(Outside::new());
    office.outside.handle(message(1, WORDS)).await.unwrap();
    let seen = office.outside.note(1).await;
    let by = || UserName::parse("boss").unwrap();
    let [first, second] = ["three", "four"].map(|number| office.edited(&seen, "two", number));
    office.asks.change(&seen, by(), first, false).await.unwrap();
    let late = office.asks.change(&seen, by(), second, true).await.unwrap();
    office.works().await;
    let late = office.outside.deps.notes.find(&late).await.unwrap().unwrap();
    assert_eq!(late.failure().map(|failure| failure.reason), Some(FailureReason::RecordChanged));
    let note = office.outside.note(1).await;
    assert!(note.understood().unwrap().analysis.record.texts().iter().any(|text| text.contains("three")));
    assert_eq!((note.revised().version, office.answers()), (1, 1));
}

#[tokio::test]
async fn a_record_is_not_given_up_for_what_no_model_could_read() {
    let away = || ModelError::Unavailable("status 503");
    let outside = Outside::new();
    let inner = outside.analyst.clone() as Arc<dyn Analyst>;
    let mut office = Office::over(outside);
    office.outside.handle(message(1, WORDS)).await.unwrap();
    office.outside.deps.analyst = Arc::new(Failing::<dyn Analyst, ModelError>::on_calls(1..=50, away, inner));
    let (before, files) = (office.outside.note(1).await, office.outside.files());
    let change = office.changes(OfficeEdit::UnderstoodAgain, true).await;
    assert_eq!(change.failure().map(|failure| failure.reason), Some(FailureReason::ModelUnavailable));
    assert_eq!(office.outside.note(1).await.understood(), before.understood());
    assert_eq!((office.outside.files(), office.answers()), (files, 1));
}

#[tokio::test]
async fn a_reopened_note_is_looked_after_although_its_job_was_not_taken() {
    let outside = Outside::with(
        ScriptedTranscriber::new(|_, _, _| Ok(transcript(""))),
        ScriptedAnalyst::drafting(pipes()),
    );
    let office = Office::over(outside.with_media(fixture("job-en.ogg")));
    office.outside.handle(voice_note()).await.unwrap();
    assert_eq!(office.outside.open_notes(), 0);
    office.outside.deps.notes.reopen(&message_id(1), Some(Stage::MediaStored)).await.unwrap();
    assert_eq!(office.outside.open_notes(), 1, "the sweep finds it");
    office.queue.send(&Job::of(&office.outside.note(1).await), Duration::ZERO).await.unwrap();
    office.works().await;
    assert_eq!(office.outside.open_notes(), 0);
}
