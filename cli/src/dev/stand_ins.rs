//! Who is played by a stand-in, and with which settings.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::Path,
};

use shared::config::Settings;
use simulators::SimConfig;

use crate::demo;

/// Who is played.
pub(crate) struct StandIns {
    /// Unless `TWILIO_API_BASE_URL` is set.
    pub(super) twilio: bool,
    /// Unless `OPENAI_API_KEY` or `OPENAI_BASE_URL` is set.
    pub(super) openai: bool,
    /// Unless `TELEGRAM_BOT_TOKEN` is set.
    pub(super) telegram: bool,
}

impl StandIns {
    pub(crate) fn of(settings: &Settings<'_>) -> Self {
        let is_set = |name| settings.optional(name).is_some();
        Self {
            twilio: !is_set("TWILIO_API_BASE_URL"),
            openai: !is_set("OPENAI_API_KEY") && !is_set("OPENAI_BASE_URL"),
            telegram: !is_set("TELEGRAM_BOT_TOKEN"),
        }
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        [(self.twilio, "Twilio"), (self.openai, "OpenAI"), (self.telegram, "Telegram")]
            .into_iter()
            .filter_map(|(played, name)| played.then_some(name))
            .collect()
    }

    /// The stand-ins know the account by themselves; where the webhook is they are told once it listens.
    pub(super) fn config(&self, settings: &mut Settings<'_>) -> SimConfig {
        SimConfig {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: settings.parsed("HARK_SIM_PORT", 8_090),
            cdn_port: None,
            webhook_url: String::new(),
            public_url: String::new(),
            account_sid: settings.or("TWILIO_ACCOUNT_SID", demo::ACCOUNT_SID),
            auth_token: settings.or("TWILIO_AUTH_TOKEN", demo::AUTH_TOKEN),
            whatsapp_number: settings.or("TWILIO_WHATSAPP_NUMBER", demo::WHATSAPP_NUMBER),
            sms_number: settings.or("TWILIO_SMS_NUMBER", demo::SMS_NUMBER),
            voice_number: settings.or("TWILIO_VOICE_NUMBER", demo::VOICE_NUMBER),
            telegram_token: settings.or("TELEGRAM_BOT_TOKEN", demo::BOT_TOKEN),
            data_dir: Some(Path::new(&settings.or("HARK_DATA", demo::DATA)).join("simulators")),
        }
    }

    /// What a setting is where it was not set.
    pub(crate) fn setting(&self, name: &str, base: &str, cdn: &str) -> Option<String> {
        let value = match name {
            "TWILIO_ACCOUNT_SID" if self.twilio => demo::ACCOUNT_SID.to_owned(),
            "TWILIO_AUTH_TOKEN" if self.twilio => demo::AUTH_TOKEN.to_owned(),
            "TWILIO_WHATSAPP_NUMBER" if self.twilio => demo::WHATSAPP_NUMBER.to_owned(),
            "TWILIO_SMS_NUMBER" if self.twilio => demo::SMS_NUMBER.to_owned(),
            "TWILIO_VOICE_NUMBER" if self.twilio => demo::VOICE_NUMBER.to_owned(),
            "TWILIO_API_BASE_URL" if self.twilio => base.to_owned(),
            "TWILIO_CONTENT_BASE_URL" if self.twilio => format!("{base}/content"),
            "TWILIO_MESSAGING_BASE_URL" if self.twilio => format!("{base}/messaging"),
            "TWILIO_MEDIA_HOSTS" if self.twilio => cdn.trim_start_matches("http://").to_owned(),
            "TELEGRAM_BOT_TOKEN" if self.telegram => demo::BOT_TOKEN.to_owned(),
            "TELEGRAM_API_BASE_URL" if self.telegram => base.to_owned(),
            "OPENAI_BASE_URL" if self.openai => format!("{base}/v1"),
            "OPENAI_API_KEY" if self.openai => demo::OPENAI_API_KEY.to_owned(),
            _ => return None,
        };
        Some(value)
    }
}
