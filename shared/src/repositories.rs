//! How Hark remembers: one repository for each kind of thing, written once over the table port.

pub mod api_keys;
pub mod budgets;
pub mod contacts;
pub mod filed;
pub mod glossaries;
pub mod notes;
mod one_item;
pub mod sent;
