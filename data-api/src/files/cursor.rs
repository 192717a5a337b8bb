//! `nextContinuationToken`: where a listing goes on. Sealed, so that it works only for the company, intent
//! and format that it was made for, and cannot be made up.

use shared::domain::{ids::CompanyId, intent::Intent};

use super::list::Format;
use shared::seal::Seal;

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
pub(crate) struct Cursors(Seal);

impl Cursors {
    pub(crate) const fn new(key: [u8; 32]) -> Self {
        Self(Seal::new(key))
    }

    /// The token for a position, or `None` should the position not be expressible.
    pub(crate) fn seal(&self, listing: &Listing<'_>, position: &Position) -> Option<String> {
        let place = format!("{}\n{}", position.intent, position.after.as_deref().unwrap_or_default());
        self.0.close(&listing.context(), &place)
    }

    /// The position, if the token was made for this listing.
    pub(crate) fn open(&self, listing: &Listing<'_>, token: &str) -> Option<Position> {
        let place = self.0.open(&listing.context(), token)?;
        let (intent, after) = place.split_once('\n')?;
        let after = Some(after.to_owned()).filter(|after| !after.is_empty());
        Some(Position { intent: Intent::parse(intent)?, after })
    }
}

impl Listing<'_> {
    /// No part can hold a line feed, so two different listings never read the same.
    fn context(&self) -> String {
        let Self { company, intent, format } = self;
        let intent = intent.map_or("all", Intent::as_str);
        format!("{company}\n{intent}\n{format:?}\n")
    }
}

#[cfg(test)]
mod tests {
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
}
