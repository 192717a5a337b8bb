//! Whether what others call answers, and whether this machine's clock agrees with theirs.

use std::time::Duration;

use jiff::{SignedDuration, fmt::rfc2822};
use reqwest::{Client, StatusCode, Url, header::DATE};
use shared::ports::clock::Clock;

use super::finding::{Finding, Found, Skew};

/// For one answer; a function that was asleep takes a moment.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Times on the wire have whole seconds, and answers take some.
const AGREES: SignedDuration = SignedDuration::from_secs(30);
/// AWS refuses requests that are five minutes off (AWS, "Troubleshooting Signature Version 4").
const REFUSED: SignedDuration = SignedDuration::from_secs(240);

/// A base URL that others were told.
pub(super) struct Site {
    pub(super) check: &'static str,
    /// The setting that names it.
    pub(super) setting: &'static str,
    pub(super) base: String,
}

/// Whether `/health` answers below a base URL.
pub(super) async fn health(http: &Client, site: &Site, clock: &dyn Clock) -> Found {
    let remedy = format!("check {}, and look at the log of what should answer there", site.setting);
    let Ok(url) = Url::parse(&format!("{}/health", site.base.trim().trim_end_matches('/'))) else {
        return Finding::fail(site.check, "its base is no address", remedy).into();
    };
    match http.get(url).timeout(ANSWER_WITHIN).send().await {
        Ok(answer) if answer.status() == StatusCode::OK => {
            let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
            let theirs = date.and_then(|date| rfc2822::DateTimeParser::new().parse_timestamp(date).ok());
            let ahead = theirs.map(|theirs| clock.now().duration_since(theirs));
            Found {
                findings: vec![Finding::ok(site.check, "it answers")],
                skews: ahead.map(|ahead| Skew { of: site.check, ahead }).into_iter().collect(),
            }
        }
        Ok(answer) => {
            Finding::fail(site.check, format!("it answers {}", answer.status().as_u16()), remedy).into()
        }
        Err(error) => {
            let told =
                if error.is_timeout() { "it does not answer in time" } else { "it is not to be reached" };
            Finding::fail(site.check, told, remedy).into()
        }
    }
}

/// What all the clocks say that answered. `None`: none did.
pub(super) fn clocks(skews: &[Skew]) -> Option<Finding> {
    const CHECK: &str = "clock";
    const REMEDY: &str = "let this machine take its time from the network (NTP)";
    let worst = skews.iter().max_by_key(|skew| skew.ahead.abs())?;
    let (seconds, direction) =
        (worst.ahead.abs().as_secs(), if worst.ahead.is_negative() { "behind" } else { "ahead of" });
    let told = format!("it is {seconds} s {direction} that of {}", worst.of);
    Some(if worst.ahead.abs() >= REFUSED {
        Finding::fail(CHECK, told, REMEDY)
    } else if worst.ahead.abs() >= AGREES {
        Finding::warn(CHECK, told, REMEDY)
    } else {
        Finding::ok(CHECK, "it agrees with those that answered")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::State;

    #[test]
    fn a_clock_that_is_off_is_told_with_its_direction() {
        let skews = |seconds: &[i64]| -> Vec<Skew> {
            let skew = |second: &i64| Skew { of: "Twilio", ahead: SignedDuration::from_secs(*second) };
            seconds.iter().map(skew).collect()
        };
        assert_eq!(clocks(&[]), None);
        assert_eq!(clocks(&skews(&[0, 2, -1])).unwrap().state, State::Ok);
        let behind = clocks(&skews(&[1, -45])).unwrap();
        assert_eq!((behind.state, behind.told.as_str()), (State::Warn, "it is 45 s behind that of Twilio"));
        let ahead = clocks(&skews(&[301])).unwrap();
        assert_eq!((ahead.state, ahead.told.as_str()), (State::Fail, "it is 301 s ahead of that of Twilio"));
    }
}
