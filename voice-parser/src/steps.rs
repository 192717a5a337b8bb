//! What each step of a note does. A step reads the note and answers what is to be stored; only `process`
//! stores it. For messages about an earlier note, `plan` stands for understanding (`office` where the
//! office changes a record), `revise` and `show` for filing.

pub(crate) mod answer;
pub(crate) mod collect;
pub(crate) mod file;
pub(crate) mod hear;
pub(crate) mod office;
pub(crate) mod plan;
pub(crate) mod revise;
mod show;
pub(crate) mod understand;

pub(crate) use collect::declares_audio;
