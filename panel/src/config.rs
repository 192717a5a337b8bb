//! The settings of the Lambda function.

use shared::{budgets::Budgets, config::Settings, prices::Prices};

/// Everything that the function reads from its environment, apart from how to reach AWS.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// `PANEL_URL`: where browsers find the panel, `/panel` included.
    pub panel_url: String,
    /// `DATA_BUCKET`: the bucket of the recordings.
    pub data_bucket: String,
    /// `TABLE_NAME`: the table of users, notes and keys.
    pub table_name: String,
    /// `API_KEYS_SECRET_ID`: the secret whose value is the pepper of API keys, of which the seals of sessions and links
    /// are made, too.
    pub api_keys_secret_id: String,
    /// `QUEUE_URL`: where the job of a note goes that is tried again.
    pub queue_url: String,
    /// `TWILIO_TEMPLATE_SID`: whether there is a template for people who have not written for a day.
    pub has_template: bool,
    /// `HARK_SENDER_PER_*`, `HARK_COMPANY_*_PER_DAY`: the budgets as voice-parser has them, to be shown.
    pub budgets: Budgets,
    /// `HARK_ENV`: the word in the text of new keys.
    pub env: String,
    /// `OPENAI_PRICE_*`: what models cost, if it is known.
    pub prices: Option<Prices>,
    /// `HARK_LOG`: `error`, `warn`, `info` (if not set) or `debug`.
    pub log_level: Option<String>,
}

impl Config {
    /// Reads them; what is missing is noted in `settings` as a fault.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            panel_url: settings.required("PANEL_URL"),
            data_bucket: settings.required("DATA_BUCKET"),
            table_name: settings.required("TABLE_NAME"),
            api_keys_secret_id: settings.required("API_KEYS_SECRET_ID"),
            queue_url: settings.required("QUEUE_URL"),
            has_template: settings.optional("TWILIO_TEMPLATE_SID").is_some(),
            budgets: Budgets::read(settings, Budgets::USUAL),
            env: settings.required("HARK_ENV"),
            prices: Prices::read(settings),
            log_level: settings.optional("HARK_LOG"),
        }
    }
}
