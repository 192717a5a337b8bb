//! A day in a minute: all of Hark's own code on the AWS side, with everything outside played in one process, in time
//! that passes only when nothing is left to do. One seed is one run: what fails, what is lost, who dies and when follows
//! from it, so that a run that goes wrong can be watched again.
//!
//! Reading order: `chance` (the seed), `story` (what is told of a run), `weather` (what goes wrong at each call to the
//! outside), `ports` (every port with the weather in front of it), `world` (the outside that survives a crash), `queue`
//! (SQS), `outbox` (what people were sent), `functions` (Lambda), `sweeper` (what runs once a minute), `people` (what
//! they send), `twilio` (phones and webhooks), `run` (one run), `throttled` (a run for which Lambda has too little room),
//! `verdict` and `records` (what must hold after it).

mod chance;
mod functions;
mod outbox;
mod people;
mod ports;
mod queue;
mod records;
mod run;
mod story;
mod sweeper;
mod throttled;
mod twilio;
mod verdict;
mod weather;
mod world;

pub use run::{Outcome, simulate};
pub use throttled::{Throttled, throttled};
pub use verdict::{Tally, Verdict};
