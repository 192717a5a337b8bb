//! A record as people edit it: four fields that every kind of record has a place for, so that it can become another kind
//! without anything being typed again.

use super::{
    analysis::{ActionItem, MAX_ITEM, MAX_ITEMS, MAX_SUMMARY, MAX_TITLE, Record},
    intent::Intent,
    replacement::likeness,
    text::{clean, truncate_chars},
};

/// The fields. What is too long is cut when it is read, at the limits of [`Record`].
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RecordForm {
    /// A job's summary, a document's title.
    pub title: String,
    /// What the job is, the document's summary, what the rest says.
    pub text: String,
    /// Where, for whom, why.
    pub context: String,
    /// What is to be done, one of each; those of a job only. An empty one is none.
    pub items: Vec<String>,
}

impl RecordForm {
    /// The fields of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        match record {
            Record::Job { summary, job, context, action_items } => Self {
                title: summary.clone(),
                text: job.clone(),
                context: context.clone().unwrap_or_default(),
                items: action_items.iter().map(|item| item.text.clone()).collect(),
            },
            Record::Document { title, summary, context } => Self {
                title: title.clone(),
                text: summary.clone(),
                context: context.clone().unwrap_or_default(),
                items: Vec::new(),
            },
            Record::Other { summary } => {
                Self { text: summary.clone().unwrap_or_default(), ..Self::default() }
            }
        }
    }

    /// Whether nothing of it would be cut.
    #[must_use]
    pub fn fits(&self, intent: Intent) -> bool {
        let title = if intent == Intent::KnowledgeDocument { MAX_TITLE } else { MAX_SUMMARY };
        let fits = |text: &str, max: usize| clean(text).trim().chars().count() <= max;
        let items = self.items.iter().filter(|item| !item.trim().is_empty());
        fits(&self.title, title)
            && fits(&self.text, MAX_SUMMARY)
            && fits(&self.context, MAX_SUMMARY)
            && (intent != Intent::JobToBeDone || items.clone().count() <= MAX_ITEMS)
            && (intent != Intent::JobToBeDone || items.clone().all(|item| fits(item, MAX_ITEM)))
    }

    /// The record that they make, as a record of this intent. Items keep the words that those in `before` were taken from
    /// of which they were made; new ones have none. `None`: a job and a document must say something.
    #[must_use]
    pub fn record(&self, intent: Intent, before: &Record) -> Option<Record> {
        let [title, text, context] = [&self.title, &self.text, &self.context].map(String::as_str);
        let context = Some(bounded(context, MAX_SUMMARY)).filter(|context| !context.is_empty());
        let [title, text] = [[title, text], [text, title]]
            .map(|[first, second]| if first.trim().is_empty() { second } else { first });
        let says_something = !clean(title).trim().is_empty();
        match intent {
            Intent::JobToBeDone => says_something.then(|| Record::Job {
                summary: bounded(title, MAX_SUMMARY),
                job: bounded(text, MAX_SUMMARY),
                context,
                action_items: self.items_of(before),
            }),
            Intent::KnowledgeDocument => says_something.then(|| Record::Document {
                title: bounded(title, MAX_TITLE),
                summary: bounded(text, MAX_SUMMARY),
                context,
            }),
            Intent::Other => {
                let summary = Some(bounded(text, MAX_SUMMARY)).filter(|text| !text.is_empty());
                Some(Record::Other { summary })
            }
        }
    }

    fn items_of(&self, before: &Record) -> Vec<ActionItem> {
        let known = match before {
            Record::Job { action_items, .. } => action_items.as_slice(),
            Record::Document { .. } | Record::Other { .. } => &[],
        };
        let texts = self.items.iter().map(|text| bounded(text, MAX_ITEM));
        let texts: Vec<String> = texts.filter(|text| !text.is_empty()).take(MAX_ITEMS).collect();
        let mut left: Vec<&ActionItem> = known.iter().filter(|item| !texts.contains(&item.text)).collect();
        let item = |text: String| {
            let same = known.iter().find(|item| item.text == text);
            let quote = same.or_else(|| take_likest(&mut left, &text)).map(|item| item.quote.clone());
            ActionItem { text, quote: quote.unwrap_or_default() }
        };
        texts.into_iter().map(item).collect()
    }
}

