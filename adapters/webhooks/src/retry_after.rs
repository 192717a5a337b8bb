//! How long a receiver asks to be left in peace: `Retry-After`, RFC 9110 section 10.2.3.

use std::time::Duration;

use http::{
    HeaderMap,
    header::{DATE, RETRY_AFTER},
};
use jiff::{Timestamp, fmt::rfc2822};

/// Seconds, or a time; a time is compared with the answer's own `Date`, so that two clocks may differ. Anything else is
/// as if nothing had been said.
pub(crate) fn read(headers: &HeaderMap) -> Option<Duration> {
    let said = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = said.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let now = time(headers.get(DATE)?.to_str().ok()?)?;
    Duration::try_from(time(said)?.duration_since(now)).ok()
}

/// An HTTP date (`Sun, 06 Nov 1994 08:49:37 GMT`) is one of RFC 2822.
fn time(said: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(said.trim()).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn seconds_and_times_are_understood_and_nothing_else() {
        let of = |said: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(said).unwrap());
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_str(date).unwrap());
            }
            read(&headers).map(|wait| wait.as_secs())
        };
        assert_eq!(of("120", None), Some(120));
        assert_eq!(of(" 0 ", None), Some(0));
        let now = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(of("Sun, 06 Nov 1994 08:59:37 GMT", now), Some(600));
        assert_eq!(of("Sun, 06 Nov 1994 08:39:37 GMT", now), None, "in the past");
        for bad in ["", "-1", "soon", "1.5", "99999999999999999999999", "Sun, 06 Nov 1994 08:59:37 GMT"] {
            assert_eq!(of(bad, None), None, "{bad}");
        }
        assert_eq!(read(&HeaderMap::new()), None);
    }
}
