//! The settings of the Lambda function.

use shared::config::Settings;

/// Everything that the function reads from its environment, apart from how to reach AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `DATA_BUCKET`: the bucket that holds `customers.json`.
    pub data_bucket: String,
    /// `HARK_LOG`: `error`, `warn`, `info` (if not set) or `debug`.
    pub log_level: Option<String>,
}

impl Config {
    /// Reads them; what is missing is noted in `settings` as a fault.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        Self { data_bucket: settings.required("DATA_BUCKET"), log_level: settings.optional("HARK_LOG") }
    }
}
