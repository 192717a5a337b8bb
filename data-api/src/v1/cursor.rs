//! Cursors below `/v1`: a place, sealed for one company and one question. They do not end; what they point at is kept.

use shared::domain::ids::CompanyId;

use super::problem::Problem;
use shared::seal::Seal;

/// Seals and opens cursors.
pub(crate) struct Cursors(Seal);

impl Cursors {
    pub(crate) const fn new(key: [u8; 32]) -> Self {
        Self(Seal::new(key))
    }

    /// The cursor of a place. `question`: what is asked beside it, in one fixed form.
    pub(super) fn close(&self, company: &CompanyId, question: &str, place: &str) -> Option<String> {
        self.0.close(&context(company, question), place)
    }

    /// The place of a cursor that was made for this company and question.
    ///
    /// # Errors
    /// [`Problem::Parameter`].
    pub(super) fn open(&self, company: &CompanyId, question: &str, cursor: &str) -> Result<String, Problem> {
        let expected = "one that was answered with to the same question";
        self.0
            .open(&context(company, question), cursor)
            .ok_or(Problem::Parameter { name: "cursor", expected })
    }
}

/// A company id holds no line feed, and the length keeps question and place apart.
fn context(company: &CompanyId, question: &str) -> String {
    format!("{company}\n{}\n{question}\n", question.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_works_for_its_company_and_question_alone() {
        let (acme, other) = (CompanyId::parse("acme").unwrap(), CompanyId::parse("acme-2").unwrap());
        let cursors = Cursors::new([1; 32]);
        let cursor = cursors.close(&acme, "changes", "17").unwrap();
        assert_eq!(cursors.open(&acme, "changes", &cursor).unwrap(), "17");
        for (company, question) in [(&other, "changes"), (&acme, "records"), (&acme, "change")] {
            assert!(cursors.open(company, question, &cursor).is_err());
        }
    }
}
