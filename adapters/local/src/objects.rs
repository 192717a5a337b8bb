//! Stored files as files: a key is a path under `objects/`.
//!
//! There is no index beside the files, so none can disagree with them after the power was cut. A write goes
//! to `incoming/` first, is flushed, and then gets its name in one step: by renaming (`put`) or by linking
//! (`put_if_absent`, where the system lets exactly one writer have the name). The content type follows from
//! the extension. What is replaced or removed stays under `_history/`. Needs a Unix file system with hard links.

mod folders;
mod history;
mod listing;
mod staged;

use std::{
    fs::{self, File, Metadata},
    io::{self, ErrorKind, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, atomic::AtomicI64},
};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use shared::{
    domain::{
        media::MediaKind,
        object_key::{KeyPrefix, MAX_KEY_BYTES, ObjectKey},
    },
    ports::{
        clock::Clock,
        objects::{
            Fetched, Object, ObjectErase, ObjectError, ObjectMeta, ObjectPage, ObjectRead, ObjectWrite,
            Presign, PutIfAbsent,
        },
    },
};

use self::{folders::Folders, listing::Listing, staged::Incoming};
use crate::{data_dir::DirLock, signed_urls::SignedUrls};

/// Why a file was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileStoreError {
    /// What the system says. Names no path.
    #[error("the file system failed")]
    Io(#[from] io::Error),
    /// The key would not be one file under the folder.
    #[error("the key is not a path under the folder")]
    UnsafeKey,
    /// The folder's file system cannot keep the store's promises.
    #[error("the file system has no hard links")]
    NoHardLinks(#[source] io::Error),
    /// The runtime is shutting down.
    #[error("the store is closed")]
    Closed,
}

impl From<FileStoreError> for ObjectError {
    fn from(error: FileStoreError) -> Self {
        let refused = match &error {
            FileStoreError::UnsafeKey | FileStoreError::NoHardLinks(_) => true,
            FileStoreError::Io(io) => matches!(
                io.kind(),
                ErrorKind::PermissionDenied
                    | ErrorKind::ReadOnlyFilesystem
                    | ErrorKind::IsADirectory
                    | ErrorKind::NotADirectory
                    | ErrorKind::InvalidFilename
            ),
            FileStoreError::Closed => false,
        };
        if refused { Self::Refused(Box::new(error)) } else { Self::Unavailable(Box::new(error)) }
    }
}

/// Files in a folder.
pub struct FileObjects {
    files: Arc<Files>,
    urls: Arc<SignedUrls>,
}

impl FileObjects {
    /// The files of a data folder: `objects/` in it, with `incoming/` beside it. What was being written when
    /// the last process ended is removed. Blocks.
    ///
    /// # Errors
    /// [`FileStoreError`] when the folders cannot be made, or cannot keep the store's promises.
    pub fn open(
        data_dir: &Path,
        urls: Arc<SignedUrls>,
        clock: Arc<dyn Clock>,
        lock: Option<Arc<DirLock>>,
    ) -> Result<Self, FileStoreError> {
        let folders = Folders::open(data_dir.join("objects"))?;
        let incoming = Incoming::open(data_dir.join("incoming"), folders.root())?;
        let listing = Listing::new(folders.root().to_owned());
        let files = Files {
            folders,
            incoming,
            listing,
            clock,
            last_stamp: AtomicI64::new(0),
            replacing: Mutex::new(()),
            _lock: lock,
        };
        Ok(Self { files: Arc::new(files), urls })
    }

    /// A file by its key as text, for a caller that has proof of its own that the key is allowed.
    pub(crate) async fn get_by_name(&self, key: &str) -> Result<Option<Object>, FileStoreError> {
        let key = key.to_owned();
        self.blocking(move |files| files.get(&key)).await
    }

    /// File operations block, so they run off the runtime's own threads.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Files) -> Result<T, FileStoreError> + Send + 'static,
    ) -> Result<T, FileStoreError> {
        let files = Arc::clone(&self.files);
        tokio::task::spawn_blocking(move || work(&files)).await.unwrap_or(Err(FileStoreError::Closed))
    }
}

struct Files {
    folders: Folders,
    incoming: Incoming,
    listing: Listing,
    clock: Arc<dyn Clock>,
    last_stamp: AtomicI64,
    /// Held from looking at a file's version to replacing it.
    replacing: Mutex<()>,
    _lock: Option<Arc<DirLock>>,
}

