//! How Hark remembers: one repository for each kind of thing, written once over the table port.

pub mod api_keys;
pub mod conversations;
pub mod deliveries;
pub mod filed;
pub mod notes;
pub mod sent;
