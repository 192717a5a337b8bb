//! Ten notes of one company, first on the quiet machine, then behind ten thousand of another.

use std::{fmt, io, time::Duration};

use super::{
    Tell,
    cast::Cast,
    check::{Verdict, check},
    figures::shown,
    notes::Note,
    sending::Posted,
    site::Site,
};

/// The company with many.
const LARGE: u32 = 0;
/// The company with few.
const SMALL: u32 = 1;
/// The few may take so many times their time on the quiet machine.
const AT_MOST: f64 = 2.0;
/// How often the few are measured behind the many; the median counts.
const ROUNDS: u32 = 18;
/// How often on the quiet machine, once before and once after that, since other programs on a shared machine come and go.
const QUIET_ROUNDS: u32 = ROUNDS / 2;
/// Their numbers, behind those of the few.
const FIRST_OF_MANY: u32 = 1_000_000;
/// How often a phone is looked at. The time of an answer is the stand-in's own, so this does not round it.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long one round may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Notes of the company with many.
    pub many: u32,
    /// Notes of the other, at once.
    pub few: u32,
}

/// What came out.
#[derive(Debug)]
pub struct Fairness {
    sizes: Sizes,
    idle: Vec<Duration>,
    behind: Vec<Duration>,
    before: u64,
    left: u64,
    /// What became of every note.
    pub verdict: Verdict,
}

/// Measures it.
///
/// # Errors
/// When the files of the product cannot be read, or it does not come to an end.
pub async fn fairness(sizes: Sizes, tell: Tell) -> io::Result<Fairness> {
    let site = Site::start(Cast { companies: 2, notes: 0 }).await;
    let (mut posted, mut idle, mut behind) = (Vec::new(), Vec::new(), Vec::new());
    // The first ones find everything cold, which is another question.
    let mut rounds = 1..;
    finished(&site, &sizes, 0, &mut posted).await?;
    for round in rounds.by_ref().take(QUIET_ROUNDS as usize) {
        idle.push(alone(&site, &sizes, round, &mut posted, tell).await?);
    }
    tell(&format!("queueing {} notes of another company", sizes.many));
    let many = (0..sizes.many).map(|n| Note::typed(FIRST_OF_MANY + n, LARGE, n % 40)).collect();
    posted.extend(site.line.at_once(many).await);
    let (before, _) = site.queue().await;
    for round in rounds.by_ref().take(ROUNDS as usize) {
        tell(&format!("{} notes behind them, round {round}", sizes.few));
        behind.push(finished(&site, &sizes, round, &mut posted).await?);
    }
    let (left, _) = site.queue().await;
    site.works_off(tell).await?;
    for round in rounds.take(QUIET_ROUNDS as usize) {
        idle.push(alone(&site, &sizes, round, &mut posted, tell).await?);
    }
    let verdict = check(&site, &posted).await?;
    site.end().await;
    Ok(Fairness { sizes, idle, behind, before, left, verdict })
}

/// The few on the quiet machine, and everything worked off afterwards.
async fn alone(
    site: &Site,
    sizes: &Sizes,
    round: u32,
    posted: &mut Vec<Posted>,
    tell: Tell,
) -> io::Result<Duration> {
    tell(&format!("{} notes on the quiet machine, round {round}", sizes.few));
    let took = finished(site, sizes, round, posted).await?;
    site.works_off(tell).await?;
    Ok(took)
}

/// Sends the few at once; answers how long it took until the last of them was answered.
async fn finished(site: &Site, sizes: &Sizes, round: u32, posted: &mut Vec<Posted>) -> io::Result<Duration> {
    // One person each round, so that their phone holds these answers and no others.
    let notes: Vec<Note> = (0..sizes.few).map(|n| Note::typed(round * sizes.few + n, SMALL, round)).collect();
    let phone = notes.first().map(|note| note.from.clone()).unwrap_or_default();
    let sent = site.line.at_once(notes).await;
    let due = sent.iter().map(|posted| posted.due).min();
    posted.extend(sent);
    let answered = async {
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            look.tick().await;
            let received = site.received_by(&phone).await;
            if received.len() >= usize::try_from(sizes.few).unwrap_or(usize::MAX) {
                return received.iter().map(|received| received.at).max();
            }
        }
    };
    let last = tokio::time::timeout(PATIENCE, answered).await.map_err(io::Error::other)?;
    let took = due.zip(last).map(|(due, last)| Duration::try_from(last.duration_since(due)));
    took.and_then(Result::ok).ok_or_else(|| io::Error::other("nothing was sent"))
}

impl Fairness {
    /// How many times as long the few took behind the many.
    #[must_use]
    pub fn times(&self) -> f64 {
        median(&self.behind).as_secs_f64() / median(&self.idle).as_secs_f64()
    }

    /// Whether it is kept. Rounds that ended after the many were gone would prove nothing.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.times() <= AT_MOST && self.left > 0 && self.verdict.holds()
    }
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn spread(times: &[Duration]) -> String {
    let [least, most] =
        [times.iter().min(), times.iter().max()].map(|time| time.copied().unwrap_or_default());
    format!("{} rounds, {} to {}", times.len(), shown(least), shown(most))
}

impl fmt::Display for Fairness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Sizes { many, few }, Verdict { notes, lost, duplicated, .. }) = (self.sizes, &self.verdict);
        writeln!(f, "{few} notes on the quiet machine, until the last is answered: {}", spread(&self.idle))?;
        writeln!(f, "{few} notes behind {many}: {}", spread(&self.behind))?;
        writeln!(
            f,
            "{} jobs (notes, and reports of deliveries) were left before these rounds, {} after them",
            self.before, self.left
        )?;
        for wrong in &self.verdict.wrong {
            writeln!(f, "wrong: {wrong}")?;
        }
        writeln!(f, "{notes} notes, {lost} lost, {duplicated} duplicated")?;
        let (idle, behind) = (shown(median(&self.idle)), shown(median(&self.behind)));
        write!(f, "fairness: idle p50 {idle}, behind {many}: {behind} ({:.2} times)", self.times())
    }
}
