//! Names of stored files: what one company's key can name, and that reader and writer are of one mind.

use shared::domain::{
    customer::Customer,
    ids::{CompanyId, CustomerId, MessageId, RecordId},
    intent::Intent,
    object_key::{Artifact, FileType, KeyPrefix, MAX_KEY_BYTES, ObjectKey, Place, PromptOwner},
    tag::Tag,
    tenant::TenantScope,
};

/// Takes the bytes as a key from outside, then, line by line, as the parts of a key to be built. No text leaves its
/// company or names something of Hark's own; what is read is written again to the letter; what is built is read as
/// what it was built of.
pub fn object_key(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    a_key_from_outside(&text);
    ids_are_what_they_say(&text);
    a_tag_of_any_words(&text);
    let parts: Vec<&str> = text.split('\n').collect();
    if let [company, tag, record, file, extension, ..] = parts[..] {
        a_key_of_parts(company, tag, record, file, extension);
    }
}

fn scope(company: &CompanyId) -> TenantScope {
    TenantScope::of_customer(&Customer {
        customer_id: CustomerId::parse("P-1").expect("a customer id"),
        company_id: company.clone(),
        company_name: String::new(),
        name: None,
        language: None,
        role: None,
        trade: None,
        glossary: Vec::new(),
        phone: None,
    })
}

fn a_key_from_outside(raw: &str) {
    let acme = scope(&CompanyId::parse("acme").expect("a company id"));
    let other = scope(&CompanyId::parse("acme-2").expect("a company id"));
    let own = ObjectKey::artifact_in(&acme, raw);
    assert!(own.is_none() || ObjectKey::artifact_in(&other, raw).is_none(), "a key of two companies");
    if let Some((key, artifact)) = own {
        assert_eq!(key.as_str(), raw, "another key than the one that was named");
        assert!(raw.starts_with("acme/") && artifact.company.as_str() == "acme", "it leaves the company");
        assert_eq!(Artifact::parse(raw), Some(artifact));
    }
    if let Some(artifact) = Artifact::parse(raw) {
        is_safe(raw);
        is_written_again(raw, &artifact);
    }
}

fn is_safe(raw: &str) {
    assert!(raw.len() <= MAX_KEY_BYTES && !raw.starts_with('_'));
    assert!(raw.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b)), "an odd character");
    assert_eq!(raw.split('/').count(), 3);
    assert!(raw.split('/').all(|segment| !segment.is_empty() && !segment.starts_with('.')), "{raw}");
    assert!(!raw.contains(".."), "a way up");
}

fn is_written_again(raw: &str, artifact: &Artifact) {
    let Artifact { company, place, record, file, extension } = artifact;
    let again = ObjectKey::artifact(&scope(company), place, record, *file, extension);
    // Older summaries were named otherwise, and mean the same.
    if !raw.ends_with(".text_summary.txt") {
        assert_eq!(again.as_str(), raw);
    }
    assert_eq!(Artifact::parse(again.as_str()).as_ref(), Some(artifact));
}

fn ids_are_what_they_say(raw: &str) {
    for line in raw.split('\n') {
        if let Ok(id) = CompanyId::parse(line) {
            assert!(id.as_str() == line && !line.contains(['/', '.', '_']), "no segment of a key");
            assert!(!line.starts_with('-'));
        }
        if let Ok(id) = MessageId::parse(line) {
            assert!(id.as_str() == line && !line.contains(['/', '.', '-']) && !line.starts_with('_'));
        }
        if let Ok(id) = RecordId::parse(line) {
            assert_eq!(id.to_string(), line);
            assert!(line.starts_with(id.message().as_str()));
        }
        if let Some(key) = ObjectKey::prompt(&PromptOwner::Trade(line), line) {
            assert_eq!(key.as_str(), format!("_prompts/trade-{line}/{line}.md"));
            assert_eq!(key.as_str().matches('/').count(), 2);
        }
        let stored = serde_json::to_string(line).expect("any text");
        assert_eq!(
            serde_json::from_str::<Tag>(&stored).ok(),
            Tag::parse(line),
            "stored tags are read otherwise"
        );
    }
}

fn a_tag_of_any_words(raw: &str) {
    let tag = Tag::from_words(raw);
    assert_eq!(Tag::parse(tag.as_str()).as_ref(), Some(&tag), "a tag that is none");
    assert_eq!(Tag::from_words(tag.as_str()), tag, "a tag of a tag is another one");
    assert!(tag.as_str().len() <= 48 && tag.as_str().split('-').count() <= 6);
}

fn a_key_of_parts(company: &str, tag: &str, record: &str, file: &str, extension: &str) {
    let (Ok(company), Ok(record)) = (CompanyId::parse(company), RecordId::parse(record)) else { return };
    if !(1..=5).contains(&extension.len()) || !extension.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return;
    }
    let place = Place { intent: Intent::ALL[file.len() % 3], tag: Tag::from_words(tag) };
    let number = file.bytes().fold(0_u8, u8::wrapping_add);
    for file in [
        FileType::Audio,
        FileType::FullText,
        FileType::TextSummary,
        FileType::Record,
        FileType::Image(number),
        FileType::Document(number.max(1)),
    ] {
        if file == FileType::Image(0) {
            continue; // They count from 1.
        }
        let key = ObjectKey::artifact(&scope(&company), &place, &record, file, extension);
        let (read, artifact) =
            ObjectKey::artifact_in(&scope(&company), key.as_str()).expect("what was built can be read");
        assert_eq!(read, key);
        assert_eq!((&artifact.place, &artifact.record, artifact.file), (&place, &record, file));
        assert_eq!(artifact.extension, extension);
        for prefix in [
            KeyPrefix::intent(&scope(&company), place.intent),
            KeyPrefix::note(&scope(&company), &place, record.message()),
        ] {
            assert!(key.as_str().starts_with(prefix.as_str()), "it is not found by its prefix");
        }
    }
}
