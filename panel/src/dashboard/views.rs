//! What is counted, as figures and charts.

use shared::{domain::digest::Outcome, prices::Prices};

use super::{
    outcome_name,
    span::Span,
    sums::{ABOUT, Sum, Sums},
};
use crate::{
    charts::{Chart, Form, Said, Series},
    inbox::dollars,
    texts::Texts,
};

/// A number with what it is.
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) value: String,
}

/// The sums of all days.
pub(super) fn figures(sums: &Sums, t: &'static Texts, prices: Option<Prices>) -> Vec<Figure> {
    let words = &t.dashboard;
    let figure = |name, value| Figure { name, value };
    let waited = |milliseconds: Option<u64>| milliseconds.map_or_else(|| "–".to_owned(), shown_wait);
    let cost = prices.map(|prices| figure(t.cost, dollars(prices, sums.all.usage)));
    let others = [
        figure(words.messages, sums.all.messages.to_string()),
        figure(t.failed, sums.all.outcome(Outcome::Failed).to_string()),
        figure(words.half_within, waited(sums.all.within(50))),
        figure(words.most_within, waited(sums.all.within(95))),
        figure(words.half_spoken_within, waited(sums.spoken_within(50))),
    ];
    others.into_iter().chain(cost).collect()
}

/// What is charted, day by day.
pub(super) fn charts(sums: &Sums, span: Span, t: &'static Texts, prices: Option<Prices>) -> Vec<Chart> {
    let charts = Charts { sums, span, t };
    let cost = prices.map(|prices| charts.cost(prices));
    [charts.about(), charts.outcomes(), charts.waits()].into_iter().chain(cost).collect()
}

struct Charts<'a> {
    sums: &'a Sums,
    span: Span,
    t: &'static Texts,
}

impl Charts<'_> {
    fn about(&self) -> Chart {
        let name =
            |what: Option<_>| what.map_or(self.t.dashboard.no_record, |intent| self.t.intent_of(intent));
        let series = ABOUT.into_iter().zip([0, 1, 2, 4]).map(|(what, look)| Series {
            name: name(what),
            look,
            values: self.values(|sum| Some(sum.about(what))),
        });
        self.counts(self.t.dashboard.by_intent, &series.collect::<Vec<_>>())
    }

    fn outcomes(&self) -> Chart {
        let series = Outcome::ALL.into_iter().zip([1, 2, 4, 3, 5]).map(|(outcome, look)| Series {
            name: outcome_name(self.t, outcome),
            look,
            values: self.values(|sum| Some(sum.outcome(outcome))),
        });
        self.counts(self.t.dashboard.by_outcome, &series.collect::<Vec<_>>())
    }

    fn waits(&self) -> Chart {
        let words = &self.t.dashboard;
        let series = [(words.half_within, 50, 0), (words.most_within, 95, 3)].map(|(name, percent, look)| {
            Series { name, look, values: self.values(|sum| sum.within(percent)) }
        });
        let all = [50, 95].map(|percent| self.sums.all.within(percent));
        let said = series.iter().zip(all).filter_map(|(series, all)| Some((series.name, shown_wait(all?))));
        let said = self.said(words.waits, said.collect());
        Chart::new(said, Form::Lines, &self.span.names(), &series, shown_wait)
    }

    fn cost(&self, prices: Prices) -> Chart {
        let values = self.values(|sum| Some(micro_dollars(prices, sum)));
        let series = [Series { name: self.t.cost, look: 0, values }];
        let said = self.said(self.t.cost, vec![(self.t.cost, dollars(prices, self.sums.all.usage))]);
        Chart::new(said, Form::Bars, &self.span.names(), &series, shown_cost)
    }

    fn counts(&self, title: &'static str, series: &[Series]) -> Chart {
        let total = |series: &Series| series.values.iter().flatten().sum::<u64>();
        let said = series.iter().map(|series| (series.name, total(series).to_string())).collect();
        Chart::new(self.said(title, said), Form::Bars, &self.span.names(), series, |value| value.to_string())
    }

    fn values(&self, of: impl Fn(&Sum) -> Option<u64>) -> Vec<Option<u64>> {
        self.sums.columns.iter().map(of).collect()
    }

    /// A chart's sums, for whoever does not see it.
    fn said(&self, title: &'static str, sums: Vec<(&'static str, String)>) -> Said {
        let sums: Vec<String> = sums.into_iter().map(|(name, sum)| format!("{name} {sum}")).collect();
        let label = format!("{title}, {} – {}: {}", self.span.first(), self.span.last(), sums.join(", "));
        let words = &self.t.dashboard;
        Said { title, label, over_days: if self.span.step() == 1 { words.day } else { words.week } }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cost is small, and never negative"
)]
fn micro_dollars(prices: Prices, sum: &Sum) -> u64 {
    prices.micro_usd(sum.usage).round() as u64
}

/// Millionths of a dollar, as precise as sums are shown.
fn shown_cost(micro: u64) -> String {
    let shown = micro.saturating_add(50) / 100;
    format!("${}.{:04}", shown / 10_000, shown % 10_000)
}

/// How long somebody waited, as people say it.
fn shown_wait(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    match seconds {
        0..60 => format!("{seconds}.{} s", milliseconds % 1_000 / 100),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_said_in_what_suits_it() {
        let shown = [0, 999, 6_749, 61_000, 3_600_000, 90_000_000].map(shown_wait);
        assert_eq!(shown, ["0.0 s", "0.9 s", "6.7 s", "1 min 1 s", "1 h 0 min", "25 h 0 min"]);
    }

    #[test]
    fn a_cost_is_rounded_as_sums_are() {
        assert_eq!([0, 49, 12_980, 3_000_000].map(shown_cost), ["$0.0000", "$0.0000", "$0.0130", "$3.0000"]);
    }
}
