//! OpenAI, or any server that speaks its protocol: a recording or a text goes in, a transcript, the draft of a record or
//! what is said on the phone comes out, through the ports `Transcriber`, `Analyst` and `Responder`. The only crate that
//! knows OpenAI's words.
//!
//! Reading order: `config` (where and as whom), `api` (one request, its retries and its end), `refusal` (what an
//! error means to the caller), `transcribe`, `chat` (what is the same of all that is asked in words), `analyse` with
//! `schema`, `respond`, and `breaker`, which is wired around all three;
//! `models` says whether a model exists and until when.
//!
//! To add a call: 1. its port in `shared/ports`; 2. a file here with its wire structs, which stay private; 3. a
//! row in the tests for each answer that the vendor documents.

pub mod analyse;
mod api;
pub mod breaker;
mod chat;
pub mod config;
mod fence;
pub mod models;
mod refusal;
pub mod respond;
pub mod schema;
mod surrogates;
pub mod transcribe;

pub use analyse::OpenAiAnalyst;
pub use api::Patience;
pub use breaker::Breaker;
pub use config::OpenAiConfig;
pub use respond::OpenAiResponder;
pub use transcribe::{MAX_UPLOAD_BYTES, OpenAiTranscriber};

#[cfg(test)]
mod tests;
