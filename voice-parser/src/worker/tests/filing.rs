//! What becomes of what a message carries, and under which names.

use super::*;

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
    assert_eq!(record["schema_version"], "1.1");
    assert!(record["audio"]["figures"]["duration_s"].as_f64().unwrap() > 5.0);
    assert_eq!(record["job"]["action_items"][0]["quote"], "order two copper pipes");
    assert!(outside.messenger.bodies_to(SENDER)[0].starts_with(&format!("Heard: “{WORDS}”")));
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
async fn b11_a_strangers_file_under_our_key_is_not_overwritten() {
    let outside = Outside::new();
    let key = format!("demo-plumbing/job-to-be-done/copper-pipes_{}_full_text.txt", message_id(1));
    outside.objects.insert_raw(&key, "other words", "text/plain");
    let end = outside.handle(message(1, WORDS)).await;
    assert!(matches!(&end, Err(JobError::Dead { .. })), "{end:?}");
    assert_eq!(outside.objects.text(&key).as_deref(), Some("other words"));
    assert_eq!(outside.messenger.sent().len(), 1, "its sender is told");
}
