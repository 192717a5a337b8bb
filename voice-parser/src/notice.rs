//! "I am working on it": told once to the sender of a note that takes long, beside the work and never
//! instead of it.

use std::{future::Future, time::Duration};

use shared::{
    domain::{note::Note, private::Private, reply},
    ports::messenger::OutboundMessage,
};
use tracing::warn;

use crate::deps::Deps;

/// A note that comes back after a long wait is often done at once; then a notice would only disturb.
const AT_LEAST: Duration = Duration::from_secs(2);

/// How long from now on a note may take before its sender is told.
pub(crate) fn patience(deps: &Deps, note: &Note) -> Duration {
    let age = deps.clock.now().duration_since(note.message().received_at);
    let age = Duration::try_from(age).unwrap_or_default();
    deps.settings.notice_after.saturating_sub(age).max(AT_LEAST)
}

/// Tells the sender, once in the note's life and once tried: a notice is worth nothing later.
pub(crate) fn tell(deps: &Deps, note: &Note) -> impl Future<Output = ()> + use<> {
    let deps = deps.clone();
    let id = note.message().id.clone();
    let message = OutboundMessage {
        to: note.message().from.clone(),
        from: note.message().to.clone(),
        body: Private::new(reply::working_on_it(note.language()).to_owned()),
    };
    async move {
        match deps.notes.claim_once(&id, "working_on_it").await {
            Ok(true) => {
                if let Err(error) = deps.messenger.send(&message).await {
                    warn!(message.id = %id, %error, "The notice for note `{id}` was not sent");
                }
            }
            Ok(false) => {}
            Err(error) => warn!(message.id = %id, %error, "The notice for note `{id}` could not be claimed"),
        }
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
