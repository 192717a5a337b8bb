//! The settings of everything that is looked at, as far as they can be read. What is wrong with one of them leaves the
//! others to be checked.

use std::sync::Arc;

use adapter_openai::OpenAiConfig;
use adapter_telegram::config::TelegramConfig;
use adapter_twilio::config::TwilioConfig;
use shared::{config::Settings, ports::directory::CustomerDirectory};

use super::{
    finding::{Finding, State},
    reach::Site,
};
use crate::{
    demo,
    dev::StandIns,
    place::{self, Place},
};

/// What there is to look at.
pub(super) struct Subjects {
    pub(super) place: Option<Place>,
    pub(super) twilio: Option<TwilioConfig>,
    pub(super) telegram: Option<TelegramConfig>,
    /// `None` with `AI=off`, too.
    pub(super) openai: Option<OpenAiConfig>,
    pub(super) lookup: Option<Arc<dyn CustomerDirectory>>,
    /// Whether Telegram is asked for messages where it has no webhook: on one machine.
    pub(super) asks_telegram: bool,
    /// What Twilio was told to call.
    pub(super) webhook_base: Option<String>,
    /// The same for calls, which a stack has an address of their own for.
    pub(super) voice_base: Option<String>,
    pub(super) sites: Vec<Site>,
    /// What is wrong with the settings, or that nothing is.
    pub(super) findings: Vec<Finding>,
}

const CHECK: &str = "settings";

/// Reads them.
///
/// # Errors
/// When it is not said where to look, or this build cannot look there.
pub(super) async fn read(outer: &Settings<'_>) -> anyhow::Result<Subjects> {
    let Some(env) = place::environment(outer)? else { return Ok(of_machine(outer)) };
    let mut findings = Vec::new();
    if let Err(incomplete) = place::complete(env, outer) {
        if !cfg!(feature = "aws") {
            return Err(incomplete);
        }
        findings.push(Finding::fail(CHECK, incomplete.to_string(), "set what is named"));
    }
    let is_complete = findings.is_empty();
    // What is missing has been named; what cannot be opened for want of it is not told again.
    let mut kept = |error: anyhow::Error, remedy: &str| {
        if is_complete {
            findings.push(Finding::fail(CHECK, format!("{error:#}"), remedy));
        }
    };
    let place = Place::open(outer).map_err(|error| kept(error, "check the named setting")).ok();
    let lookup = place::lookup(env, outer).map_err(|error| kept(error, "check the named setting")).ok();
    let vendors = place::vendor_settings(env, outer).await;
    let remedy =
        format!("`make secrets-get-arns ENV={env}` lists the secrets, `make secrets-create` makes them");
    let vendors = vendors.map_err(|error| kept(error, &remedy)).ok();
    // A stack may have no calls.
    let named = [
        ("webhook", "WEBHOOK_URL"),
        ("data api", "DATA_API_URL"),
        ("panel", "PANEL_URL"),
        ("calls", "VOICE_URL"),
    ];
    let sites = named
        .into_iter()
        .filter_map(|(check, setting)| Some(Site { check, setting, base: outer.optional(setting)? }))
        .collect();
    let webhook_base = outer.optional("PUBLIC_BASE_URL").or_else(|| outer.optional("WEBHOOK_URL"));
    let mut subjects = Subjects {
        place,
        twilio: None,
        telegram: None,
        openai: None,
        lookup,
        asks_telegram: false,
        webhook_base,
        voice_base: outer.optional("VOICE_URL"),
        sites,
        findings,
    };
    if let Some(vendors) = vendors {
        subjects.read_vendors(&vendors);
    }
    Ok(subjects.told())
}

impl Subjects {
    fn read_vendors(&mut self, settings: &Settings<'_>) {
        self.twilio = part(settings, TwilioConfig::read, &mut self.findings);
        self.telegram = part(settings, TelegramConfig::read, &mut self.findings);
        if settings.or("AI", "on").trim() == "off" {
            self.findings.push(Finding::ok("models", "AI=off: none is used"));
        } else {
            self.openai = part(settings, OpenAiConfig::read, &mut self.findings);
        }
    }

    /// Says that the settings are well, if they are.
    fn told(mut self) -> Self {
        if self.findings.iter().all(|finding| finding.state == State::Ok) {
            self.findings.insert(0, Finding::ok(CHECK, "nothing is missing"));
        }
        self
    }
}

/// It answers at its own address, whatever others were told. What is not set is played by stand-ins, as for
/// `hark dev`.
fn of_machine(outer: &Settings<'_>) -> Subjects {
    let mut findings = Vec::new();
    let place = match Place::open(outer) {
        Ok(place) => Some(place),
        Err(error) => {
            let remedy = "HARK_DATA names the folder of the installation that is meant";
            findings.push(Finding::fail(CHECK, format!("{error:#}"), remedy));
            None
        }
    };
    let own = format!("http://127.0.0.1:{}", outer.or("HARK_PORT", demo::PORT));
    let mut sites = vec![Site { check: "hark", setting: "HARK_PORT", base: own.clone() }];
    let public = outer.optional("PUBLIC_BASE_URL");
    if let Some(base) = public.clone() {
        sites.push(Site { check: "public address", setting: "PUBLIC_BASE_URL", base });
    }
    let webhook_base = public.or(Some(own));
    let mut subjects = Subjects {
        place,
        twilio: None,
        telegram: None,
        openai: None,
        lookup: None,
        asks_telegram: true,
        voice_base: webhook_base.clone(),
        webhook_base,
        sites,
        findings,
    };
    let stand_ins = StandIns::of(outer);
    let port = outer.or("HARK_SIM_PORT", demo::SIM_PORT);
    let base = outer.or("HARK_SIM_URL", &format!("http://127.0.0.1:{port}"));
    let base = base.trim_end_matches('/');
    subjects.read_vendors(&Settings::new(|name| {
        outer.optional(name).or_else(|| stand_ins.setting(name, base, base))
    }));
    subjects.told()
}
/// One part of the settings, read by itself.
fn part<T>(
    settings: &Settings<'_>,
    read: fn(&mut Settings<'_>) -> T,
    findings: &mut Vec<Finding>,
) -> Option<T> {
    let mut own = Settings::new(|name| settings.optional(name));
    let value = read(&mut own);
    match own.finish() {
        Ok(()) => Some(value),
        Err(faults) => {
            findings.push(Finding::fail(CHECK, faults.0.join("; "), "set what is named; see .env.example"));
            None
        }
    }
}
