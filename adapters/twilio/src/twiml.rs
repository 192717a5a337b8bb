//! What Twilio is answered.

/// The content type of every answer: without one Twilio reports error 12300, and `text/plain` would be
/// delivered to the sender as a message.
pub const CONTENT_TYPE: &str = "text/xml";

/// The message was taken and nothing is to be done. The same bytes for everybody.
pub const EMPTY_RESPONSE: &str = "<Response/>";
