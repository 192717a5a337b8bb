//! What messages do that are about an earlier note: correct its record, take it back, join it.

use shared::{
    domain::{
        analysis::{ActionItem, DocumentDraft, FurtherJobDraft},
        message::Location,
        purpose::Purpose,
    },
    ports::{analyst::Question, clock::Clock},
    repositories::notes::ToChange,
    testing::scripted_models::transcript,
};

use super::*;

pub(super) const PHOTO: &str = "https://api.twilio.com/media/photo";
pub(super) const SECOND: &str = "https://api.twilio.com/media/second";
pub(super) const JOB: &str = "demo-plumbing/job-to-be-done/copper-pipes";

/// A model that does what it is told: names are replaced, a pump is added, knowledge is no job.
fn obedient(question: &Question) -> Draft {
    let Some(revision) = &question.revision else { return pipes() };
    let said = revision.said.expose();
    if said.contains("knowledge") {
        let document =
            DocumentDraft { title: "Pipes".to_owned(), summary: "Two pipes.".to_owned(), context: None };
        return Draft {
            intent: Some(Intent::KnowledgeDocument),
            tag: "another".to_owned(),
            document: Some(document),
            ..Draft::default()
        };
    }
    let mut draft = pipes();
    draft.tag = "another tag".to_owned();
    if let Some(job) = &mut draft.job {
        if said.contains("Müller") {
            job.action_items[1].text = "Call Mrs Müller tomorrow".to_owned();
        }
        if said.contains("pump") {
            let pump = "bring a pump".to_owned();
            job.action_items.push(ActionItem { text: pump.clone(), quote: pump });
        }
    }
    draft
}

pub(super) fn outside() -> Outside {
    let mut outside = Outside::with(
        ScriptedTranscriber::new(|call, _, _| {
            Ok(transcript(if call == 1 { WORDS } else { "Please also bring a pump." }))
        }),
        ScriptedAnalyst::new(|_, question| Ok(answer(Ok(obedient(question))))),
    );
    let photo = std::fs::read(format!("{}/../tests/fixtures/media/photo.jpg", env!("CARGO_MANIFEST_DIR")));
    let media = MapMedia::new().with(MEDIA, fixture("job-en.ogg")).with(SECOND, fixture("job-en.wav"));
    outside.deps.media = Arc::new(media.with(PHOTO, photo.expect("a photo")));
    outside
}

impl Outside {
    /// A message with so many seconds gone since the last.
    pub(super) async fn then(&self, seconds: u64, mut message: InboundMessage) -> Result<(), JobError> {
        self.clock.advance(Duration::from_secs(seconds));
        message.received_at = self.clock.now();
        self.handle(message).await
    }

    pub(super) async fn note(&self, n: u32) -> Note {
        self.deps.notes.find(&message_id(n)).await.unwrap().expect("a note")
    }

    pub(super) fn record(&self, key: &str) -> serde_json::Value {
        let text = self.objects.text(key).unwrap_or_else(|| panic!("no {key} in {:?}", self.objects.keys()));
        serde_json::from_str(&text).unwrap()
    }

    pub(super) fn last_answer(&self) -> String {
        self.messenger.bodies_to(SENDER).pop().expect("an answer")
    }
}

/// A message that quotes our n-th answer.
pub(super) fn quoting(outside: &Outside, answer: usize, message: InboundMessage) -> InboundMessage {
    InboundMessage { replied_to: Some(outside.messenger.sent()[answer].1.id.clone()), ..message }
}

pub(super) fn tapped(n: u32, button: &str) -> InboundMessage {
    InboundMessage { button: Some(button.to_owned().into()), ..message(n, "Undo") }
}

