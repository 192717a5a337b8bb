//! Transcribes an Ogg file with the models of the environment, then analyses what was heard:
//! `OPENAI_API_KEY=... cargo run -p adapter-openai --example transcribe -- note.ogg`. Costs money.

use std::{
    error::Error,
    io::{self, Write},
};

use adapter_egress::{AddressPolicy, Egress};
use adapter_openai::{OpenAiAnalyst, OpenAiConfig, OpenAiTranscriber};
use bytes::Bytes;
use shared::{
    config::Settings,
    domain::{language::Language, media::MediaKind},
    ports::{
        analyst::{Analyst, Question},
        transcriber::{AudioPart, Hints, Transcriber},
    },
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut settings = Settings::from_environment();
    let config = OpenAiConfig::read(&mut settings);
    settings.finish()?;
    let path = std::env::args().nth(1).ok_or("usage: transcribe FILE.ogg")?;
    let audio = AudioPart { bytes: Bytes::from(std::fs::read(path)?), kind: MediaKind::Ogg, duration_s: 0.0 };
    let egress = Egress::new(AddressPolicy::for_base(&config.base_url))?;
    let transcriber = OpenAiTranscriber::new(egress.client().clone(), &config);
    let heard = transcriber.transcribe(&audio, &Hints::default()).await?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}: {} {:?}", heard.model, heard.text.expose(), heard.usage)?;
    let question = Question {
        text: heard.text,
        language: Language::En,
        instructions: "File the note between <note> and </note>: a job, a document or other.".to_owned(),
        revision: None,
        complaint: None,
    };
    let answer = OpenAiAnalyst::new(egress.client().clone(), &config).analyse(&question).await?;
    let draft = answer.draft?;
    writeln!(out, "{}: {:?}, {:?} {:?}", answer.model, draft.intent, draft.tag, answer.usage)?;
    Ok(())
}
