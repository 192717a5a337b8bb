//! A file of the installation that only its owner can read, and that is there whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use secrecy::SecretString;
use shared::ports::clock::Ids;

/// The secret in the file; made of 32 random bytes if there is none. It is on the disk before it is used.
pub(crate) fn read_or_make_secret(path: &Path, ids: &dyn Ids) -> anyhow::Result<SecretString> {
    make_if_absent(path, hex::encode(ids.random()).as_bytes())?;
    let secret = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(SecretString::from(secret.trim().to_owned()))
}

/// Writes the file if there is none. `true` if it did. A process that ends in the middle leaves nothing under this
/// name.
pub(crate) fn make_if_absent(path: &Path, content: &[u8]) -> anyhow::Result<bool> {
    if path.exists() {
        return Ok(false);
    }
    make(path, content).with_context(|| format!("cannot make {}", path.display()))
}

/// Writes the file, replacing an older one. It is seen whole or not at all.
pub(crate) fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let aside = write_aside(path, content)?;
    fs::rename(aside, path)?;
    keep_the_name(path)
}

fn make(path: &Path, content: &[u8]) -> std::io::Result<bool> {
    let aside = write_aside(path, content)?;
    let made = match fs::hard_link(&aside, path) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
        Err(error) => return Err(error),
    };
    remove_if_there(&aside)?;
    keep_the_name(path)?;
    Ok(made)
}

fn write_aside(path: &Path, content: &[u8]) -> std::io::Result<PathBuf> {
    // Of this process alone: another one may be making the same file.
    let aside = aside(path);
    remove_if_there(&aside)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    file.write_all(content)?;
    file.sync_all()?;
    Ok(aside)
}

/// A power cut takes it no more.
fn keep_the_name(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn aside(path: &Path) -> PathBuf {
    path.with_extension(format!("{}.new", std::process::id()))
}

fn remove_if_there(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use adapter_system::SystemIds;
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_secret_is_made_once_for_its_owner_alone_and_a_rest_of_a_crash_does_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key-pepper");
        fs::write(aside(&path), "ha").unwrap();
        let made = read_or_make_secret(&path, &SystemIds).unwrap();
        assert_eq!(made.expose_secret().len(), 64);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = read_or_make_secret(&path, &SystemIds).unwrap();
        assert_eq!(again.expose_secret(), made.expose_secret());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