#[tokio::test]
async fn p8_a_quoted_answer_is_corrected_under_the_same_keys_and_the_old_version_stays() {
    let outside = outside();
    outside.handle(message(1, WORDS)).await.unwrap();
    let files = outside.files();
    outside.then(3_600, quoting(&outside, 0, message(2, "No, not Miller, Müller."))).await.unwrap();

    assert_eq!(outside.files(), files, "no file under another key");
    let id = message_id(1);
    let record = outside.record(&format!("{JOB}_{id}_record.json"));
    assert_eq!(record["job"]["action_items"][1]["text"], "Call Mrs Müller tomorrow");
    assert_eq!(record["version"], 1);
    assert_eq!(record["corrections"][0]["text"], "No, not Miller, Müller.");
    let summary = outside.objects.text(&format!("{JOB}_{id}_text_summary.txt")).unwrap();
    assert!(summary.contains("Müller") && !summary.contains("Miller"), "{summary}");
    let words = outside.objects.text(&format!("{JOB}_{id}_full_text.txt")).unwrap();
    assert_eq!(words, WORDS, "what was said stays as it was said");
    let old = outside.deps.notes.old_version(&id, 0).await.unwrap().expect("the version before");
    assert!(
        format!("{:?}", old.understood().unwrap().records().next().unwrap().record.texts())
            .contains("Miller")
    );

    assert_eq!(outside.messenger.bodies_to(SENDER).len(), 2);
    let told = outside.last_answer();
    assert!(told.contains("✗ Call Mrs Miller tomorrow\n✓ Call Mrs Müller tomorrow"), "{told}");
    outside.handle(quoting(&outside, 0, message(2, "No, not Miller, Müller."))).await.unwrap();
    assert_eq!(outside.messenger.bodies_to(SENDER).len(), 2, "once");
    assert_eq!(outside.note(1).await.revised().version, 1);
}

#[tokio::test]
async fn p8_within_ten_minutes_a_correcting_word_is_enough_and_later_it_is_a_note() {
    for (seconds, corrects) in [(590, true), (610, false)] {
        let outside = outside();
        outside.handle(message(1, WORDS)).await.unwrap();
        outside.then(seconds, message(2, "Not Miller, Müller")).await.unwrap();
        assert_eq!(outside.note(1).await.revised().version, u32::from(corrects), "{seconds}");
        assert_eq!(outside.files().len(), if corrects { 3 } else { 6 });
        assert_eq!(outside.messenger.bodies_to(SENDER).len(), 2);
    }
    let outside = outside();
    outside.handle(message(1, WORDS)).await.unwrap();
    outside.then(60, message(2, "No hot water at Green's, please call them.")).await.unwrap();
    assert_eq!(outside.files().len(), 6, "it only begins like a correction");
}

#[tokio::test]
async fn p8_a_changed_intent_moves_the_files_and_the_index_follows() {
    let outside = outside();
    outside.handle(voice_note()).await.unwrap();
    let correction = quoting(&outside, 0, message(2, "This is knowledge, not a job."));
    outside.then(60, correction).await.unwrap();
    let id = message_id(1);
    let place = "demo-plumbing/knowledge-document/copper-pipes";
    assert_eq!(
        outside.files(),
        ["audio.ogg", "full_text.txt", "record.json", "text_summary.txt"]
            .map(|file| format!("{place}_{id}_{file}")),
    );
    for message in [1, 2] {
        let found = outside.deps.filed.find(&outside.note(1).await.scope(), &message_id(message)).await;
        let found = found.unwrap().expect("a place");
        assert_eq!((found.note, found.places[0].intent), (id.clone(), Intent::KnowledgeDocument));
    }
}

#[tokio::test]
async fn p8_undo_takes_the_record_out_of_sight_and_a_second_one_brings_it_back() {
    let outside = outside();
    outside.handle(voice_note()).await.unwrap();
    let files = outside.files();
    let bytes: Vec<_> = files.iter().map(|key| outside.objects.bytes(key)).collect();
    outside.then(60, quoting(&outside, 0, tapped(2, "hark-undo"))).await.unwrap();
    assert!(outside.files().is_empty());
    let kept: Vec<_> = files.iter().map(|key| outside.objects.bytes(&format!("_withdrawn/{key}"))).collect();
    assert_eq!(kept, bytes);
    assert!(outside.last_answer().contains("Withdrawn"), "{}", outside.last_answer());

    outside.then(5, message(3, "undo")).await.unwrap();
    assert_eq!(outside.files(), files);
    assert!(outside.objects.keys().iter().all(|key| !key.starts_with("_withdrawn/")));
    assert!(outside.last_answer().contains("Back again"), "{}", outside.last_answer());
    assert_eq!(outside.note(1).await.revised().version, 2);
}

#[tokio::test]
async fn p8_an_answer_that_is_on_the_phone_before_hark_knows_it_can_be_answered_by_a_number() {
    let mut outside = outside();
    let messenger = outside.messenger.clone();
    let lossy = Failing::<dyn Messenger, SendError>::on_call(1, || SendError::Unknown, messenger.clone());
    outside.deps.messenger = Arc::new(lossy.losing_answers());
    outside.handle(message(1, WORDS)).await.unwrap_err();
    assert_eq!(outside.messenger.bodies_to(SENDER).len(), 1);
    assert_eq!(outside.note(1).await.told_at, None);
    outside.deps.messenger = messenger;
    outside.then(20, message(2, "3")).await.unwrap();
    assert!(outside.files().is_empty(), "withdrawn: {:?}", outside.files());
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(outside.messenger.bodies_to(SENDER).len(), 2, "one answer each");
}

