//! What must hold of whatever comes in. Each property is a function over bytes that panics when it is broken: the
//! fuzzer looks for bytes that do so, `tests/system/corpora.rs` gives it those that are kept.
//!
//! To add one: 1. a file here; 2. a line in [`ALL`]; 3. a target in `fuzz/fuzz_targets/` and in `fuzz/Cargo.toml`;
//! 4. some bytes to begin with in `fuzz/corpus/`.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::missing_panics_doc,
    reason = "to panic is how a property says that it is broken"
)]

mod form;
mod model_answer;
mod object_key;
mod ogg;
mod public_url;
mod queue_body;
mod signing;
mod twiml;
mod webhook;

pub use form::form;
pub use model_answer::model_answer;
pub use object_key::object_key;
pub use ogg::ogg;
pub use public_url::public_url;
pub use queue_body::queue_body;
pub use twiml::twiml;
pub use webhook::webhook;

/// A property: it panics when the bytes break it.
pub type Property = fn(&[u8]);

/// All of them, by the names of their targets and corpora.
pub const ALL: [(&str, Property); 8] = [
    ("form", form),
    ("public_url", public_url),
    ("webhook", webhook),
    ("object_key", object_key),
    ("queue_body", queue_body),
    ("model_answer", model_answer),
    ("ogg", ogg),
    ("twiml", twiml),
];
