//! Addresses from which one file can be downloaded for a while by whoever has them.
//!
//! `{public base}/_files/{key}?expires=..&name=..&type=..&signature=..`; the signature, HMAC-SHA-256 in
//! hexadecimal, covers all that stands before it. Its secret is made once and stays in the data folder.

pub(crate) mod router;

use std::{
    fmt, fs, io,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;
use shared::{
    domain::object_key::ObjectKey,
    ports::{
        clock::{Clock, Ids},
        objects::Presign,
    },
};

/// Longest life of an address.
const LONGEST: Duration = Duration::from_secs(300);

/// What stands unencoded in a path: RFC 3986's unreserved characters, and the slashes of a key.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// What stands unencoded in a query value.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why addresses cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    /// The secret's file could not be read or made.
    #[error("the file url-key cannot be read or made")]
    KeyFile(#[source] io::Error),
    /// The secret's file holds something else.
    #[error("the file url-key does not hold 64 hexadecimal digits; remove it to have a new one made")]
    KeyForm,
    /// Nobody has said yet how clients reach this process.
    #[error("the public base URL is not set")]
    NoPublicBase,
}

/// Signs addresses, and knows its own again.
pub struct SignedUrls {
    /// Holds the secret; each signature begins with a copy of it.
    signer: Hmac<Sha256>,
    public_base: RwLock<String>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for SignedUrls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedUrls([secret])")
    }
}

/// What an address says of itself, all of it signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claims {
    /// Seconds since 1970, as written.
    pub(crate) expires: String,
    /// The name that the download is saved under.
    pub(crate) name: String,
    /// The content type that it is served with.
    pub(crate) content_type: String,
}

impl SignedUrls {
    /// With the secret from `key_file` (0600), made of `ids` if there is none. `public_base` is how clients
    /// reach this process, with or without a slash at its end; it may be empty until
    /// [`SignedUrls::set_public_base`].
    ///
    /// # Errors
    /// [`UrlError::KeyFile`] or [`UrlError::KeyForm`].
    pub fn open(
        key_file: &Path,
        public_base: &str,
        clock: Arc<dyn Clock>,
        ids: &dyn Ids,
    ) -> Result<Self, UrlError> {
        let secret = read_or_make(key_file, ids)?;
        let signer = Hmac::new_from_slice(&secret).map_err(|_| UrlError::KeyForm)?;
        let urls = Self { signer, public_base: RwLock::default(), clock };
        urls.set_public_base(public_base);
        Ok(urls)
    }

    /// Sets how clients reach this process, for addresses signed from now on.
    pub fn set_public_base(&self, public_base: &str) {
        let public_base = public_base.trim_end_matches('/').to_owned();
        *self.public_base.write().unwrap_or_else(PoisonError::into_inner) = public_base;
    }

    /// An address of this file. Lives 300 s at most, whatever was asked for.
    ///
    /// # Errors
    /// [`UrlError::NoPublicBase`].
    pub fn sign(&self, key: &ObjectKey, what: &Presign) -> Result<String, UrlError> {
        let base = self.public_base.read().unwrap_or_else(PoisonError::into_inner).clone();
        if base.is_empty() {
            return Err(UrlError::NoPublicBase);
        }
        let life = i64::try_from(what.expires_in.min(LONGEST).as_secs()).unwrap_or(0);
        let claims = Claims {
            expires: self.clock.now().as_second().saturating_add(life).to_string(),
            name: safe_name(&what.file_name),
            content_type: what.content_type.to_owned(),
        };
        let signature = hex::encode(self.mac(key.as_str(), &claims).finalize().into_bytes());
        let path = utf8_percent_encode(key.as_str(), IN_PATH);
        let name = utf8_percent_encode(&claims.name, IN_QUERY);
        let content_type = utf8_percent_encode(&claims.content_type, IN_QUERY);
        let expires = &claims.expires;
        Ok(format!(
            "{base}/_files/{path}?expires={expires}&name={name}&type={content_type}&signature={signature}"
        ))
    }

