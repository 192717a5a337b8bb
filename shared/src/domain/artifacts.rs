//! Which files a note becomes, under which names. A pure function of what is stored: every retry plans the
//! same files with the same bytes.

use super::{
    ids::RecordId,
    media::{MediaKind, MediaRole},
    note::{Note, StoredMedia},
    object_key::{FileType, ObjectKey},
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

/// The files of an analysed note, in the order in which they are to be written: originals, record, summary,
/// and `full_text` last, so that whoever sees that one sees the whole set. `None` before the note is
/// analysed.
#[must_use]
pub fn plan(note: &Note) -> Option<Vec<PlannedFile>> {
    let originals = originals(note)?;
    let heard = note.heard()?;
    let text = |file: FileType, extension: &str, content_type: &'static str, text: String| {
        planned(note, file, extension, content_type, Source::Text(text))
    };
    let record = record_document::render(note, &originals)?;
    let summary = summary_text::render(&note.understood()?.analysis.record, heard.language);
    let mut files = originals;
    files.push(text(FileType::Record, "json", JSON, record)?);
    if let Some(summary) = summary {
        files.push(text(FileType::TextSummary, "txt", TEXT, summary)?);
    }
    files.push(text(FileType::FullText, "txt", TEXT, heard.words.expose().clone())?);
    Some(files)
}

fn planned(
    note: &Note,
    file: FileType,
    extension: &str,
    content_type: &'static str,
    source: Source,
) -> Option<PlannedFile> {
    let record = RecordId::first(note.message().id.clone());
    let key = ObjectKey::artifact(&note.scope(), &note.place()?, &record, file, extension);
    Some(PlannedFile { key, file, content_type, source })
}

/// The first recording is `audio`; further ones are documents, since a record has one `audio`.
fn originals(note: &Note) -> Option<Vec<PlannedFile>> {
    let (mut images, mut documents, mut has_audio) = (0, 0, false);
    let mut files = Vec::new();
    for (index, media) in note.media().iter().enumerate() {
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
        files.push(planned(
            note,
            file,
            kind.extension(),
            kind.content_type(),
            original(note, index, kind, size),
        )?);
    }
    Some(files)
}

fn original(note: &Note, index: usize, kind: MediaKind, size: u64) -> Source {
    Source::Original { key: ObjectKey::inbox(&note.scope(), &note.message().id, index, kind), size }
}
