//! The words of the field and their rules. Pure: nothing here knows a port, a vendor or the time of day.
//!
//! Reading order: who (`ids`, `identity`, `customer`, `language`), what came in (`message`, `media`, `outline`), what it is about
//! (`purpose`), what it means (`intent`, `tag`, `analysis`), where it lies (`tenant`, `object_key`, `artifacts`,
//! `summary_text`, `record_document`), how far it is and what was changed of it (`note`, `difference`), by the office too
//! (`office_change`, `record_form`), what the office writes and tries (`letter`, `trial`), how it is counted (`digest`), what
//! people are told (`reply`), what they can tap (`choice`), what became of what they were told (`delivery`), how they end it (`opt_out`), what else they
//! say to Hark itself (`aside`),
//! how much they may send (`sender_window`), what their corrections teach (`replacement`, `glossary`), what client apps hear
//! of (`feed`, `record_view`), how they are told (`webhook`) and what they write back (`client_state`).

pub mod analysis;
pub mod api_key;
pub mod artifacts;
pub mod aside;
pub mod call;
pub mod choice;
pub mod client_state;
pub mod customer;
pub mod customer_file;
pub mod delivery;
pub mod difference;
pub mod digest;
pub mod feed;
pub mod glossary;
pub mod identity;
pub mod ids;
pub mod intent;
pub mod language;
pub mod letter;
pub mod media;
pub mod message;
pub mod note;
pub mod object_key;
pub mod office_change;
pub mod opt_out;
pub mod outline;
pub mod private;
pub mod purpose;
pub mod record_document;
pub mod record_form;
pub mod record_view;
pub mod replacement;
pub mod reply;
pub mod sender_window;
pub mod summary_text;
pub mod tag;
pub mod tenant;
pub mod text;
pub mod trial;
pub mod usage;
pub mod user;
pub mod webhook;
