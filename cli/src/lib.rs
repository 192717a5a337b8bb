//! The `hark` command: runs the product on one machine and tends it.
//!
//! Reading order: `args` (what can be typed), `command` (which file does it), `one_machine` (every component
//! over the local stores, in one process), `serve` (that, in earnest), `dev` (that, with stand-ins and demo
//! values), then the smaller commands. To add a command: a variant in `args`, a file of its own, a line in `command`.

#![expect(
    clippy::print_stderr,
    reason = "a command line speaks to the terminal; standard output has `output`"
)]

mod args;
mod command;
pub mod customers;
pub mod demo;
pub mod dev;
mod doctor;
mod health;
pub mod keys;
pub mod one_machine;
mod output;
pub mod phone;
mod place;
mod replay;
pub mod serve;
mod stand_ins;
mod telegram;
mod users;

pub use command::main;
