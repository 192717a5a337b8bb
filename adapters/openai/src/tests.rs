//! Both models against a server that plays the vendor: what is sent, and what each of its answers means.

mod analysing;
mod breaking;
mod models;
mod refusals;
mod responding;
mod stub;
mod transcribing;

use std::time::Duration;

use adapter_egress::{AddressPolicy, Egress};
use bytes::Bytes;
use secrecy::SecretString;
use shared::{
    domain::{language::Language, media::MediaKind, private::Private},
    ports::{
        analyst::Question,
        transcriber::{AudioPart, Hints},
    },
};
use url::Url;

use crate::{OpenAiAnalyst, OpenAiConfig, OpenAiTranscriber, Patience};

/// Must be in no error, whatever happens.
const KEY: &str = "sk-canary-key-0123456789";
const WORDS: &str = "Please order two copper pipes, says the canary.";

fn config(base: &Url) -> OpenAiConfig {
    OpenAiConfig {
        api_key: Some(SecretString::from(KEY)),
        base_url: base.clone(),
        transcribe_model: "gpt-4o-mini-transcribe".to_owned(),
        analyse_model: "gpt-5-mini".to_owned(),
        chat_model: "gpt-5-mini".to_owned(),
    }
}

/// Two more tries without a wait, and an end that no answer of the stub needs.
fn patience() -> Patience {
    Patience { waits: vec![Duration::ZERO; 2], deadline: Duration::from_secs(30) }
}

fn http() -> reqwest::Client {
    Egress::new(AddressPolicy::LoopbackAllowed).unwrap().client().clone()
}

fn transcriber(config: &OpenAiConfig) -> OpenAiTranscriber {
    OpenAiTranscriber::new(http(), config).with_patience(patience())
}

fn analyst(config: &OpenAiConfig) -> OpenAiAnalyst {
    OpenAiAnalyst::new(http(), config).with_patience(patience())
}

fn recording(kind: MediaKind) -> AudioPart {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/audio/job-en.ogg");
    AudioPart { bytes: Bytes::from(std::fs::read(path).unwrap()), kind, duration_s: 8.416 }
}

fn hints() -> Hints {
    Hints {
        language: Some(Language::De),
        glossary: ["Müller", "Kupferrohr\n 15 mm", "", "x".repeat(90).as_str()]
            .map(|term| Private::new(term.to_owned()))
            .to_vec(),
    }
}

fn question() -> Question {
    Question {
        text: Private::new(WORDS.to_owned()),
        language: Language::En,
        instructions: "File the note. [mark]".to_owned(),
        revision: None,
        complaint: None,
    }
}
