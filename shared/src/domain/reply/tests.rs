//! What a phone shows.

use super::*;
use crate::domain::{
    analysis::Analysis,
    identity::Channel,
    note::{FailureReason, Heard, MediaLoss, Understood},
    private::Private,
    tag::Tag,
    usage::Usage,
};

fn note(language: Language, words: &str, spoken: bool, unheard: Option<Unheard>) -> Note {
    let message = serde_json::from_value(serde_json::json!({
        "id": "SM00000001", "from": "whatsapp:+4915112345678", "to": "whatsapp:+14155238886",
        "text": "", "received_at": "2026-11-20T10:00:00Z",
    }));
    let sender = serde_json::from_value(serde_json::json!({
        "customer_id": "c1", "company_id": "demo-plumbing", "company_name": "Demo",
    }));
    let mut note = Note::received(message.unwrap(), sender.unwrap());
    note.media_stored(Vec::new()).unwrap();
    let words = Private::new(words.to_owned());
    let unheard = unheard.into_iter().collect();
    note.transcribed(
        Heard { words, spoken, language, audio: None, outline: None, unheard, model: None },
        Usage::default(),
    )
    .unwrap();
    note
}

fn understood(mut note: Note, record: Record) -> Note {
    let analysis = Analysis { tag: Tag::untagged(), record, items_dropped: 0, fallback: None };
    note.analysed(Understood { analysis, further: Vec::new(), model: None, prompt: None }, Usage::default())
        .unwrap();
    note.filed().unwrap();
    note
}

fn job(items: &[String]) -> Record {
    Record::Job {
        summary: "Leak at the Millers".to_owned(),
        job: "Repair".to_owned(),
        context: None,
        action_items: items.iter().map(|t| ActionItem { text: t.clone(), quote: t.clone() }).collect(),
    }
}

#[test]
fn who_speaks_into_a_video_learns_that_it_is_kept_and_not_heard() {
    use crate::domain::media::MediaRole;
    let video = StoredMedia::Kept { kind: MediaKind::Mp4Video, role: MediaRole::Document, size: 10 };
    let told = |language, words: &str| {
        let heard = note(language, words, false, None);
        let mut carrying = Note::received(heard.message().clone(), heard.sender().clone());
        carrying.media_stored(vec![video.clone()]).unwrap();
        carrying.transcribed(heard.heard().unwrap().clone(), Usage::default()).unwrap();
        let mut analysis = Analysis::filed_as_other(Fallback::NoWords);
        analysis.fallback = Some(Fallback::NoWords).filter(|_| words.is_empty());
        let understood = Understood { analysis, further: Vec::new(), model: None, prompt: None };
        carrying.analysed(understood, Usage::default()).unwrap();
        carrying.filed().unwrap();
        outcome(&carrying)
    };
    for (language, says) in [
        (Language::En, "I cannot listen to it"),
        (Language::De, "kann es aber nicht anhören"),
        (Language::Pl, "nie można go odsłuchać"),
    ] {
        assert!(told(language, "").contains(says), "{language:?}");
    }
    // Who writes below it says what there is to say.
    assert!(!told(Language::En, "The valve behind the boiler").contains("listen"));
}

#[test]
fn a_worker_reads_what_was_heard_what_was_filed_and_its_items() {
    let items = ["Order two pipes".to_owned(), "Call Mrs Miller".to_owned()];
    let note = understood(
        note(Language::En, "Please order two pipes and call Mrs Miller.", true, None),
        job(&items),
    );
    insta::assert_snapshot!(outcome(&note), @"
    Heard: “Please order two pipes and call Mrs Miller.”

    *Filed as a job:*
    Leak at the Millers

    • Order two pipes
    • Call Mrs Miller
    ");
}

#[test]
fn a_typed_note_is_not_repeated_to_its_writer() {
    let note = understood(note(Language::De, "Rohre bestellen", false, None), job(&[]));
    assert!(!outcome(&note).contains("Gehört"));
}

#[test]
fn d08_a_reply_never_exceeds_its_limit_and_counts_the_items_it_leaves_out() {
    for length in [1, 28, 29, 30, 31, 32, 33, 297] {
        let items: Vec<String> =
            (0..50).map(|n| format!("{n:02} {}", "👨‍👩‍👧e\u{301}".repeat(length / 10 + 1))).collect();
        let note = understood(note(Language::En, &"word ".repeat(900), true, None), job(&items));
        let reply = outcome(&note);
        assert!(twilio_len(&reply) <= MAX_REPLY, "{length}: {}", twilio_len(&reply));
        let shown = reply.matches("• ").count();
        if shown < items.len() {
            assert!(reply.ends_with(&format!("… and {} more in the record", items.len() - shown)), "{reply}");
        }
        for line in reply.lines().filter_map(|line| line.strip_prefix("• ")) {
            assert!(items.iter().any(|item| item == line), "an item was cut: {line}");
        }
    }
}

#[test]
fn d08_the_last_item_fits_to_the_very_unit() {
    let empty = twilio_len(&outcome(&understood(note(Language::En, "", false, None), job(&[String::new()]))));
    let below = twilio_len(Choices::of_record(Language::En).below("").expose());
    let room = MAX_REPLY - below - empty;
    for (length, shown) in [(room, 1), (room + 1, 0)] {
        let reply = outcome(&understood(note(Language::En, "", false, None), job(&["x".repeat(length)])));
        assert_eq!(reply.matches("• ").count(), shown);
        assert!(twilio_len(&reply) + below <= MAX_REPLY);
    }
}

#[test]
fn a_recording_without_words_is_explained_in_the_senders_language() {
    for (language, word) in
        [(Language::En, "microphone"), (Language::De, "Mikrofon"), (Language::Pl, "mikrofonu")]
    {
        assert!(outcome(&note(language, "", true, Some(Unheard::Silent))).contains(word));
    }
    let lost = note(Language::En, "", true, Some(Unheard::Lost(MediaLoss::TooLarge)));
    assert!(outcome(&lost).contains("16 MB"));
}

#[test]
fn on_telegram_other_limits_are_told_and_no_other_channel_is_named() {
    for language in [Language::En, Language::De, Language::Pl] {
        let telegram = |reason| words(language).unheard(reason, Channel::Telegram);
        assert!(telegram(Unheard::Lost(MediaLoss::TooLarge)).contains("20 MB"));
        let format = telegram(Unheard::Untranscribable);
        assert!(!format.contains("WhatsApp") && !format.is_empty(), "{format}");
    }
}

#[test]
fn a_failed_note_gets_an_apology_that_says_what_to_do() {
    let mut note = note(Language::De, "Rohre", false, None);
    note.failed(FailureReason::ModelUnavailable, note.message().received_at).unwrap();
    assert!(outcome(&note).contains("noch einmal"));
}

#[test]
fn words_that_were_typed_with_a_silent_recording_are_filed_and_both_are_told() {
    let note = understood(note(Language::En, "Order pipes", false, Some(Unheard::Silent)), job(&[]));
    let reply = outcome(&note);
    assert!(reply.contains("could not hear") && reply.contains("Filed as a job"), "{reply}");
}
