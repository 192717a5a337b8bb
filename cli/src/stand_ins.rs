//! `hark stand-ins`: the stand-ins for Twilio, OpenAI and Telegram as a process of their own, for a stack on the local stand-in
//! for AWS. They simulate: nothing that they do leaves this machine, but for the webhooks, which go to the stack.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::Path,
};

use adapter_twilio::{account::OwnAccount, keys::SigningKeys};
use anyhow::Context;
use reqwest::Url;
use secrecy::ExposeSecret;
use serde::Serialize;
use shared::{config::Settings, domain::identity::E164};
use simulators::{SimConfig, Simulators};

use crate::{args::Form, demo, output};

/// Below which address the stack takes calls, where that is another API than that of messages.
const VOICE_URL: &str = "VOICE_URL";

/// What the command tells when it is ready.
#[derive(Serialize)]
struct Ready {
    /// Where the stand-ins listen.
    simulators: String,
    /// Where they send what their phones say.
    webhook: String,
    /// Below which address they tell of calls, if not beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    voice: Option<String>,
}

/// Runs until it is asked to end.
pub(crate) async fn run(mut settings: Settings<'_>, form: Form) -> anyhow::Result<()> {
    let config = read(&mut settings);
    let voice = voice(&mut settings);
    settings.finish()?;
    let webhook = config.webhook_url.clone();
    let simulators =
        Simulators::start(config).await.context("HARK_SIM_PORT and the port after it must be free")?;
    if let Some(base) = &voice {
        simulators.set_voice(base);
    }
    let ready = Ready { simulators: simulators.base_url(), webhook, voice };
    output::print(form, &ready, shown)?;
    output::flush()?;
    output::asked_to_end().await?;
    simulators.stop().await;
    Ok(())
}

fn shown(ready: &Ready) -> String {
    format!(
        "simulating Twilio, OpenAI and Telegram at {}; what phones say goes to {}",
        ready.simulators, ready.webhook
    )
}

/// The account is that of the stack; its webhook is called at `WEBHOOK_URL` and signed as `PUBLIC_BASE_URL`, where
/// the two differ.
fn read(settings: &mut Settings<'_>) -> SimConfig {
    let account = OwnAccount::read(settings);
    let keys = SigningKeys::read(settings);
    let webhook_url = webhook(settings);
    let public_url =
        settings.optional("PUBLIC_BASE_URL").map_or_else(|| webhook_url.clone(), |base| joined(&base));
    let number = |set: &Option<E164>, demo: &str| {
        set.as_ref().map_or_else(|| demo.to_owned(), |number| number.as_str().to_owned())
    };
    SimConfig {
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: settings.parsed("HARK_SIM_PORT", 8_090),
        cdn_port: None,
        webhook_url,
        public_url,
        account_sid: account.sid.as_str().to_owned(),
        auth_token: keys.auth_token.expose_secret().to_owned(),
        whatsapp_number: number(&account.whatsapp, demo::WHATSAPP_NUMBER),
        sms_number: number(&account.sms, demo::SMS_NUMBER),
        voice_number: number(&account.voice, demo::VOICE_NUMBER),
        telegram_token: settings.or("TELEGRAM_BOT_TOKEN", demo::BOT_TOKEN),
        data_dir: Some(Path::new(&settings.or("HARK_DATA", demo::DATA)).join("sim")),
    }
}

fn webhook(settings: &mut Settings<'_>) -> String {
    const NAME: &str = "WEBHOOK_URL";
    let base = settings.required(NAME);
    joined(&address(settings, NAME, &base))
}

/// Below which address the stack takes calls, where that is not beside its webhook.
fn voice(settings: &mut Settings<'_>) -> Option<String> {
    let base = settings.optional(VOICE_URL)?;
    Some(address(settings, VOICE_URL, &base))
}

/// An address of the stack; what is no address is noted as a fault.
fn address(settings: &mut Settings<'_>, name: &str, base: &str) -> String {
    let is_web = |url: Url| url.has_host() && matches!(url.scheme(), "http" | "https");
    if !base.is_empty() && !Url::parse(base).is_ok_and(is_web) {
        settings.fault(format!("{name} is not an address: it is the stack's output, https://..."));
    }
    base.trim().to_owned()
}

/// The route under a base URL.
fn joined(base: &str) -> String {
    format!("{}/webhook", base.trim().trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &'static [(&str, &str)]) -> Settings<'static> {
        Settings::new(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_is_missing_is_named_at_once_and_the_stacks_account_is_played() {
        let mut nothing = with(&[]);
        read(&mut nothing);
        assert_eq!(
            nothing.finish().unwrap_err().to_string(),
            "settings: TWILIO_ACCOUNT_SID is not set; neither TWILIO_WHATSAPP_NUMBER nor TWILIO_SMS_NUMBER is \
             set; TWILIO_AUTH_TOKEN is not set; WEBHOOK_URL is not set"
        );
        let mut stack = with(&[
            ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"),
            ("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef"),
            ("TWILIO_WHATSAPP_NUMBER", "whatsapp:+14155238886"),
            ("WEBHOOK_URL", "http://127.0.0.1:4566/api/"),
            ("HARK_SIM_PORT", "0"),
        ]);
        let config = read(&mut stack);
        stack.finish().unwrap();
        assert_eq!(config.webhook_url, "http://127.0.0.1:4566/api/webhook");
        assert_eq!(config.public_url, config.webhook_url);
        assert_eq!(config.whatsapp_number, "+14155238886");
        assert_eq!(config.data_dir.unwrap(), Path::new("./.hark/sim"));
    }

    #[test]
    fn calls_go_to_another_api_if_the_stack_has_one() {
        let mut stack = with(&[(VOICE_URL, " http://127.0.0.1:4566/calls ")]);
        assert_eq!(voice(&mut stack).as_deref(), Some("http://127.0.0.1:4566/calls"));
        stack.finish().unwrap();
        assert_eq!(voice(&mut with(&[])), None);
        let mut wrong = with(&[(VOICE_URL, "127.0.0.1")]);
        voice(&mut wrong);
        assert_eq!(
            wrong.finish().unwrap_err().to_string(),
            "settings: VOICE_URL is not an address: it is the stack's output, https://..."
        );
    }
}
