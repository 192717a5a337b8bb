//! Figures for CloudWatch: one line on stdout in the embedded metric format, which CloudWatch turns into a
//! metric by itself (CloudWatch user guide, "Specification: Embedded metric format").

use std::io::{self, Write};

use serde_json::{Map, Value, json};
use shared::ports::clock::Clock;

/// What is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Count,
    /// How long.
    Milliseconds,
    /// How long.
    Seconds,
    /// How large.
    Bytes,
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::Seconds => "Seconds",
            Self::Bytes => "Bytes",
        }
    }
}

/// One figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric<'a> {
    /// Groups metrics, `Hark` for all of ours.
    pub namespace: &'a str,
    /// What is measured.
    pub name: &'a str,
    /// In what.
    pub unit: Unit,
    /// How much; finite.
    pub value: f64,
    /// By which it can be told apart, at most 30, each with few different values: never ids of people.
    pub dimensions: &'a [(&'a str, &'a str)],
}

/// Writes the figure's line.
///
/// # Errors
/// When stdout takes no more.
pub fn emit(clock: &dyn Clock, metric: &Metric<'_>) -> io::Result<()> {
    let line = line(metric, clock.now().as_millisecond());
    writeln!(io::stdout().lock(), "{line}")
}

fn line(metric: &Metric<'_>, at_ms: i64) -> Value {
    let names: Vec<&str> = metric.dimensions.iter().map(|(name, _)| *name).collect();
    let mut line = Map::new();
    for (name, value) in metric.dimensions {
        line.insert((*name).to_owned(), json!(value));
    }
    line.insert(metric.name.to_owned(), json!(metric.value));
    let directive = json!({
        "Namespace": metric.namespace,
        "Dimensions": [names],
        "Metrics": [{ "Name": metric.name, "Unit": metric.unit.name() }],
    });
    line.insert("_aws".to_owned(), json!({ "Timestamp": at_ms, "CloudWatchMetrics": [directive] }));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_one_line_that_cloudwatch_reads() {
        let metric = Metric {
            namespace: "Hark",
            name: "NotesFiled",
            unit: Unit::Count,
            value: 2.0,
            dimensions: &[("Service", "voice-parser"), ("Intent", "other")],
        };
        assert_eq!(
            line(&metric, 1_795_168_800_000).to_string(),
            r#"{"Intent":"other","NotesFiled":2.0,"Service":"voice-parser","_aws":{"CloudWatchMetrics":[{"Dimensions":[["Service","Intent"]],"Metrics":[{"Name":"NotesFiled","Unit":"Count"}],"Namespace":"Hark"}],"Timestamp":1795168800000}}"#
        );
    }
}
