//! How it goes: how much came in, what became of it, how long people waited, what failed and what it cost. Counted from
//! the digests of the inbox, so that no note has to be read for it.

mod sheet;
mod span;
mod sums;
mod views;

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use shared::{domain::digest::Outcome, prices::Prices};

use self::{
    sheet::Sheet,
    span::{Asked, Span},
    sums::Sums,
    views::Figure,
};
use crate::{
    Deps,
    caller::{Caller, Looks},
    charts::Chart,
    inbox::dollars,
    page::{Frame, Trouble, render},
    texts::{self, Texts},
};

/// Most messages that are counted at once.
const MOST_COUNTED: usize = 100_000;
/// Most lines of a table: a function of AWS answers 6 MB at most (Lambda quotas), a line has some 150 bytes.
const MOST_LINES: usize = 30_000;
/// The spans that one click leads to.
const LINKS: [i64; 3] = [7, 30, 90];

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Page {
    frame: Frame,
    span: Span,
    complaint: Option<&'static str>,
    cut: bool,
    links: Vec<Link>,
    figures: Vec<Figure>,
    charts: Vec<Chart>,
    /// Why messages failed, and how many did.
    reasons: Vec<(&'static str, u64)>,
    senders: Vec<Sender>,
    has_costs: bool,
}

/// One of the usual spans.
struct Link {
    query: String,
    name: &'static str,
    is_shown: bool,
}

/// A sender as a row.
struct Sender {
    called: String,
    messages: u64,
    failures: u64,
    cost: Option<String>,
}

pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Looks>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let (frame, now) = (Frame::inside(&deps, &caller.who, caller.language), deps.clock.now());
    let (span, status) = match asked.span(now) {
        Ok(span) => (span, StatusCode::OK),
        Err(_) => {
            (Span::usual(now).map_err(|_| Trouble::Unreadable(caller.language))?, StatusCode::BAD_REQUEST)
        }
    };
    let when = span.when().ok_or(Trouble::Unreadable(caller.language))?;
    let mut sums = Sums::of(span);
    let counted = deps.inbox.digests(&caller.who.scope, when, MOST_COUNTED, |listed| sums.add(&listed));
    let counted = counted.await.map_err(|error| Trouble::away(caller.language, error))?;
    sums.finish();
    let t = frame.t;
    let page = Page {
        complaint: (status != StatusCode::OK).then_some(t.dashboard.wrong),
        cut: counted.cut,
        links: links(span, now, t),
        figures: views::figures(&sums, t, deps.prices),
        charts: views::charts(&sums, span, t, deps.prices),
        reasons: sums.reasons().iter().map(|(reason, times)| (t.reason_of(*reason).0, *times)).collect(),
        senders: senders(&sums, deps.prices),
        has_costs: deps.prices.is_some(),
        span,
        frame,
    };
    Ok((status, render(&page, caller.language)?).into_response())
}

fn links(span: Span, now: Timestamp, t: &'static Texts) -> Vec<Link> {
    let names = LINKS.into_iter().zip(t.dashboard.last_days);
    let link = |(days, name)| {
        let of_last = Span::of_last(days, now).ok()?;
        Some(Link { query: of_last.query(), name, is_shown: of_last == span })
    };
    names.filter_map(link).collect()
}

fn senders(sums: &Sums, prices: Option<Prices>) -> Vec<Sender> {
    let row = |sender: &sums::Sender| Sender {
        called: sender.called.clone(),
        messages: sender.messages,
        failures: sender.failures,
        cost: prices.map(|prices| dollars(prices, sender.usage)),
    };
    sums.senders().into_iter().map(row).collect()
}

/// The same messages as a table for office programs, one line for each.
pub(crate) async fn download(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Looks>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let unreadable = || Trouble::Unreadable(caller.language);
    let span = asked.span(deps.clock.now()).map_err(|_| unreadable())?;
    let when = span.when().ok_or_else(unreadable)?;
    let mut sheet = Sheet::new(texts::of(caller.language), deps.prices);
    let counted = deps.inbox.digests(&caller.who.scope, when, MOST_LINES, |listed| sheet.add(&listed));
    if counted.await.map_err(|error| Trouble::away(caller.language, error))?.cut {
        sheet.cut();
    }
    let name = format!("attachment; filename=\"hark-{}-{}.csv\"", span.first(), span.last());
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, sheet.finish()).into_response())
}

/// What became of a message, in words.
const fn outcome_name(t: &Texts, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => t.done,
        Outcome::Unheard => t.dashboard.unheard,
        Outcome::Silent => t.silent,
        Outcome::Failed => t.failed,
        Outcome::Working => t.working,
    }
}

/// Milliseconds as seconds, for programs.
fn seconds_of(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1_000, milliseconds % 1_000)
}
