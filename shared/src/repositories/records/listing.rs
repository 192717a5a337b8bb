//! Listing a company's records, newest first, by what is asked for.

use std::{collections::HashMap, future::ready, pin::pin};

use futures::{Stream, StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::Records;
use crate::{
    domain::{
        client_state::{ClientState, Status},
        ids::{CustomerId, MessageId, RecordId},
        intent::Intent,
        note::Note,
        object_key::Place,
        tag::Tag,
        tenant::TenantScope,
        text::folded,
    },
    ports::table::{Item, Order, SortRange},
    repositories::{notes::NoteError, record_index as index},
};

/// Most records in one page.
pub const MAX_LISTED: usize = 200;
/// How many notes are looked at together.
const LOOKED_AT: usize = 100;
/// How many notes a page looks at; what is asked for may be rare.
const MOST_LOOKED_AT: usize = 2_000;
/// How many notes are fetched at the same time.
const AT_ONCE: usize = 32;
/// Records of one note, and then some: how many states may lie between two notes.
const STATES_OF_A_NOTE: usize = 10;

/// Which records are asked for; each `None` lets all pass.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those of this intent.
    pub intent: Option<Intent>,
    /// Those of this status.
    pub status: Option<Status>,
    /// Those of this sender.
    pub sender: Option<CustomerId>,
    /// Those of this tag.
    pub tag: Option<Tag>,
    /// Those received at this time or later.
    pub since: Option<Timestamp>,
    /// Those received before this time.
    pub until: Option<Timestamp>,
    /// Those that say this, in any spelling of case and spaces.
    pub text: Option<String>,
    /// Those that were withdrawn too.
    pub withdrawn: bool,
}

/// Where a listing goes on: behind this record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    sort: String,
    part: u8,
}

impl Position {
    /// As text of letters, digits, `#` and `_`, for a cursor.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}#{}", self.sort, self.part)
    }

    /// Reads [`Position::to_text`].
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let (sort, part) = raw.rsplit_once('#')?;
        let is_key = sort.len() > 16 && sort.len() <= 128 && sort.is_ascii();
        Some(Self { sort: is_key.then(|| sort.to_owned())?, part: part.parse().ok()? })
    }
}

/// A record of a listing.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its note.
    pub note: Note,
    /// Which of the note's records it is.
    pub record: RecordId,
    /// What client apps wrote to it.
    pub state: ClientState,
}

/// A page of a listing.
#[derive(Debug)]
pub struct Page {
    /// Newest first; possibly fewer than asked for, or none, although there are more.
    pub records: Vec<Listed>,
    /// Where the next page begins; `None`: there are no more.
    pub next: Option<Position>,
}

/// A record that may be listed, before its note is fetched.
struct Candidate {
    place: Position,
    note: MessageId,
    record: RecordId,
    state: ClientState,
}

