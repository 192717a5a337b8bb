//! What a worker sends, what the phone shows, what the office finds.

use serde_json::json;
use system_tests::{ANNA, BEN, CELINA, Options, World, fixture, person};

const WORDS: &str = "Please order two copper pipes.";

#[tokio::test]
async fn a_voice_note_becomes_a_job_that_the_office_can_fetch() {
    let world = World::start().await;
    let id = world.speaks(ANNA, "job-en.ogg").await;

    let shown = world.first_message(ANNA).await;
    assert!(
        shown.contains("Heard: “") && shown.contains("*Filed as a job:*") && shown.contains("• "),
        "{shown}"
    );

    let files = world.office.files_of(&id).await;
    assert_eq!(files.keys().collect::<Vec<_>>(), ["audio", "full_text", "record", "text_summary"]);
    assert_eq!(world.office.download(&files["audio"]).await, fixture("audio/job-en.ogg"));
    let summary = String::from_utf8(world.office.download(&files["text_summary"]).await).unwrap();
    assert!(summary.starts_with("*Summary:*\n") && summary.contains("\n\n*Action Items:*\n• "), "{summary}");
    let record = world.office.record_of(&id).await;
    assert_eq!(record["intent"], "job-to-be-done");
    assert_eq!(record["company_id"], "demo-plumbing");
    assert!(record["audio"]["figures"]["duration_s"].as_f64().unwrap() > 5.0);
}

#[tokio::test]
async fn each_person_is_answered_in_a_language_they_speak() {
    let world = World::start().await;
    world.speaks(BEN, "job-de.ogg").await;
    world.speaks(CELINA, "document-pl.ogg").await;
    world.says(ANNA, "Bitte zwei Kupferrohre für das Bad bestellen und Frau Müller anrufen.").await;
    assert!(world.first_message(BEN).await.contains("*Als Auftrag abgelegt:*"));
    assert!(world.first_message(CELINA).await.contains("*Zapisano jako wiedzę:*"));
    assert!(world.first_message(ANNA).await.contains("*Als Auftrag abgelegt:*"), "by her words");
}

#[tokio::test]
async fn an_sms_takes_the_same_way() {
    let world = World::start().await;
    let sms = ANNA.trim_start_matches("whatsapp:");
    let id = world.says(sms, "Please order two copper pipes.").await;
    assert!(world.first_message(sms).await.contains("Filed as a job"));
    assert_eq!(world.office.record_of(&id).await["channel"], "sms");
}

#[tokio::test]
async fn recordings_in_other_formats_are_heard_or_kept_with_a_request() {
    let world = World::with_people(5).await;
    let mut people = (0..).map(person);
    for (recording, extension) in [("job-en.mp3", "mp3"), ("job-en.m4a", "m4a"), ("job-en.wav", "wav")] {
        let who = people.next().unwrap();
        let id = world.speaks(&who, recording).await;
        let shown = world.first_message(&who).await;
        assert!(shown.contains("Filed as a job"), "{recording}: {shown}");
        assert!(world.office.files_of(&id).await["audio"].ends_with(&format!("_audio.{extension}")));
    }
    for (recording, extension) in [("job-en.amr", "amr"), ("voice.3gp", "3gp")] {
        let who = people.next().unwrap();
        let id = world.speaks(&who, recording).await;
        let shown = world.first_message(&who).await;
        assert!(shown.contains("as a WhatsApp voice message"), "{recording}: {shown}");
        assert!(world.office.files_of(&id).await["audio"].ends_with(&format!("_audio.{extension}")));
    }
}

#[tokio::test]
async fn a_noisy_a_clipped_and_a_far_away_voice_are_heard_and_silence_is_not() {
    let world = World::with_people(6).await;
    let mut people = (0..).map(person);
    for recording in ["job-en-noise.ogg", "job-en-clipped.ogg", "job-en-far.ogg"] {
        let who = people.next().unwrap();
        world.speaks(&who, recording).await;
        let shown = world.first_message(&who).await;
        assert!(shown.contains("Filed as a job"), "{recording}: {shown}");
    }
    let heard = world.calls("POST", "/v1/audio/transcriptions").await;
    for recording in ["silence.ogg", "near-silence.ogg", "too-short.ogg"] {
        let who = people.next().unwrap();
        let id = world.speaks(&who, recording).await;
        let shown = world.first_message(&who).await;
        assert!(shown.contains("could not"), "{recording}: {shown}");
        assert!(world.office.files_of(&id).await.is_empty(), "{recording} became a record");
    }
    assert_eq!(world.calls("POST", "/v1/audio/transcriptions").await, heard, "silence costs nothing");
}

