//! What each step of a note does. A step reads the note and answers what is to be stored; only `process`
//! stores it.

pub(crate) mod answer;
pub(crate) mod collect;
pub(crate) mod file;
pub(crate) mod hear;
pub(crate) mod understand;
