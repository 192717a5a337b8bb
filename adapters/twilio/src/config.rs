//! The settings of everything that speaks with Twilio. Faults are told by the variable's name, never its value.

use adapter_egress::{AddressPolicy, check_base_url};
use shared::config::Settings;

use crate::{account::OwnAccount, keys::SigningKeys, media::MediaHost};

/// Where media redirects lead to: seen in Twilio's documents and in reports of 2023 to 2026. The bucket's
/// path belongs to the S3 host, which serves everybody.
const MEDIA_HOSTS: &str =
    "mms.twiliocdn.com,media.twiliocdn.com,mcs.*.twilio.com,s3-external-1.amazonaws.com/media.twiliocdn.com/";

/// Everything about Twilio.
#[derive(Clone, Debug)]
pub struct TwilioConfig {
    /// See [`OwnAccount::read`].
    pub account: OwnAccount,
    /// See [`SigningKeys::read`]. The auth token is also the password of the API.
    pub keys: SigningKeys,
    /// `TWILIO_MESSAGING_SERVICE_SID`: chooses the sender of what we send, if set.
    pub messaging_service_sid: Option<String>,
    /// `TWILIO_TEMPLATE_SID`: the approved WhatsApp template of one variable that what the office writes goes as outside
    /// of the 24-hour window (Twilio, "Send WhatsApp notification messages with templates"), if there is one.
    pub template_sid: Option<String>,
    /// `TWILIO_API_BASE_URL`, `https://api.twilio.com`: https, or http to this machine; no slash at its end.
    pub api_base: String,
    /// `TWILIO_CONTENT_BASE_URL`, `https://content.twilio.com`, likewise.
    pub content_base: String,
    /// `TWILIO_MESSAGING_BASE_URL`, `https://messaging.twilio.com`, likewise.
    pub messaging_base: String,
    /// Whether the API is a stand-in on this machine: then media may be, too.
    pub stand_in: bool,
    /// `TWILIO_MEDIA_HOSTS`: where media redirects may lead to, comma-separated; a `*` stands for one label,
    /// a path may follow.
    pub media_hosts: Vec<MediaHost>,
}

impl TwilioConfig {
    /// Reads all of it; what is wrong is noted in `settings`, and then the value must not be used.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        let (api_base, policy) = base_url(settings, "TWILIO_API_BASE_URL", "https://api.twilio.com");
        let stand_in = policy == AddressPolicy::LoopbackAllowed;
        Self {
            account: OwnAccount::read(settings),
            keys: SigningKeys::read(settings),
            messaging_service_sid: read_sid(settings, "TWILIO_MESSAGING_SERVICE_SID", "MG"),
            template_sid: read_sid(settings, "TWILIO_TEMPLATE_SID", "HX"),
            api_base,
            content_base: base_url(settings, "TWILIO_CONTENT_BASE_URL", "https://content.twilio.com").0,
            messaging_base: base_url(settings, "TWILIO_MESSAGING_BASE_URL", "https://messaging.twilio.com").0,
            stand_in,
            media_hosts: read_media_hosts(settings, stand_in),
        }
    }
}

fn read_sid(settings: &mut Settings<'_>, name: &str, kind: &str) -> Option<String> {
    let sid = settings.optional(name)?.trim().to_owned();
    if !sid.starts_with(kind) || !sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
        settings.fault(format!("{name} must be {kind} and letters or digits"));
    }
    Some(sid)
}

fn base_url(settings: &mut Settings<'_>, name: &str, default: &str) -> (String, AddressPolicy) {
    match check_base_url(&settings.or(name, default)) {
        Ok(url) => (url.as_str().trim_end_matches('/').to_owned(), AddressPolicy::for_base(&url)),
        Err(fault) => {
            settings.fault(format!("{name} {fault}"));
            (default.to_owned(), AddressPolicy::PublicOnly)
        }
    }
}

