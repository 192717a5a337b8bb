//! Cursors below `/v1`: a place, sealed for one company and one question, so that nobody makes one up or uses it for
//! another. They do not end; what they point at is kept.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use shared::domain::ids::CompanyId;

use super::problem::Problem;

const MAC_BYTES: usize = 16;
const MOST_CHARS: usize = 400;

/// Seals and opens cursors.
pub(crate) struct Seal {
    key: [u8; 32],
}

impl Seal {
    pub(crate) const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The cursor of a place. `question`: what is asked beside it, in one fixed form.
    pub(super) fn close(&self, company: &CompanyId, question: &str, place: &str) -> Option<String> {
        let mac = self.mac(company, question, place.as_bytes())?.finalize().into_bytes();
        let mut cursor = mac.get(..MAC_BYTES)?.to_vec();
        cursor.extend_from_slice(place.as_bytes());
        Some(URL_SAFE_NO_PAD.encode(cursor))
    }

    /// The place of a cursor that was made for this company and question.
    ///
    /// # Errors
    /// [`Problem::Parameter`].
    pub(super) fn open(&self, company: &CompanyId, question: &str, cursor: &str) -> Result<String, Problem> {
        let forged = Problem::Parameter {
            name: "cursor",
            expected: "one that was answered with to the same question",
        };
        self.opened(company, question, cursor).ok_or(forged)
    }

    fn opened(&self, company: &CompanyId, question: &str, cursor: &str) -> Option<String> {
        if cursor.len() > MOST_CHARS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (mac, place) = bytes.split_at_checked(MAC_BYTES)?;
        self.mac(company, question, place)?.verify_truncated_left(mac).ok()?;
        String::from_utf8(place.to_vec()).ok()
    }

    fn mac(&self, company: &CompanyId, question: &str, place: &[u8]) -> Option<Hmac<Sha256>> {
        let mac = Hmac::new_from_slice(&self.key).ok()?;
        // A company id holds no line feed, and lengths keep the other two apart.
        let context = format!("{company}\n{}\n{question}\n", question.len());
        Some(mac.chain_update(context).chain_update(place))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cursor_works_for_its_company_and_question_alone() {
        let (acme, other) = (CompanyId::parse("acme").unwrap(), CompanyId::parse("acme-2").unwrap());
        let seal = Seal::new([1; 32]);
        let cursor = seal.close(&acme, "changes", "17").unwrap();
        assert_eq!(seal.opened(&acme, "changes", &cursor).as_deref(), Some("17"));
        for (company, question) in [(&other, "changes"), (&acme, "records"), (&acme, "change")] {
            assert_eq!(seal.opened(company, question, &cursor), None);
        }
        assert_eq!(Seal::new([2; 32]).opened(&acme, "changes", &cursor), None);
    }

    proptest! {
        #[test]
        fn whatever_is_sent_as_a_cursor_is_refused_without_a_panic(cursor in "[A-Za-z0-9_=%-]{0,450}|\\PC{0,40}") {
            let acme = CompanyId::parse("acme").unwrap();
            prop_assert!(Seal::new([1; 32]).opened(&acme, "changes", &cursor).is_none());
        }
    }
}
