//! What Twilio is answered.

pub mod document;

pub use document::{Gather, Listen, Record, Say, Verb, document};

/// The content type of every answer: without one Twilio reports error 12300, and `text/plain` would be
/// delivered to the sender as a message.
pub const CONTENT_TYPE: &str = "text/xml";

/// The message was taken and nothing is to be done. The same bytes for everybody.
pub const EMPTY_RESPONSE: &str = "<Response/>";

/// Most that one document says, counted as Twilio counts it: percent-encoded (4,500 for all that one `<Gather>` says; Polly's
/// voices take 3,000 characters in one `<Say>`).
pub const MOST_SAID: usize = 4_000;

/// How long a text is when Twilio counts it: letters, digits and `-._~` are one, every other byte is three.
#[must_use]
pub fn encoded_len(text: &str) -> usize {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() || b"-._~".contains(&b) { 1 } else { 3 }).sum()
}
