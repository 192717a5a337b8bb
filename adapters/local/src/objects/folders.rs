//! Folders that come and go with their files, and names that survive a power cut.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, ErrorKind},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};

use super::FileStoreError;

/// The tree of folders under `objects/`.
pub(super) struct Folders {
    root: PathBuf,
    /// Held for reading while a name is given in a folder that exists, for writing while folders are made or
    /// removed: so a folder that is seen to exist stays, and its own name is on the disk.
    changing: RwLock<()>,
}

impl Folders {
    /// Opens the tree, making its root (0700).
    pub(super) fn open(root: PathBuf) -> Result<Self, FileStoreError> {
        make_private(&root)?;
        Ok(Self { root, changing: RwLock::new(()) })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the folder of `path` if need be, gives a file that name, and waits until the disk has it.
    pub(super) fn name(&self, path: &Path, give: impl Fn() -> io::Result<()>) -> Result<(), FileStoreError> {
        let folder = path.parent().unwrap_or(&self.root);
        if !self.named_in_existing(folder, &give)? {
            let _changing = self.changing.write().unwrap_or_else(PoisonError::into_inner);
            make_all(folder)?;
            give()?;
        }
        self.flush_folder_of(path)
    }

    fn named_in_existing(
        &self,
        folder: &Path,
        give: impl Fn() -> io::Result<()>,
    ) -> Result<bool, FileStoreError> {
        let _staying = self.changing.read().unwrap_or_else(PoisonError::into_inner);
        if !folder.is_dir() {
            return Ok(false);
        }
        give()?;
        Ok(true)
    }

    /// Waits until the disk has the names in the folder of `path`.
    pub(super) fn flush_folder_of(&self, path: &Path) -> Result<(), FileStoreError> {
        match flush(path.parent().unwrap_or(&self.root)) {
            // The file was erased meanwhile and its folder pruned, which flushed the folder above.
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            other => Ok(other?),
        }
    }

    /// Removes the folders above `path` that are empty now: their names tell of files that are gone.
    pub(super) fn prune(&self, path: &Path) -> Result<(), FileStoreError> {
        let _changing = self.changing.write().unwrap_or_else(PoisonError::into_inner);
        for folder in path.ancestors().skip(1).take_while(|folder| *folder != self.root) {
            match fs::remove_dir(folder) {
                Ok(()) => flush(folder.parent().unwrap_or(&self.root))?,
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) if e.kind() == ErrorKind::DirectoryNotEmpty => break,
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }
}

/// Makes one folder that only this user can enter.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        other => other,
    }
}

/// Waits until the disk has the names in a folder.
fn flush(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn make_all(folder: &Path) -> io::Result<()> {
    let Some(above) = folder.parent().filter(|_| !folder.is_dir()) else { return Ok(()) };
    make_all(above)?;
    make_private(folder)?;
    flush(above)
}
