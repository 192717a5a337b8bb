//! Where the models are, as whom they are called, and which ones.

use adapter_egress::check_base_url;
use secrecy::{ExposeSecret, SecretString};
use shared::config::Settings;
use url::Url;

/// OpenAI's own address.
pub const DEFAULT_BASE_URL: &str = "https://api.openai.com/v1";
/// The model that transcribes unless another one is named.
pub const DEFAULT_TRANSCRIBE_MODEL: &str = "gpt-4o-mini-transcribe";
/// The model that analyses unless another one is named: what OpenAI names in place of `gpt-5-mini`, which ends on
/// 2026-12-11 (<https://developers.openai.com/api/docs/deprecations>, as search results quoted it on 2026-11-29).
pub const DEFAULT_ANALYSE_MODEL: &str = "gpt-6.1-terra";

/// The model that sums up and answers on the phone unless another one is named.
pub const DEFAULT_CHAT_MODEL: &str = DEFAULT_ANALYSE_MODEL;

/// Read once, at start.
#[derive(Debug, Clone)]
pub struct OpenAiConfig {
    /// `OPENAI_API_KEY`. `None` only for a server other than OpenAI's own, which may ask for none.
    pub api_key: Option<SecretString>,
    /// `OPENAI_BASE_URL`: https, or http to this machine. By default [`DEFAULT_BASE_URL`].
    pub base_url: Url,
    /// `OPENAI_TRANSCRIBE_MODEL`, by default [`DEFAULT_TRANSCRIBE_MODEL`].
    pub transcribe_model: String,
    /// `OPENAI_ANALYSE_MODEL`, by default [`DEFAULT_ANALYSE_MODEL`].
    pub analyse_model: String,
    /// `OPENAI_CHAT_MODEL`, which speaks on the phone; by default [`DEFAULT_CHAT_MODEL`].
    pub chat_model: String,
}

impl OpenAiConfig {
    /// Reads the variables; what is missing or unreadable becomes a fault of the settings. The key is required
    /// unless `OPENAI_BASE_URL` names another server.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        let base_url = read_base_url(settings);
        let is_vendors_own = base_url.host_str().is_some_and(|host| host == "api.openai.com");
        let raw = if is_vendors_own {
            Some(settings.required("OPENAI_API_KEY"))
        } else {
            settings.optional("OPENAI_API_KEY")
        };
        let api_key = raw.map(|raw| SecretString::from(raw.trim()));
        if api_key
            .as_ref()
            .is_some_and(|key| !key.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()))
        {
            settings.fault("OPENAI_API_KEY holds characters that no key has".to_owned());
        }
        Self {
            api_key,
            base_url,
            transcribe_model: settings
                .or("OPENAI_TRANSCRIBE_MODEL", DEFAULT_TRANSCRIBE_MODEL)
                .trim()
                .to_owned(),
            analyse_model: settings.or("OPENAI_ANALYSE_MODEL", DEFAULT_ANALYSE_MODEL).trim().to_owned(),
            chat_model: settings.or("OPENAI_CHAT_MODEL", DEFAULT_CHAT_MODEL).trim().to_owned(),
        }
    }
}

fn read_base_url(settings: &mut Settings<'_>) -> Url {
    match check_base_url(&settings.or("OPENAI_BASE_URL", DEFAULT_BASE_URL)) {
        Ok(url) => url,
        Err(why) => {
            settings.fault(format!("OPENAI_BASE_URL {why}"));
            unusable_base()
        }
    }
}

/// Stands in for a base that was refused: the settings have a fault, so nothing will ever be sent to it.
#[expect(clippy::expect_used, reason = "a constant")]
fn unusable_base() -> Url {
    Url::parse("https://invalid.invalid").expect("a URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> (OpenAiConfig, Result<(), String>) {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut settings = Settings::new(move |name| {
            pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone())
        });
        let config = OpenAiConfig::read(&mut settings);
        (config, settings.finish().map_err(|faults| faults.to_string()))
    }

    #[test]
    fn a_key_is_all_that_must_be_set() {
        let (config, faults) = read(&[("OPENAI_API_KEY", " sk-canary-1 ")]);
        faults.unwrap();
        assert_eq!(config.base_url.as_str(), "https://api.openai.com/v1");
        assert_eq!(config.transcribe_model, "gpt-4o-mini-transcribe");
        assert_eq!(config.analyse_model, "gpt-6.1-terra");
        assert_eq!(config.api_key.as_ref().unwrap().expose_secret(), "sk-canary-1");
        assert!(!format!("{config:?}").contains("canary"));
    }

    #[test]
    fn another_server_may_ask_for_no_key() {
        let (config, faults) = read(&[("OPENAI_BASE_URL", "http://127.0.0.1:8090/v1/")]);
        faults.unwrap();
        assert!(config.api_key.is_none());
        assert_eq!(config.base_url.as_str(), "http://127.0.0.1:8090/v1");
    }

    #[test]
    fn faults_name_the_variable_and_never_the_value() {
        for (pairs, fault) in [
            (vec![], "OPENAI_API_KEY is not set"),
            (vec![("OPENAI_API_KEY", "sk-can\nary")], "OPENAI_API_KEY holds characters that no key has"),
            (
                vec![("OPENAI_BASE_URL", "http://canary.example/v1"), ("OPENAI_API_KEY", "sk")],
                "OPENAI_BASE_URL must be https, or http to this machine",
            ),
        ] {
            let shown = read(&pairs).1.unwrap_err();
            assert!(shown.contains(fault), "{shown}");
            assert!(!shown.contains("canary") && !shown.contains("ary\""), "{shown}");
        }
    }
}
