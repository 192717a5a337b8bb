//! Measurements for CloudWatch: one line on stdout in the embedded metric format, which CloudWatch turns into
//! metrics by itself (CloudWatch user guide, "Specification: Embedded metric format").
//!
//! `docs/METRICS.md` lists what comes out; a test compares it with `figures`.

mod figures;

use std::{
    io::{self, Write},
    sync::Arc,
};

use figures::{Group, groups};
use serde_json::{Map, Value, json};
use shared::{
    config::Settings,
    ports::{
        clock::Clock,
        metrics::{Measurement, Metrics},
    },
};

/// Where all our metrics are.
const NAMESPACE: &str = "Hark";
/// The dimension that every metric has, named as Lambda's own: it keeps the stacks of one account apart.
const FUNCTION: &str = "FunctionName";

/// Writes measurements to stdout.
pub struct EmbeddedMetrics {
    function: String,
    clock: Arc<dyn Clock>,
}

impl EmbeddedMetrics {
    /// For the function of this name.
    pub fn new(function: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self { function: function.into(), clock }
    }

    /// For the function whose name Lambda tells it in `AWS_LAMBDA_FUNCTION_NAME` (Lambda developer guide, "Defined
    /// runtime environment variables"). Without it a fault is noted in `settings`.
    pub fn read(settings: &mut Settings<'_>, clock: Arc<dyn Clock>) -> Self {
        Self::new(settings.required("AWS_LAMBDA_FUNCTION_NAME"), clock)
    }
}

impl Metrics for EmbeddedMetrics {
    fn record(&self, measurement: &Measurement) {
        let line = line(&self.function, &groups(measurement), self.clock.now().as_millisecond());
        // In one piece: a line that came in two would be two events to CloudWatch.
        if let Err(error) = io::stdout().lock().write_all(format!("{line}\n").as_bytes()) {
            tracing::warn!(%error, "A measurement could not be written");
        }
    }
}

/// All figures of one measurement in one line: a directive for each group of figures with dimensions of its own.
fn line(function: &str, groups: &[Group], at_ms: i64) -> Value {
    let mut line = Map::from_iter([(FUNCTION.to_owned(), json!(function))]);
    let mut directives = Vec::new();
    for group in groups {
        let dimensions: Vec<&str> =
            [FUNCTION].into_iter().chain(group.dimensions.iter().map(|(name, _)| *name)).collect();
        let metrics: Vec<Value> = group
            .figures
            .iter()
            .map(|figure| json!({ "Name": figure.name, "Unit": figure.unit.name() }))
            .collect();
        directives.push(json!({ "Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics }));
        let values = group.figures.iter().map(|figure| (figure.name.to_owned(), figure.value.clone()));
        line.extend(values);
        line.extend(group.dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    }
    line.insert("_aws".to_owned(), json!({ "Timestamp": at_ms, "CloudWatchMetrics": directives }));
    Value::Object(line)
}

#[cfg(test)]
mod tests;