#[tokio::test]
async fn p8_an_answer_that_is_stored_as_sent_but_not_yet_when_can_be_answered_by_a_number() {
    let outside = outside();
    outside.handle(message(1, WORDS)).await.unwrap();
    let (id, worker) = (message_id(1), &outside.deps.settings.worker);
    let claimed = outside.deps.notes.claim_to_change(&id, worker, outside.clock.now()).await.unwrap();
    let ToChange::Yours(mut stored) = claimed else { panic!("the note is nobody's") };
    (stored.note.told_at, stored.note.lease) = (None, None);
    outside.deps.notes.save(&mut stored).await.unwrap();
    outside.then(1, message(2, "3")).await.unwrap();
    assert!(outside.files().is_empty(), "withdrawn: {:?}", outside.files());
}

#[tokio::test]
async fn p8_change_asks_and_what_comes_next_is_the_correction_whatever_it_begins_with() {
    let outside = outside();
    outside.handle(message(1, WORDS)).await.unwrap();
    outside.then(60, message(2, "2")).await.unwrap();
    assert!(outside.last_answer().contains("What shall I change?"));
    outside.then(60, message(3, "It is Mrs Müller")).await.unwrap();
    assert_eq!(outside.note(1).await.revised().version, 1);
    assert!(outside.last_answer().contains("✓ Call Mrs Müller tomorrow"), "{}", outside.last_answer());
    outside.then(60, message(4, "Please order two copper pipes. Call Mrs Miller tomorrow.")).await.unwrap();
    assert_eq!(outside.files().len(), 6, "the next one is a note again");
    outside.then(60, message(5, "ok")).await.unwrap();
    assert!(outside.note(4).await.revised().confirmed);
    assert!(outside.last_answer().contains("Confirmed"));
}

#[tokio::test]
async fn p10_a_photo_a_place_and_a_second_recording_join_the_note_within_five_minutes() {
    let outside = outside();
    outside.handle(voice_note()).await.unwrap();
    outside.then(30, message_with_media(2, "", &[(PHOTO, "image/jpeg")])).await.unwrap();
    let place = Location { latitude: 52.5, longitude: 13.4, address: None, label: Some("Site 7".to_owned()) };
    outside.then(30, InboundMessage { location: Some(place.into()), ..message(3, "") }).await.unwrap();
    outside.then(30, message_with_media(4, "", &[(SECOND, "audio/wav")])).await.unwrap();

    let id = message_id(1);
    let record = outside.record(&format!("{JOB}_{id}_record.json"));
    let types: Vec<&str> =
        record["files"].as_array().unwrap().iter().filter_map(|file| file["type"].as_str()).collect();
    assert_eq!(types, ["audio", "image_1", "document_1"]);
    assert_eq!(record["joined"][1]["location"]["label"], "Site 7");
    assert_eq!(record["job"]["action_items"][2]["text"], "bring a pump");
    assert!(record["text"].as_str().unwrap().ends_with("Please also bring a pump."));
    let second = outside.objects.bytes(&format!("{JOB}_{id}_document_1.wav")).unwrap();
    assert_eq!(second.as_ref(), fixture("job-en.wav"));
    assert_eq!(outside.files().len(), 6, "{:?}", outside.files());
    assert_eq!(outside.messenger.bodies_to(SENDER).len(), 4, "an answer each");

    outside.then(300, message_with_media(5, "", &[(PHOTO, "image/jpeg")])).await.unwrap();
    assert_eq!(outside.note(5).await.purpose(), &Purpose::Note, "too late to belong to it");
}

#[tokio::test]
async fn p10_what_follows_a_note_that_is_still_in_work_waits_for_it() {
    let mut outside = outside();
    let (analyst, models) = (outside.deps.analyst.clone(), ScriptedAnalyst::answering(Vec::new()));
    outside.deps.analyst = Arc::new(models);
    outside.handle(voice_note()).await.unwrap_err();
    outside.deps.analyst = analyst;
    let photo = || message_with_media(2, "", &[(PHOTO, "image/jpeg")]);
    let waits = outside.then(1, photo()).await.unwrap_err();
    assert!(matches!(waits, JobError::Busy { .. }), "{waits:?}");
    outside.clock.advance(Duration::from_secs(30));
    outside.handle(voice_note()).await.unwrap();
    outside.handle(photo()).await.unwrap();
    assert!(outside.files().iter().any(|key| key.ends_with(&format!("{}_image_1.jpg", message_id(1)))));
}

