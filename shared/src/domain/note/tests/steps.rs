//! Which step may follow which, each against each, and what a note says of itself on its way.

use super::*;
use crate::domain::{
    analysis::{Analysis, Record},
    intent::Intent,
    media::MediaKind,
    message::Location,
    tag::Tag,
};

const STAGES: [Stage; 9] = [
    Stage::Received,
    Stage::MediaStored,
    Stage::Transcribed,
    Stage::Unheard,
    Stage::Analysed,
    Stage::Filed,
    Stage::Answered,
    Stage::Done,
    Stage::Failed,
];

fn understood() -> Understood {
    let record = Record::Document { title: "Boiler".to_owned(), summary: "Low.".to_owned(), context: None };
    let tag = Tag::from_words("boiler");
    let analysis = Analysis { tag, record, items_dropped: 0, fallback: None };
    Understood { analysis, further: Vec::new(), model: Some("model".to_owned()), prompt: None }
}

/// Nothing could be heard.
fn silence() -> Heard {
    Heard { words: Private::default(), spoken: true, unheard: vec![Unheard::Silent], ..heard() }
}

fn usage(tokens: u64) -> Usage {
    Usage { input_tokens: tokens, ..Usage::default() }
}

/// A note that has come so far.
fn at(stage: Stage) -> Note {
    let mut note = note();
    let fit = "the steps are in their order";
    if stage == Stage::Failed {
        note.failed(FailureReason::Internal, samples::now()).expect(fit);
        return note;
    }
    if stage != Stage::Received {
        note.media_stored(Vec::new()).expect(fit);
    }
    if stage == Stage::Unheard {
        note.transcribed(silence(), Usage::default()).expect(fit);
    } else if !matches!(stage, Stage::Received | Stage::MediaStored) {
        note.transcribed(heard(), usage(1)).expect(fit);
    }
    if matches!(stage, Stage::Analysed | Stage::Filed | Stage::Answered | Stage::Done) {
        note.analysed(understood(), usage(10)).expect(fit);
    }
    if matches!(stage, Stage::Filed | Stage::Answered | Stage::Done) {
        note.filed().expect(fit);
    }
    if matches!(stage, Stage::Answered | Stage::Done) {
        note.answered().expect(fit);
    }
    if stage == Stage::Done {
        note.done().expect(fit);
    }
    assert_eq!(note.stage(), stage);
    note
}

type Step = fn(&mut Note) -> Result<(), InvalidTransition>;

#[test]
fn a_step_follows_the_one_before_it_and_no_other() {
    let steps: [(Step, Stage, &[Stage]); 8] = [
        (|note| note.media_stored(Vec::new()), Stage::MediaStored, &[Stage::Received]),
        (|note| note.transcribed(heard(), Usage::default()), Stage::Transcribed, &[Stage::MediaStored]),
        (|note| note.transcribed(silence(), Usage::default()), Stage::Unheard, &[Stage::MediaStored]),
        (|note| note.analysed(understood(), Usage::default()), Stage::Analysed, &[Stage::Transcribed]),
        (Note::filed, Stage::Filed, &[Stage::Analysed]),
        (Note::answered, Stage::Answered, &[Stage::Filed, Stage::Unheard]),
        (Note::done, Stage::Done, &[Stage::Answered]),
        (
            |note| note.failed(FailureReason::Internal, samples::now()),
            Stage::Failed,
            &[
                Stage::Received,
                Stage::MediaStored,
                Stage::Transcribed,
                Stage::Unheard,
                Stage::Analysed,
                Stage::Filed,
                Stage::Answered,
            ],
        ),
    ];
    for from in STAGES {
        for (step, to, allowed) in steps {
            let before = at(from);
            let mut note = before.clone();
            if allowed.contains(&from) {
                assert_eq!(step(&mut note), Ok(()), "{from:?} to {to:?}");
                assert_eq!(note.stage(), to);
            } else {
                assert_eq!(step(&mut note), Err(InvalidTransition { from, to }));
                assert_eq!(note, before, "a refused step changes nothing");
            }
        }
    }
}

