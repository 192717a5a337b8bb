//! How Hark remembers: one repository for each kind of thing, written once over the table port.
