//! Time and randomness, as parameters.

use jiff::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, UTC.
    fn now(&self) -> Timestamp;
}

/// Makes what must not be guessed or met twice.
pub trait Ids: Send + Sync {
    /// 32 bytes from the system's source of randomness.
    fn random(&self) -> [u8; 32];
}
