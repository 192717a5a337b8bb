//! Messages as a table for office programs: one line for each, as RFC 4180 writes them, in UTF-8 with the mark by which
//! they know that it is. What people called themselves, or wrote, is never taken for a formula there
//! (OWASP, "CSV Injection").

use shared::{domain::digest::Outcome, prices::Prices, repositories::inbox::Listed};

use super::{outcome_name, seconds_of};
use crate::{page::rfc3339, texts::Texts};

/// By which programs know that a text is UTF-8.
const MARK: char = '\u{feff}';

/// The lines written so far.
pub(super) struct Sheet {
    text: String,
    t: &'static Texts,
    prices: Option<Prices>,
}

impl Sheet {
    /// With the names of the columns.
    pub(super) fn new(t: &'static Texts, prices: Option<Prices>) -> Self {
        let mut sheet = Self { text: MARK.to_string(), t, prices };
        let words = &t.dashboard;
        let names = [
            Some(words.day),
            Some(words.time),
            Some(t.sender),
            Some(t.what),
            Some(t.intent),
            Some(t.state),
            Some(words.seconds),
            Some(words.reason),
            Some(t.recording),
            prices.map(|_| t.cost),
            Some(t.message_id),
        ];
        sheet.line(names.into_iter().flatten());
        sheet
    }

    /// Writes a message's line.
    pub(super) fn add(&mut self, listed: &Listed) {
        let (t, digest) = (self.t, &listed.digest);
        let at = rfc3339(listed.received_at);
        let (day, time) = at.split_once('T').unwrap_or_default();
        let failure = digest.failure.filter(|_| digest.outcome == Outcome::Failed);
        let cost = self.prices.map(|prices| format!("{:.6}", prices.micro_usd(digest.usage) / 1e6));
        let cells = [
            Some(day),
            Some(time.trim_end_matches('Z')),
            Some(digest.called()),
            Some(if digest.by_phone { t.people.by_phone } else { t.kind_of(digest.kind) }),
            Some(digest.intents.first().map_or("", |intent| t.intent_of(*intent))),
            Some(outcome_name(t, digest.outcome)),
            Some(&digest.answered_ms.map(seconds_of).unwrap_or_default()),
            Some(failure.map_or("", |failure| t.reason_of(failure.reason).0)),
            Some(if digest.spoken { t.recording } else { "" }),
            cost.as_deref(),
            Some(listed.id.as_str()),
        ];
        self.line(cells.into_iter().flatten());
    }

    /// Writes that there are more.
    pub(super) fn cut(&mut self) {
        self.line([self.t.dashboard.cut].into_iter());
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn line<'a>(&mut self, cells: impl Iterator<Item = &'a str>) {
        for (n, cell) in cells.enumerate() {
            if n > 0 {
                self.text.push(',');
            }
            self.text.push_str(&written(cell));
        }
        self.text.push_str("\r\n");
    }
}

/// A cell: no formula, and quoted where it has to be.
fn written(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let cell = if is_formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_a_formula_is_a_text() {
        for (cell, is) in [
            ("Petra", "Petra"),
            ("=cmd()", "'=cmd()"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
            ("a,b", "\"a,b\""),
            ("a\nb", "\"a\nb\""),
            ("a\"b", "\"a\"\"b\""),
            ("", ""),
        ] {
            assert_eq!(written(cell), is);
        }
    }
}
