//! What a person has not heard yet: the messages of the other known people of the company, and the jobs that nobody has
//! done. What a person has read in an app of his own is not known to Hark.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::{
    domain::{
        analysis::Record,
        call::{OpenJob, Overview, UnreadMessage},
        client_state::Status,
        digest::{Digest, Kind, is_spoken},
        ids::{CustomerId, MessageId},
        intent::Intent,
        language::Language,
        media::MediaRole,
        note::{Note, Stage, StoredMedia},
        private::Private,
        tenant::TenantScope,
        text::{clean, truncate_chars},
    },
    ports::table::TableStore,
    repositories::{
        heard::HeardMarks,
        inbox::{Inbox, MAX_LISTED, Sought},
        notes::NoteError,
        records::{Filter, Listed, Records},
    },
};

/// Most messages of one call.
pub const MOST_MESSAGES: usize = 30;
/// Most jobs of one call.
pub const MOST_JOBS: usize = 10;
/// Longest text of a message that is read out, in characters: some four minutes.
const LONGEST: usize = 3_000;
/// Most messages of the time that are gone through.
const LOOKED_AT: usize = 10_000;
/// Most that the messages of one call hold, in bytes: they are one item of a table.
const MOST_BYTES: usize = 200 * 1_024;
/// How many notes are looked at for the newest ones.
const LOOKED_AT_FOR_NEWEST: usize = 100;
/// How many of a company's open jobs are gone through.
const PAGES_OF_JOBS: usize = 5;

/// A message of a colleague, and whether it was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedMessage {
    /// The message.
    pub message: UnreadMessage,
    /// Whether the person has heard it.
    pub heard: bool,
}

/// What people have not heard.
#[derive(Clone)]
pub struct Unread {
    inbox: Inbox,
    records: Records,
    marks: HeardMarks,
}

impl Unread {
    /// In this table.
    #[must_use]
    pub fn new(table: &Arc<dyn TableStore>) -> Self {
        Self {
            inbox: Inbox::new(table.clone()),
            records: Records::new(table.clone()),
            marks: HeardMarks::new(table.clone()),
        }
    }

    /// The messages of this person's colleagues of the time `within`, newest first, at most so many, and whether each was
    /// heard.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn list(
        &self,
        scope: &TenantScope,
        person: &CustomerId,
        (now, within): (Timestamp, SignedDuration),
        most: usize,
    ) -> Result<Vec<ListedMessage>, NoteError> {
        let since = now.saturating_sub(within).unwrap_or(Timestamp::MIN);
        let heard = self.marks.since(scope, person, since).await?;
        let (ids, _) = self.of_colleagues(scope, person, now, since).await?;
        let mut listed = Vec::new();
        for id in ids.iter().take(most) {
            if let Some(message) = self.readable(scope, id).await? {
                listed.push(ListedMessage { heard: heard.contains(id), message });
            }
        }
        Ok(listed)
    }

    /// The newest messages of this person's colleagues of the time `within`, at most so many (1 to [`MAX_LISTED`]), and
    /// whether each was heard; none of somebody who has heard nothing of late. Looks at few notes: what is rare is missing.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn newest(
        &self,
        scope: &TenantScope,
        person: &CustomerId,
        (now, within): (Timestamp, SignedDuration),
        most: usize,
    ) -> Result<Vec<ListedMessage>, NoteError> {
        if !self.marks.any(scope, person).await? {
            return Ok(Vec::new());
        }
        let since = now.saturating_sub(within).unwrap_or(Timestamp::MIN);
        let sought = OfColleagues { person, since };
        let most = most.min(MAX_LISTED);
        let page = self.inbox.list(scope, None, most, LOOKED_AT_FOR_NEWEST, &sought).await?;
        let Some(oldest) = page.notes.last() else { return Ok(Vec::new()) };
        let heard = self.marks.since(scope, person, oldest.message().received_at).await?;
        let listed = page.notes.iter().map(message_of);
        Ok(listed.map(|message| ListedMessage { heard: heard.contains(&message.id), message }).collect())
    }

    /// What this person is told when he calls: the oldest of what was not heard first, so that nothing grows old unheard.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn overview(
        &self,
        scope: &TenantScope,
        person: &CustomerId,
        now: Timestamp,
        within: SignedDuration,
    ) -> Result<Overview, NoteError> {
        let since = now.saturating_sub(within).unwrap_or(Timestamp::MIN);
        let heard = self.marks.since(scope, person, since).await?;
        let (ids, cut) = self.of_colleagues(scope, person, now, since).await?;
        let (mut messages, mut bytes, mut more) = (Vec::new(), 0, cut);
        for id in ids.iter().rev().filter(|id| !heard.contains(id)) {
            let Some(message) = self.readable(scope, id).await? else { continue };
            bytes += message.words.expose().len();
            if messages.len() == MOST_MESSAGES || bytes > MOST_BYTES {
                more = true;
                break;
            }
            messages.push(message);
        }
        let (jobs, more_jobs) = self.open_jobs(scope).await?;
        Ok(Overview { messages, more, jobs, more_jobs })
    }

    /// The ids of what colleagues sent, newest first, and whether there is more.
    async fn of_colleagues(
        &self,
        scope: &TenantScope,
        person: &CustomerId,
        now: Timestamp,
        since: Timestamp,
    ) -> Result<(Vec<MessageId>, bool), NoteError> {
        let mut ids = Vec::new();
        // The end of the span is not in it, and clocks differ.
        let until = now.saturating_add(SignedDuration::from_mins(5)).unwrap_or(now);
        let counted = self.inbox.digests(scope, since..until, LOOKED_AT, |listed| {
            if is_of_colleague(&listed.digest, person) {
                ids.push(listed.id);
            }
        });
        let counted = counted.await?;
        Ok((ids, counted.cut))
    }

    /// A message, if there is something to read of it yet.
    async fn readable(
        &self,
        scope: &TenantScope,
        id: &MessageId,
    ) -> Result<Option<UnreadMessage>, NoteError> {
        let note = self.inbox.find(scope, id).await?;
        Ok(note.filter(|note| can_be_read(note) && !note.revised().withdrawn).as_ref().map(message_of))
    }

    /// A person has heard a message of an overview.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn heard(
        &self,
        scope: &TenantScope,
        person: &CustomerId,
        message: &UnreadMessage,
        now: Timestamp,
    ) -> Result<(), NoteError> {
        Ok(self.marks.mark(scope, person, &message.id, message.at, now).await?)
    }

    /// A person wants a message to stay unread after all.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn stays_unread(
        &self,
        scope: &TenantScope,
        person: &CustomerId,
        message: &UnreadMessage,
    ) -> Result<(), NoteError> {
        Ok(self.marks.unmark(scope, person, &message.id, message.at).await?)
    }

    /// A message of the company, to answer its sender. `None`: it is not there, or another company's.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn find(&self, scope: &TenantScope, id: &MessageId) -> Result<Option<Note>, NoteError> {
        self.inbox.find(scope, id).await
    }

    async fn open_jobs(&self, scope: &TenantScope) -> Result<(Vec<OpenJob>, bool), NoteError> {
        let filter = Filter { intent: Some(Intent::JobToBeDone), ..Filter::default() };
        let (mut jobs, mut after) = (Vec::new(), None);
        for _ in 0..PAGES_OF_JOBS {
            let page = self.records.list(scope, &filter, after, MOST_JOBS * 2).await?;
            for listed in page.records.iter().filter(|listed| is_open(listed)) {
                if jobs.len() == MOST_JOBS {
                    return Ok((jobs, true));
                }
                jobs.extend(job_of(listed));
            }
            after = match page.next {
                Some(next) => Some(next),
                None => return Ok((jobs, false)),
            };
        }
        Ok((jobs, true))
    }
}

