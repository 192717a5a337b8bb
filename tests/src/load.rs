//! Load with verification: a real `hark dev`, signed webhooks at a steady rate, and then of every id the question whether
//! it has its files and its one answer. All of it from outside: HTTP, the stand-in's phones, the files on the disk.
//!
//! Reading order: `cast` (companies and their people), `notes` (what they send, in which orders, and what twice), `site`
//! (the running command), `sending` (webhooks, each at its time), `check` (what became of every note), `figures`
//! (percentiles), and the two measurements, `steady` and `fairness`.

pub mod cast;
pub mod check;
pub mod fairness;
pub mod figures;
pub mod notes;
pub mod sending;
pub mod site;
pub mod steady;

/// Takes what is to be shown while it goes on.
pub type Tell = fn(&str);
