//! Keys of stored files: built from a scope and checked parts, read back only within a scope.
//!
//! `{company_id}/{message_intent}/{tag}_{message_id}_{file_type}.{ext}` for what client apps see; keys that
//! begin with `_` are Hark's own. No key is ever made of raw text of a request.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    ids::{CompanyId, MessageId, RecordId},
    intent::Intent,
    media::MediaKind,
    tag::Tag,
    tenant::TenantScope,
};

/// Longest key that is ever read or written, in bytes.
pub const MAX_KEY_BYTES: usize = 512;

/// What a file of a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileType {
    /// The recording.
    Audio,
    /// All words, as said or written.
    FullText,
    /// The structured result as text (jobs and documents only).
    TextSummary,
    /// The structured result as JSON.
    Record,
    /// The n-th photo, from 1.
    Image(u8),
    /// The n-th other file, from 1.
    Document(u8),
}

impl FileType {
    /// Its name in keys and in the data API.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Audio => "audio".to_owned(),
            Self::FullText => "full_text".to_owned(),
            Self::TextSummary => "text_summary".to_owned(),
            Self::Record => "record".to_owned(),
            Self::Image(n) => format!("image_{n}"),
            Self::Document(n) => format!("document_{n}"),
        }
    }

    fn parse(name: &str) -> Option<Self> {
        let numbered = |rest: &str| {
            (!rest.starts_with('0') && rest.bytes().all(|b| b.is_ascii_digit())).then(|| rest.parse().ok())?
        };
        match name {
            "audio" => Some(Self::Audio),
            "full_text" => Some(Self::FullText),
            "text_summary" => Some(Self::TextSummary),
            "record" => Some(Self::Record),
            _ => name
                .strip_prefix("image_")
                .and_then(numbered)
                .map(Self::Image)
                .or_else(|| name.strip_prefix("document_").and_then(numbered).map(Self::Document)),
        }
    }
}

/// A key in the object store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// The key of one of a note's files that client apps see.
    #[must_use]
    pub fn artifact(
        scope: &TenantScope,
        place: &Place,
        record: &RecordId,
        file: FileType,
        extension: &str,
    ) -> Self {
        let Place { intent, tag } = place;
        Self(format!("{}/{intent}/{tag}_{record}_{}.{extension}", scope.company(), file.name()))
    }

    /// The key of an original, kept before anything else is done with it: the n-th file of a message.
    #[must_use]
    pub fn inbox(scope: &TenantScope, message: &MessageId, index: usize, kind: MediaKind) -> Self {
        Self(format!("_inbox/{}/{message}/{index}.{}", scope.company(), kind.extension()))
    }

    /// The key of a company's search index.
    #[must_use]
    pub fn search_index(scope: &TenantScope) -> Self {
        Self(format!("_search/{}/index", scope.company()))
    }

    /// What stands before the keys of files that were withdrawn.
    pub const WITHDRAWN: &str = "_withdrawn/";

    /// The key of an artifact that was withdrawn: out of sight of client apps, until it is brought back.
    #[must_use]
    pub fn withdrawn(&self) -> Self {
        Self(format!("{}{}", Self::WITHDRAWN, self.0))
    }

    /// The key of a prompt: a company's own, a trade's, or the general one in the order of [`PromptOwner`].
    #[must_use]
    pub fn prompt(owner: &PromptOwner<'_>, name: &str) -> Option<Self> {
        let folder = match owner {
            PromptOwner::Company(company) => format!("company-{company}"),
            PromptOwner::Trade(trade) => format!("trade-{}", Tag::parse(trade)?),
        };
        let name = Tag::parse(name)?;
        Some(Self(format!("_prompts/{folder}/{name}.md")))
    }

    /// The customer directory's file.
    #[must_use]
    pub fn customers() -> Self {
        Self("customers.json".to_owned())
    }

    /// Reads a key that a client app names, within its own company: `None` for another company's, for
    /// Hark's own, and for anything that is not an artifact's key to the letter.
    #[must_use]
    pub fn artifact_in(scope: &TenantScope, raw: &str) -> Option<(Self, Artifact)> {
        let artifact = Artifact::parse(raw)?;
        (artifact.company == *scope.company()).then(|| (Self(raw.to_owned()), artifact))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose a prompt is.
#[derive(Debug, Clone, Copy)]
pub enum PromptOwner<'a> {
    /// One company's.
    Company(&'a CompanyId),
    /// That of all companies of a trade.
    Trade(&'a str),
}

/// Where a note's files lie within the company. Decided once, when the note is understood; only a correction of what
/// the note is moves them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The second segment.
    pub intent: Intent,
    /// The beginning of the file name.
    pub tag: Tag,
}

/// The beginning of keys, always ending in `/` or inside one note's name, so that `acme` never lists
/// `acme-2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPrefix(String);

impl KeyPrefix {
    /// All of a company's files with an intent.
    #[must_use]
    pub fn intent(scope: &TenantScope, intent: Intent) -> Self {
        Self(format!("{}/{intent}/", scope.company()))
    }

    /// All files of one note whose place is known, those of its further records included.
    #[must_use]
    pub fn note(scope: &TenantScope, place: &Place, message: &MessageId) -> Self {
        Self(format!("{}/{}/{}_{message}", scope.company(), place.intent, place.tag))
    }

    /// The same for files that were withdrawn.
    #[must_use]
    pub fn withdrawn(&self) -> Self {
        Self(format!("{}{}", ObjectKey::WITHDRAWN, self.0))
    }

    /// The originals of one message.
    #[must_use]
    pub fn inbox(scope: &TenantScope, message: &MessageId) -> Self {
        Self(format!("_inbox/{}/{message}/", scope.company()))
    }

    /// The prefix as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an artifact's key says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The tenant.
    pub company: CompanyId,
    /// The place.
    pub place: Place,
    /// The note, or one of its further records.
    pub record: RecordId,
    /// What the file is.
    pub file: FileType,
    /// The file's extension.
    pub extension: String,
}

impl Artifact {
    /// Reads an artifact's key from both ends: the tag up to the first underscore, the file type from the
    /// right, the id between. Also reads the older `{tag}_{message_id}.text_summary.txt`.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        if raw.len() > MAX_KEY_BYTES {
            return None;
        }
        let mut segments = raw.split('/');
        let company = CompanyId::parse(segments.next()?).ok()?;
        let intent = Intent::parse(segments.next()?)?;
        let name = segments.next()?;
        if segments.next().is_some() {
            return None;
        }
        let (tag, rest) = name.split_once('_')?;
        let place = Place { intent, tag: Tag::parse(tag).or_else(|| Tag::parse_older(tag))? };
        let (record, file, extension) = parse_after_tag(rest)?;
        Some(Self { company, place, record, file, extension })
    }
}