#[test]
fn what_the_steps_make_is_kept_and_what_they_use_is_added_up() {
    let mut note = note();
    let kept = StoredMedia::Kept { kind: MediaKind::Jpeg, role: MediaRole::Image, size: 7 };
    assert!(note.media().is_empty() && note.heard().is_none() && note.understood().is_none());
    assert_eq!(note.place(), None);
    note.media_stored(vec![kept.clone()]).unwrap();
    assert_eq!(note.media(), [kept]);
    note.transcribed(heard(), usage(1)).unwrap();
    assert_eq!(note.heard(), Some(&heard()));
    note.analysed(understood(), usage(10)).unwrap();
    assert_eq!(note.understood(), Some(&understood()));
    assert_eq!(note.usage(), usage(11));
    let place = Place { intent: Intent::KnowledgeDocument, tag: Tag::from_words("boiler") };
    assert_eq!(note.place(), Some(place));
    assert_eq!(note.scope().company().as_str(), samples::COMPANY);
}

#[test]
fn a_note_is_finished_when_nobody_is_still_to_be_told() {
    for stage in STAGES {
        assert_eq!(at(stage).is_finished(), stage == Stage::Done, "{stage:?}");
    }
    let mut failed = at(Stage::Failed);
    assert_eq!(
        (failed.failure().map(|failure| failure.after), failed.failed_at()),
        (Some(Stage::Received), Some(samples::now()))
    );
    failed.answer = sent(50);
    assert!(failed.is_finished());
}

#[test]
fn a_recording_without_words_is_filed_when_anything_else_is_in_the_note() {
    let photo = StoredMedia::Kept { kind: MediaKind::Jpeg, role: MediaRole::Image, size: 7 };
    let contact = StoredMedia::Kept { kind: MediaKind::Vcard, role: MediaRole::Document, size: 7 };
    let voice = StoredMedia::Kept { kind: MediaKind::Ogg, role: MediaRole::Audio, size: 7 };
    let place = Location { latitude: 52.5, longitude: 13.4, address: None, label: None };
    let typed = Heard { words: Private::new("Two pipes".to_owned()), ..silence() };
    let too_long = Heard { unheard: vec![Unheard::Silent, Unheard::TooLong], ..silence() };
    let no_reason = Heard { unheard: Vec::new(), ..silence() };
    for (what, media, location, heard, becomes) in [
        ("silence", vec![voice.clone()], None, silence(), Stage::Unheard),
        (
            "silence and a lost photo",
            vec![voice.clone(), StoredMedia::Lost(MediaLoss::Gone)],
            None,
            silence(),
            Stage::Unheard,
        ),
        ("silence and a photo", vec![voice.clone(), photo], None, silence(), Stage::Transcribed),
        ("silence and a contact", vec![contact], None, silence(), Stage::Transcribed),
        (
            "silence and a place",
            vec![voice.clone()],
            Some(Private::new(place)),
            silence(),
            Stage::Transcribed,
        ),
        ("silence and typed words", vec![voice.clone()], None, typed, Stage::Transcribed),
        ("what the office can listen to", vec![voice], None, too_long, Stage::Transcribed),
        ("no recording and no words", Vec::new(), None, no_reason, Stage::Transcribed),
    ] {
        let message = InboundMessage { location, ..samples::message(1, "") };
        let mut note = Note::received(message, samples::customer());
        note.media_stored(media).unwrap();
        note.transcribed(heard, Usage::default()).unwrap();
        assert_eq!(note.stage(), becomes, "{what}");
    }
}

#[test]
fn an_outcome_that_was_told_stands_when_a_note_is_reopened() {
    for stage in [Stage::Filed, Stage::Unheard, Stage::Answered] {
        let mut note = at(stage);
        note.answer = sent(60);
        note.failed(FailureReason::Internal, samples::now()).unwrap();
        assert_eq!(note.answer, sent(60), "{stage:?}");
        note.reopen().unwrap();
        assert_eq!((note.stage(), &note.answer), (stage, &sent(60)));
    }
}

#[test]
fn a_note_is_answered_in_its_own_language_then_in_its_senders() {
    let german = Heard { language: Language::De, ..heard() };
    let polish = Customer { language: Some(Language::Pl), ..samples::customer() };
    let mut note = Note::received(samples::message(1, "Order two pipes"), polish);
    assert_eq!(note.language(), Language::Pl);
    note.media_stored(Vec::new()).unwrap();
    note.transcribed(german, Usage::default()).unwrap();
    assert_eq!(note.language(), Language::De);
    let unknown = Note::received(samples::message(1, "Bitte zwei Rohre bestellen"), samples::customer());
    assert_eq!(unknown.language(), Language::De);
}

#[test]
fn a_stage_is_stored_under_the_name_that_is_logged() {
    for stage in STAGES {
        assert_eq!(serde_json::to_string(&stage).unwrap(), format!("\"{}\"", stage.as_str()));
    }
}
