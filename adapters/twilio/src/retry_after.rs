//! How long a server that is too busy wants to be left alone.

use std::time::Duration;

use http::{HeaderMap, header::RETRY_AFTER};

/// The longest wait that is believed: what the queue can delay.
const LONGEST: u64 = 900;

/// `Retry-After` in seconds, 1 to 900. Twilio sends seconds; a date (RFC 9110, 10.2.3) is not read.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.clamp(1, LONGEST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_within_bounds() {
        for (value, wait) in [
            ("7", Some(7)),
            (" 7 ", Some(7)),
            ("0", Some(1)),
            ("86400", Some(900)),
            ("-1", None),
            ("soon", None),
            ("Fri, 20 Nov 2026 10:00:00 GMT", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
            assert_eq!(retry_after(&headers), wait.map(Duration::from_secs), "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
