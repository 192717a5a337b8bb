//! Keys in byte order, out of folders that have none.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use super::FileStoreError;

/// Folders with fewer names are read faster than remembered.
const WORTH_REMEMBERING: usize = 1_000;

/// Lists a tree of folders. Remembers the names of the large folder that was listed last, so that the pages
/// of one long listing do not each read and sort all of it.
pub(super) struct Listing {
    root: PathBuf,
    /// Counted up after every change of a name, so that what is remembered is never older than what a
    /// writer was told is done.
    changes: AtomicU64,
    remembered: Mutex<Option<Remembered>>,
}

struct Remembered {
    folder: PathBuf,
    changes: u64,
    /// Tells of changes by other hands.
    modified: Option<SystemTime>,
    names: Arc<[String]>,
}

impl Listing {
    /// Of this tree.
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, changes: AtomicU64::new(0), remembered: Mutex::default() }
    }

    /// To be called when a file got or lost its name, before anybody is told.
    pub(super) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    /// At most `most` keys that begin with `prefix` and stand strictly behind `after`, in byte order.
    pub(super) fn keys(
        &self,
        prefix: &str,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<String>, FileStoreError> {
        // One folder holds all keys with this prefix, itself or in folders below.
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        if folder.split('/').any(|segment| segment.starts_with('.')) {
            return Ok(Vec::new());
        }
        let above = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut walk =
            Walk { listing: self, prefix, after: after.unwrap_or_default(), most, found: Vec::new() };
        walk.folder(&self.root.join(folder), &above)?;
        Ok(walk.found)
    }

    /// The names in a folder in the order of their keys, folders with their slash, which decides where they
    /// stand: `acme-2/` before `acme/`.
    fn names(&self, folder: &Path) -> io::Result<Arc<[String]>> {
        let changes = self.changes.load(Ordering::SeqCst);
        let modified = fs::metadata(folder)?.modified().ok();
        if let Some(names) = self.recall(folder, changes, modified) {
            return Ok(names);
        }
        let mut names = read_names(folder)?;
        names.sort_unstable();
        let names: Arc<[String]> = names.into();
        if names.len() >= WORTH_REMEMBERING {
            let remembered =
                Remembered { folder: folder.to_owned(), changes, modified, names: Arc::clone(&names) };
            *self.remembered.lock().unwrap_or_else(PoisonError::into_inner) = Some(remembered);
        }
        Ok(names)
    }

    fn recall(&self, folder: &Path, changes: u64, modified: Option<SystemTime>) -> Option<Arc<[String]>> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let known = remembered.as_ref()?;
        let same = known.folder == folder && known.changes == changes && known.modified == modified;
        same.then(|| Arc::clone(&known.names))
    }
}

fn read_names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Names that are not UTF-8 or begin with a dot are none of ours.
        let Ok(mut name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            name.push('/');
        }
        if kind.is_dir() || kind.is_file() {
            names.push(name);
        }
    }
    Ok(names)
}

struct Walk<'a> {
    listing: &'a Listing,
    prefix: &'a str,
    after: &'a str,
    most: usize,
    found: Vec<String>,
}

impl Walk<'_> {
    /// `above` is the folder's own part of its files' keys, with its slash.
    fn folder(&mut self, folder: &Path, above: &str) -> Result<(), FileStoreError> {
        // What prefix and `after` say of the names in this folder. Below the first folder the prefix is
        // used up, and an `after` that lies elsewhere is before all of it.
        let prefix = self.prefix.strip_prefix(above).unwrap_or_default();
        let after = self.after.strip_prefix(above).unwrap_or_default();
        if after.is_empty() && self.after > above {
            return Ok(());
        }
        let names = match self.listing.names(folder) {
            Ok(names) => names,
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(());
            }
            Err(e) => return Err(e.into()),
        };
        // A folder that `after` lies in is not done yet.
        let done = |name: &str| name <= after && !(name.ends_with('/') && after.starts_with(name));
        let first = names.partition_point(|name| name.as_str() < prefix || done(name));
        for name in names.iter().skip(first).take_while(|name| name.starts_with(prefix)) {
            if self.found.len() >= self.most {
                break;
            }
            let key = format!("{above}{name}");
            if name.ends_with('/') {
                self.folder(&folder.join(name), &key)?;
            } else {
                self.found.push(key);
            }
        }
        Ok(())
    }
}
