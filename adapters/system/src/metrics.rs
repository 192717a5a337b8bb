//! Measurements as lines of the log, for one machine.

use shared::ports::metrics::{Measurement, Metrics};
use tracing::debug;

/// Writes each measurement into the log, at `debug`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoggedMetrics;

impl Metrics for LoggedMetrics {
    fn record(&self, measurement: &Measurement) {
        debug!(?measurement, "Measured");
    }
}
