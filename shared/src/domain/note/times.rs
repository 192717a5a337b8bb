//! When each step of a note was done: for whoever looks at it, and for what is counted of it.

use jiff::{SignedDuration, Timestamp};

use super::{Answer, Note, Stage};

impl Note {
    /// The step that it is at was done at `at`. A step keeps its first time, and steps that are to be done once more have
    /// none. Milliseconds are kept, so that the stored note stays small.
    pub fn reached(&mut self, at: Timestamp) {
        let stage = self.stage;
        self.times.retain(|step, _| *step <= stage);
        if !matches!(stage, Stage::Received | Stage::Failed) {
            let at = Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
            self.times.entry(stage).or_insert(at);
        }
    }

    /// When it came to a stage; `None` if it did not, or was there before times were kept.
    #[must_use]
    pub fn reached_at(&self, stage: Stage) -> Option<Timestamp> {
        match stage {
            Stage::Received => Some(self.message.received_at),
            Stage::Failed => self.failed_at,
            other => self.times.get(&other).copied(),
        }
    }

    /// When its sender had the answer; `None` for what was given up or not answered. What was changed later does not
    /// count.
    #[must_use]
    pub fn answered_at(&self) -> Option<Timestamp> {
        if !matches!((self.stage, &self.answer), (Stage::Answered | Stage::Done, Answer::Sent { .. })) {
            return None;
        }
        let told_once = self.told_at.filter(|_| self.revised.version == 0);
        self.reached_at(Stage::Answered).or_else(|| self.reached_at(Stage::Done)).or(told_once)
    }

    /// How long its sender waited for the answer. A clock that was set back measures nothing.
    #[must_use]
    pub fn answered_after(&self) -> Option<SignedDuration> {
        let waited = self.answered_at()?.duration_since(self.message.received_at);
        Some(waited.max(SignedDuration::ZERO))
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::{
        domain::{
            analysis::{Analysis, Fallback},
            note::{FailureReason, Heard, Understood},
            usage::Usage,
        },
        testing::samples,
    };

    fn after(seconds: i64) -> Timestamp {
        samples::now() + SignedDuration::from_secs(seconds)
    }

    fn analysed() -> Note {
        let mut note = Note::received(samples::message(1, "Order two pipes"), samples::customer());
        note.reached(after(0));
        note.media_stored(Vec::new()).unwrap();
        note.reached(after(1));
        let words = note.message().text.clone();
        let (language, unheard) = (crate::domain::language::Language::En, Vec::new());
        let heard =
            Heard { words, spoken: false, language, audio: None, outline: None, unheard, model: None };
        note.transcribed(heard, Usage::default()).unwrap();
        note.reached(after(2) + SignedDuration::from_nanos(1));
        let analysis = Analysis::filed_as_other(Fallback::NoWords);
        let understood = Understood { analysis, further: Vec::new(), model: None, prompt: None };
        note.analysed(understood, Usage::default()).unwrap();
        note.reached(after(3));
        note
    }

    fn done() -> Note {
        let mut note = analysed();
        note.filed().unwrap();
        note.answer = Answer::Sent { id: samples::message_id(9) };
        note.told_at = Some(after(5));
        note.answered().unwrap();
        note.done().unwrap();
        note
    }

    #[test]
    fn each_step_keeps_the_time_at_which_it_was_first_done() {
        let mut note = analysed();
        note.reached(after(9));
        for (stage, at) in [
            (Stage::Received, Some(after(0))),
            (Stage::MediaStored, Some(after(1))),
            (Stage::Transcribed, Some(after(2))),
            (Stage::Analysed, Some(after(3))),
            (Stage::Filed, None),
            (Stage::Failed, None),
        ] {
            assert_eq!(note.reached_at(stage), at, "{stage:?}");
        }
        note.failed(FailureReason::Internal, after(4)).unwrap();
        note.reached(after(4));
        assert_eq!(note.reached_at(Stage::Failed), Some(after(4)));
        note.reopen().unwrap();
        assert_eq!(
            (note.reached_at(Stage::Failed), note.reached_at(Stage::Analysed)),
            (None, Some(after(3)))
        );
    }

    #[test]
    fn a_step_that_is_done_anew_has_its_new_time() {
        let mut note = Note::received(samples::message(1, "OK"), samples::customer());
        note.needs_no_hearing().unwrap();
        note.reached(after(1));
        note.starts_as_note().unwrap();
        note.reached(after(2));
        assert_eq!(note.reached_at(Stage::Transcribed), None);
    }

    #[test]
    fn what_is_tried_again_from_an_earlier_step_has_no_times_behind_it() {
        let mut note = analysed();
        note.failed(FailureReason::Internal, after(4)).unwrap();
        note.reopen_from(Stage::Transcribed).unwrap();
        let reached = [Stage::Transcribed, Stage::Analysed].map(|stage| note.reached_at(stage));
        assert_eq!(reached, [Some(after(2)), None]);
    }

    #[test]
    fn notes_of_before_are_read_and_a_note_without_times_is_stored_as_they_were() {
        let note = Note::received(samples::message(1, "OK"), samples::customer());
        let text = serde_json::to_string(&note).unwrap();
        assert!(!text.contains("times"));
        assert_eq!(serde_json::from_str::<Note>(&text).unwrap(), note);
        let note = done();
        assert_eq!(serde_json::from_str::<Note>(&serde_json::to_string(&note).unwrap()).unwrap(), note);
    }

    #[test]
    fn a_sender_waited_until_the_first_answer() {
        assert_eq!(analysed().answered_after(), None);
        let mut note = done();
        // Stored by a version that kept no times.
        assert_eq!(note.answered_after(), Some(SignedDuration::from_secs(5)));
        note.reached(after(6));
        assert_eq!(note.answered_after(), Some(SignedDuration::from_secs(6)));
        note.revised.version = 1;
        note.told_at = Some(after(500));
        assert_eq!(note.answered_after(), Some(SignedDuration::from_secs(6)));
        note.times.clear();
        assert_eq!(note.answered_after(), None, "when it was told first is not known");
        let mut refused = done();
        refused.answer = Answer::Refused { code: 63_016 };
        assert_eq!(refused.answered_after(), None);
        let mut early = done();
        early.told_at = Some(after(-5));
        assert_eq!(early.answered_after(), Some(SignedDuration::ZERO));
    }
}
