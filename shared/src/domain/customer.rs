//! A person known to customer lookup.

use serde::{Deserialize, Serialize};

use super::{
    identity::E164,
    ids::{CompanyId, CustomerId},
    language::Language,
    private::Private,
};

/// What customer lookup knows of a person. The company decides where every file of the person's notes
/// lies; it comes from here alone, never from a model or a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The person, in the company's own numbering.
    pub customer_id: CustomerId,
    /// The tenant.
    pub company_id: CompanyId,
    /// The tenant's name as people say it.
    pub company_name: String,
    /// The person's name, when customers.json has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Private<String>>,
    /// The language to answer in; without it, that of the person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// What the person is to the company (`owner`, `staff`, ...), free text of the company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The company's trade (`plumbing`, `electrical`, ...): chooses a prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade: Option<String>,
    /// Words and names that transcription should know, at most 40 of 40 characters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub glossary: Vec<Private<String>>,
    /// The person's number: the first one that customers.json has. Who calls from elsewhere is sent text there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<E164>,
}

impl Customer {
    /// The person's name, or the company's own number of the person where there is none.
    #[must_use]
    pub fn called(&self) -> &str {
        self.name.as_ref().map_or_else(|| self.customer_id.as_str(), |name| name.expose())
    }
}
