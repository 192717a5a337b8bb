//! Notes from their arrival to their answer, with everything outside played in memory.

use std::sync::Arc;

use shared::{
    domain::{
        analysis::Draft,
        intent::Intent,
        message::InboundMessage,
        note::{Answer, Stage},
    },
    ports::{
        analyst::{Analyst, Unusable},
        messenger::{Messenger, SendError},
        objects::{ObjectError, ObjectWrite},
        table::{TableError, TableStore},
        transcriber::{ModelError, Transcriber},
    },
    repositories::{
        filed::Filed,
        notes::{Notes, Worker},
        sent::Sent,
    },
    testing::{
        failing::Failing,
        fixed::FixedClock,
        map_directory::MapDirectory,
        map_media::MapMedia,
        memory_objects::MemoryObjects,
        memory_table::MemoryTable,
        recorded_messenger::RecordedMessenger,
        samples::{self, SENDER, customer, job, job_draft, job_of, message, message_id, message_with_media},
        scripted_models::{ScriptedAnalyst, ScriptedTranscriber, answer},
    },
};

use super::*;
use crate::{WorkerSettings, prompts::Prompts};

const WORDS: &str = "Please order two copper pipes. Call Mrs Miller tomorrow.";
const MEDIA: &str = "https://api.twilio.com/media/1";
const FIRST: Attempt = Attempt { number: 1, most: 5 };
const LAST: Attempt = Attempt { number: 5, most: 5 };

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/../tests/fixtures/audio/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn pipes() -> Draft {
    job_draft("Copper pipes", &["order two copper pipes", "Call Mrs Miller tomorrow"])
}

/// Everything outside, in memory.
struct Outside {
    clock: Arc<FixedClock>,
    table: Arc<MemoryTable>,
    objects: Arc<MemoryObjects>,
    messenger: Arc<RecordedMessenger>,
    transcriber: Arc<ScriptedTranscriber>,
    analyst: Arc<ScriptedAnalyst>,
    deps: Deps,
}

impl Outside {
    fn new() -> Self {
        Self::with(ScriptedTranscriber::saying(WORDS), ScriptedAnalyst::drafting(pipes()))
    }

    fn with(transcriber: ScriptedTranscriber, analyst: ScriptedAnalyst) -> Self {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let objects = Arc::new(MemoryObjects::new(clock.clone()));
        let messenger = Arc::new(RecordedMessenger::new(clock.clone()));
        let (transcriber, analyst) = (Arc::new(transcriber), Arc::new(analyst));
        let worker = Worker { holder: "run-1".to_owned(), lease: Duration::from_secs(150), alone: false };
        let deps = Deps {
            notes: Notes::new(table.clone()),
            sent: Sent::new(table.clone()),
            filed: Filed::new(table.clone()),
            objects: objects.clone(),
            writes: objects.clone(),
            directory: Arc::new(MapDirectory::of([(SENDER, customer())])),
            media: Arc::new(MapMedia::new()),
            transcriber: transcriber.clone(),
            analyst: analyst.clone(),
            messenger: messenger.clone(),
            clock: clock.clone(),
            prompts: Prompts::new(objects.clone(), clock.clone()),
            settings: WorkerSettings {
                ai: true,
                max_part_s: 1_200.0,
                notice_after: Duration::from_secs(20),
                worker,
            },
        };
        Self { clock, table, objects, messenger, transcriber, analyst, deps }
    }

    fn with_media(mut self, bytes: Vec<u8>) -> Self {
        self.deps.media = Arc::new(MapMedia::new().with(MEDIA, bytes));
        self
    }

    fn worker(&self) -> VoiceParser {
        VoiceParser::new(self.deps.clone())
    }

    async fn handle(&self, message: InboundMessage) -> Result<(), JobError> {
        self.worker().handle(&job(message), FIRST).await
    }