#[tokio::test]
async fn what_follows_a_note_that_was_given_up_is_a_note_of_its_own() {
    let mut outside = outside();
    let analyst =
        std::mem::replace(&mut outside.deps.analyst, Arc::new(ScriptedAnalyst::answering(Vec::new())));
    let objects: Arc<dyn ObjectWrite> = outside.objects.clone();
    outside.deps.writes = Arc::new(Failing::when(
        |_| true,
        || ObjectError::Refused(shared::testing::MadeUp::boxed("full")),
        objects.clone(),
    ));
    outside.handle(voice_note()).await.unwrap_err();
    (outside.deps.analyst, outside.deps.writes) = (analyst, objects);
    assert_eq!(outside.stage().await, Stage::Failed);
    outside.then(60, message(2, "No, not Miller, Müller")).await.unwrap();
    assert_eq!(outside.note(2).await.purpose(), &Purpose::Note);
    assert_eq!(outside.files().len(), 3);
}

#[tokio::test]
async fn a_recording_that_begins_as_a_correction_corrects() {
    let mut outside = outside();
    outside.handle(message(1, WORDS)).await.unwrap();
    let no = ScriptedTranscriber::saying("No, not Miller, Müller.");
    outside.deps.transcriber = Arc::new(no);
    outside.then(400, message_with_media(2, "", &[(MEDIA, "audio/ogg")])).await.unwrap();
    assert_eq!(outside.note(2).await.purpose(), &Purpose::Correction { of: message_id(1) });
    assert_eq!(outside.files().len(), 3);
    assert!(outside.last_answer().contains("✓ Call Mrs Müller tomorrow"));
}

#[tokio::test]
async fn a_correction_that_no_model_reads_is_kept_with_the_record_and_its_sender_told() {
    let mut outside = outside();
    outside.handle(message(1, WORDS)).await.unwrap();
    outside.deps.settings.ai = false;
    outside.then(60, message(2, "No, not Miller, Müller.")).await.unwrap();
    let record = outside.record(&format!("{JOB}_{}_record.json", message_id(1)));
    assert_eq!(record["corrections"][0]["applied"], false);
    assert_eq!(record["job"]["action_items"][1]["text"], "Call Mrs Miller tomorrow");
    assert!(outside.last_answer().contains("I kept your words"), "{}", outside.last_answer());
}

#[tokio::test]
async fn p8_nobody_changes_the_record_of_somebody_else() {
    let outside = outside();
    outside.handle(message(1, WORDS)).await.unwrap();
    let stranger = shared::domain::identity::Address::parse("whatsapp:+4915112349999").unwrap();
    let theirs =
        quoting(&outside, 0, InboundMessage { from: stranger, ..message(2, "No, not Miller, Müller.") });
    outside.then(60, theirs).await.unwrap();
    assert_eq!(outside.note(1).await.revised().version, 0);
    assert_eq!(outside.files().len(), 6, "a note of their own");
}

#[tokio::test]
async fn p10_several_jobs_of_one_note_are_several_records() {
    let words =
        "Please order two copper pipes. Call Mrs Miller tomorrow. Next job: fix the boiler at Green's.";
    let boiler = job_draft("Boiler", &["fix the boiler at Green's"]);
    let further = vec![FurtherJobDraft { tag: "boiler".to_owned(), job: boiler.job.unwrap() }];
    let draft = Draft { further_jobs: further, ..pipes() };
    let outside = Outside::with(ScriptedTranscriber::saying(words), ScriptedAnalyst::drafting(draft));
    outside.handle(message(1, words)).await.unwrap();
    let id = message_id(1);
    let second = outside.record(&format!("demo-plumbing/job-to-be-done/boiler_{id}-2_record.json"));
    assert_eq!(second["message_id"], format!("{id}-2"));
    assert_eq!(second["further_record_of"], id.as_str());
    assert_eq!(outside.files().len(), 6, "{:?}", outside.files());
    let told = outside.last_answer();
    assert!(told.contains("*1/2*") && told.contains("*2/2*") && told.contains("• fix the boiler"), "{told}");
    let found = outside.deps.filed.find(&outside.note(1).await.scope(), &id).await.unwrap().unwrap();
    assert_eq!(found.places.len(), 2);
}
