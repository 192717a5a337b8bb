//! What a message about an earlier note does to that note, and what it does not.

use super::*;
use crate::domain::{
    analysis::{Analysis, Record},
    choice::Choice,
    ids::RecordId,
    intent::Intent,
    message::Location,
    note::{Change, ChangedLine, Effect, Joined, Left},
    purpose::Purpose,
    tag::Tag,
};

fn document(title: &str, tag: &str) -> Understood {
    let record = Record::Document { title: title.to_owned(), summary: "Low.".to_owned(), context: None };
    let analysis = Analysis { tag: Tag::from_words(tag), record, items_dropped: 0, fallback: None };
    Understood { analysis, further: Vec::new(), model: None, prompt: None }
}

fn job(tag: &str) -> Analysis {
    let record = Record::Job {
        summary: "Two.".to_owned(),
        job: "Pipes".to_owned(),
        context: None,
        action_items: vec![],
    };
    Analysis { tag: Tag::from_words(tag), record, items_dropped: 0, fallback: None }
}

/// A note whose record is filed.
fn filed() -> Note {
    let mut note = transcribed();
    note.analysed(document("Boiler", "boiler"), Usage::default()).unwrap();
    note.filed().unwrap();
    note
}

fn change(effect: Effect) -> Change {
    let lines = vec![ChangedLine { was: None, is: Some(Private::new("Miller".to_owned())) }];
    let title = Private::new("Boiler".to_owned());
    Change { of: samples::message_id(1), base: 0, language: Language::En, effect, lines, title }
}

/// The n-th message, which brings this change.
fn bringing(n: u32, words: &str, effect: Effect) -> Note {
    let mut message = samples::message(n, words);
    message.location =
        Some(Private::new(Location { latitude: 52.5, longitude: 13.4, address: None, label: None }));
    let mut other = Note::received(message, samples::customer());
    other.media_stored(vec![StoredMedia::Lost(MediaLoss::Gone)]).unwrap();
    let heard = Heard { words: Private::new(words.to_owned()), ..heard() };
    other.transcribed(heard, Usage::default()).unwrap();
    other.planned(change(effect), Usage { input_tokens: 7, ..Usage::default() }).unwrap();
    other
}

fn place(intent: Intent, tag: &str) -> Place {
    Place { intent, tag: Tag::from_words(tag) }
}

#[test]
fn a_note_knows_what_it_is_about_and_goes_on_as_a_note_when_that_is_not_there() {
    let of = samples::message_id(1);
    let undo = Purpose::Choice { choice: Choice::Undo, of: of.clone() };
    let mut note = note().about(undo.clone(), Some(of.clone()));
    assert_eq!((note.purpose(), note.follows()), (&undo, Some(&of)));
    assert_eq!(super::note().follows(), None);

    note.needs_no_hearing().unwrap();
    assert_eq!(note.stage(), Stage::Transcribed);
    assert!(note.clone().needs_no_hearing().is_err());
    let mut told = note.clone();
    told.only_to_be_answered().unwrap();
    assert_eq!(told.stage(), Stage::Filed);
    assert!(told.only_to_be_answered().is_err());

    note.starts_as_note().unwrap();
    assert_eq!((note.stage(), note.purpose()), (Stage::Received, &Purpose::Note));
    assert!(note.starts_as_note().is_err());
    note.becomes(Purpose::Start);
    assert_eq!(note.purpose(), &Purpose::Start);
}

#[test]
fn what_is_kept_silently_is_done_and_never_answered() {
    let mut note = note();
    note.kept_silently().unwrap();
    assert_eq!((note.stage(), &note.answer), (Stage::Done, &Answer::Withheld));
    assert!(note.is_finished());
    assert!(transcribed().kept_silently().is_err());
}

