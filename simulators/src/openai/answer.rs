//! What the stand-in for a language model says, whichever API asks.

use serde_json::Value;

use super::{schema, spoken};
use crate::analysis::{
    analyse,
    language::Language,
    revision::{added, corrected},
    sentences::{sentences, words},
};

/// What was said, with all instructions first.
pub(super) struct Conversation {
    /// Everything but the last user message.
    pub(super) context: String,
    /// The last user message.
    pub(super) question: String,
}

impl Conversation {
    /// Reads messages of either API: their content is a text or a list of parts.
    pub(super) fn new(instructions: &str, messages: &[Value]) -> Self {
        let is_user = |message: &Value| message.get("role").and_then(Value::as_str) == Some("user");
        let last = messages.iter().rposition(is_user);
        let mut context = vec![instructions.to_owned()];
        let mut question = String::new();
        for (index, message) in messages.iter().enumerate() {
            let text = text_of(message.get("content").unwrap_or(&Value::Null));
            if Some(index) == last { question = text } else { context.push(text) }
        }
        Self { context: context.join("\n"), question }
    }

    /// The answer in the shape of the schema of this name: what is said on the telephone, or the analysis of the note.
    pub(super) fn structured(&self, name: &str, shape: Option<&Value>) -> String {
        let wish = spoken::of(name, self).unwrap_or_else(|| self.analysis());
        shape.map_or(wish.clone(), |shape| schema::fill(shape, shape, Some(&wish))).to_string()
    }

    /// Of a note, or of a record that is to be made anew.
    fn analysis(&self) -> Value {
        let note = between(&self.question, "note").unwrap_or(&self.question);
        let record = between(&self.question, "record").and_then(|record| serde_json::from_str(record).ok());
        let (correction, addition) =
            (between(&self.question, "correction"), between(&self.question, "addition"));
        match (record, correction, addition) {
            (Some(record), Some(said), _) => corrected(note, &record, said),
            (Some(record), None, Some(said)) => added(note, &record, said),
            _ => analyse(note),
        }
    }

    /// The sentence of the context that shares most words with the question, or that it does not know.
    pub(super) fn free(&self) -> String {
        let question = self.question.to_lowercase();
        let asked: Vec<&str> = words(&question).filter(|word| word.chars().count() > 2).collect();
        let shared = |sentence: &str| {
            let sentence = sentence.to_lowercase();
            let mut said: Vec<&str> = words(&sentence).filter(|word| asked.contains(word)).collect();
            said.sort_unstable();
            said.dedup();
            said.len()
        };
        let best = sentences(&self.context)
            .into_iter()
            .map(|sentence| (shared(sentence), sentence))
            // The first of the best: `max_by_key` would take the last.
            .fold((0, ""), |best, one| if one.0 > best.0 { one } else { best });
        let text = match (best, Language::of(&self.question)) {
            ((1.., sentence), _) => sentence.split_whitespace().collect::<Vec<_>>().join(" "),
            (_, Language::English) => "I do not know that from what I was given.".to_owned(),
            (_, Language::German) => "Das weiß ich aus dem, was mir vorliegt, nicht.".to_owned(),
            (_, Language::Polish) => "Nie wiem tego z tego, co mam.".to_owned(),
        };
        if text.to_lowercase().contains("simulated") { text } else { format!("Simulated: {text}") }
    }
}

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<&str> =
                parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

/// What stands between the lines `<mark>` and `</mark>`, if they are there.
pub(super) fn between<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let (open, close) = (format!("<{mark}>"), format!("</{mark}>"));
    let (_, rest) = text.split_once(&format!("{open}\n")).or_else(|| text.split_once(&open))?;
    let inside = rest.rsplit_once(&format!("\n{close}")).or_else(|| rest.rsplit_once(&close));
    inside.map(|(inside, _)| inside)
}

/// What stands behind `<mark>` in a text that was cut.
pub(super) fn after_mark<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.split_once(&format!("<{mark}>")).map(|(_, rest)| rest)
}

/// A count of tokens that grows with the text, about as a tokenizer's would.
pub(super) fn tokens(text: &str) -> usize {
    text.len().div_ceil(4)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_note_is_between_its_lines() {
        assert_eq!(between("Analyse.\n<note>\nCall Bob.\n</note>\n", "note"), Some("Call Bob."));
        assert_eq!(between("Call Bob.", "note"), None);
        assert_eq!(between("<note>\n</note>", "note"), Some(""));
        assert_eq!(between("<note>\na </note> b\n</note>", "note"), Some("a </note> b"));
    }

    #[test]
    fn chat_answers_from_its_context() {
        let ask = |question: &str| {
            let messages = [
                json!({ "role": "system", "content": "You help. The valve in Oak Street is a Honeywell." }),
                json!({ "role": "user", "content": [{ "type": "text", "text": question }] }),
            ];
            Conversation::new("", &messages).free()
        };
        assert_eq!(
            ask("Which valve is in Oak Street?"),
            "Simulated: The valve in Oak Street is a Honeywell."
        );
        assert_eq!(ask("Wo ist der Schlüssel?"), "Simulated: Das weiß ich aus dem, was mir vorliegt, nicht.");
    }
}
