//! `nextContinuationToken`: where a listing goes on. Sealed, so that it works only for the company, intent
//! and format that it was made for, and cannot be made up.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use shared::domain::{ids::CompanyId, intent::Intent};

use super::list::Format;

const MAC_BYTES: usize = 32;
/// A key is at most 512 bytes, a token at most this many characters.
const MOST_CHARS: usize = 1_024;

/// Where a listing goes on: behind a key of an intent, or at its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) intent: Intent,
    pub(crate) after: Option<String>,
}

/// Which listing a token belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listing<'a> {
    pub(crate) company: &'a CompanyId,
    /// `None`: all of them.
    pub(crate) intent: Option<Intent>,
    pub(crate) format: Format,
}

/// Seals and opens tokens.
pub(crate) struct Cursors {
    key: [u8; 32],
}

impl Cursors {
    pub(crate) const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The token for a position, or `None` should the position not be expressible.
    pub(crate) fn seal(&self, listing: &Listing<'_>, position: &Position) -> Option<String> {
        let place = format!("{}\n{}", position.intent, position.after.as_deref().unwrap_or_default());
        let mut token = self.mac(listing, place.as_bytes())?.finalize().into_bytes().to_vec();
        token.extend_from_slice(place.as_bytes());
        Some(URL_SAFE_NO_PAD.encode(token))
    }

    /// The position, if the token was made for this listing.
    pub(crate) fn open(&self, listing: &Listing<'_>, token: &str) -> Option<Position> {
        if token.len() > MOST_CHARS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (mac, place) = bytes.split_at_checked(MAC_BYTES)?;
        self.mac(listing, place)?.verify_slice(mac).ok()?;
        let (intent, after) = std::str::from_utf8(place).ok()?.split_once('\n')?;
        let after = Some(after.to_owned()).filter(|after| !after.is_empty());
        Some(Position { intent: Intent::parse(intent)?, after })
    }

    fn mac(&self, listing: &Listing<'_>, place: &[u8]) -> Option<Hmac<Sha256>> {
        let Listing { company, intent, format } = listing;
        let intent = intent.map_or("all", Intent::as_str);
        // No part can hold a line feed, so two different listings never read the same.
        let context = format!("{company}\n{intent}\n{format:?}\n");
        Some(Hmac::new_from_slice(&self.key).ok()?.chain_update(context).chain_update(place))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn listing(company: &CompanyId, intent: Option<Intent>, format: Format) -> Listing<'_> {
        Listing { company, intent, format }
    }

    #[test]
    fn a_token_works_for_its_listing_alone() {
        let (acme, other) = (CompanyId::parse("acme").unwrap(), CompanyId::parse("acme-2").unwrap());
        let cursors = Cursors::new([1; 32]);
        let own = listing(&acme, Some(Intent::Other), Format::Full);
        let position =
            Position { intent: Intent::Other, after: Some("acme/other/a_SM123456_audio.ogg".to_owned()) };
        let token = cursors.seal(&own, &position).unwrap();
        assert_eq!(cursors.open(&own, &token), Some(position));
        for foreign in [
            listing(&other, Some(Intent::Other), Format::Full),
            listing(&acme, Some(Intent::JobToBeDone), Format::Full),
            listing(&acme, None, Format::Full),
            listing(&acme, Some(Intent::Other), Format::Ids),
        ] {
            assert_eq!(cursors.open(&foreign, &token), None, "{foreign:?}");
        }
        assert_eq!(Cursors::new([2; 32]).open(&own, &token), None);
    }

    #[test]
    fn the_longest_key_fits_a_token() {
        let acme = CompanyId::parse("acme").unwrap();
        let own = listing(&acme, None, Format::Full);
        let position = Position { intent: Intent::KnowledgeDocument, after: Some("k".repeat(512)) };
        let token = Cursors::new([1; 32]).seal(&own, &position).unwrap();
        assert_eq!(Cursors::new([1; 32]).open(&own, &token), Some(position));
    }

    proptest! {
        #[test]
        fn whatever_is_sent_as_a_token_is_refused_without_a_panic(token in "[A-Za-z0-9_=%-]{0,200}|\\PC{0,40}") {
            let acme = CompanyId::parse("acme").unwrap();
            prop_assert!(Cursors::new([1; 32]).open(&listing(&acme, None, Format::Full), &token).is_none());
        }
    }
}
