//! Files on their way: written whole in `incoming/` before they get their name.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use jiff::Timestamp;

use super::{FileStoreError, folders::make_private};

/// The folder of files on their way. It must lie in the file system of the files themselves.
pub(super) struct Incoming {
    folder: PathBuf,
    serial: AtomicU64,
}

/// A file on its way. Its name here goes when this is dropped, whether or not it got another.
pub(super) struct Staged {
    path: PathBuf,
}

impl Incoming {
    /// Makes the folder (0700), empties it of what an ended process left, and tries whether files can be
    /// linked from here to `files`.
    pub(super) fn open(folder: PathBuf, files: &Path) -> Result<Self, FileStoreError> {
        make_private(&folder)?;
        for left in fs::read_dir(&folder)? {
            fs::remove_file(left?.path())?;
        }
        let incoming = Self { folder, serial: AtomicU64::new(0) };
        incoming.try_link(files)?;
        Ok(incoming)
    }

    fn try_link(&self, files: &Path) -> Result<(), FileStoreError> {
        let staged = self.write(b"", Timestamp::UNIX_EPOCH)?;
        // Begins with a dot, so it is no key and in no listing.
        let trial = files.join(".link-trial");
        drop(fs::remove_file(&trial));
        fs::hard_link(staged.path(), &trial).map_err(FileStoreError::NoHardLinks)?;
        Ok(fs::remove_file(&trial)?)
    }

    /// Writes a file (0600), notes `stamp` on it and waits until the disk has it.
    pub(super) fn write(&self, bytes: &[u8], stamp: Timestamp) -> Result<Staged, FileStoreError> {
        let staged = self.next();
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&staged.path)?;
        file.write_all(bytes)?;
        file.set_modified(stamp.into())?;
        File::sync_all(&file)?;
        Ok(staged)
    }

    /// A second name for an existing file.
    pub(super) fn link(&self, from: &Path) -> Result<Staged, FileStoreError> {
        let staged = self.next();
        fs::hard_link(from, &staged.path)?;
        Ok(staged)
    }

    fn next(&self) -> Staged {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        Staged { path: self.folder.join(serial.to_string()) }
    }
}

impl Staged {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After a rename it is gone already. (Renaming one name of a file onto another of the same file does
        // nothing and leaves both: rename(2).) Whatever is left is removed at the next start.
        drop(fs::remove_file(&self.path));
    }
}