    fn files(&self) -> Vec<String> {
        self.objects.keys().into_iter().filter(|key| key.starts_with("demo-plumbing/")).collect()
    }

    async fn stage(&self) -> Stage {
        self.deps.notes.find(&message_id(1)).await.unwrap().expect("a note").stage()
    }
}

fn voice_note() -> InboundMessage {
    message_with_media(1, "", &[(MEDIA, "audio/ogg")])
}

#[tokio::test]
async fn a_typed_note_is_filed_and_answered_once() {
    let outside = Outside::new();
    outside.handle(message(1, WORDS)).await.unwrap();
    let id = message_id(1);
    assert_eq!(
        outside.files(),
        [
            format!("demo-plumbing/job-to-be-done/copper-pipes_{id}_full_text.txt"),
            format!("demo-plumbing/job-to-be-done/copper-pipes_{id}_record.json"),
            format!("demo-plumbing/job-to-be-done/copper-pipes_{id}_text_summary.txt"),
        ]
    );
    let bodies = outside.messenger.bodies_to(SENDER);
    assert_eq!(bodies.len(), 1);
    assert!(bodies[0].contains("• order two copper pipes") && !bodies[0].contains("Heard"), "{}", bodies[0]);
    assert_eq!(outside.stage().await, Stage::Done);
    assert_eq!(outside.transcriber.calls(), 0);
}

#[tokio::test]
async fn a_voice_note_is_stored_heard_understood_filed_and_answered() {
    let outside = Outside::new().with_media(fixture("job-en.ogg"));
    outside.handle(voice_note()).await.unwrap();
    let id = message_id(1);
    assert!(outside.objects.keys().contains(&format!("_inbox/demo-plumbing/{id}/0.ogg")));
    let audio = outside.objects.bytes(&format!("demo-plumbing/job-to-be-done/copper-pipes_{id}_audio.ogg"));
    assert_eq!(audio.unwrap().as_ref(), fixture("job-en.ogg"));
    let record =
        outside.objects.text(&format!("demo-plumbing/job-to-be-done/copper-pipes_{id}_record.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["schema_version"], "1.0");
    assert!(record["audio"]["figures"]["duration_s"].as_f64().unwrap() > 5.0);
    assert_eq!(record["job"]["action_items"][0]["quote"], "order two copper pipes");
    assert!(outside.messenger.bodies_to(SENDER)[0].starts_with(&format!("Heard: “{WORDS}”")));
}

#[tokio::test]
async fn b01_b06_the_same_note_again_has_no_effect_and_at_once_it_waits() {
    let outside = Outside::new();
    outside.handle(message(1, WORDS)).await.unwrap();
    for _ in 0..5 {
        outside.handle(message(1, WORDS)).await.unwrap();
    }
    assert_eq!(outside.messenger.sent().len(), 1);
    assert_eq!(outside.analyst.calls(), 1);

    let mut other = message(2, WORDS);
    other.received_at = samples::now();
    let fresh = Note::received(other.clone(), customer());
    let claimed =
        outside.deps.notes.claim(fresh, &outside.deps.settings.worker, samples::now()).await.unwrap();
    assert!(matches!(claimed, Claimed::Yours(_)));
    assert!(matches!(outside.handle(other).await, Err(JobError::Busy { .. })));
    assert_eq!(outside.analyst.calls(), 1);
}

#[tokio::test]
async fn b04_another_message_under_a_known_id_changes_nothing_and_is_kept() {
    let outside = Outside::new();
    outside.handle(message(1, WORDS)).await.unwrap();
    outside.handle(message(1, "Cancel all of it")).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);
    assert!(
        outside.table.items().iter().any(|item| item.key.sort == "conflict" && item.body.contains("Cancel"))
    );
}

#[tokio::test]
async fn b18_a_sender_that_the_webhook_could_not_look_up_is_looked_up_here() {
    let outside = Outside::new();
    outside.worker().handle(&job_of(message(1, WORDS), None), FIRST).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);

    let mut stranger = message(2, WORDS);
    stranger.from = samples::address("whatsapp:+4999999999");
    outside.worker().handle(&job_of(stranger, None), FIRST).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1, "a stranger gets no answer");
    assert!(outside.deps.notes.find(&message_id(2)).await.unwrap().is_none());
}

