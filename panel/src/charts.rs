//! Charts as SVG, each with the table of what it shows. Made here, of whole numbers, so that a page needs no script; what
//! tells one series from another is its pattern or its mark as well as its colour, and both stand in the style sheet.

/// Of the drawing, in its own units: ten of them are a pixel of a large screen.
const LEFT: u64 = 700;
const RIGHT: u64 = 7_100;
const TOP: u64 = 120;
const BOTTOM: u64 = 1_700;
/// Half of a mark's width.
const MARK: u64 = 35;
/// Most labels below the days.
const LABELS: usize = 7;

/// How values are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// On top of each other.
    Bars,
    /// As points that a line connects.
    Lines,
}

/// One kind of values, one for each day; `None` where there is none.
pub(crate) struct Series {
    pub(crate) name: &'static str,
    /// Its colour and pattern, or its line and marks: `assets/style.css` and `charts.html` know 0 to 5.
    pub(crate) look: u8,
    pub(crate) values: Vec<Option<u64>>,
}

/// What is said of a chart.
pub(crate) struct Said {
    pub(crate) title: &'static str,
    /// For whoever does not see it.
    pub(crate) label: String,
    /// What stands over the days.
    pub(crate) over_days: &'static str,
}

/// A chart as its template wants it.
pub(crate) struct Chart {
    pub(crate) said: Said,
    pub(crate) is_bars: bool,
    pub(crate) series: Vec<Drawn>,
    pub(crate) ticks: Vec<Label>,
    pub(crate) days: Vec<Label>,
    pub(crate) rows: Vec<Row>,
}

/// A series as a path.
pub(crate) struct Drawn {
    pub(crate) name: &'static str,
    pub(crate) look: u8,
    pub(crate) path: String,
    pub(crate) marks: String,
}

/// A text at a place of one of the axes.
pub(crate) struct Label {
    pub(crate) at: u64,
    pub(crate) text: String,
}

/// A line of the table.
pub(crate) struct Row {
    pub(crate) day: String,
    pub(crate) cells: Vec<String>,
}

impl Chart {
    /// `days` are the names of the days, as `2026-11-20`; `shown` says what a value looks like.
    pub(crate) fn new(
        said: Said,
        form: Form,
        days: &[String],
        series: &[Series],
        shown: impl Fn(u64) -> String,
    ) -> Self {
        let top = ceiling(highest(form, days.len(), series));
        let plot = Plot { days: days.len().max(1), top };
        let drawn = match form {
            Form::Bars => plot.bars(series),
            Form::Lines => series.iter().map(|series| plot.line(series)).collect(),
        };
        let tick = |value| Label { at: plot.y(value), text: shown(value) };
        let cell = |value: Option<u64>| value.map_or_else(|| "–".to_owned(), &shown);
        let row = |(n, day): (usize, &String)| Row {
            day: day.clone(),
            cells: series.iter().map(|series| cell(value(series, n))).collect(),
        };
        Self {
            said,
            is_bars: form == Form::Bars,
            series: drawn,
            ticks: [0, top / 2, top].map(tick).into(),
            days: plot.labels(days),
            rows: days.iter().enumerate().map(row).collect(),
        }
    }
}

fn value(series: &Series, day: usize) -> Option<u64> {
    series.values.get(day).copied().flatten()
}

fn highest(form: Form, days: usize, series: &[Series]) -> u64 {
    let of_day = |day: usize| {
        let values = series.iter().filter_map(|series| value(series, day));
        match form {
            Form::Bars => values.fold(0, u64::saturating_add),
            Form::Lines => values.max().unwrap_or(0),
        }
    };
    (0..days).map(of_day).max().unwrap_or(0)
}

/// The next number that is as large or larger, is easily read and can be halved.
fn ceiling(value: u64) -> u64 {
    let mut unit = 1_u64;
    loop {
        let steps = [2, 4, 6, 8, 10].into_iter().map(|step| unit.saturating_mul(step));
        if let Some(found) = steps.into_iter().find(|step| *step >= value) {
            return found;
        }
        unit = unit.saturating_mul(10);
    }
}

/// Where things are drawn.
#[derive(Clone, Copy)]
struct Plot {
    days: usize,
    top: u64,
}

impl Plot {
    /// The width of a day.
    fn step(self) -> u64 {
        let days = u64::try_from(self.days).unwrap_or(u64::MAX);
        (RIGHT - LEFT).checked_div(days).unwrap_or_default()
    }

    /// Where a day begins.
    fn x(self, day: usize) -> u64 {
        let day = u64::try_from(day).unwrap_or_default();
        LEFT.saturating_add(self.step().saturating_mul(day))
    }

    /// How far above the bottom a value is.
    fn height(self, value: u64) -> u64 {
        let height = u128::from(value) * u128::from(BOTTOM - TOP);
        let height = height.checked_div(u128::from(self.top)).unwrap_or_default();
        u64::try_from(height).unwrap_or(BOTTOM).min(BOTTOM)
    }

    fn y(self, value: u64) -> u64 {
        BOTTOM.saturating_sub(self.height(value))
    }

