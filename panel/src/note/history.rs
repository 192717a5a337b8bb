//! What was changed of a note's record, by whom, and in which words.

use futures::{StreamExt, TryStreamExt, stream};
use shared::{
    domain::{
        note::{Effect, Note},
        tenant::TenantScope,
        usage::Usage,
    },
    repositories::notes::NoteError,
};

use crate::{Deps, inbox::sender_of, page::rfc3339, texts::Texts};

/// Most changes that are shown, the newest of them.
const SHOWN: usize = 30;
/// How many are fetched at the same time.
const AT_ONCE: usize = 8;

/// A change as the page shows it.
pub(super) struct Change {
    pub(super) version: u32,
    pub(super) id: String,
    pub(super) at: String,
    pub(super) who: String,
    pub(super) what: &'static str,
    /// In its sender's words.
    pub(super) words: Option<String>,
    /// What was said before, and is now.
    pub(super) lines: Vec<(Option<String>, Option<String>)>,
}

/// The changes of a note, oldest first, and what all of them used.
pub(super) async fn of(
    deps: &Deps,
    scope: &TenantScope,
    note: &Note,
    t: &Texts,
) -> Result<(Vec<Change>, Usage), NoteError> {
    if note.revised().version == 0 {
        return Ok((Vec::new(), Usage::default()));
    }
    let mut made = deps.notes.changes_of(&note.message().id).await?;
    made.sort_by_key(|(_, version)| *version);
    let older = made.len().saturating_sub(SHOWN);
    let found = made.into_iter().skip(older).map(|(by, version)| async move {
        let change = deps.inbox.find(scope, &by).await?;
        Ok::<_, NoteError>(change.map(|change| (version, change)))
    });
    let found: Vec<_> = stream::iter(found).buffered(AT_ONCE).try_collect().await?;
    let found: Vec<(u32, Note)> = found.into_iter().flatten().collect();
    let used = found.iter().fold(Usage::default(), |used, (_, change)| used.plus(change.usage()));
    Ok((found.iter().filter_map(|(version, change)| shown(*version, change, t)).collect(), used))
}

fn shown(version: u32, by: &Note, t: &Texts) -> Option<Change> {
    let change = by.change()?;
    let lines = change.lines.iter().map(|line| {
        let said = |text: &Option<shared::domain::private::Private<String>>| {
            text.as_ref().map(|text| text.expose().clone())
        };
        (said(&line.was), said(&line.is))
    });
    let words = by.heard().map(|heard| heard.words.expose().clone()).filter(|words| !words.is_empty());
    Some(Change {
        version,
        id: by.message().id.to_string(),
        at: rfc3339(by.message().received_at),
        who: who(by),
        what: t.effect_of(&change.effect),
        words: words.filter(|_| !matches!(change.effect, Effect::Confirmed)),
        lines: lines.collect(),
    })
}

/// Whoever at the office asked for it, else its sender.
fn who(by: &Note) -> String {
    by.purpose().office().map_or_else(|| sender_of(by), |change| change.by.expose().to_owned())
}
