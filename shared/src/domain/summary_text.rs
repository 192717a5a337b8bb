//! `text_summary.txt`: the record as people read it, in the form that today's client apps parse.

use super::{analysis::Record, language::Language};

/// The summary of a job or a document; `None` for the rest. Headings are fixed (English, as documented for
/// client apps), each on its own line, its text below, a blank line between.
#[must_use]
pub fn render(record: &Record, language: Language) -> Option<String> {
    let sections: Vec<(&str, String)> = match record {
        Record::Job { summary, job, context, action_items } => {
            let items: Vec<String> = action_items.iter().map(|item| format!("• {}", item.text)).collect();
            vec![
                ("*Summary:*", summary.clone()),
                ("*Job:*", job.clone()),
                ("*Context:*", or_nothing(context.as_deref(), language)),
                (
                    "*Action Items:*",
                    if items.is_empty() { nothing(language).to_owned() } else { items.join("\n") },
                ),
            ]
        }
        Record::Document { title, summary, context } => vec![
            ("*Title:*", title.clone()),
            ("*Summary:*", summary.clone()),
            ("*Context:*", or_nothing(context.as_deref(), language)),
        ],
        Record::Other { .. } => return None,
    };
    let blocks: Vec<String> =
        sections.into_iter().map(|(heading, text)| format!("{heading}\n{text}")).collect();
    Some(format!("{}\n", blocks.join("\n\n")))
}

fn or_nothing(text: Option<&str>, language: Language) -> String {
    text.unwrap_or_else(|| nothing(language)).to_owned()
}

const fn nothing(language: Language) -> &'static str {
    match language {
        Language::En => "none mentioned",
        Language::De => "nichts genannt",
        Language::Pl => "nie podano",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::analysis::ActionItem;

    #[test]
    fn a_job_reads_as_client_apps_expect() {
        let item = |text: &str| ActionItem { text: text.to_owned(), quote: text.to_owned() };
        let record = Record::Job {
            summary: "Pipes for the Millers".to_owned(),
            job: "Bathroom".to_owned(),
            context: None,
            action_items: vec![item("Order pipes"), item("Call Mrs Miller")],
        };
        insta::assert_snapshot!(render(&record, Language::En).unwrap(), @"
        *Summary:*
        Pipes for the Millers

        *Job:*
        Bathroom

        *Context:*
        none mentioned

        *Action Items:*
        • Order pipes
        • Call Mrs Miller
        ");
    }

    #[test]
    fn other_notes_have_no_summary() {
        assert_eq!(render(&Record::Other { summary: Some("Hello".to_owned()) }, Language::De), None);
    }
}