impl Records {
    /// A page of the company's records for which `filter` holds, newest first and then by id, behind `after`, at most
    /// `limit` (1 to [`MAX_LISTED`]).
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn list(
        &self,
        scope: &TenantScope,
        filter: &Filter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Page, NoteError> {
        let limit = limit.clamp(1, MAX_LISTED);
        let mut records = Vec::new();
        let mut behind = after;
        for _ in 0..MOST_LOOKED_AT / LOOKED_AT {
            let (candidates, last) = self.candidates(scope, filter, behind.as_ref()).await?;
            let mut fetched = pin!(self.fetched(scope, filter, candidates, limit));
            while let Some((place, listed)) = fetched.try_next().await? {
                records.push(listed);
                if records.len() == limit {
                    return Ok(Page { records, next: Some(place) });
                }
            }
            let Some(last) = last else { return Ok(Page { records, next: None }) };
            behind = Some(last);
        }
        Ok(Page { records, next: behind })
    }

    /// Records of the next notes that may be listed, and the last place that was looked at; `None`: it was the end.
    async fn candidates(
        &self,
        scope: &TenantScope,
        filter: &Filter,
        behind: Option<&Position>,
    ) -> Result<(Vec<Candidate>, Option<Position>), NoteError> {
        let newest = filter.until.map(|until| format!("{}~", index::newest_first(until)));
        // The note in the middle of which the last page ended is looked at again.
        let before =
            behind.map(|place| place.sort.get(..place.sort.len() - 1).unwrap_or_default().to_owned());
        let from = newest.max(before).unwrap_or_else(|| "#".to_owned());
        let range = SortRange::After(from);
        let table = &self.table;
        let (listed, states) = (index::partition(scope), index::state_partition(scope));
        let items = table.query(&listed, &range, Order::Ascending, LOOKED_AT + 1);
        let states = table.query(&states, &range, Order::Ascending, LOOKED_AT * STATES_OF_A_NOTE);
        let (items, states) = futures::future::try_join(items, states).await?;
        let is_end = items.len() <= LOOKED_AT;
        let oldest = filter.since.map(|since| format!("{}~", index::newest_first(since)));
        let is_past = |item: &Item| oldest.as_ref().is_some_and(|oldest| item.key.sort > *oldest);
        let ends_here = items.iter().any(is_past);
        let mut states: HashMap<String, ClientState> = read_states(&states)?;
        let mut candidates = Vec::new();
        let mut last = None;
        for item in items.iter().take_while(|item| !is_past(item)) {
            let entry = index::Entry::read(item)?;
            for (part, at) in (1..).zip(&entry.places) {
                let place = Position { sort: item.key.sort.clone(), part };
                let Some(record) = RecordId::of_part(entry.note.clone(), part) else { continue };
                if behind.is_some_and(|behind| (&place.sort, place.part) <= (&behind.sort, behind.part)) {
                    continue;
                }
                let state = states.remove(&state_sort(item, part)).unwrap_or_default();
                last = Some(place.clone());
                if filter.may_hold(&entry, at, &state) {
                    candidates.push(Candidate { place, note: entry.note.clone(), record, state });
                }
            }
        }
        let last = last.or_else(|| behind.cloned());
        Ok((candidates, last.filter(|_| !is_end && !ends_here)))
    }

    /// The candidates with their notes, one after the other; only as many are asked for ahead as are wanted.
    fn fetched<'a>(
        &'a self,
        scope: &'a TenantScope,
        filter: &Filter,
        candidates: Vec<Candidate>,
        wanted: usize,
    ) -> impl Stream<Item = Result<(Position, Listed), NoteError>> + 'a {
        let text = filter.text.as_deref().map(folded);
        let fetch = candidates.into_iter().map(async |Candidate { place, note, record, state }| {
            let note = self.of_note(scope.company(), &note).await?;
            Ok(note.map(|note| (place, Listed { note, record, state })))
        });
        stream::iter(fetch).buffered(AT_ONCE.min(wanted)).try_filter_map(move |fetched| {
            let says = |listed: &Listed| text.as_ref().is_none_or(|text| says(listed, text));
            ready(Ok(fetched.filter(|(_, listed)| says(listed))))
        })
    }
}

impl Filter {
    fn may_hold(&self, entry: &index::Entry, at: &Place, state: &ClientState) -> bool {
        (self.withdrawn || !entry.withdrawn)
            && self.intent.is_none_or(|intent| intent == at.intent)
            && self.tag.as_ref().is_none_or(|tag| *tag == at.tag)
            && self.sender.as_ref().is_none_or(|sender| *sender == entry.sender)
            && self.status.is_none_or(|status| status == state.status_of(entry.version, entry.confirmed))
    }
}

/// What a record says: its texts and its note's words.
fn says(listed: &Listed, wanted: &str) -> bool {
    let part = usize::from(listed.record.part().saturating_sub(1));
    let analysis = listed.note.understood().and_then(|understood| understood.records().nth(part));
    let texts = analysis.map(|analysis| analysis.record.texts()).unwrap_or_default();
    folded(&listed.note.words()).contains(wanted) || texts.iter().any(|text| folded(text).contains(wanted))
}

fn state_sort(item: &Item, part: u8) -> String {
    if part == 1 { item.key.sort.clone() } else { format!("{}-{part}", item.key.sort) }
}

fn read_states(items: &[Item]) -> Result<HashMap<String, ClientState>, NoteError> {
    let read = |item: &Item| Ok((item.key.sort.clone(), crate::repositories::one_item::decode(item)?));
    items.iter().map(read).collect()
}
