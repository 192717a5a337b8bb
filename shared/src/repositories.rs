//! How Hark remembers: one repository for each kind of thing, written once over the table port.

mod announcements;
pub mod api_keys;
pub mod audit;
pub mod budgets;
pub mod calls;
pub mod contacts;
pub mod conversations;
pub mod deliveries;
pub mod feed;
pub mod filed;
pub mod glossaries;
pub mod heard;
pub mod inbox;
pub mod notes;
pub mod once;
mod one_item;
pub mod outcomes;
pub mod polled;
mod record_index;
pub mod records;
pub mod sent;
pub mod threads;
pub mod users;
pub mod webhooks;
pub mod wrong_passwords;

/// Milliseconds in a form that sorts by its bytes.
fn sortable(at: jiff::Timestamp) -> String {
    format!("{:015}", at.as_millisecond().max(0))
}
