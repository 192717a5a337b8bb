//! What a record says otherwise than before, told in lines that people read.

use super::{
    analysis::{Analysis, Record},
    note::{ChangedLine, Understood},
};

/// Most lines of one change.
const MOST_LINES: usize = 50;

/// The lines in which two versions of a note's records differ: their action items; where those are the same, what they
/// are called and say in short; else everything.
#[must_use]
pub fn between(before: &Understood, after: &Understood) -> Vec<ChangedLine> {
    [items, short, all]
        .into_iter()
        .map(|of| lines(&texts(before, of), &texts(after, of)))
        .find(|lines| !lines.is_empty())
        .unwrap_or_default()
}

/// All lines in which two versions differ: what somebody at the office changed by hand is told whole.
#[must_use]
pub fn whole(before: &Understood, after: &Understood) -> Vec<ChangedLine> {
    lines(&texts(before, all), &texts(after, all))
}

fn texts(understood: &Understood, of: fn(&Record) -> Vec<&str>) -> Vec<&str> {
    understood.records().flat_map(|analysis: &Analysis| of(&analysis.record)).collect()
}

fn items(record: &Record) -> Vec<&str> {
    match record {
        Record::Job { action_items, .. } => action_items.iter().map(|item| item.text.as_str()).collect(),
        Record::Document { .. } | Record::Other { .. } => Vec::new(),
    }
}

fn short(record: &Record) -> Vec<&str> {
    match record {
        Record::Job { summary, .. } => vec![summary],
        Record::Document { title, summary, .. } => vec![title, summary],
        Record::Other { summary } => summary.iter().map(String::as_str).collect(),
    }
}

fn all(record: &Record) -> Vec<&str> {
    record.texts()
}

/// What stands in both is left out; the rest is told side by side, in its order.
fn lines(before: &[&str], after: &[&str]) -> Vec<ChangedLine> {
    let gone = without(before, after);
    let come = without(after, before);
    let private = |text: Option<&&str>| text.map(|text| (*text).to_owned().into());
    (0..gone.len().max(come.len()).min(MOST_LINES))
        .map(|n| ChangedLine { was: private(gone.get(n)), is: private(come.get(n)) })
        .collect()
}

/// Those of a list that another does not hold, each as often as it is missing there.
fn without<'a>(list: &[&'a str], other: &[&str]) -> Vec<&'a str> {
    let mut other = other.to_vec();
    let mut left = Vec::new();
    for text in list {
        match other.iter().position(|known| known == text) {
            Some(at) => drop(other.swap_remove(at)),
            None => left.push(*text),
        }
    }
    left
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::{domain::private::Private, testing::samples::job_draft};

    fn job(summary: &str, items: &[&str]) -> Understood {
        let words = format!("{} .", items.join(". "));
        let mut draft = job_draft("pipes", items);
        if let Some(job) = &mut draft.job {
            summary.clone_into(&mut job.summary);
        }
        let (analysis, further) = Analysis::all_of_draft(draft, &words).unwrap();
        Understood { analysis, further, model: None, prompt: None }
    }

    fn told(before: &Understood, after: &Understood) -> Vec<(Option<String>, Option<String>)> {
        let plain = |text: Option<Private<String>>| text.map(Private::into_inner);
        between(before, after).into_iter().map(|line| (plain(line.was), plain(line.is))).collect()
    }

    #[test]
    fn items_are_told_side_by_side_and_summaries_only_where_no_item_differs() {
        let some = |text: &str| Some(text.to_owned());
        let before = job("Pipes for Miller", &["Order two pipes", "Call Mrs Miller"]);
        let after = job("Pipes for Müller", &["Order two pipes", "Call Mrs Müller", "Bring a pump"]);
        assert_eq!(
            told(&before, &after),
            [(some("Call Mrs Miller"), some("Call Mrs Müller")), (None, some("Bring a pump"))]
        );
        let renamed = job("Pipes for Müller", &["Order two pipes", "Call Mrs Miller"]);
        assert_eq!(told(&before, &renamed), [(some("Pipes for Miller"), some("Pipes for Müller"))]);
        assert_eq!(told(&before, &before), []);
    }
}
