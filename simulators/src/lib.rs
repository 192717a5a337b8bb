//! Stand-ins for Twilio, OpenAI and Telegram as real HTTP servers, for `hark dev` and for tests.
//!
//! In comes what Hark would send to the vendors, and what a simulated phone sends to Hark; out go answers
//! in the vendors' own shapes, and signed webhooks. The crate knows the vendors' formats by itself and uses
//! no other Hark crate, so that a mistake is not shared. `simulators/README.md` lists the routes and rules.
//!
//! Reading order: [`Simulators`] (server), `observe` and `faults` (what happens to every vendor call),
//! `twilio`, `openai`, `telegram`, `phone` (what tests and `hark phone` use), `store` (what stays over a restart).
//!
//! To add a vendor route: a handler beside its siblings, a line in its `router`, a line in the README,
//! a story in `tests`.

mod analysis;
mod audio;
mod calls;
mod cdn;
mod clock;
mod config;
mod faults;
mod observe;
mod openai;
mod phone;
mod random;
mod server;
mod store;
mod telegram;
mod twilio;
mod wire;
mod world;

#[cfg(test)]
mod tests;

pub use config::{SimConfig, SimError};
pub use server::Simulators;
pub use twilio::voice::twiml_faults;