impl Files {
    fn get(&self, key: &str) -> Result<Option<Object>, FileStoreError> {
        let Some((mut file, metadata)) = self.open_file(key)? else { return Ok(None) };
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        file.read_to_end(&mut bytes)?;
        Ok(Some(Object { meta: meta(key, &metadata)?, bytes: Bytes::from(bytes) }))
    }

    fn get_unless(&self, key: &str, etag: Option<&str>) -> Result<Fetched, FileStoreError> {
        let known = self.head(key)?.is_some_and(|meta| Some(meta.etag.as_str()) == etag);
        if known {
            return Ok(Fetched::Unchanged);
        }
        Ok(self.get(key)?.map_or(Fetched::Missing, Fetched::Changed))
    }

    fn head(&self, key: &str) -> Result<Option<ObjectMeta>, FileStoreError> {
        let path = self.path(key)?;
        match absent_as_none(fs::metadata(path))? {
            Some(metadata) if metadata.is_file() => Ok(Some(meta(key, &metadata)?)),
            _ => Ok(None),
        }
    }

    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), FileStoreError> {
        let path = self.path(key)?;
        let staged = self.incoming.write(bytes, self.stamp())?;
        self.name(&path, || fs::rename(staged.path(), &path))
    }

    fn put_if_absent(&self, key: &str, bytes: &[u8]) -> Result<PutIfAbsent, FileStoreError> {
        let path = self.path(key)?;
        let exists = || {
            // Whoever won may still be flushing the name; we must not say "exists" of what a power cut
            // could take back.
            self.folders.flush_folder_of(&path)?;
            Ok(PutIfAbsent::Exists)
        };
        if path.is_file() {
            return exists();
        }
        let staged = self.incoming.write(bytes, self.stamp())?;
        match self.name(&path, || fs::hard_link(staged.path(), &path)) {
            Ok(()) => Ok(PutIfAbsent::Created),
            Err(FileStoreError::Io(e)) if e.kind() == ErrorKind::AlreadyExists => exists(),
            Err(error) => Err(error),
        }
    }

    /// A second name for the same bytes. Nothing ever writes into a named file, `put` gives the name to
    /// another one, so a link is as good as a copy and costs nothing.
    fn copy(&self, from: &str, to: &str) -> Result<bool, FileStoreError> {
        let (from, to) = (self.path(from)?, self.path(to)?);
        let Some(staged) = absent_as_none_of(self.incoming.link(&from))? else { return Ok(false) };
        self.name(&to, || fs::rename(staged.path(), &to))?;
        Ok(true)
    }

    fn erase(&self, key: &str) -> Result<(), FileStoreError> {
        let path = self.path(key)?;
        if absent_as_none(fs::remove_file(&path))?.is_some() {
            self.listing.changed();
            self.folders.flush_folder_of(&path)?;
        }
        self.erase_history(key)?;
        self.folders.prune(&path)
    }

    fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<ObjectPage, FileStoreError> {
        let limit = limit.clamp(1, 1_000);
        let mut keys = self.listing.keys(prefix, after, limit.saturating_add(1))?;
        let more = keys.len() > limit;
        keys.truncate(limit);
        let next_after = keys.last().filter(|_| more).cloned();
        let mut objects = Vec::with_capacity(keys.len());
        for key in keys {
            // One that was erased since its name was read is left out.
            if let Some(meta) = self.head(&key)? {
                objects.push(ObjectMeta { content_type: String::new(), ..meta });
            }
        }
        Ok(ObjectPage { objects, next_after })
    }

    /// Gives a file its name, for good.
    fn name(&self, path: &Path, give: impl Fn() -> io::Result<()>) -> Result<(), FileStoreError> {
        let named = self.folders.name(path, give);
        self.listing.changed();
        named
    }

    fn open_file(&self, key: &str) -> Result<Option<(File, Metadata)>, FileStoreError> {
        let Some(file) = absent_as_none(File::open(self.path(key)?))? else { return Ok(None) };
        let metadata = file.metadata()?;
        Ok(metadata.is_file().then_some((file, metadata)))
    }

    /// Keys are safe when they are made; this is the second lock on the same door.
    fn path(&self, key: &str) -> Result<PathBuf, FileStoreError> {
        let safe = |segment: &str| {
            (1..=255).contains(&segment.len())
                && !segment.starts_with('.')
                && segment.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        };
        if key.len() > MAX_KEY_BYTES || !key.split('/').all(safe) {
            return Err(FileStoreError::UnsafeKey);
        }
        Ok(key.split('/').fold(self.folders.root().to_owned(), |path, segment| path.join(segment)))
    }

    /// The time to note on a file: now, but later than on any file before, so that no two files of one size
    /// have the same `ETag`, however fast they follow one another.
    fn stamp(&self) -> Timestamp {
        use std::sync::atomic::Ordering::Relaxed;
        let now = self.clock.now().as_microsecond();
        let later = |last: i64| now.max(last.saturating_add(1));
        let before = self.last_stamp.update(Relaxed, Relaxed, later);
        Timestamp::from_microsecond(later(before)).unwrap_or(Timestamp::MAX)
    }
}

