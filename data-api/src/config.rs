//! The settings of the Lambda function.

use shared::config::Settings;

/// Everything that the function reads from its environment, apart from how to reach AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `DATA_BUCKET`: the bucket of the stored files.
    pub data_bucket: String,
    /// `TABLE_NAME`: the table of keys and of the files' places.
    pub table_name: String,
    /// `API_KEYS_SECRET_ID`: the secret whose value is the pepper of API keys, at least 32 bytes of text.
    pub api_keys_secret_id: String,
    /// `HARK_LOG`: `error`, `warn`, `info` (if not set) or `debug`.
    pub log_level: Option<String>,
}

impl Config {
    /// Reads them; what is missing is noted in `settings` as a fault.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            data_bucket: settings.required("DATA_BUCKET"),
            table_name: settings.required("TABLE_NAME"),
            api_keys_secret_id: settings.required("API_KEYS_SECRET_ID"),
            log_level: settings.optional("HARK_LOG"),
        }
    }
}
