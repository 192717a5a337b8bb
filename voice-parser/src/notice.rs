//! "I am working on it": told once to the sender of a note that takes long, beside the work and never after its
//! answer.

use std::{future::Future, sync::Arc, time::Duration};

use shared::{
    domain::{ids::MessageId, note::Note, private::Private, reply},
    ports::messenger::OutboundMessage,
};
use tokio::sync::{Mutex, MutexGuard};
use tracing::warn;

use crate::{deps::Deps, steps::answer::is_taken_over};

/// A note that comes back after a long wait is often done at once; then a notice would only disturb.
const AT_LEAST: Duration = Duration::from_secs(2);

/// Whose turn it is to speak to the sender. The answer waits for a notice that has begun, and a notice that has
/// not begun is left out once the answer has.
#[derive(Clone, Default)]
pub(crate) struct Turn(Arc<Mutex<bool>>);

impl Turn {
    /// The answer takes its turn, for as long as the guard lives; from now on no notice is given.
    pub(crate) async fn answer(&self) -> MutexGuard<'_, bool> {
        let mut answering = self.0.lock().await;
        *answering = true;
        answering
    }
}

/// How old a note is.
fn age(deps: &Deps, note: &Note) -> Duration {
    Duration::try_from(deps.clock.now().duration_since(note.message().received_at)).unwrap_or_default()
}

/// How long from now on a note may take before its sender is told.
pub(crate) fn patience(deps: &Deps, note: &Note) -> Duration {
    deps.settings.notice_after.saturating_sub(age(deps, note)).max(AT_LEAST)
}

/// Whether a note that comes back after this wait has taken long by then.
pub(crate) fn will_take_long(deps: &Deps, note: &Note, wait: Duration) -> bool {
    age(deps, note).saturating_add(wait) >= deps.settings.notice_after
}

/// Tells the sender, once in the note's life and once tried: a notice is worth nothing later.
pub(crate) async fn tell(deps: &Deps, id: &MessageId, turn: &Turn) {
    let answering = turn.0.lock().await;
    if *answering {
        return;
    }
    match deps.notes.claim_once(id, "working_on_it").await {
        Ok(true) => send(deps, id).await,
        Ok(false) => {}
        Err(error) => warn!(message.id = %id, %error, "The notice for note `{id}` could not be claimed"),
    }
}

async fn send(deps: &Deps, id: &MessageId) {
    // Read anew: by now more may be known of it, such as its language.
    let note = match deps.notes.find(id).await {
        Ok(Some(note)) => note,
        Ok(None) => return,
        Err(error) => return warn!(message.id = %id, %error, "The notice for note `{id}` was not sent"),
    };
    // It is nothing that its sender waits for.
    if note.purpose().is_ordered() || !matches!(is_taken_over(deps, &note).await, Ok(false)) {
        return;
    }
    let message = OutboundMessage {
        to: note.message().from.clone(),
        from: note.message().to.clone(),
        body: Private::new(reply::working_on_it(note.language()).to_owned()),
        choices: None,
        about: None,
        media: None,
        template: false,
    };
    if let Err(error) = deps.messenger.send(&message).await {
        warn!(message.id = %id, %error, "The notice for note `{id}` was not sent");
    }
}

/// Does the work; when it takes longer than `patience`, gives the notice beside it.
pub(crate) async fn alongside<T>(
    work: impl Future<Output = T>,
    patience: Duration,
    notice: impl Future<Output = ()>,
) -> T {
    tokio::pin!(work);
    tokio::select! {
        biased;
        result = &mut work => return result,
        () = tokio::time::sleep(patience) => {}
    }
    tokio::join!(work, notice).0
}