#[test]
fn a_change_is_planned_paid_for_and_planned_anew() {
    let mut other = bringing(2, "No, Miller", Effect::Remarked);
    assert_eq!((other.stage(), other.usage().input_tokens), (Stage::Analysed, 7));
    assert_eq!(other.change(), Some(&change(Effect::Remarked)));
    assert!(other.planned(change(Effect::Asked), Usage::default()).is_err());
    other.plan_anew().unwrap();
    assert_eq!((other.stage(), other.change()), (Stage::Transcribed, None));
    assert!(other.plan_anew().is_err());
}

#[test]
fn only_a_filed_record_can_be_changed_and_only_by_a_planned_change() {
    let correcting = bringing(2, "No", Effect::Remarked);
    for mut not_yet in [note(), transcribed()] {
        assert!(!not_yet.is_changeable());
        let before = not_yet.clone();
        assert!(not_yet.changed_by(&correcting).is_err());
        assert_eq!(not_yet, before);
    }
    let mut analysed = transcribed();
    analysed.analysed(document("Boiler", "boiler"), Usage::default()).unwrap();
    assert!(!analysed.is_changeable(), "its files are still to come");
    let mut answered = note();
    answered.needs_no_hearing().unwrap();
    answered.only_to_be_answered().unwrap();
    assert!(!answered.is_changeable(), "it has no record");
    let mut filed = filed();
    assert!(filed.is_changeable());
    assert!(filed.changed_by(&note()).is_err(), "a message that brings no change");
    filed.answered().unwrap();
    assert!(filed.is_changeable());
    filed.done().unwrap();
    assert!(filed.is_changeable());
}

#[test]
fn a_corrected_record_says_something_else_and_leaves_where_it_lay() {
    let mut note = filed();
    note.changed_by(&bringing(
        2,
        "No, the furnace",
        Effect::Corrected(Box::new(document("Furnace", "furnace"))),
    ))
    .unwrap();
    let id = RecordId::first(samples::message_id(1));
    assert_eq!(note.places(), [(id.clone(), place(Intent::KnowledgeDocument, "furnace"))]);
    assert_eq!(note.revised().left, [Left { part: 1, place: place(Intent::KnowledgeDocument, "boiler") }]);
    let remarks: Vec<_> =
        note.revised().remarks.iter().map(|r| (r.words.expose().as_str(), r.applied)).collect();
    assert_eq!((note.revised().version, remarks), (1, vec![("No, the furnace", true)]));

    // Back to where it was: nothing is left there any more, but something where it was meanwhile.
    note.changed_by(&bringing(
        3,
        "No, the boiler",
        Effect::Corrected(Box::new(document("Boiler", "boiler"))),
    ))
    .unwrap();
    assert_eq!(note.places(), [(id, place(Intent::KnowledgeDocument, "boiler"))]);
    assert_eq!(note.revised().left, [Left { part: 1, place: place(Intent::KnowledgeDocument, "furnace") }]);
    assert_eq!(note.revised().version, 2);
}

#[test]
fn each_record_of_a_note_has_a_place_of_its_own() {
    let mut note = filed();
    let mut two = document("Boiler", "boiler");
    two.further.push(job("pipes"));
    note.changed_by(&bringing(2, "and pipes", Effect::Joined(Some(Box::new(two))))).unwrap();
    let ids: Vec<_> = note.places().iter().map(|(id, _)| (id.to_string(), id.part())).collect();
    let first = samples::message_id(1).to_string();
    assert_eq!(ids, [(first.clone(), 1), (format!("{first}-2"), 2)]);
    assert_eq!(note.revised().left, [], "the first one stays where it is");

    // The second record goes, and the first moves to where a second one never lay.
    let one = Understood { analysis: job("pipes"), ..document("", "") };
    note.changed_by(&bringing(3, "No, pipes only", Effect::Corrected(Box::new(one)))).unwrap();
    let left = [
        Left { part: 1, place: place(Intent::KnowledgeDocument, "boiler") },
        Left { part: 2, place: place(Intent::JobToBeDone, "pipes") },
    ];
    assert_eq!(note.revised().left, left);
}