    fn bars(self, series: &[Series]) -> Vec<Drawn> {
        let mut below = vec![0_u64; self.days];
        let (gap, width) = (self.step() / 10, (self.step() * 8 / 10).max(10));
        let draw = |series: &Series| {
            let mut path = String::new();
            for (day, below) in below.iter_mut().enumerate() {
                let value = value(series, day).unwrap_or(0);
                let height = self.y(*below).saturating_sub(self.y(below.saturating_add(value)));
                if height > 0 {
                    let (x, y) = (self.x(day) + gap, self.y(*below));
                    path.push_str(&format!("M{x} {y}h{width}v-{height}h-{width}z"));
                }
                *below = below.saturating_add(value);
            }
            Drawn { name: series.name, look: series.look, path, marks: String::new() }
        };
        series.iter().map(draw).collect()
    }

    /// A line breaks off where there is no value.
    fn line(self, series: &Series) -> Drawn {
        let (mut path, mut marks, mut is_on) = (String::new(), String::new(), false);
        for day in 0..self.days {
            let Some(value) = value(series, day) else {
                is_on = false;
                continue;
            };
            let (x, y) = (self.x(day) + self.step() / 2, self.y(value));
            path.push_str(&format!("{}{x} {y}", if is_on { 'L' } else { 'M' }));
            marks.push_str(&mark(series.look, x, y));
            is_on = true;
        }
        Drawn { name: series.name, look: series.look, path, marks }
    }

    /// The last day has one: it is what people look for.
    fn labels(self, days: &[String]) -> Vec<Label> {
        let every = days.len().div_ceil(LABELS).max(1);
        let first = days.len().saturating_sub(1) % every;
        let label = |(n, day): (usize, &String)| Label {
            at: self.x(n) + self.step() / 2,
            text: day.get(5..).unwrap_or_default().to_owned(),
        };
        days.iter().enumerate().skip(first).step_by(every).map(label).collect()
    }
}

/// A square, or a diamond.
fn mark(look: u8, x: u64, y: u64) -> String {
    let (left, above, width) = (x.saturating_sub(MARK), y.saturating_sub(MARK), MARK * 2);
    if look.is_multiple_of(2) {
        format!("M{left} {above}h{width}v{width}h-{width}z")
    } else {
        format!("M{x} {above}l{MARK} {MARK}l-{MARK} {MARK}l-{MARK}-{MARK}z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(n: u32) -> Vec<String> {
        (1..=n).map(|day| format!("2026-11-{day:02}")).collect()
    }

    fn series(look: u8, values: &[Option<u64>]) -> Series {
        Series { name: "Jobs", look, values: values.to_vec() }
    }

    fn chart(form: Form, n: u32, series: &[Series]) -> Chart {
        let said = Said { title: "Messages", label: "Messages".to_owned(), over_days: "Day" };
        Chart::new(said, form, &days(n), series, |value| value.to_string())
    }

    #[test]
    fn bars_stand_on_each_other_and_their_numbers_in_the_table() {
        let both = [series(0, &[Some(3), Some(0)]), series(1, &[Some(1), None])];
        let chart = chart(Form::Bars, 2, &both);
        // Four are all of the height: 1580.
        assert_eq!(chart.series[0].path, "M1020 1700h2560v-1185h-2560z");
        assert_eq!(chart.series[1].path, "M1020 515h2560v-395h-2560z");
        let ticks: Vec<_> = chart.ticks.iter().map(|tick| (tick.at, tick.text.as_str())).collect();
        assert_eq!(ticks, [(1_700, "0"), (910, "2"), (120, "4")]);
        let rows: Vec<_> = chart.rows.iter().map(|row| (row.day.as_str(), row.cells.join(" "))).collect();
        assert_eq!(rows, [("2026-11-01", "3 1".to_owned()), ("2026-11-02", "0 –".to_owned())]);
    }

    #[test]
    fn a_line_breaks_off_where_nothing_was_measured() {
        let chart = chart(Form::Lines, 4, &[series(0, &[Some(1), Some(2), None, Some(2)])]);
        assert_eq!(chart.series[0].path, "M1500 910L3100 120M6300 120");
        assert_eq!(chart.series[0].marks.matches('M').count(), 3);
    }

    #[test]
    fn nothing_much_and_very_much_are_drawn_too() {
        assert_eq!([0, 1, 2, 3, 9, 11, 4_001].map(ceiling), [2, 2, 2, 4, 10, 20, 6_000]);
        for form in [Form::Bars, Form::Lines] {
            assert!(chart(form, 0, &[]).rows.is_empty());
            let much = [series(0, &[Some(u64::MAX)]), series(1, &[Some(u64::MAX)])];
            assert_eq!(chart(form, 1, &much).rows.len(), 1);
        }
        let labels: Vec<_> = chart(Form::Bars, 30, &[]).days.into_iter().map(|label| label.text).collect();
        assert_eq!(labels, ["11-05", "11-10", "11-15", "11-20", "11-25", "11-30"]);
        assert!(chart(Form::Bars, 31, &[]).days.len() <= LABELS);
    }
}