    /// Whether an address with these claims was signed here and still lives.
    pub(crate) fn allows(&self, key: &str, claims: &Claims, signature: &str) -> bool {
        // One way to write it, so that an address that was changed at all is another.
        let lower_case = signature.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
        let Some(signature) = hex::decode(signature).ok().filter(|_| lower_case) else { return false };
        // `verify_slice` compares in constant time.
        let signed_here = self.mac(key, claims).verify_slice(&signature).is_ok();
        signed_here && claims.expires.parse().is_ok_and(|end: i64| self.lives_until(end))
    }

    fn lives_until(&self, end: i64) -> bool {
        Timestamp::from_second(end).is_ok_and(|end| self.clock.now() < end)
    }

    fn mac(&self, key: &str, claims: &Claims) -> Hmac<Sha256> {
        let mut mac = self.signer.clone();
        // Each part with its length before it, so that no two addresses read alike.
        for part in ["GET", key, &claims.expires, &claims.name, &claims.content_type] {
            mac.update(format!("{}:{part}\n", part.len()).as_bytes());
        }
        mac
    }
}

/// The name in a header's quoted string, whatever a caller asked for.
fn safe_name(name: &str) -> String {
    let safe =
        |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ') { c } else { '_' };
    let name: String = name.chars().map(safe).take(200).collect();
    if name.is_empty() { "file".to_owned() } else { name }
}

fn read_or_make(path: &Path, ids: &dyn Ids) -> Result<[u8; 32], UrlError> {
    match fs::read_to_string(path) {
        Ok(text) => {
            let mut secret = [0; 32];
            hex::decode_to_slice(text.trim_end(), &mut secret).map_err(|_| UrlError::KeyForm)?;
            Ok(secret)
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let secret = ids.random();
            make(path, &secret).map_err(UrlError::KeyFile)?;
            Ok(secret)
        }
        Err(e) => Err(UrlError::KeyFile(e)),
    }
}

/// Written whole under another name first: a process that ends in between leaves no half secret.
fn make(path: &Path, secret: &[u8; 32]) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    let mut file = options.create(true).truncate(true).write(true).mode(0o600).open(&unfinished)?;
    writeln!(file, "{}", hex::encode(secret))?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use shared::testing::fixed::{FixedClock, SeededIds};
    use tempfile::TempDir;

    use super::*;

    fn what(name: &str) -> Presign {
        Presign {
            expires_in: Duration::from_secs(3_000),
            file_name: name.to_owned(),
            content_type: "text/plain",
        }
    }

    fn open(path: &Path, base: &str, seed: u64) -> Result<SignedUrls, UrlError> {
        SignedUrls::open(path, base, Arc::new(FixedClock::default()), &SeededIds::new(seed))
    }

    #[test]
    fn the_secret_is_made_once_and_stays() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("url-key");
        let first = open(&path, "http://h", 1).unwrap().sign(&ObjectKey::customers(), &what("a")).unwrap();
        let again = open(&path, "http://h/", 2).unwrap().sign(&ObjectKey::customers(), &what("a")).unwrap();
        assert_eq!(first, again);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "half").unwrap();
        assert!(matches!(open(&path, "http://h", 3), Err(UrlError::KeyForm)));
    }

    #[test]
    fn an_address_needs_a_base_and_lives_five_minutes_at_most() {
        let dir = TempDir::new().unwrap();
        let urls = open(&dir.path().join("url-key"), "", 1).unwrap();
        assert!(matches!(urls.sign(&ObjectKey::customers(), &what("a")), Err(UrlError::NoPublicBase)));
        urls.set_public_base("https://hark.example/");
        let url = urls.sign(&ObjectKey::customers(), &what("a\"; b\r\n.txt")).unwrap();
        let expires = shared::testing::samples::now().as_second() + 300;
        let expected = format!(
            "https://hark.example/_files/customers.json?expires={expires}&name=a__%20b__.txt&type=text%2Fplain&signature="
        );
        assert!(url.starts_with(&expected), "{url}");
    }
}
