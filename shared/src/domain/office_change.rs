//! What somebody at the office changes of a record: it goes the same way as what its sender changes, as a message of its
//! own, so that it is made once, kept in the record's history and told to client apps like any other change.

use serde::{Deserialize, Serialize};

use super::{
    analysis::Record,
    ids::MessageId,
    note::{Effect, Understood},
    user::UserName,
};

/// A change that somebody at the office asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeChange {
    /// The note whose record it is about.
    pub of: MessageId,
    /// The version of the record that whoever asked for it has seen: another one is not changed by it.
    pub base: u32,
    /// Who asked for it.
    pub by: UserName,
    /// What is to be done.
    pub edit: OfficeEdit,
    /// Whether the note's sender is told of it.
    pub told: bool,
}

/// What is to be done with a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfficeEdit {
    /// Its note's records say this from now on, in their order. Further ones stay as they are.
    Records(Vec<Record>),
    /// It goes out of sight.
    Withdrawn,
    /// It comes back.
    Restored,
    /// Its recordings are heard once more, and what is heard is understood anew.
    HeardAgain,
    /// Its words are understood anew.
    UnderstoodAgain,
    /// Its files are put where they belong once more.
    FiledAgain,
}

impl OfficeEdit {
    /// What it does to what the note was understood as. `None`: a model has to be asked first.
    #[must_use]
    pub fn effect(&self, before: &Understood) -> Option<Effect> {
        match self {
            Self::Records(records) => {
                let mut after = before.clone();
                let analyses = std::iter::once(&mut after.analysis).chain(&mut after.further);
                for (analysis, record) in analyses.zip(records) {
                    analysis.record = record.clone();
                    // Whatever a model had made or not made of it: now a person has.
                    (analysis.fallback, analysis.items_dropped) = (None, 0);
                }
                Some(Effect::Corrected(Box::new(after)))
            }
            Self::Withdrawn => Some(Effect::Withdrawn),
            Self::Restored => Some(Effect::Restored),
            Self::FiledAgain => Some(Effect::Corrected(Box::new(before.clone()))),
            Self::HeardAgain | Self::UnderstoodAgain => None,
        }
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::{domain::note::Understood, testing::filing::job};

    fn two() -> Understood {
        let (analysis, further) = (job("tap", "Fix the tap"), vec![job("roof", "Mend the roof")]);
        Understood { analysis, further, model: None, prompt: None }
    }

    #[test]
    fn the_first_record_is_edited_and_the_second_stays() {
        let said = Record::Other { summary: Some("Nothing to do".to_owned()) };
        let effect = OfficeEdit::Records(vec![said.clone()]).effect(&two());
        let Some(Effect::Corrected(after)) = effect else { panic!("{effect:?}") };
        assert_eq!((&after.analysis.record, &after.further), (&said, &two().further));
        assert_eq!(after.analysis.tag, two().analysis.tag, "its files keep their name");
    }

    #[test]
    fn records_beyond_those_that_there_are_make_none() {
        let said = Record::Other { summary: None };
        let effect = OfficeEdit::Records(vec![said; 5]).effect(&two());
        let Some(Effect::Corrected(after)) = effect else { panic!("{effect:?}") };
        assert_eq!(after.further.len(), 1);
    }

    #[test]
    fn what_a_model_has_to_say_is_no_effect_yet() {
        assert_eq!(OfficeEdit::HeardAgain.effect(&two()), None);
        assert_eq!(OfficeEdit::UnderstoodAgain.effect(&two()), None);
        assert_eq!(OfficeEdit::FiledAgain.effect(&two()), Some(Effect::Corrected(Box::new(two()))));
    }

    #[test]
    fn it_is_stored_in_words_that_stay() {
        let change = OfficeChange {
            of: MessageId::parse("SM000001").unwrap(),
            base: 2,
            by: UserName::parse("anna").unwrap(),
            edit: OfficeEdit::Withdrawn,
            told: true,
        };
        let stored = r#"{"of":"SM000001","base":2,"by":"anna","edit":"withdrawn","told":true}"#;
        assert_eq!(serde_json::to_string(&change).unwrap(), stored);
        assert_eq!(serde_json::from_str::<OfficeChange>(stored).unwrap(), change);
    }
}