/// The item that this text was most probably made of, which then is that of no other.
fn take_likest<'a>(items: &mut Vec<&'a ActionItem>, text: &str) -> Option<&'a ActionItem> {
    let likeness = items.iter().enumerate().filter_map(|(at, item)| Some((likeness(&item.text, text)?, at)));
    let (_, at) = likeness.min_by(|(one, _), (other, _)| one.total_cmp(other))?;
    Some(items.remove(at))
}

fn bounded(text: &str, max: usize) -> String {
    truncate_chars(clean(text).trim(), max).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Record {
        let item = |text: &str, quote: &str| ActionItem { text: text.to_owned(), quote: quote.to_owned() };
        Record::Job {
            summary: "Pipes for Miller".to_owned(),
            job: "Order two pipes".to_owned(),
            context: Some("Bathroom".to_owned()),
            action_items: vec![item("Order pipes", "order two pipes"), item("Call Miller", "call her")],
        }
    }

    #[test]
    fn a_form_that_nobody_touched_makes_the_same_record() {
        let document = Record::Document {
            title: "Gate".to_owned(),
            summary: "The code is 4711".to_owned(),
            context: None,
        };
        for record in [job(), document, Record::Other { summary: None }] {
            assert!(RecordForm::of(&record).record(record.intent(), &record) == Some(record));
        }
    }

    #[test]
    fn an_item_is_put_right_one_is_taken_out_and_one_is_added() {
        let mut form = RecordForm::of(&job());
        form.items = ["Bring a ladder", "  ", "Order three pipes\r\n"].map(str::to_owned).into();
        let Some(Record::Job { action_items, .. }) = form.record(Intent::JobToBeDone, &job()) else {
            panic!("a job")
        };
        let items: Vec<(&str, &str)> =
            action_items.iter().map(|item| (item.text.as_str(), item.quote.as_str())).collect();
        assert_eq!(items, [("Bring a ladder", ""), ("Order three pipes", "order two pipes")]);
    }

    #[test]
    fn a_record_becomes_another_kind_and_nothing_is_typed_again() {
        let form = RecordForm::of(&job());
        let Some(Record::Document { title, summary, context }) =
            form.record(Intent::KnowledgeDocument, &job())
        else {
            panic!("a document")
        };
        assert_eq!((title.as_str(), summary.as_str()), ("Pipes for Miller", "Order two pipes"));
        assert_eq!(context.as_deref(), Some("Bathroom"));
        let other = Record::Other { summary: Some("Call Mrs Green".to_owned()) };
        let Some(Record::Job { summary, job, .. }) =
            RecordForm::of(&other).record(Intent::JobToBeDone, &other)
        else {
            panic!("a job")
        };
        assert_eq!((summary.as_str(), job.as_str()), ("Call Mrs Green", "Call Mrs Green"));
    }

    #[test]
    fn a_job_without_a_word_is_none_and_what_is_too_long_is_cut() {
        let form = RecordForm { title: " \u{7}".to_owned(), ..RecordForm::default() };
        assert!(form.record(Intent::JobToBeDone, &job()).is_none());
        assert!(form.record(Intent::Other, &job()) == Some(Record::Other { summary: None }));
        let form = RecordForm { title: "x".repeat(5_000), items: vec!["y".repeat(500); 80], ..form };
        assert!(!form.fits(Intent::JobToBeDone) && RecordForm::of(&job()).fits(Intent::KnowledgeDocument));
        let Some(Record::Job { summary, action_items, .. }) = form.record(Intent::JobToBeDone, &job()) else {
            panic!("a job")
        };
        assert_eq!((summary.len(), action_items.len()), (MAX_SUMMARY, MAX_ITEMS));
        assert!(action_items.iter().all(|item| item.text.len() == MAX_ITEM));
    }
}
