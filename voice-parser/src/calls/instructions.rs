//! What a model is told that speaks on the phone. Versioned files, as all instructions are.

use shared::domain::{analysis::INSTRUCTIONS_MARK, call::Asked, language::Language};

const ENGLISH: &str = include_str!("../../prompts/call-1.en.md");
const GERMAN: &str = include_str!("../../prompts/call-1.de.md");
const POLISH: &str = include_str!("../../prompts/call-1.pl.md");
const SUMMARY: &str = include_str!("../../prompts/call-summary-1.md");
const ANSWER: &str = include_str!("../../prompts/call-answer-1.md");

/// For what is asked, to be answered in this language.
pub(super) fn of(language: Language, asked: Asked) -> String {
    let general = match language {
        Language::En => ENGLISH,
        Language::De => GERMAN,
        Language::Pl => POLISH,
    };
    let task = match asked {
        Asked::Summary => SUMMARY,
        Asked::Question(_) => ANSWER,
    };
    format!("{}\n\n{}\n", general.replace("{{mark}}", INSTRUCTIONS_MARK).trim(), task.trim())
}
