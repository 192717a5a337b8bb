//! Metrics that keep everything, to look into.

use std::sync::Mutex;

use super::locked;
use crate::ports::metrics::{Measurement, Metrics};

/// Keeps what it is given, in order.
#[derive(Debug, Default)]
pub struct RecordedMetrics(Mutex<Vec<Measurement>>);

impl RecordedMetrics {
    /// Empty.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything that was recorded so far, in order.
    #[must_use]
    pub fn all(&self) -> Vec<Measurement> {
        locked(&self.0).clone()
    }

    /// Everything that was recorded since this was asked last, in order.
    #[must_use]
    pub fn take(&self) -> Vec<Measurement> {
        std::mem::take(&mut *locked(&self.0))
    }
}

impl Metrics for RecordedMetrics {
    fn record(&self, measurement: &Measurement) {
        locked(&self.0).push(measurement.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_can_be_looked_into() {
        let metrics = RecordedMetrics::new();
        metrics.record(&Measurement::DeadLetter);
        metrics.record(&Measurement::JobRetried);
        assert_eq!(metrics.all(), [Measurement::DeadLetter, Measurement::JobRetried]);
        assert_eq!(metrics.take().len(), 2);
        assert!(metrics.all().is_empty());
    }
}
