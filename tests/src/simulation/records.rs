//! Whether what lies in the stores is what the stored notes say: each note's files at its place and nowhere else, with
//! the bytes that follow from it; withdrawn ones out of sight; each change made once; nothing claimed any more.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::domain::{
    artifacts::{self, PlannedFile, Source},
    note::{Effect, Note, Stage},
    object_key::{Artifact, ObjectKey},
};

use super::world::World;

/// The notes of a run by their messages' ids.
pub(super) type Notes = BTreeMap<String, Note>;

/// What of it does not hold, in words.
pub(super) fn faults(world: &World, notes: &Notes, now: Timestamp) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, note) in notes {
        if note.lease.as_ref().is_some_and(|lease| lease.until > now) {
            faults.push(format!("{id} is still claimed"));
        }
        faults.extend(changes(world, id, note));
        faults.extend(made(world, id, note, notes));
        faults.extend(files(world, id, note));
    }
    faults.extend(world.objects.keys().iter().filter_map(|key| astray(key, notes)));
    faults
}

/// An item that stands beside a note in the table.
fn beside(world: &World, id: &str, what: &str) -> Option<String> {
    let partition = format!("note#{id}");
    let mut items = world.table.items().into_iter();
    items.find(|item| item.key.partition == partition && item.key.sort == what).map(|item| item.body)
}

/// A note's version is the number of its changes.
fn changes(world: &World, id: &str, note: &Note) -> Option<String> {
    let partition = format!("note#{id}");
    let items = world.table.items();
    let is_change = |sort: &str| sort.starts_with("change#");
    let made =
        items.iter().filter(|item| item.key.partition == partition && is_change(&item.key.sort)).count();
    let version = note.revised().version;
    (u32::try_from(made).ok() != Some(version)).then(|| format!("{id} was changed {made} times to {version}"))
}

/// A change that its sender was told of was made, and as it was planned.
fn made(world: &World, id: &str, note: &Note, notes: &Notes) -> Option<String> {
    let change = note.change().filter(|_| note.stage() == Stage::Done)?;
    let of = change.of.as_str();
    let version = beside(world, of, &format!("change#{id}"));
    let Some(version) = version else {
        return change.effect.touches_record().then(|| format!("the change {id} of {of} was not made"));
    };
    let Effect::Corrected(planned) = &change.effect else { return None };
    let number: u32 = version.parse().unwrap_or_default();
    let after = beside(world, of, &format!("version#{number:06}"));
    let after: Option<Note> = after.and_then(|body| serde_json::from_str(&body).ok());
    let after = after.as_ref().or_else(|| notes.get(of))?;
    let is_as_planned = after.understood() == Some(planned);
    (!is_as_planned).then(|| format!("the change {id} of {of} is not what was planned"))
}

/// The files of a note that has some of its own.
fn files(world: &World, id: &str, note: &Note) -> Vec<String> {
    if note.stage() != Stage::Done || note.understood().is_none() {
        return Vec::new();
    }
    let planned = artifacts::plan(note).unwrap_or_default();
    if note.revised().withdrawn {
        return withdrawn(world, id).into_iter().collect();
    }
    planned.iter().filter_map(|file| fault_of(world, file)).collect()
}

fn fault_of(world: &World, file: &PlannedFile) -> Option<String> {
    let key = file.key.as_str();
    let Some(bytes) = world.objects.bytes(key) else { return Some(format!("{key} is missing")) };
    let is_right = match &file.source {
        Source::Text(text) => bytes == text.as_bytes(),
        Source::Original { key, .. } => {
            world.objects.bytes(key.as_str()).is_some_and(|original| original == bytes)
        }
    };
    (!is_right).then(|| format!("{key} does not say what the note says"))
}

/// What was withdrawn lies out of sight, with its words and its record. That nothing of it is in sight is seen at the
/// files.
fn withdrawn(world: &World, id: &str) -> Option<String> {
    let keys = world.objects.keys();
    let lies = |end: &str| {
        let is_it =
            |key: &&String| key.starts_with(ObjectKey::WITHDRAWN) && key.contains(id) && key.ends_with(end);
        keys.iter().any(|key| is_it(&key))
    };
    let is_whole = ["_full_text.txt", "_record.json"].iter().all(|end| lies(end));
    (!is_whole).then(|| format!("{id} was withdrawn and is not kept"))
}

/// Whether a file lies where no note says.
fn astray(key: &str, notes: &Notes) -> Option<String> {
    let (is_withdrawn, seen) = match key.strip_prefix(ObjectKey::WITHDRAWN) {
        Some(rest) => (true, rest),
        None => (false, key),
    };
    if seen.starts_with('_') {
        return None;
    }
    let Some(artifact) = Artifact::parse(seen) else { return Some(format!("{key} is no artifact")) };
    let Some(note) = notes.get(artifact.record.message().as_str()) else {
        return Some(format!("{key} belongs to no note"));
    };
    let planned = artifacts::plan(note).unwrap_or_default();
    let is_planned = planned.iter().any(|file| file.key.as_str() == seen);
    let may_lie = match (is_withdrawn, note.revised().withdrawn) {
        // What it was when it was withdrawn may have been another place than the present one.
        (true, true) => true,
        (false, false) => is_planned,
        _ => false,
    };
    (!may_lie).then(|| format!("{key} lies where it does not belong"))
}