/// What a person's colleagues sent since.
struct OfColleagues<'a> {
    person: &'a CustomerId,
    since: Timestamp,
}

impl Sought for OfColleagues<'_> {
    fn may_be(&self, digest: &Digest) -> bool {
        is_of_colleague(digest, self.person)
    }

    fn is(&self, note: &Note) -> bool {
        let is_new = note.message().received_at >= self.since;
        is_new && is_of_colleague(&Digest::of(note), self.person) && can_be_read(note)
    }
}

/// Whether a message is read out to a person. What is wrong with a record is said to Hark, and not to colleagues.
fn is_of_colleague(digest: &Digest, person: &CustomerId) -> bool {
    let is_message = matches!(digest.kind, Kind::Note | Kind::Addition);
    is_message && digest.sender != *person && !digest.withdrawn
}

fn is_open(listed: &Listed) -> bool {
    listed.state.status(listed.note.revised()) != Status::Done
}

fn job_of(listed: &Listed) -> Option<OpenJob> {
    let part = usize::from(listed.record.part()).checked_sub(1)?;
    match &listed.note.understood()?.records().nth(part)?.record {
        Record::Job { summary, action_items, .. } => Some(OpenJob {
            summary: summary.clone().into(),
            items: action_items.iter().map(|item| item.text.clone().into()).collect(),
        }),
        Record::Document { .. } | Record::Other { .. } => None,
    }
}

/// Whether there is something to read yet: words, files, or a recording of which nobody knows what was said. One in which
/// there is nothing to be heard is none: its sender was told so.
fn can_be_read(note: &Note) -> bool {
    let words = note.heard().map_or(&note.message().text, |heard| &heard.words);
    let is_told = !words.expose().trim().is_empty() || carries_files(note);
    is_told || (note.is_finished() && note.stage() != Stage::Unheard && is_unheard(note))
}

fn carries_files(note: &Note) -> bool {
    note.media()
        .iter()
        .any(|media| matches!(media, StoredMedia::Kept { role: MediaRole::Image | MediaRole::Document, .. }))
}

/// Whether it was spoken, and nobody knows what was said in it, or not all.
fn is_unheard(note: &Note) -> bool {
    let has_words = note.heard().is_some_and(|heard| !heard.words.expose().trim().is_empty());
    !has_words && is_spoken(note)
}

fn message_of(note: &Note) -> UnreadMessage {
    let message = note.message();
    let words = note.heard().map_or(&message.text, |heard| &heard.words);
    let words = clean(words.expose());
    let words = truncate_chars(words.trim(), LONGEST).to_owned();
    UnreadMessage {
        id: message.id.clone(),
        from: note.sender().called().to_owned().into(),
        channel: message.from.channel(),
        at: message.received_at,
        language: Language::of_text(&words).unwrap_or_else(|| note.language()),
        words: Private::new(words),
        carries_files: carries_files(note),
        is_unheard: is_unheard(note),
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
