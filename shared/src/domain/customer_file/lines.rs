//! From a part of a text to the line that it stands in.

/// Where the lines of a text begin.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// Line and column, from 1, of a slice of the text; (1, 1) for any other.
    pub(super) fn place_of(&self, part: &str) -> (usize, usize) {
        let at = offset_in(self.text, part);
        let line = self.starts.partition_point(|start| *start <= at).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let before = self.text.get(start..at).map_or(0, |before| before.chars().count());
        (line, before + 1)
    }
}

/// Where a slice of a text begins in it, in bytes.
pub(super) fn offset_in(text: &str, part: &str) -> usize {
    // A borrowed part lies within the text's own bytes.
    part.as_ptr().addr().saturating_sub(text.as_ptr().addr())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_in_its_line() {
        let text = "[\n  {\"ü\": 1},\r\n2]";
        let lines = Lines::of(text);
        let place = |part: &str| lines.place_of(text.get(text.find(part).unwrap()..).unwrap());
        assert_eq!(place("["), (1, 1));
        assert_eq!(place("{"), (2, 3));
        assert_eq!(place("1"), (2, 9));
        assert_eq!(place("2]"), (3, 1));
    }
}