fn parse_after_tag(rest: &str) -> Option<(RecordId, FileType, String)> {
    if let Some(id) = rest.strip_suffix(".text_summary.txt") {
        return Some((RecordId::parse(id).ok()?, FileType::TextSummary, "txt".to_owned()));
    }
    let (stem, extension) = rest.split_once('.')?;
    if extension.is_empty() || extension.len() > 5 || !extension.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    // A message id may itself hold underscores, so the longest file type that fits from the right wins.
    stem.match_indices('_').find_map(|(at, _)| {
        let file = FileType::parse(stem.get(at + 1..)?)?;
        let record = RecordId::parse(stem.get(..at)?).ok()?;
        Some((record, file, extension.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scope(company: &str) -> TenantScope {
        TenantScope::of_verified_key(CompanyId::parse(company).unwrap())
    }

    fn place(tag: &str) -> Place {
        Place { intent: Intent::JobToBeDone, tag: Tag::parse(tag).unwrap() }
    }

    #[test]
    fn keys_are_read_as_they_are_written() {
        let record = RecordId::parse("test_message_1-2").unwrap();
        for (file, extension) in [
            (FileType::Audio, "ogg"),
            (FileType::FullText, "txt"),
            (FileType::TextSummary, "txt"),
            (FileType::Record, "json"),
            (FileType::Image(3), "jpg"),
            (FileType::Document(10), "pdf"),
        ] {
            let key = ObjectKey::artifact(&scope("acme"), &place("kueche-leck"), &record, file, extension);
            let (_, read) = ObjectKey::artifact_in(&scope("acme"), key.as_str()).unwrap();
            assert_eq!(
                (read.record.clone(), read.file, read.extension.as_str()),
                (record.clone(), file, extension)
            );
            assert!(ObjectKey::artifact_in(&scope("acme-2"), key.as_str()).is_none());
        }
    }

    #[test]
    fn j_older_summaries_are_still_found() {
        let read = Artifact::parse("acme/job-to-be-done/leak_SM123456.text_summary.txt").unwrap();
        assert_eq!((read.record.to_string().as_str(), read.file), ("SM123456", FileType::TextSummary));
        let read = Artifact::parse("acme/job-to-be-done/pump-v2.1--leak_SM123456_audio.ogg").unwrap();
        assert_eq!(read.place.tag.as_str(), "pump-v2.1--leak");
    }

    #[test]
    fn d01_a_tag_that_looks_like_an_id_does_not_confuse_the_reader() {
        let read = Artifact::parse("acme/other/smoke-sm0123_SM999999_full_text.txt").unwrap();
        assert_eq!((read.place.tag.as_str(), read.record.to_string().as_str()), ("smoke-sm0123", "SM999999"));
    }

    #[test]
    fn e03_e04_hostile_keys_are_no_keys() {
        let long = format!("acme/other/a_SM123456_audio.{}", "x".repeat(1_025));
        for raw in [
            "customers.json",
            "_state/x",
            "_inbox/acme/SM123456/0.ogg",
            "acme/other/../other/a_SM123456_audio.ogg",
            "acme/other//a_SM123456_audio.ogg",
            "/acme/other/a_SM123456_audio.ogg",
            "acme/other/a_SM123456_audio.ogg/",
            "acme/other/%252e%252e_SM123456_audio.ogg",
            "acme/other/a_SM123456_audio.ogg\0",
            "acme/other/.._SM123456_audio.ogg",
            "acme/other/a_SM123456_secret.ogg",
            "acme/else/a_SM123456_audio.ogg",
            "acme/other/a_SM123456_image_01.jpg",
            "a_SM123456_audio.ogg",
            long.as_str(),
        ] {
            assert!(ObjectKey::artifact_in(&scope("acme"), raw).is_none(), "{raw:?}");
        }
    }

    #[test]
    fn e03_a_key_is_read_to_the_letter() {
        for good in ["a_SM123456_audio.o", "a_SM123456_audio.A2345", "a_SM123456_image_255.jpg"] {
            assert!(Artifact::parse(&format!("acme/other/{good}")).is_some(), "{good}");
        }
        for bad in [
            "a_SM123456_audio.",
            "a_SM123456_audio",
            "a_SM123456_audio.o-g",
            "a_SM123456_audio.abcdef",
            "a_SM123456_audio.tar.gz",
            "a_SM123456_image_.jpg",
            "a_SM123456_image_0.jpg",
            "a_SM123456_image_+1.jpg",
            "a_SM123456_image_256.jpg",
            "a_SM123456-1_audio.ogg",
            "a_audio.ogg",
        ] {
            assert_eq!(Artifact::parse(&format!("acme/other/{bad}")), None, "{bad}");
        }
    }

    #[test]
    fn keys_and_prefixes_are_written_as_documented() {
        let (acme, message) = (scope("acme"), MessageId::parse("SM123456").unwrap());
        let company = CompanyId::parse("acme").unwrap();
        let inbox = ObjectKey::inbox(&acme, &message, 2, MediaKind::Ogg);
        assert_eq!(
            (inbox.as_str(), inbox.to_string().as_str()),
            ("_inbox/acme/SM123456/2.ogg", inbox.as_str())
        );
        assert_eq!(ObjectKey::customers().as_str(), "customers.json");
        let prompt =
            |owner: PromptOwner<'_>, name| ObjectKey::prompt(&owner, name).map(|key| key.to_string());
        assert_eq!(
            prompt(PromptOwner::Company(&company), "note-1"),
            Some("_prompts/company-acme/note-1.md".to_owned())
        );
        let of_trade = prompt(PromptOwner::Trade("plumbing"), "note-1");
        assert_eq!(of_trade, Some("_prompts/trade-plumbing/note-1.md".to_owned()));
        for (trade, name) in [("plumbing", "../x"), ("../x", "note-1"), ("", "note-1"), ("plumbing", "")] {
            assert_eq!(prompt(PromptOwner::Trade(trade), name), None, "{trade} {name}");
        }
        assert_eq!(KeyPrefix::intent(&acme, Intent::Other).as_str(), "acme/other/");
        assert_eq!(KeyPrefix::inbox(&acme, &message).as_str(), "_inbox/acme/SM123456/");
        let note = KeyPrefix::note(&acme, &place("leak"), &message);
        assert_eq!(note.as_str(), "acme/job-to-be-done/leak_SM123456");
    }

    proptest! {
        #[test]
        fn e03_reading_any_text_never_panics_and_never_leaves_the_company(raw in "\\PC{0,80}") {
            if let Some((key, artifact)) = ObjectKey::artifact_in(&scope("acme"), &raw) {
                prop_assert!(key.as_str().starts_with("acme/"));
                prop_assert_eq!(artifact.company.as_str(), "acme");
            }
        }
    }
}