#[tokio::test]
async fn m3_photo_document_contact_and_place_are_stored_with_the_note() {
    let world = World::with_people(5).await;
    for (n, (file, content_type, kind)) in [
        ("photo.jpg", "image/jpeg", "image_1"),
        ("photo.png", "image/png", "image_1"),
        ("document.pdf", "application/pdf", "document_1"),
        ("contact.vcf", "text/vcard", "document_1"),
    ]
    .into_iter()
    .enumerate()
    {
        let who = person(u32::try_from(n).unwrap());
        let bytes = fixture(&format!("media/{file}"));
        let url = world.uploads(bytes.clone(), content_type).await;
        let fields =
            json!({"Body": "", "NumMedia": "1", "MediaUrl0": url, "MediaContentType0": content_type});
        let id = world.sends(&who, fields).await;
        let shown = world.first_message(&who).await;
        assert!(shown.contains("Stored for your office"), "{file}: {shown}");
        assert!(!shown.contains("AC0000"), "no dump of the payload");
        assert_eq!(world.office.download(&world.office.files_of(&id).await[kind]).await, bytes, "{file}");
    }
    let place = json!({"Body": "", "Latitude": "52.5200", "Longitude": "13.4050", "Label": "Site 7"});
    let id = world.sends(&person(4), place).await;
    world.first_message(&person(4)).await;
    assert_eq!(world.office.record_of(&id).await["location"]["label"], "Site 7");
}

#[tokio::test]
async fn m7_the_same_note_delivered_twenty_times_at_once_has_one_effect() {
    let world = World::start().await;
    let id = "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let deliveries = (0..20).map(|_| world.delivers(ANNA, id, "Please order two copper pipes."));
    futures::future::join_all(deliveries).await;
    world.settles().await;
    assert_eq!(world.messages(ANNA, 1).await.len(), 1);
    assert_eq!(world.office.files_of(id).await.len(), 3);
    assert_eq!(world.calls("POST", "/v1/chat/completions").await, 1);
}

#[tokio::test]
async fn m6_g03_a_stranger_is_not_answered_and_leaves_nothing() {
    let world = World::start().await;
    let id = world.says("whatsapp:+4915155509999", "Please order two copper pipes.").await;
    world.settles().await;
    assert!(world.messages("whatsapp:+4915155509999", 0).await.is_empty());
    assert!(world.office.files_of(&id).await.is_empty());
    assert_eq!(world.calls("POST", "/v1/chat/completions").await, 0);
}

#[tokio::test]
async fn two_hundred_notes_at_once_are_all_filed_and_answered() {
    let world = World::start().await;
    let words = |n: usize| format!("Please order {n} copper pipes for site number {n}.");
    let ids = futures::future::join_all((0..200).map(|n| {
        let world = &world;
        async move { world.says(ANNA, &words(n)).await }
    }))
    .await;
    let shown = world.messages(ANNA, 200).await;
    assert_eq!(shown.len(), 200);
    for (n, id) in ids.iter().enumerate() {
        let files = world.office.files_of(id).await;
        assert_eq!(world.office.download(&files["full_text"]).await, words(n).into_bytes());
    }
}

#[tokio::test]
async fn a_restart_in_the_middle_loses_nothing_and_answers_each_note_once() {
    let world = World::start().await;
    world
        .faults(json!([{"call": "POST /v1/chat/completions", "nth": 1, "count": 20, "do": "delay_ms:300"}]))
        .await;
    let ids = futures::future::join_all((0..20).map(|n| {
        let world = &world;
        async move { world.says(ANNA, &format!("Please order {n} copper pipes.")).await }
    }))
    .await;
    world.messages(ANNA, 1).await;
    let world = world.restart().await;
    let shown = world.messages(ANNA, 20).await;
    world.settles().await;
    assert_eq!(world.messages(ANNA, 20).await.len(), 20, "{shown:?}");
    for id in &ids {
        assert_eq!(world.office.files_of(id).await.len(), 3, "{id}");
    }
}