fn read_media_hosts(settings: &mut Settings<'_>, stand_in: bool) -> Vec<MediaHost> {
    const NAME: &str = "TWILIO_MEDIA_HOSTS";
    let mut hosts = Vec::new();
    for raw in settings.or(NAME, MEDIA_HOSTS).split(',').map(str::trim).filter(|raw| !raw.is_empty()) {
        match MediaHost::parse(raw) {
            Some(host) if host.is_loopback() && !stand_in => {
                settings.fault(format!("{NAME} may name this machine only if TWILIO_API_BASE_URL does"));
            }
            Some(host) => hosts.push(host),
            None => settings.fault(format!("{NAME} has something that is no host name")),
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use shared::config::BadSettings;

    use super::*;

    const GOOD: [(&str, &str); 3] = [
        ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"),
        ("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef"),
        ("TWILIO_WHATSAPP_NUMBER", "whatsapp:+14155238886"),
    ];

    fn read(more: &[(&str, &str)]) -> Result<TwilioConfig, BadSettings> {
        let values: HashMap<&str, &str> = GOOD.iter().chain(more).copied().collect();
        let mut settings = Settings::new(|name| values.get(name).map(|value| (*value).to_owned()));
        let config = TwilioConfig::read(&mut settings);
        settings.finish().map(|()| config)
    }

    fn faults(more: &[(&str, &str)]) -> String {
        read(more).unwrap_err().to_string()
    }

    #[test]
    fn three_settings_are_enough() {
        let config = read(&[]).unwrap();
        assert_eq!(config.api_base, "https://api.twilio.com");
        assert_eq!(config.media_hosts.len(), 4);
        assert_eq!(config.account.whatsapp.unwrap().as_str(), "+14155238886");
        assert!(config.keys.previous.is_none() && config.keys.shared.is_empty());
    }

    #[test]
    fn a20_without_a_token_nothing_starts_and_all_faults_are_told_together() {
        let mut settings = Settings::new(|_| None);
        TwilioConfig::read(&mut settings);
        assert_eq!(
            settings.finish().unwrap_err().to_string(),
            "settings: TWILIO_ACCOUNT_SID is not set; neither TWILIO_WHATSAPP_NUMBER nor TWILIO_SMS_NUMBER is \
             set; TWILIO_AUTH_TOKEN is not set"
        );
        for (token, fault) in
            [("  ", "TWILIO_AUTH_TOKEN is not set"), ("changeme", "TWILIO_AUTH_TOKEN is a placeholder")]
        {
            assert_eq!(faults(&[("TWILIO_AUTH_TOKEN", token)]), format!("settings: {fault}"));
        }
    }

    #[test]
    fn a21_a_previous_token_needs_its_end() {
        let token = ("TWILIO_AUTH_TOKEN_PREVIOUS", "CANARY");
        let until = ("TWILIO_AUTH_TOKEN_PREVIOUS_UNTIL", "2026-11-20T10:00:00Z");
        assert!(read(&[token, until]).unwrap().keys.previous.is_some());
        for some in [&[token][..], &[until], &[token, ("TWILIO_AUTH_TOKEN_PREVIOUS_UNTIL", "tomorrow")]] {
            assert!(faults(some).contains("TWILIO_AUTH_TOKEN_PREVIOUS_UNTIL"));
            assert!(!faults(some).contains("CANARY"));
        }
    }

    #[test]
    fn shared_keys_are_pinned_to_their_algorithm() {
        let name = "TWILIO_SHARED_KEYS";
        let good = r#"[{"id":"SK1","algorithm":"HMAC_SHA256","secret":"a-shared-secret"}]"#;
        assert_eq!(read(&[(name, good)]).unwrap().keys.shared.len(), 1);
        for (value, fault) in [
            ("CANARY", "is not a JSON array"),
            (r#"[{"id":"SK1","secret":"CANARY"}]"#, "is not a JSON array"),
            (r#"[{"id":"SK1","algorithm":"HMAC_SHA1","secret":"CANARY"}]"#, "is not HMAC_SHA256"),
            (r#"[{"id":"SK1","algorithm":"HMAC_SHA256","secret":" "}]"#, "is empty"),
        ] {
            let told = faults(&[(name, value)]);
            assert!(told.contains(name) && told.contains(fault) && !told.contains("CANARY"), "{told}");
        }
    }

    #[test]
    fn hosts_and_numbers_are_checked() {
        let stand_in = ("TWILIO_API_BASE_URL", "http://127.0.0.1:8090");
        assert!(read(&[stand_in]).unwrap().stand_in);
        assert!(read(&[stand_in, ("TWILIO_MEDIA_HOSTS", "127.0.0.1:8091, localhost")]).is_ok());
        for (name, value) in [
            ("TWILIO_API_BASE_URL", "http://api.twilio.com"),
            ("TWILIO_CONTENT_BASE_URL", "CANARY"),
            ("TWILIO_MESSAGING_BASE_URL", "https://CANARY@messaging.twilio.com"),
            ("TWILIO_MEDIA_HOSTS", "127.0.0.1"),
            ("TWILIO_MEDIA_HOSTS", "*"),
            ("TWILIO_MEDIA_HOSTS", "*.com"),
            ("TWILIO_MEDIA_HOSTS", "https://mms.twiliocdn.com"),
            ("TWILIO_ACCOUNT_SID", "CANARY"),
            ("TWILIO_WHATSAPP_NUMBER", "CANARY"),
            ("TWILIO_SMS_NUMBER", "0151CANARY"),
            ("TWILIO_VOICE_NUMBER", "telegram:1"),
            ("TWILIO_MESSAGING_SERVICE_SID", "CANARY"),
        ] {
            let told = faults(&[(name, value)]);
            assert!(told.contains(name) && !told.contains("CANARY"), "{told}");
        }
    }

    #[test]
    fn g01_no_secret_and_no_number_is_shown() {
        let shown = format!("{:?}", read(&[]).unwrap());
        assert!(
            !shown.contains("0123456789") && !shown.contains("4155") && !shown.contains("AC000"),
            "{shown}"
        );
    }
}
