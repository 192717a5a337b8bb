//! The one place that asks for the time.

use jiff::Timestamp;

/// Milliseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulators stand outside of Hark and have their own clock"
)]
pub(crate) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// RFC 2822 as Twilio writes it: `Thu, 24 Aug 2023 05:01:45 +0000`.
pub(crate) fn rfc2822(ms: i64) -> String {
    at(ms).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// RFC 3339 with milliseconds.
pub(crate) fn rfc3339(ms: i64) -> String {
    at(ms).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// As S3 writes it in a presigned URL: `20230824T050145Z`.
pub(crate) fn compact(ms: i64) -> String {
    at(ms).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The calendar day in UTC, `2023-08-24`.
pub(crate) fn day(ms: i64) -> String {
    at(ms).strftime("%Y-%m-%d").to_string()
}

/// Reads an RFC 3339 time.
pub(crate) fn parse(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}
