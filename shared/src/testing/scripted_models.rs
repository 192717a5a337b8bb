//! Models that answer by a script and remember what they were asked.

use std::sync::Mutex;

use async_trait::async_trait;

use super::locked;
use crate::{
    domain::{analysis::Draft, language::Language, media::MediaKind, usage::Usage},
    ports::{
        analyst::{Analyst, Answer, Question, Unusable},
        transcriber::{AudioPart, Hints, ModelError, Transcriber, Transcript},
    },
};

/// What a call of a script whose answers are used up answers.
pub const SCRIPT_ENDED: ModelError = ModelError::Unavailable("the script has no more answers");

/// What a transcriber was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Size of the part.
    pub bytes: usize,
    /// What it is.
    pub kind: MediaKind,
    /// Its length in seconds.
    pub duration_s: f64,
    /// The language it was told.
    pub language: Option<Language>,
    /// The words it was told.
    pub glossary: Vec<String>,
}

type HearScript = dyn Fn(usize, &AudioPart, &Hints) -> Result<Transcript, ModelError> + Send + Sync;

/// A transcriber with a script.
pub struct ScriptedTranscriber {
    script: Box<HearScript>,
    heard: Mutex<Vec<Heard>>,
}

impl ScriptedTranscriber {
    /// Answers through a function, which is told the call's number, from 1.
    pub fn new(
        script: impl Fn(usize, &AudioPart, &Hints) -> Result<Transcript, ModelError> + Send + Sync + 'static,
    ) -> Self {
        Self { script: Box::new(script), heard: Mutex::default() }
    }

    /// Hears the same words in everything.
    #[must_use]
    pub fn saying(text: &str) -> Self {
        let transcript = transcript(text);
        Self::new(move |_, _, _| Ok(transcript.clone()))
    }

    /// Gives one answer after another, then [`SCRIPT_ENDED`].
    #[must_use]
    pub fn answering(answers: Vec<Result<Transcript, ModelError>>) -> Self {
        Self::new(move |call, _, _| answers.get(call - 1).cloned().unwrap_or(Err(SCRIPT_ENDED)))
    }

    /// Everything that it was given, in order.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        locked(&self.heard).clone()
    }

    /// How often it was called.
    #[must_use]
    pub fn calls(&self) -> usize {
        locked(&self.heard).len()
    }
}

/// A transcript with these words, of one second and ten tokens.
#[must_use]
pub fn transcript(text: &str) -> Transcript {
    let usage = Usage { input_tokens: 10, output_tokens: 10, audio_seconds: 1 };
    Transcript { text: text.to_owned().into(), model: "scripted-transcriber".to_owned(), usage }
}

#[async_trait]
impl Transcriber for ScriptedTranscriber {
    async fn transcribe(&self, audio: &AudioPart, hints: &Hints) -> Result<Transcript, ModelError> {
        let call = {
            let mut heard = locked(&self.heard);
            heard.push(Heard {
                bytes: audio.bytes.len(),
                kind: audio.kind,
                duration_s: audio.duration_s,
                language: hints.language,
                glossary: hints.glossary.iter().map(|word| word.expose().clone()).collect(),
            });
            heard.len()
        };
        (self.script)(call, audio, hints)
    }
}

type AnswerScript = dyn Fn(usize, &Question) -> Result<Answer, ModelError> + Send + Sync;

/// An analyst with a script.
pub struct ScriptedAnalyst {
    script: Box<AnswerScript>,
    asked: Mutex<Vec<Question>>,
}

impl ScriptedAnalyst {
    /// Answers through a function, which is told the call's number, from 1.
    pub fn new(
        script: impl Fn(usize, &Question) -> Result<Answer, ModelError> + Send + Sync + 'static,
    ) -> Self {
        Self { script: Box::new(script), asked: Mutex::default() }
    }

    /// Makes the same draft of everything.
    #[must_use]
    pub fn drafting(draft: Draft) -> Self {
        Self::new(move |_, _| Ok(answer(Ok(draft.clone()))))
    }

    /// Gives one answer after another, then [`SCRIPT_ENDED`].
    #[must_use]
    pub fn answering(answers: Vec<Result<Answer, ModelError>>) -> Self {
        Self::new(move |call, _| answers.get(call - 1).cloned().unwrap_or(Err(SCRIPT_ENDED)))
    }

    /// Everything that it was asked, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Question> {
        locked(&self.asked).clone()
    }

    /// How often it was called.
    #[must_use]
    pub fn calls(&self) -> usize {
        locked(&self.asked).len()
    }
}

/// An answer of ten tokens each way.
#[must_use]
pub fn answer(draft: Result<Draft, Unusable>) -> Answer {
    let usage = Usage { input_tokens: 10, output_tokens: 10, audio_seconds: 0 };
    Answer { draft, model: "scripted-analyst".to_owned(), usage }
}

#[async_trait]
impl Analyst for ScriptedAnalyst {
    async fn analyse(&self, question: &Question) -> Result<Answer, ModelError> {
        let call = {
            let mut asked = locked(&self.asked);
            asked.push(question.clone());
            asked.len()
        };
        (self.script)(call, question)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples;

    #[tokio::test]
    async fn a_script_is_followed_and_what_was_heard_is_kept() {
        let model = ScriptedTranscriber::answering(vec![
            Err(ModelError::Unavailable("busy")),
            Ok(transcript("two pipes")),
        ]);
        let part = samples::audio_part(1_000);
        let hints = Hints { language: Some(Language::De), glossary: vec!["Miller".to_owned().into()] };
        assert!(model.transcribe(&part, &hints).await.is_err());
        assert_eq!(model.transcribe(&part, &hints).await.unwrap(), transcript("two pipes"));
        assert_eq!(model.transcribe(&part, &hints).await, Err(SCRIPT_ENDED));
        assert_eq!(model.calls(), 3);
        assert_eq!(
            (model.heard()[0].bytes, model.heard()[0].glossary.as_slice()),
            (1_000, ["Miller".to_owned()].as_slice())
        );
    }

    #[tokio::test]
    async fn an_analyst_keeps_its_questions() {
        let model = ScriptedAnalyst::drafting(samples::job_draft("Order pipes", &["Order two pipes"]));
        let answer = model.analyse(&samples::question("Order two pipes")).await.unwrap();
        assert!(answer.draft.is_ok());
        assert_eq!(model.asked()[0].text.expose(), "Order two pipes");
    }
}
