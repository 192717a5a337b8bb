//! Files to notes.

use std::collections::HashMap;

use serde::Serialize;
use shared::domain::{
    ids::MessageId,
    object_key::{Artifact, KeyPrefix, Place},
    tenant::TenantScope,
};

/// A note as `/files/list` shows it in the format `ids`.
#[derive(Debug, Serialize)]
pub(super) struct NoteDto {
    message_id: String,
    tag: String,
    file_count: usize,
}

/// Notes in the order in which their first files came. Files of further records count to their note.
#[derive(Default)]
pub(super) struct Grouping {
    notes: Vec<NoteDto>,
    places: HashMap<(Place, MessageId), usize>,
    open: String,
}

impl Grouping {
    /// Counts a file. Must be called in the order of the keys.
    pub(super) fn add(&mut self, scope: &TenantScope, artifact: Artifact) {
        let message = artifact.record.message().clone();
        let prefix = KeyPrefix::note(scope, &artifact.place, &message);
        self.extend_open(prefix.as_str());
        let tag = artifact.place.tag.as_str().to_owned();
        let at = *self.places.entry((artifact.place, message)).or_insert_with_key(|(_, message)| {
            self.notes.push(NoteDto { message_id: message.as_str().to_owned(), tag, file_count: 0 });
            self.notes.len() - 1
        });
        if let Some(note) = self.notes.get_mut(at) {
            note.file_count += 1;
        }
    }

    /// Whether no note met so far can have a file at `key` or behind it.
    ///
    /// All keys of a note begin with its name, `{tag}_{message_id}`, and keys with a common beginning
    /// stand together. Where one id is the beginning of another (`test_1`, `test_10`) the files of both
    /// may stand mixed; so the shortest of such names is what must be over.
    pub(super) fn is_complete_before(&self, key: &str) -> bool {
        self.open.is_empty() || !key.starts_with(&self.open)
    }

    pub(super) fn into_notes(self) -> Vec<NoteDto> {
        self.notes
    }

    fn extend_open(&mut self, name: &str) {
        // A longer name than the open one lies within it. A shorter one, met later, holds it.
        if !name.starts_with(&self.open) || self.open.is_empty() {
            name.clone_into(&mut self.open);
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::{domain::object_key::ObjectKey, testing::samples};

    use super::*;

    fn grouped(keys: &[&str]) -> (Vec<(String, usize)>, Vec<bool>) {
        let scope = TenantScope::of_customer(&samples::customer_of("acme"));
        let mut keys: Vec<String> = keys.iter().map(|key| format!("acme/other/{key}")).collect();
        keys.sort();
        let mut grouping = Grouping::default();
        let mut cuts = Vec::new();
        for key in &keys {
            cuts.push(grouping.is_complete_before(key));
            grouping.add(&scope, ObjectKey::artifact_in(&scope, key).unwrap().1);
        }
        let notes =
            grouping.into_notes().into_iter().map(|note| (note.message_id, note.file_count)).collect();
        (notes, cuts)
    }

    #[test]
    fn notes_whose_ids_begin_alike_are_never_cut_apart() {
        let (notes, cuts) = grouped(&[
            "a_test_1-2_record.json",
            "a_test_10_audio.ogg",
            "a_test_10_full_text.txt",
            "a_test_1_a_audio.ogg",
            "a_test_1_audio.ogg",
            "a_test_1_b_audio.ogg",
            "a_test_1_full_text.txt",
            "a_test_2_audio.ogg",
        ]);
        let expected = [("test_1", 3), ("test_10", 2), ("test_1_a", 1), ("test_1_b", 1), ("test_2", 1)];
        assert_eq!(notes, expected.map(|(id, count)| (id.to_owned(), count)));
        assert_eq!(cuts, [true, false, false, false, false, false, false, true]);
    }

    #[test]
    fn a_longer_id_that_comes_first_hides_no_later_file_of_the_shorter_one() {
        let (notes, cuts) =
            grouped(&["a_test_1_a_audio.ogg", "a_test_1_audio.ogg", "a_test_1_full_text.txt"]);
        assert_eq!(notes, [("test_1_a".to_owned(), 1), ("test_1".to_owned(), 2)]);
        assert_eq!(cuts, [true, false, false]);
    }

    #[test]
    fn j_older_summaries_count_to_their_note() {
        let (notes, _) = grouped(&["a_SM123456.text_summary.txt", "a_SM123456_audio.ogg"]);
        assert_eq!(notes, [("SM123456".to_owned(), 2)]);
    }
}
