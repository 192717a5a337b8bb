//! A secret of the installation in a file that only its owner can read.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;
use secrecy::SecretString;
use shared::ports::clock::Ids;

/// The secret in the file; made of 32 random bytes if there is none. It is on the disk before it is used.
pub(crate) fn read_or_make(path: &Path, ids: &dyn Ids) -> anyhow::Result<SecretString> {
    let failed = || format!("cannot use {}", path.display());
    let mut options = OpenOptions::new();
    match options.write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            let secret = hex::encode(ids.random());
            file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()).with_context(failed)?;
            Ok(SecretString::from(secret))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let mut secret = String::new();
            OpenOptions::new()
                .read(true)
                .open(path)
                .and_then(|mut file| file.read_to_string(&mut secret))
                .with_context(failed)?;
            Ok(SecretString::from(secret.trim().to_owned()))
        }
        Err(error) => Err(error).with_context(failed),
    }
}
