//! The one place that asks for randomness: identifiers as the vendors make them.

/// 32 hexadecimal digits.
#[expect(clippy::disallowed_methods, reason = "the simulators stand outside of Hark and make their own ids")]
pub(crate) fn hex32() -> String {
    let mut bytes = [0_u8; 16];
    if getrandom::fill(&mut bytes).is_err() {
        tracing::warn!("No randomness from the system: identifiers may repeat");
    }
    hex::encode(bytes)
}

/// A Twilio SID: two letters and 32 hexadecimal digits.
pub(crate) fn sid(prefix: &str) -> String {
    format!("{prefix}{}", hex32())
}

/// A version 4 UUID, as in Twilio's idempotency token.
pub(crate) fn uuid() -> String {
    let hex = hex32();
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default().to_owned();
    format!("{}-{}-4{}-a{}-{}", part(0..8), part(8..12), part(13..16), part(17..20), part(20..32))
}
