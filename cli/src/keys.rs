//! `hark keys`: API keys of client apps, of one machine or of a stack.

use adapter_system::{SystemClock, SystemIds};
use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde::Serialize;
use shared::{
    config::Settings,
    domain::{
        api_key::{ApiKeyRecord, KeyId, Scope, Scopes},
        ids::CompanyId,
    },
    ports::clock::Clock,
    repositories::api_keys::NewKey,
};

use crate::{args::Keys, customers, output, place::Place};

/// What `create` prints; the one time that `key` is seen.
#[derive(Serialize)]
struct Created {
    id: String,
    key: String,
    company: CompanyId,
    scopes: Vec<Scope>,
    expires: Option<Timestamp>,
}

#[derive(Serialize)]
struct Listed {
    id: String,
    company: CompanyId,
    scopes: Vec<Scope>,
    state: String,
    created: Timestamp,
    last_used: Option<String>,
    expires: Option<Timestamp>,
}

pub(crate) async fn run(command: Keys, settings: &Settings<'_>) -> anyhow::Result<()> {
    let place = Place::open(settings)?;
    let keys = place.keys().await?;
    let now = SystemClock.now();
    match command {
        Keys::Create { company, scopes, expires_in_days, output } => {
            let expires_at = expires_in_days
                .map(|days| now.checked_add(SignedDuration::from_hours(i64::from(days) * 24)))
                .transpose()
                .context("this key would outlive the calendar")?;
            warn_of_unknown(&place, &company).await;
            let new = NewKey { company_id: company, scopes: scopes.into_iter().collect(), expires_at };
            let issued = keys.create(new, place.env, &SystemClock, &SystemIds).await?;
            let created = Created {
                id: issued.record.id.to_string(),
                key: issued.key.expose_secret().to_owned(),
                company: issued.record.company_id,
                scopes: issued.record.scopes.iter().collect(),
                expires: issued.record.expires_at,
            };
            output::print(output.form(), &created, |created| {
                format!("{}\nkey {} of {}: shown this once", created.key, created.id, created.company)
            })
        }
        Keys::List { company, output } => {
            let listed: Vec<Listed> = keys.list(&company).await?.iter().map(|key| listed(key, now)).collect();
            output::print(output.form(), &listed, |all| all.iter().map(line).collect::<Vec<_>>().join("\n"))
        }
        Keys::Revoke { id, output } => {
            let id = KeyId::parse(&id).context("this is no key id; `hark keys list` shows them")?;
            let Some(revoked) = keys.revoke(&id, now).await? else {
                bail!("there is no key {id}");
            };
            output::print(output.form(), &listed(&revoked, now), |key| {
                format!(
                    "key {} of {} is revoked; it is refused everywhere within 60 seconds",
                    key.id, key.company
                )
            })
        }
    }
}

/// A key of a company without people opens nothing; most often the name was mistyped.
async fn warn_of_unknown(place: &Place, company: &CompanyId) {
    let doubt = match customers::stored(place).await {
        Ok(Some(reading)) => {
            let known = reading.file.customers().iter().any(|person| person.company_id == *company);
            (!known).then(|| format!("nobody in customers.json belongs to {company}; is it the right name?"))
        }
        Ok(None) => Some("there is no customers.json yet: `hark customers put FILE` stores one".to_owned()),
        Err(error) => Some(format!("whether {company} is known cannot be told: {error:#}")),
    };
    if let Some(doubt) = doubt {
        eprintln!("hark: note: {doubt}");
    }
}

fn listed(record: &ApiKeyRecord, now: Timestamp) -> Listed {
    Listed {
        id: record.id.to_string(),
        company: record.company_id.clone(),
        scopes: record.scopes.iter().collect(),
        state: format!("{:?}", record.state(now)).to_lowercase(),
        created: record.created_at,
        last_used: record.last_used_day.map(|day| day.to_string()),
        expires: record.expires_at,
    }
}

fn line(key: &Listed) -> String {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    let last_used = key.last_used.as_deref().unwrap_or("never");
    format!("{}  {:8}  {}  last used {last_used}", key.id, key.state, scopes.join(","))
}

/// The scopes of a key that opens everything of its company.
pub(crate) fn all_scopes() -> Scopes {
    Scopes::from_iter([Scope::Admin])
}
