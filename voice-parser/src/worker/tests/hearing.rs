//! Recordings: what is heard, what cannot be, and what only pretends to be one.

use super::*;

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
