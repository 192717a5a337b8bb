//! Twilio, the only place that knows its words. What comes in from Twilio passes `signature` (was it signed?)
//! and `inbound` (is it a message?) or `voice` (is it a call?) and leaves as one of ours; `twiml` is what calls are answered
//! with; `webhook` is the way from a request to a form that was signed. What goes out is `messages` (send, look
//! up), `media` (fetch) and `setup` (look at what is set). `config` reads the settings of all of it.
//!
//! To add a webhook: verify it with [`signature::SignatureVerifier`], then write its schema beside `inbound`,
//! taking a [`signature::VerifiedForm`].

pub mod account;
pub mod config;
pub mod key_source;
pub mod keys;
pub mod public_base;

pub mod form;
pub mod inbound;
pub mod public_url;
pub mod signature;
pub mod twiml;
pub mod voice;
pub mod webhook;

pub mod api;
pub mod media;
pub mod messages;
mod retry_after;
pub mod setup;

#[cfg(test)]
mod stub;
