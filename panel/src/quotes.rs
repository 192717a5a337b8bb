//! A text with the sender's own words marked from which things to do were taken.

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) text: String,
    pub(crate) marked: bool,
}

/// The text in parts, those marked that stand in one of the quotes.
pub(crate) fn marked(text: &str, quotes: &[&str]) -> Vec<Part> {
    let mut found: Vec<(usize, usize)> = quotes
        .iter()
        .filter(|quote| !quote.is_empty())
        .filter_map(|quote| text.find(quote).map(|at| (at, at + quote.len())))
        .collect();
    found.sort_unstable();
    let (mut parts, mut at) = (Vec::new(), 0);
    let mut push = |from: usize, to: usize, marked| {
        if let Some(text) = text.get(from..to).filter(|text| !text.is_empty()) {
            parts.push(Part { text: text.to_owned(), marked });
        }
    };
    for (from, to) in found {
        let from = from.max(at);
        push(at, from, false);
        push(from, to, true);
        at = at.max(to);
    }
    push(at, text.len(), false);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, quotes: &[&str]) -> String {
        let parts = marked(text, quotes).into_iter();
        parts.map(|part| if part.marked { format!("[{}]", part.text) } else { part.text }).collect()
    }

    #[test]
    fn quotes_are_marked_where_they_stand_and_nothing_is_lost() {
        let text = "Bestelle Rohre für Müller und ruf an.";
        assert_eq!(shown(text, &["ruf an", "Rohre für Müller"]), "Bestelle [Rohre für Müller] und [ruf an].");
        assert_eq!(shown(text, &["Rohre für", "für Müller"]), "Bestelle [Rohre für][ Müller] und ruf an.");
        assert_eq!(shown(text, &["Rohre für Müller", "für"]), "Bestelle [Rohre für Müller] und ruf an.");
        assert_eq!(shown(text, &["nothing of it", ""]), text);
        assert_eq!(shown("", &["x"]), "");
    }
}
