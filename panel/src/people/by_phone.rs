//! What a person has heard on the phone of what colleagues sent lately. It stands under the thread and not in it: in it are
//! the person's own messages, and those nobody reads out to himself.

use jiff::SignedDuration;
use shared::{domain::ids::CustomerId, repositories::notes::NoteError};

use crate::{Deps, caller::Caller, inbox::beginning, page::rfc3339};

/// Messages that are shown, the newest.
const SHOWN: usize = 10;
/// How old they are at most: marks of what was heard are kept for longer.
const WITHIN: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A message of a colleague.
pub(super) struct Message {
    pub(super) at: String,
    pub(super) who: String,
    pub(super) words: String,
    pub(super) note: String,
    pub(super) heard: bool,
}

/// The newest that the person could hear. Of somebody who has heard nothing there are none: nobody calls who does not want to.
pub(super) async fn of<N>(
    deps: &Deps,
    caller: &Caller<N>,
    person: &CustomerId,
) -> Result<Vec<Message>, NoteError> {
    let when = (deps.clock.now(), WITHIN);
    let listed = deps.unread.newest(&caller.who.scope, person, when, SHOWN).await?;
    let messages = listed.into_iter().map(|listed| Message {
        at: rfc3339(listed.message.at),
        who: listed.message.from.into_inner(),
        words: beginning(listed.message.words.expose()),
        note: listed.message.id.to_string(),
        heard: listed.heard,
    });
    Ok(messages.collect())
}
