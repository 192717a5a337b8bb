//! `hark users`: who may use the panel, of one machine or of the stack that `HARK_ENV` names.

use adapter_system::{SystemClock, SystemIds};
use anyhow::{Context, anyhow, bail};
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
    let place = Place::open(settings)?;
    let users = Users::new(place.table.clone());
    match command {
        Command::Create { name, company, role, called, output } => {
            // Before there is a user who could not come in.
            let panel = panel_url(settings)?;
            let called = called.unwrap_or_else(|| name.expose().to_owned());
            let user = User::new(name, called.into(), company, role, SystemClock.now());
            match users.create(&user).await {
                Ok(()) => link(&place, &panel, &user, output).await,
                Err(TableError::Conflict) => bail!("there is a user of this name already"),
                Err(error) => Err(error.into()),
            }
        }
        Command::Link { name, output } => {
            let panel = panel_url(settings)?;
            link(&place, &panel, &found(&users, &name).await?.user, output).await
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

/// Where browsers find the panel.
fn panel_url(settings: &Settings<'_>) -> anyhow::Result<String> {
    if let Some(env) = environment(settings)? {
        let told = settings.optional("PANEL_URL");
        return told.ok_or_else(|| no_panel_url(env));
    }
    let port = settings.optional("HARK_PORT").unwrap_or_else(|| demo::PORT.to_owned());
    let base = settings.optional("PUBLIC_BASE_URL").unwrap_or_else(|| format!("http://127.0.0.1:{port}"));
    Ok(below(&base))
}

fn no_panel_url(env: &str) -> anyhow::Error {
    let printed = match env {
        "local" => "`make dev-stack` writes it to target/dev-stack.env".to_owned(),
        _ => format!("`make stack-env ENV={env}` prints it"),
    };
    anyhow!("PANEL_URL is not set, and a link begins with it: {printed}")
}

async fn link(place: &Place, panel_url: &str, user: &User, output: Output) -> anyhow::Result<()> {
    let keys = place.keys().await?;
    let sign_in = panel::sign_in(place.table.clone(), keys.pepper(), std::sync::Arc::new(SystemClock));
    let link = sign_in.link(user, LINK);
    let linked = Linked {
        user: shown(user),
        link: address(panel_url, &link),
        link_expires: SystemClock.now().saturating_add(LINK).unwrap_or(Timestamp::MAX),
    };
    output::print(output.form(), &linked, |linked| {
        format!("{}\nsigns {} in for the next 30 minutes", linked.link, linked.user.name)
    })
}

/// The address of the panel that one machine serves at this base.
pub(crate) fn below(base: &str) -> String {
    format!("{}/panel", base.trim_end_matches('/'))
}

/// The whole address of a link into the panel that is found there.
pub(crate) fn address(panel_url: &str, link: &SecretString) -> String {
    format!("{}/enter?link={}", panel_url.trim_end_matches('/'), link.expose_secret())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &'static [(&str, &str)]) -> anyhow::Result<String> {
        let known = |name: &str| pairs.iter().find(|(known, _)| *known == name);
        panel_url(&Settings::new(|name| known(name).map(|(_, value)| (*value).to_owned())))
    }

    #[test]
    fn a_link_leads_to_the_panel_of_the_machine_or_of_the_stack() {
        assert_eq!(with(&[]).unwrap(), format!("http://127.0.0.1:{}/panel", demo::PORT));
        assert_eq!(with(&[("HARK_PORT", "9000")]).unwrap(), "http://127.0.0.1:9000/panel");
        let public = with(&[("PUBLIC_BASE_URL", "https://hark.example/")]).unwrap();
        assert_eq!(public, "https://hark.example/panel");
        let stack = with(&[("HARK_ENV", "dev"), ("PANEL_URL", "https://panel.example/panel")]).unwrap();
        assert_eq!(stack, "https://panel.example/panel");
        let link = address("https://panel.example/panel", &SecretString::from("abc"));
        assert_eq!(link, "https://panel.example/panel/enter?link=abc");
    }

    #[test]
    fn a_stack_that_does_not_say_where_its_panel_is_says_that_it_does_not() {
        // Where the machine is found has nothing to do with it.
        let told = with(&[("HARK_ENV", "dev"), ("PUBLIC_BASE_URL", "https://hark.example")]).unwrap_err();
        assert!(told.to_string().contains("PANEL_URL is not set"), "{told}");
        assert!(told.to_string().contains("make stack-env ENV=dev"), "{told}");
        let local = with(&[("HARK_ENV", "local")]).unwrap_err().to_string();
        assert!(local.contains("target/dev-stack.env"), "{local}");
    }
}
