//! What runs against a deployed stack: on the stand-in for AWS, or on an account. Started by
//! `cargo test -p system-tests --test stack`, after `make dev-stack`; see tests/README.md.
//!
//! Stories of the whole stack: `system`, and one module for each function, so that `make test-voice-parser-e2e` can name
//! it. They play the demo companies' people and leave their notes behind. What is tested of a single service of AWS:
//! `contracts`, `directory`, `files`, `queues`, `secrets`; whatever one of those writes, it takes away again, also when
//! it fails.

mod batch;
mod call_handler;
mod commands;
mod contracts;
mod customer_lookup;
mod data_api;
mod deployment;
mod directory;
mod files;
mod keys;
mod letters;
mod panel;
mod queues;
mod records;
mod scheduler;
mod secrets;
mod site;
mod sqs;
mod system;
mod traces;
mod turns;
mod voice_parser;
mod webhook;
mod webhook_handler;
