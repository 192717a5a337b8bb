//! The data folder: a journal of one JSON object per line, and a file for each piece of media.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::records::{Content, InboundForm, MediaItem, Message};

/// One change of the store.
#[derive(Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub(super) enum Entry {
    Message(Message),
    MessageDeleted { sid: String },
    MessageRedacted { sid: String },
    Media(MediaItem),
    MediaDeleted { sid: String },
    Form(InboundForm),
    Content(Content),
    ContentDeleted { sid: String },
}

/// The open journal.
pub(super) struct Journal {
    file: File,
    media: PathBuf,
}

impl Journal {
    /// Opens the journal for appending and reads all that is in it.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Vec<Entry>)> {
        let media = folder.join("media");
        fs::create_dir_all(&media)?;
        let path = folder.join("journal.jsonl");
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        // A line that a crash cut in half is no entry; everything around it still counts.
        let entries = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        Ok((Self { file, media }, entries))
    }

    /// Adds a line in one write.
    pub(super) fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }

    /// Where a piece of media lies.
    pub(super) fn blob_path(&self, sid: &str) -> PathBuf {
        self.media.join(sid)
    }

    /// Writes a piece of media.
    pub(super) fn write_blob(&self, sid: &str, bytes: &[u8]) -> io::Result<()> {
        fs::write(self.blob_path(sid), bytes)
    }

    /// Removes a piece of media.
    pub(super) fn remove_blob(&self, sid: &str) {
        if let Err(error) = fs::remove_file(self.blob_path(sid)) {
            tracing::warn!(%error, media.sid = sid, "The simulator could not remove a file");
        }
    }
}
