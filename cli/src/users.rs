//! `hark users`: who may use the panel, of one machine.

use adapter_system::{SystemClock, SystemIds};
use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use shared::{
    config::Settings,
    domain::{
        ids::CompanyId,
        user::{Password, Role, User, UserName},
    },
    ports::{
        clock::{Clock, Ids},
        table::TableError,
    },
    repositories::users::{StoredUser, Users},
};

use crate::{
    args::{Output, Users as Command},
    demo,
    one_machine::panel,
    output,
    place::{Place, environment},
};

/// For how long a link that is made here signs in.
const LINK: SignedDuration = SignedDuration::from_mins(30);

#[derive(Serialize)]
struct Shown {
    name: String,
    called: String,
    company: CompanyId,
    role: Role,
    has_password: bool,
    since: Timestamp,
}

/// A user, and how to come in.
#[derive(Serialize)]
struct Linked {
    #[serde(flatten)]
    user: Shown,
    link: String,
    link_expires: Timestamp,
}

pub(crate) async fn run(command: Command, settings: &Settings<'_>) -> anyhow::Result<()> {
    if environment(settings)?.is_some() {
        bail!("the panel runs on one machine so far; without HARK_ENV this command is about that");
    }
    let place = Place::open(settings)?;
    let users = Users::new(place.table.clone());
    match command {
        Command::Create { name, company, role, called, output } => {
            let called = called.unwrap_or_else(|| name.expose().to_owned());
            let user = User::new(name, called.into(), company, role, SystemClock.now());
            match users.create(&user).await {
                Ok(()) => link(&place, settings, &user, output).await,
                Err(TableError::Conflict) => bail!("there is a user of this name already"),
                Err(error) => Err(error.into()),
            }
        }
        Command::Link { name, output } => {
            link(&place, settings, &found(&users, &name).await?.user, output).await
        }
        Command::Password { name, output } => {
            let mut stored = found(&users, &name).await?;
            let password = Password::chosen(typed().await?)?;
            stored.user.password = password.hash(&SystemIds.random());
            stored.user.epoch = stored.user.epoch.saturating_add(1);
            users.save(&stored).await?;
            output::print(output.form(), &shown(&stored.user), |user| {
                format!("{} has a new password, and is signed out everywhere", user.name)
            })
        }
        Command::List { company, output } => {
            let all: Vec<Shown> = users.of(&company).await?.iter().map(shown).collect();
            output::print(output.form(), &all, |all| all.iter().map(line).collect::<Vec<_>>().join("\n"))
        }
        Command::Remove { name, output } => {
            let stored = found(&users, &name).await?;
            users.remove(&stored).await?;
            output::print(output.form(), &shown(&stored.user), |user| {
                format!("{} is removed, and signed out everywhere", user.name)
            })
        }
    }
}

async fn found(users: &Users, name: &UserName) -> anyhow::Result<StoredUser> {
    users.find(name).await?.context("there is no user of this name; `hark users list` shows them")
}

/// From standard input, so that it stands in no list of processes and no shell's history.
async fn typed() -> anyhow::Result<SecretString> {
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    let line = read.await?.context("the password is read from standard input")?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n'])))
}

async fn link(place: &Place, settings: &Settings<'_>, user: &User, output: Output) -> anyhow::Result<()> {
    let keys = place.keys().await?;
    let sign_in = panel::sign_in(place.table.clone(), keys.pepper(), std::sync::Arc::new(SystemClock));
    let port = settings.optional("HARK_PORT").unwrap_or_else(|| demo::PORT.to_owned());
    let base = settings.optional("PUBLIC_BASE_URL").unwrap_or_else(|| format!("http://127.0.0.1:{port}"));
    let link = sign_in.link(user, LINK);
    let linked = Linked {
        user: shown(user),
        link: address(&base, &link),
        link_expires: SystemClock.now().saturating_add(LINK).unwrap_or(Timestamp::MAX),
    };
    output::print(output.form(), &linked, |linked| {
        format!("{}\nsigns {} in for the next 30 minutes", linked.link, linked.user.name)
    })
}

/// The whole address of a link.
pub(crate) fn address(base: &str, link: &SecretString) -> String {
    format!("{}/panel/enter?link={}", base.trim_end_matches('/'), link.expose_secret())
}

fn shown(user: &User) -> Shown {
    Shown {
        name: user.name.expose().to_owned(),
        called: user.called.expose().clone(),
        company: user.company.clone(),
        role: user.role,
        has_password: user.password.is_some(),
        since: user.since,
    }
}

fn line(user: &Shown) -> String {
    let password = if user.has_password { "password" } else { "by link only" };
    format!("{}  {:6}  {}  {password}", user.name, user.role.as_str(), user.company)
}
