//! Which days are asked for. They are days in UTC: a company has no time zone of its own.

use std::ops::Range;

use jiff::{Span as Period, Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;

/// Most days at once.
const MOST_DAYS: i64 = 366;
/// Days that are shown if nobody says which.
const DAYS: i64 = 30;
/// Up to so many days each is shown, and the weeks of more.
const MOST_SINGLE_DAYS: i64 = 92;

/// The address's own words.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    from: String,
    to: String,
}

/// The days that were asked for are none that can be shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong;

/// Some days on end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    first: Date,
    last: Date,
}

impl Asked {
    /// What is left out is today, or as many days before the last one as are shown then.
    pub(super) fn span(&self, now: Timestamp) -> Result<Span, Wrong> {
        let last = read(&self.to)?.unwrap_or_else(|| today(now));
        let first = read(&self.from)?.map_or_else(|| before(last, DAYS - 1), Ok)?;
        let span = Span { first, last };
        let can_be = first <= last && span.days() <= MOST_DAYS && span.when().is_some();
        can_be.then_some(span).ok_or(Wrong)
    }
}

/// `None`: nothing was said.
fn read(raw: &str) -> Result<Option<Date>, Wrong> {
    match raw {
        "" => Ok(None),
        raw if raw.len() == 10 => raw.parse().map(Some).map_err(|_| Wrong),
        _ => Err(Wrong),
    }
}

fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

fn before(day: Date, days: i64) -> Result<Date, Wrong> {
    let period = Period::new().try_days(days).map_err(|_| Wrong)?;
    day.checked_sub(period).map_err(|_| Wrong)
}

impl Span {
    /// The last so many days, today included.
    pub(super) fn of_last(days: i64, now: Timestamp) -> Result<Self, Wrong> {
        let last = today(now);
        Ok(Self { first: before(last, days - 1)?, last })
    }

    /// What is shown if nobody says which days, or says it wrong.
    pub(super) fn usual(now: Timestamp) -> Result<Self, Wrong> {
        Self::of_last(DAYS, now)
    }

    pub(super) fn first(&self) -> String {
        self.first.to_string()
    }

    pub(super) fn last(&self) -> String {
        self.last.to_string()
    }

    /// The address's words for it.
    pub(super) fn query(&self) -> String {
        format!("from={}&to={}", self.first, self.last)
    }

    pub(super) fn days(&self) -> i64 {
        self.last.duration_since(self.first).as_hours() / 24 + 1
    }

    /// How many days are shown as one.
    pub(super) fn step(&self) -> i64 {
        if self.days() > MOST_SINGLE_DAYS { 7 } else { 1 }
    }

    /// From the first midnight to the one after the last day.
    pub(super) fn when(&self) -> Option<Range<Timestamp>> {
        let midnight = |day: Date| Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp());
        Some(midnight(self.first)?..midnight(self.last.tomorrow().ok()?)?)
    }

    /// The day, or the first of the week, that each column stands for.
    pub(super) fn names(&self) -> Vec<String> {
        let step = usize::try_from(self.step()).unwrap_or(1);
        let days = self.first.series(Period::new().days(1)).take_while(|day| *day <= self.last);
        days.step_by(step).map(|day| day.to_string()).collect()
    }

    /// Which column a time belongs to.
    pub(super) fn column(&self, at: Timestamp) -> Option<usize> {
        let begin = self.when()?.start;
        let days = (at >= begin).then(|| at.duration_since(begin).as_hours() / 24)?;
        usize::try_from(days.checked_div(self.step())?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-20T23:59:59Z".parse().unwrap()
    }

    fn asked(from: &str, to: &str) -> Result<(String, String), Wrong> {
        let asked = Asked { from: from.to_owned(), to: to.to_owned() };
        asked.span(now()).map(|span| (span.first(), span.last()))
    }

    fn span(from: &str, to: &str) -> Span {
        Asked { from: from.to_owned(), to: to.to_owned() }.span(now()).unwrap()
    }

    #[test]
    fn what_is_left_out_is_the_last_thirty_days() {
        let days = |from: &str, to: &str| Ok((from.to_owned(), to.to_owned()));
        assert_eq!(asked("", ""), days("2026-10-22", "2026-11-20"));
        assert_eq!(asked("2026-11-01", ""), days("2026-11-01", "2026-11-20"));
        assert_eq!(asked("", "2026-03-01"), days("2026-01-31", "2026-03-01"));
        assert_eq!(asked("2027-01-01", "2027-12-31"), days("2027-01-01", "2027-12-31"));
        assert_eq!(span("", "").days(), 30);
    }

    #[test]
    fn days_that_are_none_or_too_many_are_refused() {
        for (from, to) in [
            ("2026-11-21", ""),
            ("2026-11-02", "2026-11-01"),
            ("2025-01-01", "2026-01-02"),
            ("2026-02-30", "2026-03-01"),
            ("yesterday", ""),
            ("2026-11-01T00:00:00Z", ""),
            ("20261101", ""),
            ("<script>..", ""),
            ("9999-12-31", "9999-12-31"),
            ("-009999-01", ""),
        ] {
            assert_eq!(asked(from, to), Err(Wrong), "{from} {to}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_in_utc_and_many_days_are_weeks() {
        let at = |raw: &str| raw.parse::<Timestamp>().unwrap();
        let days = span("2026-11-19", "2026-11-20");
        assert_eq!(days.when(), Some(at("2026-11-19T00:00:00Z")..at("2026-11-21T00:00:00Z")));
        assert_eq!(days.names(), ["2026-11-19", "2026-11-20"]);
        for (time, column) in [
            ("2026-11-18T23:59:59.999Z", None),
            ("2026-11-19T00:00:00Z", Some(0)),
            ("2026-11-19T23:59:59.999Z", Some(0)),
            ("2026-11-20T00:00:00Z", Some(1)),
        ] {
            assert_eq!(days.column(at(time)), column, "{time}");
        }
        let weeks = span("2026-01-01", "2026-11-20");
        assert_eq!((weeks.step(), weeks.names().len()), (7, 47));
        assert_eq!(weeks.names()[1], "2026-01-08");
        assert_eq!(weeks.column(at("2026-11-20T12:00:00Z")), Some(46));
    }
}
