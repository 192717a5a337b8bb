//! What belongs to a developer's machine and has no place where money and people's words are at stake.

use std::path::Path;

use shared::config::Settings;

use crate::demo;

/// Settings that only `hark dev` reads.
const OF_DEV: [&str; 2] = ["HARK_DEMO_API_KEY", "HARK_DEMO_MESSAGES"];
/// Values that stand in the source, so that anybody knows them.
const PUBLISHED: [(&str, &str); 4] = [
    ("TWILIO_ACCOUNT_SID", demo::ACCOUNT_SID),
    ("TWILIO_AUTH_TOKEN", demo::AUTH_TOKEN),
    ("TWILIO_AUTH_TOKEN_PREVIOUS", demo::AUTH_TOKEN),
    ("OPENAI_API_KEY", demo::OPENAI_API_KEY),
];

/// Notes each of them in `settings`.
pub(super) fn check(settings: &mut Settings<'_>) {
    if settings.optional("HARK_ENV").is_some() {
        settings.fault("HARK_ENV is set, which means a stack on AWS; hark serve is one machine".to_owned());
    }
    for name in OF_DEV {
        if settings.optional(name).is_some() {
            settings.fault(format!("{name} is for hark dev only"));
        }
    }
    for (name, published) in PUBLISHED {
        if settings.optional(name).is_some_and(|value| value.trim() == published) {
            settings.fault(format!("{name} is the demo value, which everybody knows"));
        }
    }
    let switches: Vec<String> = settings
        .names()
        .filter(|name| settings.optional(name).is_some_and(|value| is_switch(name, &value)))
        .map(str::to_owned)
        .collect();
    for name in switches {
        // Nothing reads it: but who sets it believes that a check is off, and should learn that it is not.
        settings.fault(format!("{name} would switch a check off, which Hark cannot: remove it"));
    }
    if settings.optional("HARK_DATA").is_some_and(|folder| is_of_dev(folder.as_ref())) {
        settings.fault("HARK_DATA is a folder of hark dev, with its demo key: take another one".to_owned());
    }
}

/// Such as Hark's predecessors had: `..._VALIDATE_...=false`, `DEV_...=true`.
fn is_switch(name: &str, value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    let (on, off) = (["1", "true", "yes", "on"], ["0", "false", "no", "off"]);
    (name.starts_with("DEV_") && on.contains(&value.as_str()))
        || (name.contains("VALIDATE") && off.contains(&value.as_str()))
}

fn is_of_dev(folder: &Path) -> bool {
    ["demo-key", "simulators"].iter().any(|made| folder.join(made).exists())
}
