//! Telegram's Bot API, the only place that knows its words. What comes in is an update: by the webhook (`secret`: is it
//! Telegram's?) or by asking (`polling`), and `updates` makes a `shared` message of it, or says why not. What goes out
//! is `messenger` (send), `media` (fetch) and `setup` (look at what is set, and set the webhook). `config` reads the
//! settings of all of it, `api` makes the calls.
//!
//! To take another kind of update: its shape in `wire`, its meaning in `updates`, its name in `updates::KINDS`.

pub mod bot;
pub mod config;

pub mod secret;
pub mod updates;
mod wire;

pub mod api;
pub mod media;
pub mod messenger;
pub mod polling;
pub mod setup;

#[cfg(test)]
mod stub;