#[test]
fn what_joins_a_record_is_kept_with_its_words_files_and_place() {
    let mut note = filed();
    let photo = bringing(2, "the yellow one", Effect::Joined(None));
    note.changed_by(&photo).unwrap();
    let joined = Joined {
        by: samples::message_id(2),
        at: photo.message().received_at,
        words: Private::new("the yellow one".to_owned()),
        media: vec![StoredMedia::Lost(MediaLoss::Gone)],
        location: photo.message().location.clone(),
    };
    assert_eq!(note.revised().joined, [joined]);
    assert_eq!(note.understood(), Some(&document("Boiler", "boiler")), "it says what it said");
    assert_eq!(note.words(), "Order two pipes\n\nthe yellow one");
    note.changed_by(&bringing(3, "", Effect::Joined(None))).unwrap();
    assert_eq!(note.words(), "Order two pipes\n\nthe yellow one", "a photo without words adds no empty line");
}

#[test]
fn an_undo_takes_a_record_out_of_sight_and_another_brings_it_back_and_a_change_does_too() {
    let mut note = filed();
    note.changed_by(&bringing(2, "", Effect::Confirmed)).unwrap();
    assert!(note.revised().confirmed && !note.revised().withdrawn);
    note.changed_by(&bringing(3, "", Effect::Withdrawn)).unwrap();
    assert!(note.revised().withdrawn);
    note.changed_by(&bringing(4, "", Effect::Restored)).unwrap();
    assert!(!note.revised().withdrawn);
    note.changed_by(&bringing(5, "", Effect::Withdrawn)).unwrap();
    note.changed_by(&bringing(6, "", Effect::Asked)).unwrap();
    assert!(note.revised().withdrawn && note.revised().confirmed, "asking leaves it where it is");
    note.changed_by(&bringing(7, "hm", Effect::Remarked)).unwrap();
    assert!(!note.revised().withdrawn && !note.revised().confirmed, "who corrects a record wants it");
    assert!(!note.revised().remarks[0].applied);
    note.changed_by(&bringing(8, "No", Effect::Corrected(Box::new(document("Boiler", "boiler"))))).unwrap();
    assert!(!note.revised().withdrawn && !note.revised().confirmed);
    assert_eq!(note.revised().version, 7);
}

#[test]
fn asking_what_is_wrong_touches_nothing() {
    assert!(!Effect::Asked.touches_record());
    for effect in
        [Effect::Remarked, Effect::Joined(None), Effect::Withdrawn, Effect::Restored, Effect::Confirmed]
    {
        assert!(effect.touches_record(), "{effect:?}");
    }
    let effects =
        [Choice::Ok, Choice::Change, Choice::Undo].map(|choice| [choice.effect(false), choice.effect(true)]);
    let [ok, change, undo] = effects;
    assert_eq!((ok, change), ([Effect::Confirmed, Effect::Restored], [Effect::Asked, Effect::Asked]));
    assert_eq!(undo, [Effect::Withdrawn, Effect::Restored]);
}

#[test]
fn of_many_corrections_the_last_twenty_are_kept_in_words() {
    let mut note = filed();
    for n in 2..25 {
        note.changed_by(&bringing(n, &format!("No, {n}"), Effect::Remarked)).unwrap();
    }
    let words: Vec<_> = note.revised().remarks.iter().map(|remark| remark.words.expose().clone()).collect();
    assert_eq!((words.len(), words[0].as_str(), words[19].as_str()), (20, "No, 5", "No, 24"));
}

#[test]
fn a_note_that_nothing_was_changed_of_is_stored_without_a_word_of_it() {
    let mut note = filed();
    assert!(!serde_json::to_string(&note).unwrap().contains("revised"));
    note.changed_by(&bringing(2, "", Effect::Withdrawn)).unwrap();
    let stored: Note = serde_json::from_str(&serde_json::to_string(&note).unwrap()).unwrap();
    assert_eq!(stored, note);
    assert!(stored.revised().withdrawn);
}
