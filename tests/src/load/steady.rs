//! Webhooks at a steady rate for a while, then every id is looked at.

use std::{fmt, io, time::Duration};

use super::{
    Tell,
    cast::Cast,
    check::{Verdict, check},
    figures::{Percentiles, shown},
    notes::deliveries,
    sending::Posted,
    site::Site,
};

/// How many companies share the load.
const COMPANIES: u32 = 5;
/// The rates that are tried when none is asked for, the last being the goal.
const RAMP: [u32; 4] = [125, 250, 500, 1_000];
/// For how long each is tried.
const RAMP_SECONDS: u32 = 3;
/// A rate is carried when all are taken and 99 of a hundred within this time: a webhook that waits behind others for
/// longer than this is on its way to Twilio's 15 s.
const CARRIED_WITHIN: Duration = Duration::from_secs(1);

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// For how long webhooks are sent.
    pub seconds: u32,
    /// How many a second. Without it, the most of the ramp that is carried.
    pub rate: Option<u32>,
}

/// A rate that was tried.
#[derive(Debug, Clone, Copy)]
pub struct Tried {
    rate: u32,
    taken: usize,
    of: usize,
    acknowledged: Percentiles,
}

/// What came out.
#[derive(Debug)]
pub struct Report {
    tried: Vec<Tried>,
    rate: u32,
    seconds: u32,
    webhooks: usize,
    taken: usize,
    acknowledged: Percentiles,
    left: u64,
    given_up: u64,
    until_last_answer: Duration,
    processor: Option<Duration>,
    notes_of_run: usize,
    /// What became of every note, those of the ramp included.
    pub verdict: Verdict,
    typed: Percentiles,
    spoken: Percentiles,
}

/// Runs it.
///
/// # Errors
/// When the files of the product cannot be read, or it does not come to an end.
pub async fn steady(plan: Plan, tell: Tell) -> io::Result<Report> {
    let most = plan.rate.unwrap_or(RAMP[RAMP.len() - 1]);
    let ramp = if plan.rate.is_some() { 0 } else { RAMP.iter().sum::<u32>() * RAMP_SECONDS };
    let site = Site::start(Cast { companies: COMPANIES, notes: ramp + most * plan.seconds }).await;
    let mut before = Vec::new();
    let (mut tried, mut rate) = (Vec::new(), most);
    if plan.rate.is_none() {
        (tried, rate) = climb(&site, &mut before, tell).await;
        site.works_off(tell).await?;
    }
    let count = usize::try_from(rate * plan.seconds).unwrap_or(usize::MAX);
    let notes = deliveries(&site.cast, next_number(&before), count);
    let used = site.processor_time();
    let run = site.line.at_rate(notes, rate, tell).await;
    let (left, _) = site.queue().await;
    site.works_off(tell).await?;
    let processor = site.processor_time().zip(used).map(|(after, before)| after.saturating_sub(before));
    tell("looking at every id");
    let (_, given_up) = site.queue().await;
    let first = run.iter().map(|posted| posted.due).min();
    let of_run = next_number(&run) - next_number(&before);
    let (taken, webhooks) = (run.iter().filter(|posted| posted.taken).count(), run.len());
    let acknowledged = Percentiles::of(run.iter().map(|posted| posted.took));
    let from = next_number(&before);
    before.extend(run);
    let mut verdict = check(&site, &before).await?;
    let until_last_answer = first.zip(verdict.last_answer).map_or(Duration::ZERO, |(first, last)| {
        Duration::try_from(last.duration_since(first)).unwrap_or_default()
    });
    let of = |times: &mut Vec<(u32, Duration)>| {
        Percentiles::of(times.drain(..).filter(|(number, _)| *number >= from).map(|(_, took)| took))
    };
    let (typed, spoken) = (of(&mut verdict.typed), of(&mut verdict.spoken));
    site.end().await;
    Ok(Report {
        tried,
        rate,
        seconds: plan.seconds,
        webhooks,
        taken,
        acknowledged,
        left,
        given_up,
        until_last_answer,
        processor,
        notes_of_run: usize::try_from(of_run).unwrap_or(0),
        verdict,
        typed,
        spoken,
    })
}

/// Tries rates until one is not carried. Answers all and the highest that was.
async fn climb(site: &Site, posted: &mut Vec<Posted>, tell: Tell) -> (Vec<Tried>, u32) {
    let (mut tried, mut carried) = (Vec::new(), RAMP[0]);
    for rate in RAMP {
        let count = usize::try_from(rate * RAMP_SECONDS).unwrap_or(usize::MAX);
        let notes = deliveries(&site.cast, next_number(posted), count);
        let run = site.line.at_rate(notes, rate, tell).await;
        let (taken, of) = (run.iter().filter(|posted| posted.taken).count(), run.len());
        let acknowledged = Percentiles::of(run.iter().map(|posted| posted.took));
        posted.extend(run);
        tried.push(Tried { rate, taken, of, acknowledged });
        if taken < of || acknowledged.p99 > CARRIED_WITHIN {
            break;
        }
        carried = rate;
    }
    (tried, carried)
}

fn next_number(posted: &[Posted]) -> u32 {
    posted.iter().map(|posted| posted.note.number + 1).max().unwrap_or(0)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Tried { rate, taken, of, acknowledged } in &self.tried {
            writeln!(f, "tried {rate}/s: {taken} of {of} taken; {acknowledged}")?;
        }
        let Self { rate, seconds, webhooks, taken, notes_of_run, .. } = self;
        let goal = RAMP[RAMP.len() - 1];
        let carried = if self.tried.is_empty() {
            "as asked".to_owned()
        } else if *rate == goal {
            "the goal".to_owned()
        } else {
            format!("the most that this machine carried of {goal}/s, with its stand-ins in the same process")
        };
        writeln!(
            f,
            "sent: {rate}/s for {seconds} s ({carried}): {webhooks} webhooks of {notes_of_run} notes, {taken} taken"
        )?;
        writeln!(f, "acknowledged after: {}", self.acknowledged)?;
        writeln!(f, "typed, until answered: {}", self.typed)?;
        writeln!(f, "spoken, until answered: {}", self.spoken)?;
        let a_second = f64::from(u32::try_from(*notes_of_run).unwrap_or(u32::MAX))
            / self.until_last_answer.as_secs_f64();
        writeln!(
            f,
            "worked off: {} after the first webhook, {a_second:.0} notes a second; {} jobs (notes, and reports of deliveries) were left when the last was sent",
            shown(self.until_last_answer),
            self.left
        )?;
        if let Some(used) = self.processor {
            let of_each = used / u32::try_from(*notes_of_run).unwrap_or(u32::MAX).max(1);
            let shown = shown(of_each);
            writeln!(f, "processor time: {shown} a note, of Hark and its stand-ins together")?;
        }
        writeln!(f, "given up: {}", self.given_up)?;
        writeln!(f, "files: every id's on the disk, and the ids of the first company by the data API")?;
        for wrong in &self.verdict.wrong {
            writeln!(f, "wrong: {wrong}")?;
        }
        let Verdict { notes, lost, duplicated, .. } = &self.verdict;
        write!(f, "{notes} notes, {lost} lost, {duplicated} duplicated")
    }
}