#[tokio::test]
async fn d09_a_rate_limit_is_waited_for_and_transcription_is_not_paid_twice() {
    let limited = ScriptedAnalyst::answering(vec![
        Err(ModelError::RateLimited { after: Duration::from_secs(7) }),
        Ok(answer(Ok(pipes()))),
    ]);
    let outside =
        Outside::with(ScriptedTranscriber::saying(WORDS), limited).with_media(fixture("job-en.ogg"));
    let first = outside.handle(voice_note()).await.unwrap_err();
    assert!(matches!(first, JobError::Retry { after, .. } if after == Duration::from_secs(7)));
    assert_eq!(outside.stage().await, Stage::Transcribed);
    outside.handle(voice_note()).await.unwrap();
    assert_eq!((outside.transcriber.calls(), outside.analyst.calls()), (1, 2));
    assert_eq!(outside.messenger.sent().len(), 1);
}

#[tokio::test]
async fn a_note_that_no_try_helps_ends_in_one_apology_and_in_the_dead_letters() {
    let down = ScriptedAnalyst::new(|_, _| Err(ModelError::Unavailable("status 503")));
    let outside = Outside::with(ScriptedTranscriber::saying(WORDS), down);
    outside.handle(message(1, WORDS)).await.unwrap_err();
    assert!(outside.messenger.sent().is_empty());
    let end = outside.worker().handle(&job(message(1, WORDS)), LAST).await;
    assert!(matches!(&end, Err(JobError::Dead { reason }) if reason.contains("transcribed")), "{end:?}");
    assert!(outside.messenger.bodies_to(SENDER)[0].contains("Please send it again"));
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1, "a redrive does not apologise again");
}

#[tokio::test]
async fn d02_an_unusable_answer_is_complained_about_once_then_the_note_is_filed_as_other() {
    let analyst =
        ScriptedAnalyst::new(|_, _| Ok(answer(Err(Unusable::Malformed("intent: unknown".to_owned())))));
    let outside = Outside::with(ScriptedTranscriber::saying(WORDS), analyst);
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(outside.analyst.calls(), 2);
    assert_eq!(outside.analyst.asked()[1].complaint.as_deref(), Some("intent: unknown"));
    let id = message_id(1);
    assert_eq!(
        outside.files(),
        [
            format!("demo-plumbing/other/untagged_{id}_full_text.txt"),
            format!("demo-plumbing/other/untagged_{id}_record.json"),
        ]
    );
    assert!(outside.messenger.bodies_to(SENDER)[0].contains("somebody there will read it"));
}

#[tokio::test]
async fn c11_silence_costs_nothing_and_is_told_once() {
    let outside = Outside::new().with_media(fixture("silence.ogg"));
    outside.handle(voice_note()).await.unwrap();
    assert_eq!((outside.transcriber.calls(), outside.analyst.calls()), (0, 0));
    assert!(outside.files().is_empty());
    assert!(outside.messenger.bodies_to(SENDER)[0].contains("could not hear"));
    assert_eq!(outside.stage().await, Stage::Done);
}

#[tokio::test]
async fn c11_words_that_a_model_invents_on_noise_do_not_become_a_job() {
    let outside = Outside::with(
        ScriptedTranscriber::saying("Thank you for watching!"),
        ScriptedAnalyst::drafting(pipes()),
    )
    .with_media(fixture("job-en-noise.ogg"));
    outside.handle(voice_note()).await.unwrap();
    assert_eq!(outside.analyst.calls(), 0);
    assert!(outside.files().is_empty());
}