#[tokio::test]
async fn models_that_stumble_are_tried_again_and_the_note_still_ends_well() {
    let world = World::start().await;
    world
        .faults(json!([
            {"call": "POST /v1/audio/transcriptions", "nth": 1, "count": 1, "do": "status:429"},
            {"call": "POST /v1/chat/completions", "nth": 1, "count": 1, "do": "cut"},
            {"call": "GET *Media*", "nth": 1, "count": 1, "do": "status:404"},
        ]))
        .await;
    let id = world.speaks(ANNA, "job-en.ogg").await;
    assert!(world.first_message(ANNA).await.contains("Filed as a job"));
    world.settles().await;
    assert_eq!(world.messages(ANNA, 1).await.len(), 1);
    assert_eq!(world.office.files_of(&id).await.len(), 4);
}

#[tokio::test]
async fn an_answer_whose_receipt_is_lost_is_not_sent_again() {
    let world = World::start().await;
    world.faults(json!([{"call": "POST *Messages.json", "nth": 1, "count": 1, "do": "lost_answer"}])).await;
    world.says(ANNA, "Please order two copper pipes.").await;
    world.first_message(ANNA).await;
    world.settles().await;
    assert_eq!(world.messages(ANNA, 1).await.len(), 1);
    assert_eq!(world.calls("POST", "/Messages.json").await, 1);
}

#[tokio::test]
async fn a_long_note_is_heard_in_parts_that_lose_no_word() {
    let world = World::with(Options::default().with("OPENAI_TRANSCRIBE_MAX_SECONDS", "60")).await;
    let id = world.speaks(ANNA, "long-two-topics.ogg").await;
    let shown = world.first_message(ANNA).await;
    assert!(shown.contains("Heard"), "{shown}");
    assert!(world.calls("POST", "/v1/audio/transcriptions").await >= 4);
    let files = world.office.files_of(&id).await;
    let heard = String::from_utf8(world.office.download(&files["full_text"]).await).unwrap();
    assert_eq!(heard.split_whitespace().collect::<Vec<_>>(), spoken_in("audio/long-two-topics.ogg"));
}

#[tokio::test]
async fn ai_off_files_as_other_and_says_that_it_was_stored() {
    let world = World::with(Options::default().with("AI", "off")).await;
    let id = world.speaks(ANNA, "job-en.ogg").await;
    assert!(world.first_message(ANNA).await.contains("Stored for your office"));
    let files = world.office.files_of(&id).await;
    assert!(files["audio"].starts_with("demo-plumbing/other/"), "{files:?}");
    assert_eq!(world.calls("POST", "/v1/audio/transcriptions").await, 0);
    assert_eq!(world.calls("POST", "/v1/chat/completions").await, 0);
}

#[tokio::test]
async fn a_sixteen_megabyte_recording_is_taken_and_one_byte_more_is_explained() {
    let world = World::start().await;
    let limit = 16 * 1024 * 1024;
    let id = world.speaks_words(ANNA, WORDS, wav_of(limit), "audio/wav").await;
    let shown = world.first_message(ANNA).await;
    assert!(shown.contains("Filed as a job"), "{shown}");
    assert_eq!(world.office.download(&world.office.files_of(&id).await["audio"]).await.len(), limit);
    world.speaks_words(ANNA, WORDS, wav_of(limit + 1), "audio/wav").await;
    let shown = world.messages(ANNA, 2).await.pop().unwrap();
    assert!(shown.contains("16 MB"), "{shown}");
}

/// The words that a fixture says that it holds, in its comment `TRANSCRIPT=` (its length stands before it).
fn spoken_in(recording: &str) -> Vec<String> {
    let bytes = fixture(recording);
    let at = bytes.windows(11).position(|window| window == b"TRANSCRIPT=").expect("a transcript");
    let length = usize::try_from(u32::from_le_bytes(bytes[at - 4..at].try_into().unwrap())).unwrap();
    let words = String::from_utf8(bytes[at + 11..at + length].to_vec()).unwrap();
    words.split_whitespace().map(str::to_owned).collect()
}

/// A WAV file of exactly so many bytes in which somebody speaks: the samples of a fixture, again and again.
fn wav_of(bytes: usize) -> Vec<u8> {
    let fixture = fixture("audio/job-en.wav");
    let data = fixture.windows(4).position(|window| window == b"data").expect("samples") + 8;
    let size = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let mut wav =
        [b"RIFF", &size(bytes - 8)[..], b"WAVEfmt ", &fixture[16..36], b"data", &size(bytes - 44)].concat();
    wav.extend(fixture[data..].iter().copied().cycle().take(bytes - 44));
    wav
}
