//! What is said of a change: what the record says now, and what it said before.

use super::{MAX_TITLE, Reply, repeated, shortened, words::Words};
use crate::domain::{
    choice::Choices,
    note::{Change, ChangedLine, Effect, Heard},
    text::twilio_len,
};

/// What can be tapped below the answer to a change.
pub(super) fn choices(change: &Change) -> Option<Choices> {
    match &change.effect {
        Effect::Corrected(_)
        | Effect::HeardAgain { .. }
        | Effect::Remarked
        | Effect::Joined(_)
        | Effect::Restored => Some(Choices::of_record(change.language)),
        Effect::Withdrawn => Some(Choices::of_withdrawn(change.language)),
        Effect::Confirmed | Effect::Asked => None,
    }
}

/// Says it.
pub(super) fn told(reply: &mut Reply, change: &Change, heard: Option<&Heard>, words: &Words) {
    if let Some(heard) = heard.filter(|heard| !heard.words.expose().is_empty()) {
        repeated(reply, heard, words);
    }
    let title = shortened(change.title.expose(), MAX_TITLE);
    match &change.effect {
        // Its files were put in their place once more, or it was understood as before.
        Effect::Corrected(_) | Effect::HeardAgain { .. } if change.lines.is_empty() => {
            reply.block(&format!("{}\n{title}", words.unchanged));
        }
        Effect::Corrected(_) | Effect::HeardAgain { .. } => {
            lines(reply, words.changed, &change.lines, words);
        }
        Effect::Remarked => reply.block(words.remarked),
        Effect::Joined(_) => {
            reply.block(&format!("{}\n{title}", words.joined));
            if !change.lines.is_empty() {
                lines(reply, words.changed, &change.lines, words);
            }
        }
        Effect::Withdrawn => reply.block(&format!("{}\n{title}", words.withdrawn)),
        Effect::Restored => reply.block(&format!("{}\n{title}", words.restored)),
        Effect::Confirmed => reply.block(words.confirmed),
        Effect::Asked => reply.block(words.asked),
    }
}

/// As many lines as fit, and how many there are besides.
fn lines(reply: &mut Reply, heading: &str, lines: &[ChangedLine], words: &Words) {
    reply.block(heading);
    for (shown, line) in lines.iter().enumerate() {
        let text = shown_as(line);
        let left = lines.len() - shown;
        let room = if left > 1 { twilio_len(&words.more(left)) + 1 } else { 0 };
        if twilio_len(&reply.text) + twilio_len(&text) + room > reply.limit {
            return reply.more(left, words);
        }
        reply.text.push_str(&text);
    }
}

fn shown_as(line: &ChangedLine) -> String {
    let said = |mark: &str, text: &Option<crate::domain::private::Private<String>>| {
        text.as_ref().map_or_else(String::new, |text| format!("\n{mark} {}", text.expose()))
    };
    said("✗", &line.was) + &said("✓", &line.is)
}
