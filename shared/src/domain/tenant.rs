//! The right to touch one company's things.

use super::{customer::Customer, ids::CompanyId, user::User};

/// Proof that whoever acts may act for this company. Every key of a stored file is built from one, so a
/// request can name a company but never become it.
///
/// It is made in three places only: by the authoriser of API keys (`use_cases::authorise`), for a user who is signed in
/// (`use_cases::sign_in`), and from a customer that customer lookup answered with. A test over the sources keeps it so.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TenantScope {
    company: CompanyId,
}

impl TenantScope {
    /// The scope of a person who was looked up.
    #[must_use]
    pub fn of_customer(customer: &Customer) -> Self {
        Self { company: customer.company_id.clone() }
    }

    /// The scope of an API key that was verified.
    pub(crate) const fn of_verified_key(company: CompanyId) -> Self {
        Self { company }
    }

    /// The scope of a user whose session was verified.
    pub(crate) fn of_signed_in(user: &User) -> Self {
        Self { company: user.company.clone() }
    }

    /// The company.
    #[must_use]
    pub const fn company(&self) -> &CompanyId {
        &self.company
    }
}
