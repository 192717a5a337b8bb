//! Notes from their arrival to their answer, with everything outside played in memory.

use std::sync::Arc;

use shared::{
    domain::{
        analysis::Draft,
        intent::Intent,
        message::InboundMessage,
        note::{Answer, Stage},
        reply,
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
async fn a_recording_that_no_try_helps_ends_in_one_apology_and_in_the_dead_letters() {
    let down = ScriptedTranscriber::new(|_, _, _| Err(ModelError::Unavailable("status 503")));
    let outside = Outside::with(down, ScriptedAnalyst::drafting(pipes())).with_media(fixture("job-en.ogg"));
    outside.handle(voice_note()).await.unwrap_err();
    assert!(outside.messenger.sent().is_empty());
    let end = outside.worker().handle(&job(voice_note()), LAST).await;
    assert!(matches!(&end, Err(JobError::Dead { reason }) if reason.contains("media_stored")), "{end:?}");
    assert!(outside.messenger.bodies_to(SENDER)[0].contains("Please send it again"));
    outside.handle(voice_note()).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1, "a redrive does not apologise again");
}

#[tokio::test]
async fn words_that_no_model_could_read_are_filed_all_the_same() {
    let down = ScriptedAnalyst::new(|_, _| Err(ModelError::Unavailable("status 503")));
    let outside = Outside::with(ScriptedTranscriber::saying(WORDS), down);
    outside.handle(message(1, WORDS)).await.unwrap_err();
    outside.worker().handle(&job(message(1, WORDS)), LAST).await.unwrap();
    let id = message_id(1);
    let words = outside.objects.text(&format!("demo-plumbing/other/untagged_{id}_full_text.txt"));
    assert_eq!(words.as_deref(), Some(WORDS));
    assert!(outside.messenger.bodies_to(SENDER)[0].contains("somebody there will read it"));
}

#[tokio::test]
async fn an_apology_that_could_not_be_sent_at_once_is_sent_later_and_once() {
    let mut outside = Outside::new();
    let key = format!("demo-plumbing/job-to-be-done/copper-pipes_{}_full_text.txt", message_id(1));
    outside.objects.insert_raw(&key, "other words", "text/plain");
    outside.deps.messenger = Arc::new(Failing::<dyn Messenger, SendError>::on_call(
        1,
        || SendError::NotTaken { after: Duration::from_secs(2) },
        outside.messenger.clone() as Arc<dyn Messenger>,
    ));
    assert!(matches!(outside.handle(message(1, WORDS)).await, Err(JobError::Busy { .. })));
    let end = outside.handle(message(1, WORDS)).await;
    assert!(matches!(&end, Err(JobError::Dead { .. })), "its job still goes to the dead letters: {end:?}");
    assert_eq!(outside.messenger.sent().len(), 1);
}

#[tokio::test]
async fn b07_a_write_that_the_stores_client_repeated_is_known_again() {
    for call in 1..=7 {
        let mut outside = Outside::new();
        let table =
            Failing::<dyn TableStore, _>::on_call(call, || TableError::Conflict, outside.table.clone());
        let table: Arc<dyn TableStore> = Arc::new(table.only(&["put"]).losing_answers());
        outside.deps.notes = Notes::new(table);
        outside.handle(message(1, WORDS)).await.unwrap();
        assert_eq!(outside.stage().await, Stage::Done, "call {call}");
        assert_eq!(outside.messenger.sent().len(), 1);
    }
}

#[tokio::test]
async fn of_a_long_recording_only_the_part_that_failed_is_paid_for_again() {
    let transcriber = ScriptedTranscriber::new(|call, _, _| match call {
        3 => Err(ModelError::RateLimited { after: Duration::from_secs(1) }),
        n => Ok(shared::testing::scripted_models::transcript(&format!("order part {n}"))),
    });
    let mut outside = Outside::with(transcriber, ScriptedAnalyst::drafting(pipes()))
        .with_media(fixture("long-two-topics.ogg"));
    outside.deps.settings.max_part_s = 60.0;
    outside.handle(voice_note()).await.unwrap_err();
    outside.handle(voice_note()).await.unwrap();
    let heard = outside.transcriber.heard();
    let parts: std::collections::BTreeSet<usize> = heard.iter().map(|part| part.bytes).collect();
    assert!(parts.len() >= 4, "{parts:?}");
    assert_eq!(heard.len(), parts.len() + 1, "each part once, and the one that failed again");
}

#[tokio::test]
async fn c07_words_are_filed_although_their_photo_stays_away() {
    let mut outside = Outside::new();
    let away = shared::ports::media_source::FetchError::Unavailable { after: Duration::from_secs(3) };
    outside.deps.media = Arc::new(MapMedia::new().with_answers(MEDIA, [Err(away)]));
    let note = || message_with_media(1, WORDS, &[(MEDIA, "image/jpeg")]);
    assert!(matches!(outside.handle(note()).await, Err(JobError::Retry { .. })));
    outside.worker().handle(&job(note()), LAST).await.unwrap();
    assert_eq!(outside.files().len(), 3);
    let told = &outside.messenger.bodies_to(SENDER)[0];
    assert!(told.contains("could not be fetched") && told.contains("Filed as a job"), "{told}");
}

#[tokio::test]
async fn c14_each_recording_counts_for_itself() {
    const SECOND: &str = "https://api.twilio.com/media/2";
    let mut outside = Outside::new();
    let media = MapMedia::new().with(MEDIA, fixture("silence.ogg")).with(SECOND, fixture("job-en.amr"));
    outside.deps.media = Arc::new(media);
    outside.handle(message_with_media(1, "", &[(MEDIA, "audio/ogg"), (SECOND, "audio/amr")])).await.unwrap();
    assert!(outside.files().iter().any(|key| key.ends_with("_document_1.amr")), "{:?}", outside.files());
    let told = &outside.messenger.bodies_to(SENDER)[0];
    assert!(told.contains("could not hear") && told.contains("WhatsApp voice message"), "{told}");
}

#[tokio::test]
async fn c14_ten_files_of_mixed_kinds_are_all_kept() {
    let kinds = [
        ("audio/job-en.ogg", "audio/ogg"),
        ("audio/job-de.ogg", "audio/ogg"),
        ("audio/silence.ogg", "audio/ogg"),
        ("media/photo.jpg", "image/jpeg"),
        ("media/photo.png", "text/html"),
        ("media/document.pdf", "application/pdf"),
        ("media/contact.vcf", "text/vcard"),
        ("audio/video.mp4", "video/mp4"),
        ("audio/job-en.amr", "audio/amr"),
        ("audio/job-en.wav", "image/jpeg"),
    ];
    let urls: Vec<String> = (0..kinds.len()).map(|n| format!("{MEDIA}{n}")).collect();
    let mut outside = Outside::new();
    let media = kinds.iter().zip(&urls).fold(MapMedia::new(), |media, ((file, _), url)| {
        let path = format!("{}/../tests/fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
        media.with(url, std::fs::read(path).unwrap())
    });
    outside.deps.media = Arc::new(media);
    let carried: Vec<_> =
        kinds.iter().zip(&urls).map(|((_, declared), url)| (url.as_str(), *declared)).collect();
    outside.handle(message_with_media(1, "Typed too", &carried)).await.unwrap();
    let names: Vec<String> = outside
        .files()
        .iter()
        .filter_map(|key| Some(key.rsplit_once(message_id(1).as_str())?.1.to_owned()))
        .collect();
    assert_eq!(
        names,
        [
            "_audio.ogg",
            "_document_1.ogg",
            "_document_2.ogg",
            "_document_3.pdf",
            "_document_4.vcf",
            "_document_5.mp4",
            "_document_6.amr",
            "_document_7.wav",
            "_full_text.txt",
            "_image_1.jpg",
            "_image_2.png",
            "_record.json",
            "_text_summary.txt",
        ]
    );
    assert_eq!(outside.transcriber.calls(), 2, "not the silent one, the AMR, or what was declared a photo");
    for key in outside.files() {
        let kind = outside.objects.content_type(&key).unwrap();
        assert_ne!(kind, "text/html", "{key}");
    }
}

#[tokio::test]
async fn d07_hostile_words_stay_words() {
    let item = "<Say>hi</Say> ]]> &#0; \u{0}\u{FFFE}=cmd()";
    let words = format!("Please {item} today.");
    let outside =
        Outside::with(ScriptedTranscriber::saying(WORDS), ScriptedAnalyst::drafting(job_draft("x", &[item])));
    outside.handle(message(1, &words)).await.unwrap();
    let told = &outside.messenger.bodies_to(SENDER)[0];
    assert!(told.contains("• <Say>hi</Say> ]]> &#0; =cmd()"), "{told}");
    let key = outside.files().into_iter().find(|key| key.ends_with("_record.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&outside.objects.text(&key).unwrap()).unwrap();
    assert_eq!(record["job"]["action_items"][0]["text"], "<Say>hi</Say> ]]> &#0; =cmd()");
}

#[tokio::test]
async fn b11_an_original_is_not_copied_over_what_lies_there() {
    let outside = Outside::new().with_media(fixture("job-en.ogg"));
    let key = format!("demo-plumbing/job-to-be-done/copper-pipes_{}_audio.ogg", message_id(1));
    outside.objects.insert_raw(&key, "another recording", "audio/ogg");
    assert!(matches!(outside.handle(voice_note()).await, Err(JobError::Dead { .. })));
    assert_eq!(outside.objects.text(&key).as_deref(), Some("another recording"));
}

#[tokio::test]
async fn a_panic_ends_one_try_and_not_the_note() {
    let analyst = ScriptedAnalyst::new(|call, _| {
        assert!(call > 1, "a fault of ours");
        Ok(answer(Ok(pipes())))
    });
    let outside = Outside::with(ScriptedTranscriber::saying(WORDS), analyst);
    assert!(matches!(outside.handle(message(1, WORDS)).await, Err(JobError::Retry { .. })));
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_last_delivery_waits_out_what_only_has_to_be_waited_for() {
    let mut outside = Outside::new();
    let lossy: Failing<dyn Messenger, SendError> =
        Failing::on_call(1, || SendError::Unknown, outside.messenger.clone() as Arc<dyn Messenger>)
            .losing_answers();
    outside.deps.messenger = Arc::new(lossy);
    outside.deps.clock = Arc::new(PausedClock(tokio::time::Instant::now()));
    outside.worker().handle(&job(message(1, WORDS)), LAST).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);
    assert_eq!(outside.stage().await, Stage::Done);
}

/// A clock that runs with the runtime's virtual time.
struct PausedClock(tokio::time::Instant);

impl shared::ports::clock::Clock for PausedClock {
    fn now(&self) -> jiff::Timestamp {
        samples::now() + self.0.elapsed()
    }
}

#[tokio::test]
async fn a_filed_note_is_answered_although_the_table_stumbled_on_its_last_delivery() {
    for call in 5..=8 {
        let mut outside = Outside::new();
        let away = || TableError::Unavailable("away".into());
        let table = Failing::<dyn TableStore, _>::on_call(call, away, outside.table.clone()).only(&["put"]);
        outside.deps.notes = Notes::new(Arc::new(table));
        let mut deliveries = 0;
        while !matches!(outside.worker().handle(&job(message(1, WORDS)), LAST).await, Ok(())) {
            outside.clock.advance(Duration::from_secs(200));
            deliveries += 1;
            assert!(deliveries < 5, "call {call}");
        }
        assert_eq!(
            outside.messenger.bodies_to(SENDER).iter().filter(|body| !reply::is_notice(body)).count(),
            1
        );
        assert_eq!(outside.stage().await, Stage::Done);
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_answers_holds_no_delivery_for_ever() {
    let mut outside = Outside::new();
    outside.deps.messenger = Arc::new(Failing::<dyn Messenger, SendError>::when(
        |_| true,
        || SendError::Unknown,
        outside.messenger.clone() as Arc<dyn Messenger>,
    ));
    outside.deps.clock = Arc::new(PausedClock(tokio::time::Instant::now()));
    let ended = outside.worker().handle(&job(message(1, WORDS)), LAST).await;
    assert!(matches!(ended, Err(JobError::Busy { .. } | JobError::Dead { .. })), "{ended:?}");
}

#[tokio::test]
async fn p7_a_note_that_has_to_wait_long_is_announced_once() {
    let limited = ScriptedAnalyst::new(|call, _| match call {
        1 | 2 => Err(ModelError::RateLimited { after: Duration::from_secs(30) }),
        _ => Ok(answer(Ok(pipes()))),
    });
    let outside = Outside::with(ScriptedTranscriber::saying(WORDS), limited);
    while outside.handle(message(1, WORDS)).await.is_err() {
        outside.clock.advance(Duration::from_secs(30));
    }
    let bodies = outside.messenger.bodies_to(SENDER);
    assert_eq!(bodies.len(), 2, "{bodies:?}");
    assert!(reply::is_notice(&bodies[0]) && bodies[1].contains("Filed as a job"));
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
    outside.clock.advance(Duration::from_secs(20));
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
    outside.clock.advance(Duration::from_secs(20));
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
    outside.clock.advance(Duration::from_secs(20));
    outside.deps.messenger = outside.messenger.clone();
    outside.handle(message(2, WORDS)).await.unwrap();
    outside.clock.advance(Duration::from_secs(20));
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
            let answers = outside.messenger.bodies().iter().filter(|body| !reply::is_notice(body)).count();
            assert_eq!(answers, 1, "call {call}, lost answer {lost_answer}");
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

#[tokio::test]
async fn d09_a_refused_account_costs_one_call_and_none_of_the_notes_tries() {
    let mut outside = Outside::new();
    let refusing = Failing::<dyn Analyst, ModelError>::on_calls(
        1..=8,
        || ModelError::AccountRefused("no credit"),
        outside.analyst.clone() as Arc<dyn Analyst>,
    );
    let refusing = Arc::new(refusing);
    outside.deps.analyst = refusing.clone();
    for tried in 1..=8 {
        let waits = outside.handle(message(1, WORDS)).await.unwrap_err();
        assert!(
            matches!(waits, JobError::Busy { after, .. } if after >= Duration::from_secs(60)),
            "{waits:?}"
        );
        assert_eq!(refusing.calls(), tried, "one call a try");
        outside.clock.advance(Duration::from_secs(60));
    }
    outside.handle(message(1, WORDS)).await.unwrap();
    let bodies = outside.messenger.bodies_to(SENDER);
    assert!(reply::is_notice(&bodies[0]) && bodies[1].contains("Filed as a job"), "{bodies:?}");
}

#[tokio::test]
async fn d10_a_rate_limited_answer_is_sent_later_and_once() {
    let mut outside = Outside::new();
    outside.deps.messenger = Arc::new(Failing::<dyn Messenger, SendError>::on_call(
        1,
        || SendError::NotTaken { after: Duration::from_secs(4) },
        outside.messenger.clone() as Arc<dyn Messenger>,
    ));
    let waits = outside.handle(message(1, WORDS)).await.unwrap_err();
    assert!(matches!(waits, JobError::Retry { after, .. } if after == Duration::from_secs(4)), "{waits:?}");
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);
}