#[tokio::test]
async fn an_amr_recording_is_filed_untranscribed_and_its_sender_asked_for_a_voice_message() {
    let outside = Outside::new().with_media(fixture("job-en.amr"));
    outside.handle(message_with_media(1, "", &[(MEDIA, "audio/amr")])).await.unwrap();
    assert_eq!(outside.transcriber.calls(), 0);
    let id = message_id(1);
    assert!(outside.files().contains(&format!("demo-plumbing/other/untagged_{id}_audio.amr")));
    assert!(outside.messenger.bodies_to(SENDER)[0].contains("WhatsApp voice message"));
}

#[tokio::test]
async fn c10_what_is_declared_audio_but_is_none_is_kept_and_told_and_never_sent_to_a_model() {
    for bytes in
        [b"<html><script>x</script></html>".to_vec(), b"\x7fELF....".to_vec(), b"%PDF-1.7".to_vec(), vec![0]]
    {
        let outside = Outside::new().with_media(bytes);
        outside.handle(voice_note()).await.unwrap();
        assert_eq!(outside.transcriber.calls(), 0);
        assert_eq!(outside.messenger.sent().len(), 1);
        assert!(outside.objects.keys().iter().any(|key| key.starts_with("_inbox/")));
    }
}

#[tokio::test]
async fn c14_words_a_photo_and_a_place_are_all_kept_in_one_record() {
    let photo =
        std::fs::read(format!("{}/../tests/fixtures/media/photo.jpg", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let outside = Outside::new().with_media(photo);
    let mut note = message_with_media(1, WORDS, &[(MEDIA, "image/jpeg")]);
    note.location =
        Some(serde_json::from_str(r#"{"latitude":52.5,"longitude":13.4,"label":"Site"}"#).unwrap());
    outside.handle(note).await.unwrap();
    let id = message_id(1);
    assert!(outside.files().contains(&format!("demo-plumbing/job-to-be-done/copper-pipes_{id}_image_1.jpg")));
    let record =
        outside.objects.text(&format!("demo-plumbing/job-to-be-done/copper-pipes_{id}_record.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["location"]["label"], "Site");
    assert_eq!(record["files"][0]["type"], "image_1");
}

#[tokio::test]
async fn m3_a_photo_alone_is_filed_without_any_model() {
    let photo =
        std::fs::read(format!("{}/../tests/fixtures/media/photo.png", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let outside = Outside::new().with_media(photo);
    outside.handle(message_with_media(1, "", &[(MEDIA, "image/png")])).await.unwrap();
    assert_eq!(outside.analyst.calls(), 0);
    assert!(outside.files().contains(&format!("demo-plumbing/other/untagged_{}_image_1.png", message_id(1))));
    assert!(outside.messenger.bodies_to(SENDER)[0].contains("Stored"));
}

#[tokio::test]
async fn ai_off_stores_files_as_other_and_says_so() {
    let mut outside = Outside::new().with_media(fixture("job-en.ogg"));
    outside.deps.settings.ai = false;
    outside.handle(voice_note()).await.unwrap();
    outside.handle(message(2, WORDS)).await.unwrap();
    assert_eq!((outside.transcriber.calls(), outside.analyst.calls()), (0, 0));
    assert!(outside.files().iter().all(|key| key.starts_with("demo-plumbing/other/untagged_")));
    assert!(outside.files().contains(&format!("demo-plumbing/other/untagged_{}_audio.ogg", message_id(1))));
    let texts =
        outside.objects.text(&format!("demo-plumbing/other/untagged_{}_full_text.txt", message_id(2)));
    assert_eq!(texts.as_deref(), Some(WORDS));
    assert!(outside.messenger.bodies_to(SENDER).iter().all(|body| body.contains("Stored")));
}

#[tokio::test]
async fn d10_a_lost_answer_is_looked_up_and_never_sent_twice() {
    let mut outside = Outside::new();
    let lossy: Failing<dyn Messenger, SendError> =
        Failing::on_call(1, || SendError::Unknown, outside.messenger.clone() as Arc<dyn Messenger>)
            .losing_answers();
    outside.deps.messenger = Arc::new(lossy);
    let first = outside.handle(message(1, WORDS)).await.unwrap_err();
    assert!(matches!(first, JobError::Busy { .. }), "{first:?}");
    assert_eq!(outside.messenger.sent().len(), 1);
    outside.clock.advance(Duration::from_secs(10));
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);
    assert_eq!(outside.stage().await, Stage::Done);
}

#[tokio::test]
async fn d10_a_send_that_was_lost_before_it_arrived_is_sent_again() {
    let mut outside = Outside::new();
    let lossy: Failing<dyn Messenger, SendError> =
        Failing::on_call(1, || SendError::Unknown, outside.messenger.clone() as Arc<dyn Messenger>);
    outside.deps.messenger = Arc::new(lossy);
    outside.handle(message(1, WORDS)).await.unwrap_err();
    outside.clock.advance(Duration::from_secs(10));
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);
}

#[tokio::test]
async fn two_notes_with_the_same_words_and_lost_answers_get_an_answer_each() {
    let mut outside = Outside::new();
    let lossy: Failing<dyn Messenger, SendError> =
        Failing::on_calls([1], || SendError::Unknown, outside.messenger.clone() as Arc<dyn Messenger>)
            .losing_answers();
    outside.deps.messenger = Arc::new(lossy);
    outside.handle(message(1, WORDS)).await.unwrap_err();
    outside.deps.messenger = Arc::new(Failing::<dyn Messenger, SendError>::on_call(
        1,
        || SendError::Unknown,
        outside.messenger.clone() as Arc<dyn Messenger>,
    ));
    outside.handle(message(2, WORDS)).await.unwrap_err();
    outside.clock.advance(Duration::from_secs(10));
    outside.deps.messenger = outside.messenger.clone();
    outside.handle(message(2, WORDS)).await.unwrap();
    outside.clock.advance(Duration::from_secs(10));
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 2);
}

#[tokio::test]
async fn d10_an_opted_out_sender_is_left_alone() {
    let mut outside = Outside::new();
    outside.deps.messenger = Arc::new(Failing::<dyn Messenger, SendError>::always(
        || SendError::Refused { code: 21_610 },
        outside.messenger.clone() as Arc<dyn Messenger>,
    ));
    outside.handle(message(1, WORDS)).await.unwrap();
    let note = outside.deps.notes.find(&message_id(1)).await.unwrap().unwrap();
    assert_eq!((note.stage(), &note.answer), (Stage::Done, &Answer::Refused { code: 21_610 }));
}

#[tokio::test]
async fn b07_a_crash_at_every_write_leaves_one_set_of_files_and_one_answer() {
    // Every write to the table or the store fails once, before or after it happened; then the queue delivers
    // again until the note is finished.
    for lost_answer in [false, true] {
        for call in 1..=14 {
            let mut outside = Outside::new().with_media(fixture("job-en.ogg"));
            let table_error = || TableError::Unavailable("crash".into());
            let object_error = || ObjectError::Unavailable("crash".into());
            let table = Failing::<dyn TableStore, _>::on_call(call, table_error, outside.table.clone())
                .only(&["put"]);
            let writes = Failing::<dyn ObjectWrite, _>::on_call(call, object_error, outside.objects.clone());
            let (table, writes): (Arc<dyn TableStore>, Arc<dyn ObjectWrite>) = if lost_answer {
                (Arc::new(table.losing_answers()), Arc::new(writes.losing_answers()))
            } else {
                (Arc::new(table), Arc::new(writes))
            };
            outside.deps.notes = Notes::new(table.clone());
            outside.deps.sent = Sent::new(table.clone());
            outside.deps.filed = Filed::new(table);
            outside.deps.writes = writes;
            let mut tries = 0;
            while let Err(error) = outside.handle(voice_note()).await {
                assert!(
                    !matches!(error, JobError::Dead { .. }),
                    "call {call}, lost answer {lost_answer}: {error}"
                );
                outside.clock.advance(Duration::from_secs(200));
                tries += 1;
                assert!(tries < 10, "call {call}, lost answer {lost_answer}: the note hangs");
            }
            assert_eq!(
                outside.files().len(),
                4,
                "call {call}, lost answer {lost_answer}: {:?}",
                outside.files()
            );
            assert_eq!(outside.messenger.sent().len(), 1, "call {call}, lost answer {lost_answer}");
            assert!(
                outside.transcriber.calls() <= 2,
                "call {call}: paid {} times",
                outside.transcriber.calls()
            );
        }
    }
}

#[tokio::test]
async fn b11_a_strangers_file_under_our_key_is_not_overwritten() {
    let outside = Outside::new();
    let key = format!("demo-plumbing/job-to-be-done/copper-pipes_{}_full_text.txt", message_id(1));
    outside.objects.insert_raw(&key, "other words", "text/plain");
    let end = outside.handle(message(1, WORDS)).await;
    assert!(matches!(&end, Err(JobError::Dead { .. })), "{end:?}");
    assert_eq!(outside.objects.text(&key).as_deref(), Some("other words"));
    assert_eq!(outside.messenger.sent().len(), 1, "its sender is told");
}

#[tokio::test(start_paused = true)]
async fn p7_a_note_that_takes_long_is_announced_once_and_answered_once() {
    let mut outside = Outside::new();
    outside.deps.transcriber = Arc::new(Slow);
    let outside = outside.with_media(fixture("job-en.ogg"));
    outside.handle(voice_note()).await.unwrap();
    let bodies = outside.messenger.bodies_to(SENDER);
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].contains("working on your message") && bodies[1].contains("Filed as a job"));
}

struct Slow;

#[async_trait]
impl Transcriber for Slow {
    async fn transcribe(
        &self,
        _: &shared::ports::transcriber::AudioPart,
        _: &shared::ports::transcriber::Hints,
    ) -> Result<shared::ports::transcriber::Transcript, ModelError> {
        // Virtual time: the test's clock is paused and jumps.
        tokio::time::sleep(Duration::from_secs(60)).await;
        Ok(shared::testing::scripted_models::transcript(WORDS))
    }
}

#[tokio::test]
async fn the_intent_that_the_model_names_decides_the_folder_and_nothing_else_does() {
    let document = Draft {
        intent: Some(Intent::KnowledgeDocument),
        tag: "../../other-company/x".to_owned(),
        document: Some(shared::domain::analysis::DocumentDraft {
            title: "Valve".to_owned(),
            summary: "The valve is behind the boiler.".to_owned(),
            context: None,
        }),
        ..Draft::default()
    };
    let outside = Outside::with(ScriptedTranscriber::saying(WORDS), ScriptedAnalyst::drafting(document));
    outside.handle(message(1, "The valve is behind the boiler.")).await.unwrap();
    assert!(!outside.files().is_empty());
    assert!(
        outside
            .files()
            .iter()
            .all(|key| key.starts_with("demo-plumbing/knowledge-document/other-company-x_"))
    );
}

/// The analyst is a port like the others: a type that fails always compiles for it too.
#[tokio::test]
async fn d09_a_refused_account_does_not_lose_the_note() {
    let mut outside = Outside::new();
    outside.deps.analyst = Arc::new(Failing::<dyn Analyst, ModelError>::on_call(
        1,
        || ModelError::AccountRefused("no credit"),
        outside.analyst.clone() as Arc<dyn Analyst>,
    ));
    let first = outside.handle(message(1, WORDS)).await.unwrap_err();
    assert!(matches!(first, JobError::Retry { after, .. } if after >= Duration::from_secs(60)));
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);
}
