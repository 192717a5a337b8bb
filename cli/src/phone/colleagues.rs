//! What colleagues of the one who holds a phone have sent, and whether it was read to him: Hark's own "unread".

use std::sync::Arc;

use adapter_system::SystemClock;
use customer_lookup::CachedDirectory;
use jiff::SignedDuration;
use serde::Serialize;
use shared::{
    config::Settings,
    domain::{identity::Identity, tenant::TenantScope},
    ports::{clock::Clock, directory::CustomerDirectory},
    use_cases::unread::{ListedMessage, Unread},
};

use crate::place::{self, Place};

/// How many messages are shown at most.
const MOST: usize = 200;
/// How much of a message is shown, in characters.
const SHOWN: usize = 70;

/// A message of a colleague.
#[derive(Debug, Serialize)]
pub(super) struct Colleague {
    id: String,
    from: String,
    channel: shared::domain::identity::Channel,
    received_at: String,
    heard: bool,
    text: String,
}

/// Those of whoever has this identity, newest first. `None`: nobody known has it.
///
/// # Errors
/// When the place of the stores cannot be opened or read.
pub(super) async fn of(
    settings: &Settings<'_>,
    identity: &Identity,
) -> anyhow::Result<Option<Vec<Colleague>>> {
    let place = Place::open(settings)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let directory: Arc<dyn CustomerDirectory> = match place::environment(settings)? {
        Some(env) => place::lookup(env, settings)?,
        None => Arc::new(CachedDirectory::new(place.objects.clone(), clock.clone())),
    };
    let Some(person) = directory.find(identity).await? else { return Ok(None) };
    let days = settings.optional("HARK_UNREAD_DAYS").and_then(|days| days.parse().ok()).unwrap_or(7_u8);
    let within = SignedDuration::from_hours(24 * i64::from(days.clamp(1, 30)));
    let scope = TenantScope::of_customer(&person);
    let unread = Unread::new(&place.table);
    let listed = unread.list(&scope, &person.customer_id, (clock.now(), within), MOST).await?;
    Ok(Some(listed.into_iter().map(Colleague::from).collect()))
}

impl From<ListedMessage> for Colleague {
    fn from(listed: ListedMessage) -> Self {
        let message = listed.message;
        Self {
            id: message.id.to_string(),
            from: message.from.into_inner(),
            channel: message.channel,
            received_at: message.at.to_string(),
            heard: listed.heard,
            text: message.words.into_inner(),
        }
    }
}

/// One line for each, and how many are unread.
pub(super) fn shown(all: &[Colleague]) -> String {
    let unread = all.iter().filter(|one| !one.heard).count();
    let mut lines = vec![format!(
        "── from colleagues: {} of {} unread (read aloud by `hark phone call`)",
        unread,
        all.len()
    )];
    lines.extend(all.iter().map(|one| {
        let mark = if one.heard { "  heard" } else { "● unread" };
        let text: String = one.text.chars().take(SHOWN).collect();
        let rest = if one.text.chars().count() > SHOWN { "…" } else { "" };
        format!("{mark}  {} ({:?}): {text}{rest}", one.from, one.channel)
    }));
    lines.join("\n")
}
