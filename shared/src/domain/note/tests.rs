//! How a note that was given up goes on.

mod changes;
mod steps;

use super::*;
use crate::{
    domain::{analysis::Fallback, private::Private},
    testing::samples,
};

fn note() -> Note {
    Note::received(samples::message(1, "Order two pipes"), samples::customer())
}

fn heard() -> Heard {
    Heard {
        words: Private::new("Order two pipes".to_owned()),
        spoken: false,
        language: Language::En,
        audio: None,
        outline: None,
        unheard: Vec::new(),
        model: None,
    }
}

fn transcribed() -> Note {
    let mut note = note();
    note.media_stored(Vec::new()).unwrap();
    note.transcribed(heard(), Usage { audio_seconds: 12, ..Usage::default() }).unwrap();
    note
}

fn sent(n: u32) -> Answer {
    Answer::Sent { id: samples::message_id(n) }
}

#[test]
fn a_reopened_note_goes_on_after_its_last_step_and_pays_for_none_twice() {
    let mut note = transcribed();
    note.failed(FailureReason::ModelUnavailable, samples::now()).unwrap();
    note.answer = sent(50);
    assert!(note.is_finished());
    let stored: Note = serde_json::from_str(&serde_json::to_string(&note).unwrap()).unwrap();
    assert_eq!(stored, note);

    note.reopen().unwrap();
    assert_eq!((note.stage(), note.failure(), note.failed_at()), (Stage::Transcribed, None, None));
    assert_eq!((note.heard(), note.usage().audio_seconds), (Some(&heard()), 12));
    assert!(!note.is_finished());
    let understood = Understood {
        analysis: crate::domain::analysis::Analysis::filed_as_other(Fallback::NoWords),
        further: Vec::new(),
        model: None,
        prompt: None,
    };
    note.analysed(understood, Usage::default()).unwrap();
    note.filed().unwrap();
    assert_eq!(note.answer, Answer::default(), "the outcome is still to be told");
}

#[test]
fn a_note_that_fails_again_apologises_once() {
    let begun = Answer::Pending(Claim::Begun {
        again: false,
        at: samples::now(),
        body: Private::new("Sorry".to_owned()),
        choices: None,
    });
    for told in [sent(50), Answer::Refused { code: 63_016 }, begun] {
        let mut note = transcribed();
        for _ in 0..3 {
            note.failed(FailureReason::ModelUnavailable, samples::now()).unwrap();
            if note.answer == Answer::default() {
                note.answer = told.clone();
            }
            assert_eq!(note.answer, told);
            note.reopen().unwrap();
            assert_eq!(note.answer, Answer::default());
        }
    }
}

#[test]
fn a_note_whose_apology_never_was_begun_still_apologises() {
    let mut note = transcribed();
    note.failed(FailureReason::Internal, samples::now()).unwrap();
    note.reopen().unwrap();
    note.failed(FailureReason::Internal, samples::now()).unwrap();
    assert_eq!(note.answer, Answer::default());
    assert!(!note.is_finished());
}

#[test]
fn the_outcome_of_a_filed_note_is_not_told_again() {
    let mut note = transcribed();
    let analysis = crate::domain::analysis::Analysis::filed_as_other(Fallback::NoWords);
    note.analysed(Understood { analysis, further: Vec::new(), model: None, prompt: None }, Usage::default())
        .unwrap();
    note.filed().unwrap();
    note.answer = sent(60);
    note.failed(FailureReason::Internal, samples::now()).unwrap();
    note.reopen().unwrap();
    assert_eq!((note.stage(), &note.answer), (Stage::Filed, &sent(60)));
}

#[test]
fn only_what_was_given_up_is_reopened() {
    let mut note = note();
    assert!(note.reopen().is_err());
    note.media_stored(Vec::new()).unwrap();
    assert_eq!(
        note.reopen().unwrap_err(),
        InvalidTransition { from: Stage::MediaStored, to: Stage::Received }
    );
}

#[test]
fn nobody_is_told_twice_that_the_same_note_failed() {
    let mut note = transcribed();
    assert_eq!(note.apology_sent(), None);
    note.failed(FailureReason::ModelUnavailable, samples::now()).unwrap();
    note.answer = sent(50);
    note.reopen().unwrap();
    assert_eq!((note.apology_sent(), &note.answer), (Some(&samples::message_id(50)), &Answer::default()));
    // It fails again: the apology of then counts.
    let mut again = note.clone();
    again.failed(FailureReason::ModelUnavailable, samples::now()).unwrap();
    assert_eq!((again.apology_sent(), &again.answer), (None, &sent(50)));
    assert!(again.is_finished());
    // It has an outcome, which may have been told, before it fails again: that counts, and not the apology.
    note.answer = sent(51);
    note.failed(FailureReason::MessengerUnavailable, samples::now()).unwrap();
    assert_eq!((note.apology_sent(), &note.answer), (Some(&samples::message_id(50)), &sent(51)));
}
