//! The words of a company that its people use: those of customers.json and those of its glossary.

use shared::{
    domain::{customer::Customer, glossary::MAX_TERMS, note::Note, private::Private},
    ports::table::TableError,
};

use crate::deps::Deps;

/// A note's sender with all words of the company, those of the glossary last, at most [`MAX_TERMS`].
///
/// # Errors
/// As the table says.
pub(crate) async fn sender(deps: &Deps, note: &Note) -> Result<Customer, TableError> {
    let mut sender = note.sender().clone();
    let stored = deps.glossaries.terms(&note.scope()).await?;
    for entry in stored.glossary.entries() {
        let term = Private::new(entry.term.expose().clone());
        if sender.glossary.len() < MAX_TERMS && !sender.glossary.contains(&term) {
            sender.glossary.push(term);
        }
    }
    Ok(sender)
}
