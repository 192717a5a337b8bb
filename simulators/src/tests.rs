//! Stories on real sockets: what Hark, a phone and a test meet at the stand-ins.

mod content;
mod control;
mod harness;
mod openai;
mod phone;
mod sound;
mod telegram;
mod twilio;
mod voice;
