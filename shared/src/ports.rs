//! What Hark needs from outside, each named by its role. No vendor's word or type stands here; errors say
//! what the caller can do; "not found" is `Ok(None)`.

pub mod analyst;
pub mod clock;
pub mod dead_letters;
pub mod directory;
pub mod job_handler;
pub mod job_queue;
pub mod media_source;
pub mod message_sync;
pub mod messenger;
pub mod metrics;
pub mod objects;
pub mod queue_status;
pub mod redelivery;
pub mod responder;
pub mod search;
pub mod secrets;
pub mod table;
pub mod transcriber;
pub mod webhook_sender;