fn absent_as_none<T>(result: io::Result<T>) -> Result<Option<T>, FileStoreError> {
    absent_as_none_of(result.map_err(FileStoreError::Io))
}

fn absent_as_none_of<T>(result: Result<T, FileStoreError>) -> Result<Option<T>, FileStoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        // Not a directory: a segment of the path is a file, so there is nothing below it.
        Err(FileStoreError::Io(e)) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn meta(key: &str, metadata: &Metadata) -> Result<ObjectMeta, FileStoreError> {
    let written = Timestamp::try_from(metadata.modified()?).unwrap_or(Timestamp::UNIX_EPOCH);
    let etag = format!("\"{:x}-{:x}-{:x}\"", written.as_nanosecond(), metadata.ino(), metadata.size());
    let content_type = content_type(key).to_owned();
    Ok(ObjectMeta { key: key.to_owned(), etag, size: metadata.size(), last_modified: written, content_type })
}

/// Hark's extensions stand for one content type each; anything else is only bytes.
fn content_type(key: &str) -> &'static str {
    let extension = key.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "json" => "application/json",
        "md" => "text/markdown; charset=utf-8",
        _ => MediaKind::of_extension(extension).unwrap_or(MediaKind::Unknown).content_type(),
    }
}

#[async_trait]
impl ObjectRead for FileObjects {
    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectError> {
        Ok(self.get_by_name(key.as_str()).await?)
    }

    async fn get_unless(&self, key: &ObjectKey, etag: Option<&str>) -> Result<Fetched, ObjectError> {
        let (key, etag) = (key.clone(), etag.map(str::to_owned));
        Ok(self.blocking(move |files| files.get_unless(key.as_str(), etag.as_deref())).await?)
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectMeta>, ObjectError> {
        let key = key.clone();
        Ok(self.blocking(move |files| files.head(key.as_str())).await?)
    }

    async fn list(
        &self,
        prefix: &KeyPrefix,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ObjectPage, ObjectError> {
        let (prefix, after) = (prefix.clone(), after.map(str::to_owned));
        Ok(self.blocking(move |files| files.list(prefix.as_str(), after.as_deref(), limit)).await?)
    }

    async fn presign(&self, key: &ObjectKey, what: &Presign) -> Result<String, ObjectError> {
        self.urls.sign(key, what).map_err(|e| ObjectError::Refused(Box::new(e)))
    }
}

#[async_trait]
impl ObjectWrite for FileObjects {
    async fn put(&self, key: &ObjectKey, bytes: Bytes, _content_type: &str) -> Result<(), ObjectError> {
        let key = key.clone();
        Ok(self.blocking(move |files| files.put(key.as_str(), &bytes)).await?)
    }

    async fn put_if_absent(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        _content_type: &str,
    ) -> Result<PutIfAbsent, ObjectError> {
        let key = key.clone();
        Ok(self.blocking(move |files| files.put_if_absent(key.as_str(), &bytes)).await?)
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey, _content_type: &str) -> Result<bool, ObjectError> {
        let (from, to) = (from.clone(), to.clone());
        Ok(self.blocking(move |files| files.copy(from.as_str(), to.as_str())).await?)
    }
}

#[async_trait]
impl ObjectErase for FileObjects {
    async fn erase(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        let key = key.clone();
        Ok(self.blocking(move |files| files.erase(key.as_str())).await?)
    }
}

#[cfg(test)]
mod tests;
