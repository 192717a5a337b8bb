//! The plan of failures: which vendor calls go wrong, from the n-th on, how often and how.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One line of the plan as it is handed in.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultSpec {
    /// `METHOD /path`, with `*` for anything.
    call: String,
    /// From which matching request on, counted from 1 since the plan was set.
    #[serde(default)]
    nth: u64,
    /// For how many requests; 0 is one.
    #[serde(default)]
    count: u64,
    #[serde(rename = "do")]
    action: String,
}

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// This status in the vendor's error shape, with the vendor's code if one is named.
    Status(u16, Option<String>),
    /// The connection is reset before the work is done.
    Cut,
    /// The work is done, then the connection is reset.
    LostAnswer,
}

/// What the plan says about one call.
#[derive(Default)]
pub(crate) struct Verdict {
    /// How long to wait before anything else.
    pub(crate) delay: Duration,
    /// What goes wrong, if anything but time.
    pub(crate) fault: Option<Fault>,
    /// The actions as they stood in the plan, for the log of calls.
    pub(crate) note: Option<String>,
}

enum Action {
    Delay(Duration),
    Fail(Fault),
}

struct Planned {
    spec: FaultSpec,
    action: Action,
    seen: u64,
}

/// The plan in force.
#[derive(Default)]
pub(crate) struct FaultPlan(Vec<Planned>);

impl FaultPlan {
    /// Reads a plan; counting begins anew.
    pub(crate) fn new(specs: Vec<FaultSpec>) -> Result<Self, String> {
        let planned = specs.into_iter().map(|spec| {
            let action =
                parse_action(&spec.action).ok_or_else(|| format!("unknown \"do\": {}", spec.action))?;
            Ok(Planned { spec, action, seen: 0 })
        });
        planned.collect::<Result<_, String>>().map(Self)
    }

    /// The lines in force.
    pub(crate) fn specs(&self) -> Vec<FaultSpec> {
        self.0.iter().map(|planned| planned.spec.clone()).collect()
    }

    /// Counts this call on every line that matches it. Delays add up; of the failures the first one counts.
    pub(crate) fn next(&mut self, call: &str) -> Verdict {
        let mut verdict = Verdict::default();
        let mut notes = Vec::new();
        for planned in self.0.iter_mut().filter(|planned| matches(&planned.spec.call, call)) {
            planned.seen += 1;
            let first = planned.spec.nth.max(1);
            let last = first.saturating_add(planned.spec.count.max(1) - 1);
            if !(first..=last).contains(&planned.seen) {
                continue;
            }
            match &planned.action {
                Action::Delay(delay) => verdict.delay += *delay,
                Action::Fail(fault) if verdict.fault.is_none() => verdict.fault = Some(fault.clone()),
                Action::Fail(_) => continue,
            }
            notes.push(planned.spec.action.clone());
        }
        verdict.note = (!notes.is_empty()).then(|| notes.join(", "));
        verdict
    }
}

fn parse_action(text: &str) -> Option<Action> {
    let (name, argument) = text.split_once(':').unwrap_or((text, ""));
    match name {
        "cut" if argument.is_empty() => Some(Action::Fail(Fault::Cut)),
        "lost_answer" if argument.is_empty() => Some(Action::Fail(Fault::LostAnswer)),
        "delay_ms" => argument.parse().ok().map(|ms| Action::Delay(Duration::from_millis(ms))),
        "status" => {
            let (status, code) = match argument.split_once(':') {
                Some((status, code)) => (status, Some(code.to_owned())),
                None => (argument, None),
            };
            let status = status.parse().ok().filter(|status| (200..=599).contains(status))?;
            Some(Action::Fail(Fault::Status(status, code)))
        }
        _ => None,
    }
}

/// Whether `text` fits `pattern`, in which `*` stands for any run of characters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(json: &str) -> Result<FaultPlan, String> {
        FaultPlan::new(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn stars_match_any_run() {
        assert!(matches("*", "POST /v1/x"));
        assert!(matches("POST /v1/*", "POST /v1/audio/transcriptions"));
        assert!(matches("* /2010-04-01/*/Media/*", "GET /2010-04-01/Accounts/AC/Messages/SM/Media/ME"));
        assert!(matches("POST *Messages.json", "POST /2010-04-01/Accounts/AC/Messages.json"));
        assert!(matches("POST **x", "POST /x"));
        assert!(!matches("POST /v1/*", "GET /v1/models"));
        assert!(!matches("POST /v1", "POST /v1/models"));
        assert!(!matches("GET *a*b", "GET /b/a"));
    }

    #[test]
    fn a_window_of_calls_fails() {
        let mut plan =
            plan(r#"[{"call":"GET /a","nth":2,"count":2,"do":"status:429:insufficient_quota"}]"#).unwrap();
        let mut next = || plan.next("GET /a").fault;
        let limited = Some(Fault::Status(429, Some("insufficient_quota".to_owned())));
        assert_eq!([next(), next(), next(), next()], [None, limited.clone(), limited, None]);
        assert_eq!(plan.next("GET /b").fault, None);
    }

    #[test]
    fn delays_add_to_the_first_failure() {
        let json =
            r#"[{"call":"*","do":"delay_ms:5"},{"call":"*","do":"cut"},{"call":"*","do":"lost_answer"}]"#;
        let verdict = plan(json).unwrap().next("GET /a");
        assert_eq!(verdict.delay, Duration::from_millis(5));
        assert_eq!(verdict.fault, Some(Fault::Cut));
        assert_eq!(verdict.note.as_deref(), Some("delay_ms:5, cut"));
    }

    #[test]
    fn nonsense_is_refused() {
        for action in ["explode", "status:abc", "status:9", "delay_ms:", "cut:1", ""] {
            assert!(plan(&format!(r#"[{{"call":"*","do":"{action}"}}]"#)).is_err(), "{action}");
        }
    }
}
