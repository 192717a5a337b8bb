//! Which files a note becomes, under which names. A pure function of what is stored: every retry plans the
//! same files with the same bytes.

use serde_json::value::RawValue;

use super::{
    ids::RecordId,
    media::MediaRole,
    note::{Note, StoredMedia},
    object_key::{FileType, ObjectKey, Place},
    record_document, summary_text,
};

/// Content type of the text files.
pub const TEXT: &str = "text/plain; charset=utf-8";
/// Content type of `record.json`.
pub const JSON: &str = "application/json";

/// One file to be filed.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedFile {
    /// Where it belongs.
    pub key: ObjectKey,
    /// What it is.
    pub file: FileType,
    /// What it is served as.
    pub content_type: &'static str,
    /// Where its bytes come from.
    pub source: Source,
}

/// Where a planned file's bytes come from.
#[derive(Clone, PartialEq)]
pub enum Source {
    /// The original, as it lies in the inbox.
    Original {
        /// Its key there.
        key: ObjectKey,
        /// Bytes.
        size: u64,
    },
    /// A text that Hark writes.
    Text(String),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Original { key, .. } => write!(f, "Original({key})"),
            Self::Text(_) => f.write_str("Text([private])"),
        }
    }
}

/// The files of an analysed note, in the order in which they are to be written: originals, then what belongs to each
/// record, and the first record's `full_text` last, so that whoever sees that one sees the whole set. `None` before the
/// note is analysed.
#[must_use]
pub fn plan(note: &Note) -> Option<Vec<PlannedFile>> {
    let places = note.places();
    let (first, first_place) = places.first()?;
    let language = note.heard()?.language;
    let originals = originals(note, first, first_place);
    let mut files = originals.clone();
    let mut words = Vec::new();
    for (analysis, (record, place)) in note.understood()?.records().zip(&places) {
        let text = |file, extension, content_type, text| {
            planned(note, record, place, (file, extension, content_type), Source::Text(text))
        };
        let document = record_document::render(note, record, analysis, &originals)?;
        files.push(text(FileType::Record, "json", JSON, document));
        if let Some(summary) = summary_text::render(&analysis.record, language) {
            files.push(text(FileType::TextSummary, "txt", TEXT, summary));
        }
        words.push(text(FileType::FullText, "txt", TEXT, note.words()));
    }
    files.extend(words.into_iter().rev());
    Some(files)
}

/// The typed document of one record as it stands in its `record.json`. `None`: the note has no such record.
#[must_use]
pub fn document(note: &Note, record: &RecordId) -> Option<Box<RawValue>> {
    let places = note.places();
    let (first, first_place) = places.first()?;
    let records = note.understood()?.records().zip(&places);
    let (analysis, _) = records.into_iter().find(|(_, (id, _))| id == record)?;
    record_document::render_within(note, record, analysis, &originals(note, first, first_place))
}

fn planned(
    note: &Note,
    record: &RecordId,
    place: &Place,
    (file, extension, content_type): (FileType, &str, &'static str),
    source: Source,
) -> PlannedFile {
    let key = ObjectKey::artifact(&note.scope(), place, record, file, extension);
    PlannedFile { key, file, content_type, source }
}

/// What the note's message carried and what the messages that joined it did. The first recording is `audio`; further
/// ones are documents, since a record has one `audio`.
fn originals(note: &Note, record: &RecordId, place: &Place) -> Vec<PlannedFile> {
    let own = std::iter::once((&note.message().id, note.media()));
    let joined = note.revised().joined.iter().map(|joined| (&joined.by, joined.media.as_slice()));
    let (mut images, mut documents, mut has_audio) = (0, 0, false);
    let mut files = Vec::new();
    for (message, media) in own.chain(joined) {
        for (index, media) in media.iter().enumerate() {
            let StoredMedia::Kept { kind, role, size } = *media else { continue };
            let file = match role {
                MediaRole::Audio if !has_audio => {
                    has_audio = true;
                    FileType::Audio
                }
                MediaRole::Image => {
                    images += 1;
                    FileType::Image(images)
                }
                MediaRole::Audio | MediaRole::Document => {
                    documents += 1;
                    FileType::Document(documents)
                }
            };
            let source =
                Source::Original { key: ObjectKey::inbox(&note.scope(), message, index, kind), size };
            files.push(planned(note, record, place, (file, kind.extension(), kind.content_type()), source));
        }
    }
    files
}
